"""Disagreements between the files and a live CRM, made with an account that is not as HubSpot's mapping has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from mapping.loader import load_files
from mapping.mistakes.mistake import Shown, shown
from mapping.online import compare
from mapping.ruleset import Ruleset

_HUBSPOT = "hubspot"


@dataclass(frozen=True)
class _Stage:
    id: str
    name: str
    outcome: Literal["open", "won", "lost"] = "open"


@dataclass(frozen=True)
class _Pipeline:
    id: str
    name: str
    stages: tuple[_Stage, ...] = ()


@dataclass(frozen=True)
class _Field:
    name: str
    label: str
    writable: bool = True


@dataclass(frozen=True)
class _User:
    id: str
    email: str | None
    active: bool = True


@dataclass(frozen=True)
class _Account:
    pipelines: tuple[_Pipeline, ...]
    fields: tuple[_Field, ...]
    users: tuple[_User, ...]


def differences_shown(files: Mapping[str, str]) -> Iterator[Shown]:
    """Each difference that `check --online` tells, once."""
    files = {
        **files,
        "team.yaml": files["team.yaml"].replace(
            "roles: [farmer]", 'roles: [farmer], accounts: {hubspot: "9"}'
        ),
    }
    rules = load_files(files)
    account = _changed(_as_mapped(rules))
    problems = compare(rules, _HUBSPOT, account)
    for code in sorted({problem.code for problem in problems}):
        yield shown(code, files, problems)
    yield shown("pipeline-gone", files, compare(rules, _HUBSPOT, replace(account, pipelines=())))
    unmapped = {
        **files,
        f"mappings/{_HUBSPOT}.yaml": files[f"mappings/{_HUBSPOT}.yaml"].replace("  budget: budget__c\n", ""),
    }
    yield shown("field-to-map", unmapped, compare(load_files(unmapped), _HUBSPOT, account))


def _as_mapped(rules: Ruleset) -> _Account:
    """The account as the mapping has it, with everybody of the team."""
    mapping = rules.mappings[_HUBSPOT]
    outcomes = {name: stage.status for name, stage in rules.conveyor.stages.items()}
    return _Account(
        tuple(
            _Pipeline(
                p.id,
                p.name,
                tuple(_Stage(s.id, s.name, outcomes.get(s.means or "", "open")) for s in p.stages),
            )
            for p in mapping.pipelines
        ),
        tuple(_Field(name, name) for name in (*mapping.fields.values(), *mapping.write_back.values())),
        tuple(_User(str(number), email) for number, email in enumerate(rules.team)),
    )


def _changed(account: _Account) -> _Account:
    """The account after its own admin was busy."""
    first, second = account.pipelines
    stages = [*first.stages, _Stage("555", "Legal review")]
    stages[0] = replace(stages[0], name="Fresh")
    stages[1] = replace(stages[1], outcome="lost")
    del stages[5]
    fields = [each for each in account.fields if each.name not in ("contract_end_date", "decision_maker")]
    fields[-1] = replace(fields[-1], writable=False)
    fields += [_Field("a1", "decision_maker"), _Field("a2", "decision_maker"), _Field("b1", "Budget")]
    users = [replace(account.users[0], active=False), *account.users[2:3]]
    new = _Pipeline("900", "Renewals")
    return _Account((replace(first, stages=tuple(stages)), second, new), tuple(fields), tuple(users))
