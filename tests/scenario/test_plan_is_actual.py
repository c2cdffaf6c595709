"""Predicted equals actual, deal by deal: random changes of the rules over a house full of deals, on real sandboxes.

`CONVEYOR_HISTORIES` makes it long. Each failure names its seed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import func, select

from mapping.loader import load_files
from mapping.model import Deal, DealStatus, Value
from mapping.ruleset import Ruleset
from mapping.translate import to_remote
from store import connections, deals, handoffs
from store import schema as tables
from sync.planning.expected import Expected, expected
from sync.planning.forecast import deal_ids
from sync.planning.foretold import each
from sync.planning.plan import plan_for
from sync.rollout import activate

from .house import COMPLETE, IVAN, MARIA, OLENA, PETAR, TELLS_NOT_WHO_CLOSED, House
from .random_rules import changed

LONG = int(os.environ.get("CONVEYOR_HISTORIES", "0"))
CRMS = ("hubspot", "bitrix24", "zoho", "copper", "close") if LONG else ("hubspot", "close")
SEEDS = range(LONG // 20 or 1)
CHANGES = 4
PEOPLE = (OLENA, PETAR, IVAN, MARIA)
STAGES = ("prospecting", "qualification", "meeting", "proposal", "negotiation", "onboarding", "growth")
NOT_DECIDED = ("written", "conflict", "parked")
"""Kinds of ledger entries that tell of carrying out what was decided."""


@pytest.mark.parametrize("crm", CRMS)
@pytest.mark.parametrize("seed", SEEDS)
def test_each_deal_becomes_what_the_plan_said(house: House, seed: int) -> None:
    random = Random(seed)
    house.add_pipeline("Customer care", {"Welcome": "onboarding", "Growing": "growth"})
    populate(house, random)
    for number in range(CHANGES):
        try:
            change_once(house, random)
        except AssertionError as error:
            error.add_note(f"seed {seed}, change {number}")
            raise
        bustle(house, random)


def populate(house: House, random: Random) -> None:
    """Deals all along the line: some lack something, some were handed over and wait for somebody, some are done."""
    with house.asleep():
        for _ in range(6):
            house.new_deal(random.choice(STAGES), by=random.choice(PEOPLE), amount=random.choice([500, 1000]))
        handed = [house.new_deal("qualification", by=OLENA, amount=900, **COMPLETE) for _ in range(4)]
        done = house.new_deal("negotiation", by=PETAR, amount=500, lost_reason="Price")
    with house.asleep():
        for deal in handed[:3]:
            house.move(deal, "meeting", by=OLENA)
        house.move(done, "lost", by=PETAR)


def bustle(house: House, random: Random) -> None:
    """People go on between two changes of the rules: by what they may do, and by what they may not."""
    known = [deal for deal in house.crm.deal_ids() if house.card(deal).stage]
    if house.name in TELLS_NOT_WHO_CLOSED:  # and takes a minute to show that somebody re-opened a deal
        known = [deal for deal in known if house.deal(deal).status is DealStatus.OPEN]
    with house.asleep():
        for deal in random.sample(known, 2):
            house.edit(deal, by=random.choice(PEOPLE), stage=random.choice(_columns(house)))
        house.edit(random.choice(known), by=random.choice(PEOPLE), owner=random.choice(PEOPLE))
    house.poll()  # of a move between pipelines Bitrix24 sends no webhook
    for _ in range(6 if house.name == "copper" else 0):  # it tells later who moved a deal, or never
        house.clock.shift += timedelta(minutes=1)
        house.settle()


def _columns(house: House) -> list[str]:
    """The stages that some column means."""
    mapping, stages = house.crm.mapping(), house.runtime.rules.get().conveyor.stages
    return [stage for stage in stages if to_remote(mapping, stage, None)]


def change_once(house: House, random: Random) -> None:
    """Plan a change, put it in force, let the house come to rest, and compare."""
    files = changed(random, house.files, house.mapping_file)
    rules, before = load_files(files), house.runtime.rules.get()
    foretold = foresee_each(house, before, rules)
    plan, last = plan_for(house.runtime, rules), _last_entry(house)
    looked_at = activate(house.runtime, rules, by="admin", message=None, foretold=plan.forecast)
    house.files = files
    assert looked_at == len(plan.forecast.looked_at)
    house.settle()
    compare(house, foretold, plan.changes, last)


def foresee_each(house: House, before: Ruleset, after: Ruleset) -> dict[str, Expected]:
    with house.runtime.store.read() as tx:
        told = list(each(tx, before, after, house.clock(), deal_ids(tx)))
    assert not any(one.unclear for one in told), "nothing hangs on what only the CRM knows"
    return {one.case.deal.id: expected(one) for one in told}


def compare(house: House, foretold: Mapping[str, Expected], changes: Sequence[str], last: int) -> None:
    accounts, story = _accounts(house), _entries(house, last)
    for deal_id, deal, shown, passed in _actual(house):
        will = foretold.get(deal_id)
        if will is None:  # opened by the change; its opener's plan counts it
            continue
        about = f"{deal_id}, after {changes}"
        assert _place(deal) == _place(will.deal), about
        assert passed == will.handoffs, about
        [(stage, owner)] = will.crms.values()
        assert shown == (stage, accounts.get(str(owner))), about
        assert story.get(deal_id, ()) == will.entries, about


def _actual(
    house: House,
) -> Iterator[tuple[str, Deal, tuple[list[str], str | None], dict[str, tuple[str, str | None]]]]:
    with house.runtime.store.read() as tx:
        rows = list(deals.listing(tx))
        own = handoffs.of_deals(tx, [row.deal.id for row in rows])
    for row in rows:
        [link] = row.links
        if link.remote_id is not None and not link.gone:
            card = house.card(link.remote_id)
            passed = {h.id: (str(h.status), h.to_member) for h in own.get(row.deal.id, ())}
            yield row.deal.id, row.deal, (card.column, card.owner), passed


def _place(deal: Deal) -> tuple[Value, ...]:
    return str(deal.status), deal.section, deal.stage, deal.owner, deal.home


def _accounts(house: House) -> dict[str, str]:
    with house.runtime.store.read() as tx:
        people = connections.load(tx, house.name).directory
    return {person.id: person.email for person in people if person.email}


def _last_entry(house: House) -> int:
    with house.runtime.store.read() as tx:
        return tx.scalar(select(func.max(tables.ledger.c.id))) or 0


def _entries(house: House, last: int) -> dict[str, tuple[str, ...]]:
    """What was decided since, by deal."""
    entry = tables.ledger.c
    query = select(entry.deal_id, entry.kind).where(entry.id > last, entry.kind.not_in(NOT_DECIDED))
    found: dict[str, tuple[str, ...]] = {}
    with house.runtime.store.read() as tx:
        for deal_id, kind in tx.execute(query.order_by(entry.id)):
            found[deal_id] = (*found.get(deal_id, ()), kind)
    return found
