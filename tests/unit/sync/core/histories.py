"""Random histories of one deal: what people do, and each look at what they did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from hypothesis import settings
from hypothesis import strategies as st

from mapping.model import (
    Actor,
    ActorKind,
    EventKind,
    Missing,
    Value,
)
from mapping.ruleset import Ruleset
from sync.core.case import Case, Outcome
from sync.core.decide import decide

from .building import (
    HANA,
    IVAN,
    MARIA,
    MILA,
    OLENA,
    OMAR,
    PETAR,
    ROBOT,
    STRANGER,
    account,
    asked,
    edited,
    given_to,
    later,
    moved,
    shown,
    task_done,
)
from .carrying import carry_out
from .line import house

PATIENT = ("moves_per_deal: 3 per 1h", "moves_per_deal: 1000 per 1h")  # a breaker that never trips
OWN_MODE = "    accept_within: 4h\n"
ENFORCE, PATIENT_ENFORCE = house(), house(PATIENT)
OBSERVE = house(("mode: enforce", "mode: observe"))
HOUSES = (
    ENFORCE,
    PATIENT_ENFORCE,
    OBSERVE,
    house(("mode: enforce", "mode: warn")),
    house((OWN_MODE, OWN_MODE + "    mode: observe\n")),
    house(("mode: enforce", "mode: observe"), (OWN_MODE, OWN_MODE + "    mode: enforce\n")),
    house(("by: least_loaded", "by: round_robin"), ("outsiders: judge", "outsiders: allow")),
)
ROLES = {
    OLENA: "scout",
    OMAR: "scout",
    PETAR: "hunter",
    HANA: "hunter",
    MARIA: "farmer",
    MILA: "farmer",
    IVAN: "head",
}
SECTIONS = {"leads": "scout", "sales": "hunter", "care": "farmer"}


def quick(examples: int) -> settings:
    """The same examples in every run, and none kept."""
    return settings(max_examples=examples, derandomize=True, database=None, deadline=None)


@dataclass(frozen=True)
class Deed:
    """Something that somebody does to the deal; not always is it looked at before the next."""

    name: str
    by: str | Actor = ROBOT
    stage: str = ""
    owner: str | None = None
    edits: tuple[tuple[str, Value], ...] = ()
    minutes: int = 1
    looked_at: bool = True


who = st.sampled_from([OLENA, OMAR, PETAR, HANA, MARIA, IVAN, STRANGER, ROBOT, Actor(ActorKind.UNKNOWN)])
mapped = [stage.id.lower() for stage in ENFORCE.mappings["crm"].pipelines[0].stages]
crm_stages = st.sampled_from([*mapped, "odd"])
edits = st.sampled_from(
    [
        (("budget", None),),
        (("budget", "2000"),),
        (("amount", None),),
        (("amount", "700"),),
        (("decision_maker", None),),
        (("decision_maker", "CEO"), ("budget", "1000")),
        (("contact_email", None),),
        (("source", "referral"),),
        (("lost_reason", "no budget"),),
        (("title", "Another title"),),
        (("write_back.section", "typed by hand"),),
    ]
)
looked_at = st.booleans()
moves = st.builds(Deed, st.just("move"), by=who, stage=crm_stages, looked_at=looked_at)
HANDED_OVER = Deed("move", OLENA, "meeting")
ACCEPTED = Deed("move", PETAR, "negotiation")
RETURNED = Deed("move", PETAR, "qualification")
WON = Deed("move", PETAR, "won")
REFERRED = Deed("edit", OLENA, edits=(("source", "referral"), ("budget", None)))
right_moves = st.sampled_from([HANDED_OVER, ACCEPTED, RETURNED, WON, Deed("move", MARIA, "onboarding")])
openings = st.sampled_from(
    [
        [],
        [Deed("move", OLENA, "prospecting")],
        [HANDED_OVER],
        [HANDED_OVER, RETURNED],
        [REFERRED, HANDED_OVER],
        [HANDED_OVER, ACCEPTED],
        [HANDED_OVER, ACCEPTED, WON],
        [replace(HANDED_OVER, looked_at=False), replace(ACCEPTED, looked_at=False), WON],
    ]
)
deeds = st.one_of(
    right_moves,
    moves,
    st.builds(
        Deed,
        st.just("move"),
        by=who,
        stage=crm_stages,
        owner=st.sampled_from([OLENA, HANA, STRANGER]),
        looked_at=looked_at,
    ),
    st.builds(
        Deed, st.just("own"), by=who, owner=st.sampled_from([*ROLES, STRANGER, None]), looked_at=looked_at
    ),
    st.builds(Deed, st.just("edit"), by=who, edits=edits, looked_at=looked_at),
    st.builds(Deed, st.just("wait"), minutes=st.sampled_from([7, 70])),
    st.sampled_from([Deed("task"), Deed("accept"), Deed("delete"), Deed("config")]),
)
houses = st.sampled_from(HOUSES)
histories = st.builds(
    lambda opening, rest: [*opening, *rest], openings, st.lists(deeds, min_size=1, max_size=6)
)


def done(case: Case, deed: Deed) -> Case:
    """The case after somebody did something."""
    gone = not all(hasattr(record, "values") for record in case.records.values())
    if deed.name == "config":
        return asked(case, EventKind.CONFIG)
    if deed.name == "accept":
        return asked(case, EventKind.MANUAL, action="accept")
    if deed.name == "wait" or gone:
        return later(case, deed.minutes)
    if deed.name == "delete":
        return replace(case, records={"crm": Missing(shown(case).ref, "deleted")})
    if deed.name == "task":
        return _some_task_done(case)
    if deed.name == "edit":
        return edited(case, deed.by, **dict(deed.edits))
    if deed.name == "own":
        return given_to(case, deed.owner, deed.by)
    owner: dict[str, Value] = {"owner": account(deed.owner)} if deed.owner else {}
    return moved(case, deed.stage, deed.by, **owner)


def _some_task_done(case: Case) -> Case:
    keys = sorted(case.links["crm"].tasks)
    return task_done(case, keys[0]) if keys else case


def lived(case: Case, history: Iterable[Deed], rules: Ruleset) -> Iterator[tuple[Deed, Case, Outcome, Case]]:
    """Each look: the last deed before it, the case it found, the outcome, and the case it left."""
    for deed in history:
        before_deletion = case.records
        case = done(case, deed)
        if not deed.looked_at:
            continue
        outcome = decide(case, rules)
        assert not outcome.needs
        left = carry_out(case, outcome)
        yield deed, case, outcome, left
        case = left
        if deed.name == "delete":
            case = replace(case, records=before_deletion)
