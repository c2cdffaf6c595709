"""What a condition asks for, and what holds where it is met, as people read it. One sentence a test each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mapping import terms
from mapping.condition_tests import Operand, as_duration
from mapping.phrases import Phrase, phrase


def must_pass(field: str, tests: Sequence[tuple[str, Operand]]) -> str:
    """What tests of the YAML ask of a field: `budget must be at least 1000`."""
    name, operands = terms.field(field), dict(tests)
    if set(operands) == {"at_least", "at_most"}:
        least, most = str(operands["at_least"]), str(operands["at_most"])
        return phrase("{field} must be between {least} and {most}", field=name, least=least, most=most)
    return all_of([_TESTS[test](name, operand) for test, operand in tests])


def must_be_filled_in(fields: Sequence[str]) -> Phrase:
    """That one of these fields must hold something."""
    return phrase("{fields:or} must be filled in", fields=tuple(terms.field(name) for name in fields))


def passes(field: str, tests: Sequence[tuple[str, Operand]]) -> str:
    """What holds of a field that passes these tests: `budget is at least 1000`."""
    name, operands = terms.field(field), dict(tests)
    if set(operands) == {"at_least", "at_most"}:
        least, most = str(operands["at_least"]), str(operands["at_most"])
        return phrase("{field} is between {least} and {most}", field=name, least=least, most=most)
    return all_of([_PASSED[test](name, operand) for test, operand in tests])


def is_filled_in(fields: Sequence[str]) -> Phrase:
    """That one of these fields holds something."""
    return phrase("{fields:or} is filled in", fields=tuple(terms.field(name) for name in fields))


def all_of(demands: Sequence[str]) -> str:
    """Demands that must all be met."""
    return demands[0] if len(demands) == 1 else phrase("{demands:and}", demands=tuple(demands))


def one_of(demands: Sequence[str]) -> str:
    """Demands of which one must be met."""
    return demands[0] if len(demands) == 1 else phrase("{demands:or}", demands=tuple(demands))


def _before(field: Phrase, operand: Operand) -> Phrase:
    limit = str(operand)
    duration = as_duration(limit)
    if duration is not None:
        return phrase("{field} must be earlier than {span} from now", field=field, span=terms.span(duration))
    return phrase("{field} must be before {date:day}", field=field, date=limit)


def _after(field: Phrase, operand: Operand) -> Phrase:
    limit = str(operand)
    duration = as_duration(limit)
    if duration is not None:
        return phrase("{field} must be later than {span} from now", field=field, span=terms.span(duration))
    return phrase("{field} must be after {date:day}", field=field, date=limit)


def _is_before(field: Phrase, operand: Operand) -> Phrase:
    limit = str(operand)
    duration = as_duration(limit)
    if duration is not None:
        return phrase("{field} is earlier than {span} from now", field=field, span=terms.span(duration))
    return phrase("{field} is before {date:day}", field=field, date=limit)


def _is_after(field: Phrase, operand: Operand) -> Phrase:
    limit = str(operand)
    duration = as_duration(limit)
    if duration is not None:
        return phrase("{field} is later than {span} from now", field=field, span=terms.span(duration))
    return phrase("{field} is after {date:day}", field=field, date=limit)


def _choices(operand: Operand) -> tuple[str, ...]:
    texts = operand if isinstance(operand, tuple) else (operand,)
    return tuple(terms.quoted(text) for text in texts)


_TESTS: Mapping[str, Callable[[Phrase, Operand], Phrase]] = {
    "at_least": lambda field, limit: phrase("{field} must be at least {limit}", field=field, limit=limit),
    "at_most": lambda field, limit: phrase("{field} must be at most {limit}", field=field, limit=limit),
    "one_of": lambda field, texts: phrase(
        "{field} must be {choices:or}", field=field, choices=_choices(texts)
    ),
    "none_of": lambda field, texts: phrase(
        "{field} must not be {choices:or}", field=field, choices=_choices(texts)
    ),
    "matches": lambda field, pattern: phrase("{field} must match {pattern}", field=field, pattern=pattern),
    "before": _before,
    "after": _after,
}

_PASSED: Mapping[str, Callable[[Phrase, Operand], Phrase]] = {
    "at_least": lambda field, limit: phrase("{field} is at least {limit}", field=field, limit=limit),
    "at_most": lambda field, limit: phrase("{field} is at most {limit}", field=field, limit=limit),
    "one_of": lambda field, texts: phrase("{field} is {choices:or}", field=field, choices=_choices(texts)),
    "none_of": lambda field, texts: phrase(
        "{field} is not {choices:or}", field=field, choices=_choices(texts)
    ),
    "matches": lambda field, pattern: phrase("{field} matches {pattern}", field=field, pattern=pattern),
    "before": _is_before,
    "after": _is_after,
}
