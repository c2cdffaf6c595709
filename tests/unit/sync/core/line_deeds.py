"""What people, the clock and the admin do with the deals of a whole line; random histories of it."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st

from mapping.loader import load_files
from mapping.model import Actor, ActorKind, Event, EventKind, HandoffStatus, Value
from mapping.ruleset import Ruleset

from .building import HANA, IVAN, MARIA, MILA, OLENA, OMAR, PETAR, ROBOT, STRANGER, account, at, person
from .histories import quick
from .journeys import Line, Look
from .whole_line import OTHER_TIMES, PATIENT, over_two_crms, whole_line

ROLES = {
    OLENA: "scout",
    OMAR: "scout",
    PETAR: "hunter",
    HANA: "hunter",
    MARIA: "farmer",
    MILA: "farmer",
    IVAN: "head",
}
ONWARD = {
    "fresh": "qualified",
    "qualified": "meeting",
    "meeting": "proposal",
    "proposal": "won",
    "onboarding": "growing",
    "growing": "renewal",
}
COMPLETE: tuple[tuple[str, Value], ...] = (("budget", "2000"), ("decision_maker", "CEO"), ("amount", "700"))
MOST_DEALS = 4


@dataclass(frozen=True)
class Deed:
    """Something that happens; `deal` and `task` are counted around whatever there is."""

    name: str
    by: str | Actor = ROBOT
    deal: int = 0
    stage: str = ""
    owner: str | None = None
    edits: tuple[tuple[str, Value], ...] = ()
    task: int = 0
    hours: int = 0
    twin: bool = False
    looked_at: bool = True


who = st.sampled_from(
    [OLENA, OMAR, PETAR, HANA, MARIA, MILA, IVAN, STRANGER, ROBOT, Actor(ActorKind.UNKNOWN)]
)
number = st.integers(0, MOST_DEALS - 1)
stages = st.sampled_from([*ONWARD, "meeting_again", "won", "lost", "referral", "old", "odd"])
EDITS: tuple[tuple[tuple[str, Value], ...], ...] = (
    (("budget", None),),
    (("decision_maker", None),),
    (("amount", None),),
    COMPLETE,
    (("source", "referral"), ("budget", None), ("decision_maker", None)),
    (("lost_reason", "no budget"),),
    (("contract_end", "2026-05-10"),),
    (("contract_end", "2026-04-20"),),
    (("return_reason", "wrong fit"),),
    (("title", "Another title"),),
)
edits = st.sampled_from(EDITS)
seldom_missed = st.sampled_from([True, True, True, False])
deeds = st.one_of(
    st.builds(Deed, st.sampled_from(["advance", "advance", "win", "hurry"]), deal=number),
    st.builds(Deed, st.just("wait"), hours=st.sampled_from([1, 4, 9, 24, 72, 24 * 40])),
    st.builds(
        Deed, st.just("move"), by=who, deal=number, stage=stages, twin=st.booleans(), looked_at=seldom_missed
    ),
    st.builds(Deed, st.just("own"), by=who, deal=number, owner=st.sampled_from([*ROLES, STRANGER, None])),
    st.builds(
        Deed, st.just("edit"), by=who, deal=number, edits=edits, twin=st.booleans(), looked_at=seldom_missed
    ),
    st.builds(Deed, st.sampled_from(["finish", "drop"]), deal=number, task=number, looked_at=seldom_missed),
    st.builds(Deed, st.sampled_from(["accept", "return", "begin", "look"]), deal=number),
    st.builds(Deed, st.just("sleep"), hours=st.sampled_from([8, 30, 200])),
    st.builds(Deed, st.sampled_from(["rules", "remove"]), deal=number, twin=st.booleans()),
)
histories = st.lists(deeds, min_size=3, max_size=10)
LINES = {
    "in one CRM": whole_line(),
    "over two CRMs": over_two_crms(),
    "over two CRMs, weighted": over_two_crms(("by: least_loaded", "by: weighted")),
    "in one CRM, warned": whole_line(("mode: enforce", "mode: warn")),
    "in one CRM, patient": whole_line(PATIENT),
    "over two CRMs, patient": over_two_crms(PATIENT),
}
lines = st.sampled_from([name for name in LINES if not name.endswith("patient")])
impatient_lines = st.sampled_from(["in one CRM", "over two CRMs"])
patient_lines = st.sampled_from(["in one CRM, patient", "over two CRMs, patient"])


def deeply(examples: int) -> settings:
    """As `quick`; `CONVEYOR_EXAMPLES` times as many, then others in every run."""
    times = int(os.environ.get("CONVEYOR_EXAMPLES", "1"))
    return settings(quick(examples), max_examples=examples * times, derandomize=times == 1)


def lived(name: str, history: Iterable[Deed]) -> Iterator[tuple[Line, Look]]:
    """Each look at any deal of the line of this name, and the line as it is then."""
    line = Line(LINES[name])
    line.begin(0, "fresh", OLENA)
    for look in line.look("d0"):
        yield line, look
    for deed in history:
        for look in do(line, deed):
            yield line, look


def do(line: Line, deed: Deed) -> Iterator[Look]:
    """Let it happen, and the conveyor look."""
    if deed.name in ("wait", "sleep"):
        yield from line.wait(timedelta(hours=deed.hours), asleep=deed.name == "sleep")
    elif deed.name == "rules":
        yield from _other_rules(line)
    elif deed.name == "begin":
        yield from _begin(line)
    else:
        yield from _with_a_deal(line, sorted(line.cases)[deed.deal % len(line.cases)], deed)


def _begin(line: Line) -> Iterator[Look]:
    count = len(line.cases)
    if count < MOST_DEALS:
        line.begin(count, "fresh", OMAR if count % 2 else OLENA)
        yield from line.look(f"d{count}")


def _other_rules(line: Line) -> Iterator[Look]:
    """Shorter days; every deal is looked at under them."""
    if 'from: "09:00"' not in line.rules.files["conveyor.yaml"]:
        return
    line.rules = shorter_days(line.rules)
    for deal_id in sorted(line.cases):
        yield from line.look(deal_id, Event(98, EventKind.CONFIG))


def shorter_days(rules: Ruleset) -> Ruleset:
    """The same rules, where people work less."""
    text = rules.files["conveyor.yaml"].replace(*OTHER_TIMES)
    return load_files({**rules.files, "conveyor.yaml": text})


def _with_a_deal(line: Line, deal_id: str, deed: Deed) -> Iterator[Look]:
    case = line.cases[deal_id]
    others = sorted(set(case.links) - {case.deal.home})
    connection = others[0] if deed.twin and others else case.deal.home
    events: tuple[Event, ...] = ()
    actor = person(deed.by) if isinstance(deed.by, str) else deed.by
    match deed.name:
        case "advance" | "win" | "hurry":
            _advance(line, deal_id, () if deed.name == "hurry" else COMPLETE)
            if deed.name == "win":
                yield from line.look(deal_id)
                _advance(line, deal_id, COMPLETE)
        case "move":
            line.change(deal_id, connection, actor, stage=at(deed.stage))
        case "own":
            line.change(deal_id, connection, actor, owner=account(deed.owner))
        case "edit":
            line.change(deal_id, connection, actor, **dict(deed.edits))
        case "finish" | "drop":
            link = case.links.get(connection)
            keys = sorted(link.tasks) if link else []
            if keys:
                line.finish(deal_id, connection, keys[deed.task % len(keys)], dropped=deed.name == "drop")
        case "remove":
            line.remove(deal_id, connection)
        case "accept" | "return":
            if any(h.status is HandoffStatus.PENDING for h in case.handoffs):
                data = {"action": deed.name, "reason": "not ready"}
                events = (Event(99, EventKind.MANUAL, data=data),)
    if deed.looked_at:
        yield from line.look(deal_id, *events)


def _advance(line: Line, deal_id: str, filled_in: tuple[tuple[str, Value], ...]) -> None:
    """Whoever has the deal does the tasks of its stage, fills fields in, and moves it on."""
    case = line.cases[deal_id]
    onto = ONWARD.get(case.deal.stage or "")
    if onto is None or case.deal.owner is None:
        return
    link = case.links[case.deal.home]
    for key in sorted(link.tasks):
        if key.startswith("playbook:"):
            line.finish(deal_id, case.deal.home, key)
    line.change(deal_id, case.deal.home, person(case.deal.owner), stage=at(onto), **dict(filled_in))


def some_history(seed: int, length: int = 14) -> list[Deed]:
    """A history that hangs on its number alone, in every process."""
    chance = random.Random(seed)
    names = [
        "advance",
        "advance",
        "advance",
        "win",
        "hurry",
        "wait",
        "wait",
        "wait",
        "move",
        "own",
        "edit",
        "finish",
    ]
    names += ["drop", "accept", "return", "begin", "sleep", "rules", "remove"]
    return [_some_deed(chance, chance.choice(names)) for _ in range(length)]


def _some_deed(chance: random.Random, name: str) -> Deed:
    return Deed(
        name,
        by=chance.choice([*ROLES, STRANGER]),
        deal=chance.randrange(MOST_DEALS),
        stage=chance.choice([*ONWARD, "won", "lost", "referral", "odd"]),
        owner=chance.choice([*ROLES, None]),
        edits=chance.choice(EDITS),
        task=chance.randrange(MOST_DEALS),
        hours=chance.choice([4, 24, 72, 24 * 40]),
        twin=chance.random() < 0.3,
        looked_at=chance.random() < 0.8,
    )


def digest(histories: int) -> str:
    """All that is decided in some histories, in short."""
    told = hashlib.blake2b(digest_size=8)
    for seed in range(histories):
        for _, look in lived(sorted(LINES)[seed % len(LINES)], some_history(seed)):
            told.update(repr(look.outcome).encode())
    return told.hexdigest()
