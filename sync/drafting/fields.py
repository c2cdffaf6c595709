"""Guesses which deal fields of a CRM hold what the rules of a line ask for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sync.drafting.stages import SURE
from sync.drafting.words import Cues, vocabulary

FIELD_CUES = vocabulary(
    {
        "budget": """
        budget, spending limit, can spend, бюджет, планов сумм, бюджет клиент
        """,
        "decision_maker": """
        decision maker, decisionmaker, signer, signatory, economic buyer, who decides, лпр=, принима решени, кто реша
        опр=, прийма рішен, хто виріш, взема решен, вземащ решен, подписващ
        """,
        "contract_end": """
        contract end, contract expir, contract until, contract termination, end contract, subscription end
        subscription expir, renewal date, licence expir, license expir, policy expir, valid until
        окончан договор, срок договор, договор действует, конец договор, дата продлен, окончан подписк
        закінчен договор, кінець договор, строк договор, термін договор, дата поновлен, дата продовжен
        край договор, изтича договор, изтичан договор, срок договор, подновяван
        """,
        "lost_reason": """
        lost reason, loss reason, reason loss, reason lost, why lost, closed lost, lost because
        причина отказ, причина проигрыш, причина провал, причина потер, причина закрыт, почему отказ
        причина відмов, причина програш, причина втрат, причина провал, чому відмов
        причина загуб, причина отказ, причина провал, защо отказ
        """,
        "conveyor_section": "conveyor section",
        "conveyor_accept_by": "conveyor accept",
    }
)

KINDS = {
    "budget": ("number", "double", "integer", "int", "currency", "money", "float", "decimal", "bigint"),
    "contract_end": ("date",),
}
"""What a field's type must speak of, where that is known; the others may be anything but a switch."""

SWITCHES = ("bool", "checkbox")

BOTH, NAME_ONLY, OTHER_TYPE, SEVERAL = 0.95, 0.85, 0.5, 0.55
"""How sure: several words agree, one does, its type is another one, another field fits as well."""


class Field(Protocol):
    """A deal field as the CRM has it."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def writable(self) -> bool: ...


@dataclass(frozen=True)
class FieldGuess:
    """A field of the line, the CRM's field for it, how sure that is, and why."""

    field: str
    remote: str
    label: str
    confidence: float
    reason: str

    @property
    def unsure(self) -> bool:
        """Whether a person must look at it."""
        return self.confidence < SURE


def guess_fields(fields: Sequence[Field]) -> list[FieldGuess]:
    """The CRM's fields that look like what rules ask for; no field of the CRM stands for two."""
    found: list[FieldGuess] = []
    for wanted, cues in FIELD_CUES.items():
        taken = {guess.remote for guess in found}
        best = _best(wanted, [field for field in fields if field.name not in taken], cues)
        if best is not None:
            found.append(best)
    return found


def _best(wanted: str, fields: Iterable[Field], cues: Cues) -> FieldGuess | None:
    ranked = sorted(
        ((_fit(wanted, field, cues), -index, field) for index, field in enumerate(fields)),
        key=lambda each: each[:2],
        reverse=True,
    )
    if not ranked or ranked[0][0] <= 0:
        return None
    fit, _, field = ranked[0]
    rivals = [other for other_fit, _, other in ranked[1:] if other_fit == fit]
    heard = cues.hear(field.label) or cues.hear(field.name)
    assert heard is not None  # it fits
    confidence, reason = fit, f'"{heard.cue}", {field.type}'
    if rivals:
        confidence, reason = min(fit, SEVERAL), f'{reason}; "{rivals[0].label}" would fit as well'
    elif not _is_kind(wanted, field):
        reason = f"{reason} is another type than expected"
    return FieldGuess(wanted, field.name, field.label, confidence, reason)


def _fit(wanted: str, field: Field, cues: Cues) -> float:
    """How sure it is that this field is meant, 0 if nothing says so."""
    heard = [said for text in (field.label, field.name) if (said := cues.hear(text)) is not None]
    if not heard or any(kind in field.type.lower() for kind in SWITCHES):
        return 0.0
    if wanted.startswith("conveyor_") and not field.writable:
        return 0.0
    if not _is_kind(wanted, field):
        return OTHER_TYPE
    return BOTH if len(heard) > 1 or max(said.strength for said in heard) > 1 else NAME_ONLY


def _is_kind(wanted: str, field: Field) -> bool:
    return wanted not in KINDS or any(kind in field.type.lower() for kind in KINDS[wanted])
