"""The example in `config/` is that of the emulated accounts, name by name and id by id."""

from __future__ import annotations

import pytest

from cli.demo_across import RULES
from mapping.loader import load_ruleset
from mapping.online import compare
from sync.doctor.check import State
from sync.doctor.examine import examine

from .house import COMPLETE, OLENA, House

NOT_OURS = {"time zone"}
"""An account may lie anywhere on earth."""


@pytest.mark.every_crm
def test_the_example_fits_the_account(house: House) -> None:
    rules = house.runtime.rules.get()
    live = house.runtime.connector(house.name, rules).describe()
    assert [str(problem) for problem in compare(rules, house.name, live)] == []


@pytest.mark.parametrize("crm", ["close", "hubspot", "bitrix24"])
def test_the_rules_of_the_journey_fit_the_accounts_too(house: House, crm: str) -> None:
    rules = load_ruleset(RULES)
    live = house.runtime.connector(crm, rules).describe()
    assert [str(problem) for problem in compare(rules, crm, live)] == []


@pytest.mark.every_crm
def test_the_doctor_has_nothing_to_say_about_an_account_that_is_in_use(house: House) -> None:
    # Given an account with a deal that was handed over
    deal = house.new_deal("qualification", **COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    # When it is examined
    found = examine(house.runtime, house.runtime.rules.get(), [house.name])
    # Then all is fine
    wrong = [check for check in found[house.name] if check.state is not State.FINE]
    assert {check.name for check in wrong} <= NOT_OURS, wrong
    assert len(found[house.name]) > len(wrong)
