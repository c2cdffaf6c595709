"""Where the rules of `conveyor.yaml` name a field. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mapping.document import Path
from mapping.files_conveyor import AllOfBlock, AnyOfBlock, ConditionForm, ConveyorFile, Tests


@dataclass(frozen=True)
class FieldUse:
    """A rule names a field at `path` (as a key or a value); connections with one of `stages` should map it."""

    field: str
    path: Path
    key: bool
    stages: frozenset[str]


def field_uses(model: ConveyorFile) -> Iterator[FieldUse]:
    """Every place, in the order of the file's parts."""
    yield from _required(model)
    yield from _carried(model)


def _required(model: ConveyorFile) -> Iterator[FieldUse]:
    for section in model.sections.values():
        for name, stage in section.stages.items():
            path = (*stage.path, "requires")
            yield from _in_conditions(stage.requires, path, frozenset({name}))
    for handoff in model.handoffs:
        target = model.sections.get(handoff.to_section)
        stages = frozenset(target.stages) if target else frozenset()
        yield from _in_conditions(handoff.requires, (*handoff.path, "requires"), stages)
        yield from _in_conditions(handoff.unless, (*handoff.path, "unless"), stages)


def _in_conditions(
    forms: list[ConditionForm] | None, path: Path, stages: frozenset[str]
) -> Iterator[FieldUse]:
    for index, form in enumerate(forms or ()):
        if isinstance(form, str):
            yield FieldUse(form, (*path, index), False, stages)
        elif isinstance(form, AnyOfBlock):
            yield from _in_conditions(form.any_of, (*form.path, "any_of"), stages)
        elif isinstance(form, AllOfBlock):
            yield from _in_conditions(form.all_of, (*form.path, "all_of"), stages)
        else:
            for field, tests in form.items():
                yield FieldUse(field, tests.path, True, stages)


def _carried(model: ConveyorFile) -> Iterator[FieldUse]:
    for handoff in model.handoffs:
        for index, field in enumerate(handoff.carry or ()):
            yield FieldUse(field, (*handoff.path, "carry", index), False, frozenset())
    for growth in model.growth:
        for key, anchor in (("before", growth.before), ("after", growth.after)):
            if anchor is not None and anchor != "won":
                yield FieldUse(anchor, (*growth.path, key), False, frozenset())


def all_tests(model: ConveyorFile) -> Iterator[Tests]:
    """The tests of every condition."""
    stages = (stage for section in model.sections.values() for stage in section.stages.values())
    for stage in stages:
        yield from _tests_in(stage.requires)
    for handoff in model.handoffs:
        yield from _tests_in(handoff.requires)
        yield from _tests_in(handoff.unless)


def _tests_in(forms: list[ConditionForm] | None) -> Iterator[Tests]:
    for form in forms or ():
        if isinstance(form, AnyOfBlock):
            yield from _tests_in(form.any_of)
        elif isinstance(form, AllOfBlock):
            yield from _tests_in(form.all_of)
        elif not isinstance(form, str):
            yield from form.values()
