"""From conditions as written to conditions as evaluated. Checks nothing."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from mapping.files_conveyor import AllOfBlock, AnyOfBlock, ConditionForm, Tests
from mapping.ruleset import AllOf, AnyOf, Check, Condition


def compile_conditions(forms: Iterable[ConditionForm] | None) -> tuple[Condition, ...]:
    """The conditions in their order; none where nothing is written."""
    return tuple(_condition(form) for form in forms or ())


def _condition(form: ConditionForm) -> Condition:
    if isinstance(form, str):
        return Check(form)
    if isinstance(form, AnyOfBlock):
        return AnyOf(compile_conditions(form.any_of))
    if isinstance(form, AllOfBlock):
        return AllOf(compile_conditions(form.all_of))
    [(name, tests)] = form.items()
    return Check(name, _tests(tests), tests.ask)


def _tests(tests: Tests) -> tuple[tuple[str, str | tuple[str, ...]], ...]:
    """Each test by name, in the order of the model."""
    written = ((name, getattr(tests, name)) for name in type(tests).model_fields if name != "ask")
    return tuple((name, _operand(value)) for name, value in written if value is not None)


def _operand(value: Decimal | str | list[str]) -> str | tuple[str, ...]:
    if isinstance(value, list):
        return tuple(value)
    return format(value, "f") if isinstance(value, Decimal) else value
