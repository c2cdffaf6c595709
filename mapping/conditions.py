"""Whether a deal meets a condition, and in words what it lacks. Pure: the clock is an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mapping.condition_tests import TESTS, TEXTUAL, Operand, is_filled
from mapping.condition_words import all_of, must_be_filled_in, must_pass, one_of
from mapping.model import Value
from mapping.ruleset import AllOf, AnyOf, Check, Condition


@dataclass(frozen=True)
class Unmet:
    """One thing that is lacking; `words` such as `budget must be at least 1000`."""

    field: str  # of `any_of`, the first of its fields
    words: str
    ask: str | None = None


@dataclass(frozen=True)
class Finding:
    """`met` is None where it depends on a field that was not read; `unknown` names those fields."""

    met: bool | None
    missing: tuple[Unmet, ...] = ()
    unknown: frozenset[str] = frozenset()


_MET = Finding(True)


def evaluate(condition: Condition, values: Mapping[str, Value], now: datetime | None = None) -> Finding:
    """Judge a deal's values: a field absent from `values` is unknown, a None or empty one is not filled in.

    `now` (aware) is what `before: 30d` and `after: 30d` count from; without it, such a test is unknown.
    """
    if isinstance(condition, AllOf):
        return _all([evaluate(inner, values, now) for inner in condition.conditions])
    if isinstance(condition, AnyOf):
        return _any(condition, [evaluate(inner, values, now) for inner in condition.conditions])
    return _check(condition, values, now)


def fields_of(condition: Condition) -> frozenset[str]:
    """Every field that the condition may look at."""
    if isinstance(condition, Check):
        return frozenset({condition.field})
    return frozenset().union(*(fields_of(inner) for inner in condition.conditions))


def _check(check: Check, values: Mapping[str, Value], now: datetime | None) -> Finding:
    if check.field not in values:
        return Finding(None, unknown=frozenset({check.field}))
    value = values[check.field]
    if not is_filled(value):
        return _unmet(check, [(name, operand) for name, operand in check.tests if name not in TEXTUAL])
    results = [(test, TESTS[test[0]](value, test[1], now)) for test in check.tests]
    failed = [test for test, passed in results if passed is False]
    if failed:
        return _unmet(check, failed)
    if any(passed is None for _, passed in results):
        return Finding(None, unknown=frozenset({check.field}))
    return _MET


def _unmet(check: Check, failed: list[tuple[str, Operand]]) -> Finding:
    words = must_pass(check.field, failed) if failed else must_be_filled_in([check.field])
    return Finding(False, (Unmet(check.field, words, check.ask),))


def _all(findings: list[Finding]) -> Finding:
    missing = tuple(unmet for finding in findings for unmet in finding.missing)
    unknown = frozenset[str]().union(*(finding.unknown for finding in findings))
    if any(finding.met is False for finding in findings):
        return Finding(False, missing, unknown)
    return Finding(None, (), unknown) if unknown else _MET


def _any(condition: AnyOf, findings: list[Finding]) -> Finding:
    if any(finding.met for finding in findings):
        return _MET
    unknown = frozenset[str]().union(*(finding.unknown for finding in findings))
    if any(finding.met is None for finding in findings):
        return Finding(None, (), unknown)
    unmet = [unmet for finding in findings for unmet in finding.missing]
    ask = next((one.ask for one in unmet if one.ask), None)
    return Finding(False, (Unmet(unmet[0].field, _either(condition, findings), ask),))


def _either(condition: AnyOf, findings: list[Finding]) -> str:
    inner = condition.conditions
    plain = [one.field for one in inner if isinstance(one, Check) and not one.tests]
    if len(plain) == len(inner):
        return must_be_filled_in(plain)
    return one_of([all_of([unmet.words for unmet in finding.missing]) for finding in findings])
