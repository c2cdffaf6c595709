"""The structures that a line can begin with: who works in which section, and where one hands over. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sync.drafting.meanings import KEEPING_STAGES

LEADS = ("prospecting", "qualification")
SELLING = ("meeting", "proposal", "negotiation", "delivery")
CLOSED = ("won", "lost")
HEAD = "head"


@dataclass(frozen=True)
class Section:
    """A section: its roles, and the stages that it may have."""

    name: str
    title: str
    roles: tuple[str, ...]
    stages: tuple[str, ...]


@dataclass(frozen=True)
class Boundary:
    """A hand-off: between which sections, to which role, and whether winning the deal is the hand-off."""

    name: str
    origin: str
    target: str
    role: str
    on_won: bool = False


@dataclass(frozen=True)
class Template:
    """One structure; `about` is the sentence that people choose by."""

    name: str
    about: str
    roles: Mapping[str, str]
    sections: tuple[Section, ...]
    boundaries: tuple[Boundary, ...] = ()

    @property
    def tiers(self) -> int:
        """How many specialists a customer meets."""
        return len(self.roles)

    def section_of(self, stage: str) -> str:
        """The section of a stage. `LookupError` if there is none."""
        return next(section.name for section in self.sections if stage in section.stages)


_TO_HUNTER = Boundary("Scout to hunter", "lead_generation", "conversion", "hunter")
_TO_FARMER = Boundary("Hunter to farmer", "conversion", "retention", "farmer", on_won=True)
_LEADS = Section("lead_generation", "Lead generation", ("scout",), LEADS)
_CONVERSION = Section("conversion", "Conversion", ("hunter",), (*SELLING, *CLOSED))
_RETENTION = Section("retention", "Retention", ("farmer",), KEEPING_STAGES)
_SCOUT, _HUNTER, _FARMER = "Lead hunter", "Sales manager", "Account manager"

_ALL = (
    Template(
        "one-tier",
        "one person walks the whole line with each customer (a flower shop)",
        {"seller": "Seller"},
        (Section("sales", "Sales", ("seller",), (*LEADS, *SELLING, *CLOSED, *KEEPING_STAGES)),),
    ),
    Template(
        "two-tier-hunter-farmer",
        "sales managers find and win customers, account managers keep them (software, agencies)",
        {"hunter": _HUNTER, "farmer": _FARMER},
        (Section("conversion", "Sales", ("hunter",), (*LEADS, *SELLING, *CLOSED)), _RETENTION),
        (_TO_FARMER,),
    ),
    Template(
        "two-tier-scout-hunter",
        "lead hunters qualify, sales managers win customers and keep them (furniture shops, travel agencies)",
        {"scout": _SCOUT, "hunter": _HUNTER},
        (
            _LEADS,
            Section("conversion", "Sales", ("hunter",), (*SELLING, *CLOSED, *KEEPING_STAGES)),
        ),
        (_TO_HUNTER,),
    ),
    Template(
        "three-tier",
        "lead hunters, sales managers, account managers (builders, car dealers)",
        {"scout": _SCOUT, "hunter": _HUNTER, "farmer": _FARMER},
        (_LEADS, _CONVERSION, _RETENTION),
        (_TO_HUNTER, _TO_FARMER),
    ),
    Template(
        "four-tier-delivery",
        "as three-tier, and others deliver what was sold before the deal is won (kitchens to order)",
        {"scout": _SCOUT, "hunter": _HUNTER, "deliverer": "Delivery manager", "farmer": _FARMER},
        (
            _LEADS,
            Section("conversion", "Conversion", ("hunter",), ("meeting", "proposal", "negotiation", "lost")),
            Section("delivery", "Delivery", ("deliverer",), ("delivery", "won")),
            _RETENTION,
        ),
        (
            _TO_HUNTER,
            Boundary("Hunter to delivery", "conversion", "delivery", "deliverer"),
            Boundary("Delivery to farmer", "delivery", "retention", "farmer", on_won=True),
        ),
    ),
)

TEMPLATES: Mapping[str, Template] = {template.name: template for template in _ALL}
ALIASES = {"two-tier": "two-tier-hunter-farmer"}


def template_named(name: str) -> Template:
    """The structure of that name. `LookupError` if there is none."""
    return TEMPLATES[ALIASES.get(name, name)]
