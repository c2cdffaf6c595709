"""What each rule amounts to in one CRM, in words: moved back, reported or only recorded. Asks nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors.base import Capabilities
from mapping.ruleset import HandoffRule, Mode, Place, Ruleset, Section, Stage
from sync.doctor.check import Check, State
from sync.doctor.line import Line

Modes = Mapping[Mode, Sequence[str]]

MOVES = {Mode.ENFORCE: "moved back", Mode.WARN: "reported", Mode.OBSERVE: "only recorded"}
OWNERS = {**MOVES, Mode.ENFORCE: "put back"}

NOBODY_KNOWN = "This CRM does not say who moved a deal, so nobody is judged by role."
ALL_THROUGH = (
    "Has no effect here: this CRM does not say who moved a deal, and `outsiders: allow` lets everybody through whom"
    " nobody knows. With `outsiders: judge` the requirements hold."
)
ONLY_THE_ROLE = "Has no effect here: it is only about who moves a deal, and this CRM does not say that."
NO_HISTORY = "Two quick moves count as one, for this CRM keeps no history of them."


def checks(rules: Ruleset, connection: str, can: Capabilities) -> Iterator[Check]:
    """One check for each hand-off, for each section that lives here, and for its stages that ask for something."""
    line = Line(rules, connection, can)
    for rule in line.conveyor.handoffs:
        yield _handoff(line, rule)
    for section in filter(line.lives_here, line.conveyor.sections):
        yield _section(line, section)
        for stage in line.stages_of(section):
            yield from _stage(line, stage)


def _handoff(line: Line, rule: HandoffRule) -> Check:
    name, sections = f"rule {rule.name}", line.conveyor.section_by_name
    leaves, enters = sections[rule.from_section], sections[rule.to_section]
    entered = line.entered_by(rule)
    if not line.lives_here(leaves) or not entered:
        missing = leaves if rule.on or not line.lives_here(leaves) else enters
        return Check(name, State.FINE, f"Has no effect here: no such stage of {missing.title} is here.")
    what = f"winning a deal in {leaves.title}" if rule.on else f"moving a deal on to {enters.title}"
    lacking = "without what the rule requires" if rule.requires else None
    said = _move(line, line.modes(entered, rule), what, lacking, leaves)
    known = "" if line.can.history else f" {NO_HISTORY}"
    return _check(line, name, f"{said}{known}", rule.place, only_the_role=lacking is None)


def _move(line: Line, modes: Modes, what: str, lacking: str | None, leaves: Section) -> str:
    """What becomes of a wrong move over a boundary."""
    verdict = _verdict(modes, MOVES)
    if not line.can.names_actor:
        return f"{verdict}: {what} {lacking}. {NOBODY_KNOWN}"
    either = f"{lacking}, or " if lacking else ""
    return f"{verdict}: {what} {either}when anybody but {line.roles(leaves.roles)} does it."


def _section(line: Line, section: Section) -> Check:
    """Who moves deals within a section, and who owns them; an owner is known without knowing who acted."""
    modes, roles = line.modes(line.stages_of(section)), line.roles(section.roles)
    within, owner = _verdict(modes, MOVES), _verdict(modes, OWNERS)
    said = [f"{owner}: giving a deal to anybody but {roles}."]
    if section.in_order and not line.lets_all_through:
        said.insert(0, f"{within}: leaving out a stage of {section.title}.")
    by_role = f"{within}: moving a deal within {section.title} when anybody but {roles} does it."
    said.insert(0, by_role if line.can.names_actor else NOBODY_KNOWN)
    return Check(f"rule section {section.name}", State.FINE, f"{' '.join(said)} ({section.place})")


def _stage(line: Line, stage: Stage) -> Iterator[Check]:
    """What a deal needs on its way in, and which tasks on its way out."""
    said = []
    if stage.requires:
        said.append(f"{_verdict(line.modes([stage]), MOVES)}: entering it without what it requires.")
    tasks = ", ".join(f'"{task.task}"' for task in stage.playbook if task.required)
    after = line.after(stage)
    if tasks and after:
        said.append(f"{_verdict(line.modes(after), MOVES)}: going on before {tasks} is done.")
    if said:
        yield _check(line, f"rule stage {stage.name}", " ".join(said), stage.place)


def _check(line: Line, name: str, said: str, place: Place, *, only_the_role: bool = False) -> Check:
    """The sentence, unless the rule can never bite here."""
    if line.lets_all_through:
        return Check(name, State.WARNING, f"{ALL_THROUGH} ({place})")
    if only_the_role and not line.can.names_actor:
        return Check(name, State.WARNING, f"{ONLY_THE_ROLE} ({place})")
    return Check(name, State.FINE, f"{said} ({place})")


def _verdict(modes: Modes, verdicts: Mapping[Mode, str]) -> str:
    """`Moved back`, or where the stages differ `Moved back (Meeting, Proposal), reported (Won)`."""
    if len(modes) == 1:
        said = verdicts[next(iter(modes))]
    else:
        said = ", ".join(f"{verdicts[mode]} ({', '.join(titles)})" for mode, titles in modes.items())
    return said[:1].upper() + said[1:]
