"""Random changes of the rules, as admins make them: each gives files that are without mistakes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from ruamel.yaml import YAML

from mapping.loader import load_files
from mapping.problems import ConfigError

Files = dict[str, str]
Documents = dict[str, Any]
Edit = Callable[[Random, Documents, str], None]

MODES = ("observe", "warn", "enforce")
CONDITIONS: tuple[object, ...] = (
    "amount",
    "budget",
    {"amount": {"at_least": 800}},
    {"any_of": ["contact_email", "budget"]},
    {"decision_maker": {"ask": "Who signs?"}},
)
PATIENCE = 60
"""So many changes are tried until one has no mistake."""


def changed(random: Random, files: Files, mapping_file: str) -> Files:
    """Other files: one to three things are done otherwise."""
    for _ in range(PATIENCE):
        documents = {name: _read(text) for name, text in files.items() if name != "cases.yaml"}
        for edit in random.sample(EDITS, random.randint(1, 3)):
            edit(random, documents, mapping_file)
        edited = {name: json.dumps(content, indent=1) for name, content in documents.items()}  # YAML, too
        if _is_without_mistakes(edited) and load_files(edited).hash != load_files(files).hash:
            return edited
    raise AssertionError("no change without a mistake was found")


def _read(text: str) -> Any:
    return YAML(typ="safe").load(text)


def _is_without_mistakes(files: Files) -> bool:
    try:
        load_files(files)
    except ConfigError:
        return False
    return True


def _stage(random: Random, documents: Documents) -> dict[str, Any]:
    section = random.choice(list(documents["conveyor.yaml"]["sections"].values()))
    name = random.choice(list(section["stages"]))
    stage: dict[str, Any] = section["stages"][name]
    return stage


def _handoff(random: Random, documents: Documents) -> dict[str, Any]:
    handoff: dict[str, Any] = random.choice(documents["conveyor.yaml"]["handoffs"])
    return handoff


def _member(random: Random, documents: Documents) -> dict[str, Any]:
    member: dict[str, Any] = random.choice(documents["team.yaml"]["team"])
    return member


def mode(random: Random, documents: Documents, _: str) -> None:
    documents["conveyor.yaml"]["mode"] = random.choice(MODES)


def mode_of_stage(random: Random, documents: Documents, _: str) -> None:
    _stage(random, documents)["mode"] = random.choice(MODES)


def mode_of_handoff(random: Random, documents: Documents, _: str) -> None:
    _handoff(random, documents)["mode"] = random.choice(MODES)


def requirements(random: Random, documents: Documents, _: str) -> None:
    place = random.choice([_stage, _handoff])(random, documents)
    place["requires"] = [copy.deepcopy(one) for one in random.sample(CONDITIONS, random.randint(1, 2))]


def roles_of_section(random: Random, documents: Documents, _: str) -> None:
    section = random.choice(list(documents["conveyor.yaml"]["sections"].values()))
    section["roles"] = random.sample(["scout", "hunter", "farmer"], random.randint(1, 2))


def order(random: Random, documents: Documents, _: str) -> None:
    random.choice(list(documents["conveyor.yaml"]["sections"].values()))["in_order"] = random.random() < 0.5


def outsiders(random: Random, documents: Documents, _: str) -> None:
    documents["conveyor.yaml"]["outsiders"] = random.choice(["allow", "judge"])


def language(random: Random, documents: Documents, _: str) -> None:
    documents["conveyor.yaml"]["language"] = random.choice(["en", "bg", "uk", "ru"])


def assign(random: Random, documents: Documents, _: str) -> None:
    handoff = _handoff(random, documents)
    handoff["assign"] = {
        "to": handoff["assign"]["to"],
        "by": random.choice(["round_robin", "least_loaded", "weighted"]),
    }


def deadline(random: Random, documents: Documents, _: str) -> None:
    handoff = _handoff(random, documents)
    handoff["accept_within"] = random.choice(["2h", "4h", "1d", "3d"])
    handoff["if_late"] = random.choice([["escalate"], ["reassign", "escalate"], ["return"]])


def follow_up(random: Random, documents: Documents, _: str) -> None:
    _stage(random, documents)["follow_up_after"] = random.choice(["1d", "2d", "1w"])


def playbook(random: Random, documents: Documents, _: str) -> None:
    _stage(random, documents)["playbook"] = [
        {
            "task": random.choice(["Call them", "Send the offer"]),
            "due": "1d",
            "required": random.random() < 0.5,
        }
    ]


def stage_elsewhere(random: Random, documents: Documents, _: str) -> None:
    sections = documents["conveyor.yaml"]["sections"]
    source, target = random.sample(list(sections), 2)
    movable = [n for n, stage in sections[source]["stages"].items() if "status" not in (stage or {})]
    if len(movable) > 1:
        name = random.choice(movable)
        sections[target]["stages"][name] = sections[source]["stages"].pop(name)


def no_handoff(random: Random, documents: Documents, _: str) -> None:
    handoffs = documents["conveyor.yaml"]["handoffs"]
    handoffs.remove(random.choice(handoffs))


def column_means(random: Random, documents: Documents, mapping_file: str) -> None:
    lines = [line for one in documents[mapping_file]["pipelines"] for line in one.get("stages", ())]
    line, other = random.sample([one for one in lines if "is" in one], 2)
    line["is"] = other["is"]


def column_ignored(random: Random, documents: Documents, mapping_file: str) -> None:
    lines = [line for one in documents[mapping_file]["pipelines"] for line in one.get("stages", ())]
    line = random.choice(lines)
    line.pop("is", None)
    line["ignore"] = True


def column_gone(random: Random, documents: Documents, mapping_file: str) -> None:
    pipeline = random.choice([one for one in documents[mapping_file]["pipelines"] if one.get("stages")])
    pipeline["stages"].remove(random.choice(pipeline["stages"]))


def capacity(random: Random, documents: Documents, _: str) -> None:
    _member(random, documents)["capacity"] = random.choice([1, 2, 3, 50])


def roles_of_person(random: Random, documents: Documents, _: str) -> None:
    _member(random, documents)["roles"] = random.sample(
        ["scout", "hunter", "farmer", "head"], random.randint(1, 3)
    )


def away(random: Random, documents: Documents, _: str) -> None:
    today = datetime.now(UTC).date()
    _member(random, documents)["away"] = random.choice(
        [[], [{"from": f"{today - timedelta(days=1)}", "until": f"{today + timedelta(days=3)}"}]]
    )


def person_gone(random: Random, documents: Documents, _: str) -> None:
    team = documents["team.yaml"]["team"]
    team.remove(random.choice(team))


EDITS: tuple[Edit, ...] = (
    mode,
    mode_of_stage,
    mode_of_handoff,
    requirements,
    roles_of_section,
    order,
    outsiders,
    language,
    assign,
    deadline,
    follow_up,
    playbook,
    stage_elsewhere,
    no_handoff,
    column_means,
    column_ignored,
    column_gone,
    capacity,
    roles_of_person,
    away,
    person_gone,
)
