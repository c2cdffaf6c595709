"""The conveyor as one connection has it: which stages stand for something there, and what may be judged. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from connectors.base import Capabilities
from mapping.ruleset import Conveyor, HandoffRule, Mode, Ruleset, Section, Stage
from sync.core import words


@dataclass(frozen=True)
class Line:
    """The rules beside what one CRM can do."""

    rules: Ruleset
    connection: str
    can: Capabilities

    @property
    def conveyor(self) -> Conveyor:
        """The whole line."""
        return self.rules.conveyor

    @cached_property
    def mapped(self) -> frozenset[str]:
        """The stages of the line that some CRM stage stands for here."""
        mapping = self.rules.mappings.get(self.connection)
        meant = mapping.stage_by_id.values() if mapping else ()
        return frozenset(stage.means for stage in meant if stage.means)

    def stages_of(self, section: Section) -> list[Stage]:
        """The stages of a section that are mapped here."""
        return [stage for stage in section.stages if stage.name in self.mapped]

    @property
    def lets_all_through(self) -> bool:
        """Whether nobody who moves a deal is known, and nobody unknown is judged."""
        return not self.can.names_actor and self.conveyor.outsiders == "allow"

    def lives_here(self, section: Section) -> bool:
        """Whether deals of that section are judged in this connection."""
        return section.crm in (None, self.connection) and bool(self.stages_of(section))

    def entered_by(self, rule: HandoffRule) -> list[Stage]:
        """The mapped stages that a deal enters by a hand-off: of the next section, or those of winning."""
        sections = self.conveyor.section_by_name
        if rule.on is None:
            return self.stages_of(sections[rule.to_section])
        return [stage for stage in self.stages_of(sections[rule.from_section]) if stage.status == rule.on]

    def after(self, stage: Stage) -> list[Stage]:
        """The mapped stages that a deal goes on to from there; losing it is no way on."""
        order = list(self.conveyor.stages)
        later = (self.conveyor.stages[name] for name in order[order.index(stage.name) + 1 :])
        return [each for each in later if each.name in self.mapped and each.status != "lost"]

    def modes(self, stages: Iterable[Stage], rule: HandoffRule | None = None) -> dict[Mode, list[str]]:
        """The modes in force, the strictest first, each with the titles of its stages."""
        found: dict[Mode, list[str]] = {}
        for stage in stages:
            mode = self.conveyor.mode_of(rule=rule, stage=stage.name)
            found.setdefault(mode, []).append(stage.title)
        return {mode: found[mode] for mode in (Mode.ENFORCE, Mode.WARN, Mode.OBSERVE) if mode in found}

    def roles(self, names: Iterable[str]) -> str:
        """Role titles, joined with `or`."""
        return words.roles(names, self.rules)
