"""How parts of the rules are called in sentences about them: conditions, roles, lengths of time, modes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from mapping import terms
from mapping.condition_tests import Operand
from mapping.condition_words import all_of, is_filled_in, must_be_filled_in, must_pass, one_of, passes
from mapping.phrases import Phrase, phrase
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

_DAYS = (
    phrase("Mon"),
    phrase("Tue"),
    phrase("Wed"),
    phrase("Thu"),
    phrase("Fri"),
    phrase("Sat"),
    phrase("Sun"),
)

_MODES = {
    Mode.OBSERVE: phrase("observe (only record)"),
    Mode.WARN: phrase("warn (tell people, put nothing back)"),
    Mode.ENFORCE: phrase("enforce (put back what breaks a rule)"),
}

_OFF_THE_LINE: Mapping[str, Phrase] = {"unmapped": phrase("unmapped"), "ignored": phrase("ignored")}


@dataclass(frozen=True)
class _Words:
    """How a condition is said: of a field that has to pass tests, and of fields of which one has to be filled in."""

    tests: Callable[[str, Sequence[tuple[str, Operand]]], str]
    filled: Callable[[Sequence[str]], Phrase]


_ASKED = _Words(must_pass, must_be_filled_in)
_HOLDS = _Words(passes, is_filled_in)


def conditions(asked: Iterable[Condition]) -> tuple[str, ...]:
    """What must hold, each with the question that people are asked where there is one: `budget must be ...`."""
    return tuple(_with_question(one, _ASKED) for one in asked)


def exceptions(asked: Iterable[Condition]) -> tuple[str, ...]:
    """What holds where an exception is made: `budget is at least 1000`."""
    return tuple(_with_question(one, _HOLDS) for one in asked)


def _with_question(asked: Condition, words: _Words) -> str:
    said, ask = _condition(asked, words), asked.ask if isinstance(asked, Check) else None
    return phrase("{what} ({question})", what=said, question=ask) if ask else said


def _condition(asked: Condition, words: _Words) -> str:
    if isinstance(asked, Check):
        return words.tests(asked.field, asked.tests) if asked.tests else words.filled([asked.field])
    plain = [inner.field for inner in asked.conditions if isinstance(inner, Check) and not inner.tests]
    if isinstance(asked, AnyOf) and len(plain) == len(asked.conditions):
        return words.filled(plain)
    inner_words = [_condition(inner, words) for inner in asked.conditions]
    return all_of(inner_words) if isinstance(asked, AllOf) else one_of(inner_words)


def span(duration: Duration | None) -> Phrase | None:
    """`3 days`; None stays None."""
    return None if duration is None else terms.span(duration)


def mode(own: Mode | None) -> Phrase | None:
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
    return found.title if found else _OFF_THE_LINE.get(name, name)


def task(one: PlaybookTask) -> Phrase:
    """A task of a playbook."""
    due = terms.span(one.due)
    if one.required:
        return phrase('"{task}" (due in {span}, required)', task=one.task, span=due)
    return phrase('"{task}" (due in {span})', task=one.task, span=due)


def hours(working: WorkingHours | None) -> Phrase | None:
    """When people work: `Mon, Tue 09:00-18:00, holidays of BG`."""
    if working is None:
        return None
    days = _commas([_DAYS[day] for day in working.days])
    start, end = f"{working.start:%H:%M}", f"{working.end:%H:%M}"
    said = phrase("{days} {start}-{end}", days=days, start=start, end=end)
    if not working.holidays:
        return said
    return phrase("{hours}, holidays of {place}", hours=said, place=working.holidays)


def _commas(texts: Sequence[Phrase]) -> Phrase:
    return reduce(lambda said, one: phrase("{texts}, {text}", texts=said, text=one), texts)


def listed(words: Sequence[str], by: str = "and") -> str:
    """`a, b and c`."""
    return " ".join((", ".join(words[:-1]), by, words[-1])) if len(words) > 1 else "".join(words)
