"""A record that a poll brought along is placed with its owner, also when nobody has read the CRM's people yet."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from store import deals
from sync import reconcile
from sync.drain.engine import drain

from ..fault.simulation.rules import FILES
from ..fault.simulation.world import START, World


def test_the_owner_of_an_old_deal_is_known_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    by_email_only = re.sub(r", accounts: \{[^}]*\}", "", FILES["team.yaml"])
    monkeypatch.setattr(World, "files", {**FILES, "team.yaml": by_email_only})
    world = World(1)
    world.trouble.on = False
    world.person_creates()
    world.crms["north"].rows["n1"].created_at = START - timedelta(days=1)
    reconcile.poll(world.runtime, "north")
    for deal_id in world.wakes.sent:
        drain(world.runtime, deal_id)
    with world.store.read() as tx:
        (row,) = deals.listing(tx)
    assert (row.deal.placed, row.deal.owner) == (True, "sam@acme.example")
