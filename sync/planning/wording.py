"""How parts of the rules are called in sentences about them: conditions, roles, lengths of time, modes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mapping import terms
from mapping.condition_words import all_of, must_be_filled_in, must_pass, one_of
from mapping.ruleset import (
    AllOf,
    AnyOf,
    Check,
    Condition,
    Conveyor,
    Duration,
    Mode,
    PlaybookTask,
    WorkingHours,
)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_MODES = {
    Mode.OBSERVE: "observe (only record)",
    Mode.WARN: "warn (tell people, put nothing back)",
    Mode.ENFORCE: "enforce (put back what breaks a rule)",
}


def condition(asked: Condition) -> str:
    """What must hold: `budget must be at least 1000`."""
    if isinstance(asked, Check):
        return str(must_pass(asked.field, asked.tests) if asked.tests else must_be_filled_in([asked.field]))
    plain = [inner.field for inner in asked.conditions if isinstance(inner, Check) and not inner.tests]
    if isinstance(asked, AnyOf) and len(plain) == len(asked.conditions):
        return str(must_be_filled_in(plain))
    inner_words = [condition(inner) for inner in asked.conditions]
    return str(all_of(inner_words) if isinstance(asked, AllOf) else one_of(inner_words))


def conditions(asked: Iterable[Condition]) -> tuple[str, ...]:
    """Each of them, with the question that people are asked where there is one."""
    return tuple(_with_question(one) for one in asked)


def _with_question(asked: Condition) -> str:
    ask = asked.ask if isinstance(asked, Check) else None
    return f"{condition(asked)} ({ask})" if ask else condition(asked)


def span(duration: Duration | None) -> str | None:
    """`3 days`; None stays None."""
    return None if duration is None else str(terms.span(duration))


def mode(own: Mode | None) -> str | None:
    """A mode and what it means; None where a rule has none of its own."""
    return None if own is None else _MODES[own]


def role(name: str, line: Conveyor) -> str:
    """A role by its title."""
    found = line.roles.get(name)
    return found.title if found else name


def roles(names: Iterable[str], line: Conveyor) -> tuple[str, ...]:
    """Roles by their titles."""
    return tuple(role(name, line) for name in names)


def section(name: str, line: Conveyor) -> str:
    """A section by its title."""
    found = line.section_by_name.get(name)
    return found.title if found else name


def stage(name: str, line: Conveyor) -> str:
    """A stage by its title; its own name where the line does not know it, such as `unmapped`."""
    found = line.stages.get(name)
    return found.title if found else name


def task(one: PlaybookTask) -> str:
    """A task of a playbook."""
    needed = ", required" if one.required else ""
    return f'"{one.task}" (due in {span(one.due)}{needed})'


def hours(working: WorkingHours | None) -> str | None:
    """When people work: `Mon, Tue 09:00-18:00, holidays of BG`."""
    if working is None:
        return None
    days = ", ".join(_DAYS[day] for day in working.days)
    holidays = f", holidays of {working.holidays}" if working.holidays else ""
    return f"{days} {working.start:%H:%M}-{working.end:%H:%M}{holidays}"


def listed(words: Sequence[str], by: str = "and") -> str:
    """`a, b and c`."""
    return " ".join((", ".join(words[:-1]), by, words[-1])) if len(words) > 1 else "".join(words)
