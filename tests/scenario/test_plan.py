"""What a plan foretells is what happens: the same change is planned, then applied, and the deals are looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from mapping.loader import load_files
from mapping.model import Deal, DealStatus, EventKind
from store import deals, inbox
from store.inbox import NewEvent
from sync.planning.forecast import Forecast
from sync.planning.plan import plan_for
from sync.rollout import activate

from .house import COMPLETE, IVAN, OLENA, PETAR, House

Files = dict[str, str]

pytestmark = pytest.mark.parametrize("crm", ["hubspot"])


@pytest.fixture
def line(house: House) -> House:
    """Deals all along the line, one of them just handed over, and one lost."""
    for stage, by in (
        ("prospecting", OLENA),
        ("qualification", OLENA),
        ("qualification", OLENA),
        ("meeting", PETAR),
        ("proposal", PETAR),
        ("proposal", IVAN),
        ("negotiation", PETAR),
    ):
        house.new_deal(stage, by=by, amount=1000)
    house.move(house.new_deal("negotiation", by=PETAR, amount=500, lost_reason="price"), "lost", by=PETAR)
    handed = house.new_deal("qualification", by=OLENA, amount=2000, **COMPLETE)
    house.move(handed, "meeting", by=OLENA)
    return house


def edited(house: House, *edits: tuple[str, str, str]) -> Files:
    """The files with some places in them changed."""
    files = dict(house.files)
    for file, old, new in edits:
        assert old in files[file], f"{old!r} does not stand in {file}"
        files[file] = files[file].replace(old, new)
    return files


def standing(house: House) -> dict[str, Deal]:
    with house.runtime.store.read() as tx:
        return {row.deal.id: row.deal for row in deals.listing(tx)}


def place(deal: Deal) -> str:
    off_the_line = (DealStatus.UNMAPPED, DealStatus.IGNORED)
    return str(deal.status) if deal.status in off_the_line else str(deal.stage)


def shown(house: House) -> dict[str, tuple[list[str], str | None]]:
    """Stage and owner of every deal in the CRM itself."""
    with house.runtime.store.read() as tx:
        refs = [link.remote_id for row in deals.listing(tx) for link in row.links]
    return {ref: (house.card(ref).column, house.card(ref).owner) for ref in refs if ref}


def look_at_all(house: House) -> None:
    looks = [NewEvent(EventKind.LOOK, deal_id) for deal_id in standing(house)]
    with house.runtime.store.begin() as tx:
        inbox.add(tx, looks, house.clock())
    house.settle()


def mapping_line_moved(house: House) -> Files:
    return edited(house, (house.mapping_file, "is: qualification}", "is: meeting}"))


def mapping_line_gone(house: House) -> Files:
    lines = house.files[house.mapping_file].splitlines(keepends=True)
    kept = "".join(line for line in lines if "id: contractsent" not in line)
    return {**house.files, house.mapping_file: kept}


def stage_renamed(house: House) -> Files:
    renamed = edited(house, ("conveyor.yaml", "proposal:", "offer:"))
    return {
        name: text.replace("is: proposal", "is: offer").replace("moved_to: proposal", "moved_to: offer")
        for name, text in renamed.items()
    }


def observing(house: House) -> Files:
    return edited(house, ("conveyor.yaml", "mode: enforce", "mode: observe"))


def hunter_leaves(house: House) -> Files:
    gone = "  - {name: Petar D., email: petar@acme.example, roles: [hunter]}\n"
    return edited(house, ("team.yaml", gone, ""))


def tighter_requirements(house: House) -> Files:
    files = edited(house, ("conveyor.yaml", "meeting: {}", "meeting: {requires: [budget]}"))
    return {name: text for name, text in files.items() if name != "cases.yaml"}


@pytest.mark.parametrize(
    "change",
    [
        mapping_line_moved,
        mapping_line_gone,
        stage_renamed,
        observing,
        hunter_leaves,
        tighter_requirements,
    ],
    ids=lambda change: change.__name__,
)
def test_what_was_foretold_happens(line: House, change: Callable[[House], Files]) -> None:
    # Given a plan for changed rules
    rules = load_files(change(line))
    before, in_crm, writes = standing(line), shown(line), line.sandbox.writes()
    foretold = plan_for(line.runtime, rules).forecast
    # Then planning itself has touched nothing
    assert (standing(line), line.sandbox.writes()) == (before, writes)
    # When they are put in force, and every deal is looked at
    activate(line.runtime, rules, by="admin", message=None)
    line.settle()
    look_at_all(line)
    # Then each deal stands where it was foretold to
    after = standing(line)
    moves = Counter(
        (place(before[i]), place(after[i])) for i in before if place(before[i]) != place(after[i])
    )
    assert moves == _placed(foretold)
    assert foretold.unmapped == sum(to == "unmapped" for (_, to), n in moves.items() for _ in range(n))
    # And in the CRM exactly as many were moved or re-assigned
    assert foretold.moved == sum(in_crm[ref] != now for ref, now in shown(line).items())
    assert foretold.unclear == 0


def _placed(foretold: Forecast) -> Counter[tuple[str, str]]:
    return Counter({way: placement.deals for way, placement in foretold.placements.items()})


def test_what_waits_is_handed_out_as_foretold(house: House) -> None:
    # Given a single hunter who has room for one deal only, and three that are handed over
    house.rewrite("team.yaml", "roles: [head, hunter]", "roles: [head]")
    house.rewrite(
        "team.yaml", f"email: {PETAR}, roles: [hunter]", f"email: {PETAR}, roles: [hunter], capacity: 1"
    )
    for _ in range(3):
        house.move(house.new_deal("qualification", by=OLENA, **COMPLETE), "meeting", by=OLENA)
    assert sorted(owner or "" for _, owner in shown(house).values()) == [OLENA, OLENA, PETAR]
    # When they are to have room for more
    rules = load_files(edited(house, ("team.yaml", "capacity: 1", "capacity: 2")))
    plan = plan_for(house.runtime, rules)
    # Then one is foretold to move, and one does
    assert (plan.forecast.moved, plan.forecast.handoffs["given"]) == (1, 1)
    activate(house.runtime, rules, by="admin", message=None)
    house.wait_for_timers()
    assert sorted(owner or "" for _, owner in shown(house).values()) == [OLENA, PETAR, PETAR]
