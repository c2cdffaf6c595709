"""The example in `config/` is that of the emulated accounts, name by name and id by id."""

from __future__ import annotations

import pytest

from mapping.online import compare

from .house import House


@pytest.mark.every_crm
def test_the_example_fits_the_account(house: House) -> None:
    rules = house.runtime.rules.get()
    live = house.runtime.connector(house.name, rules).describe()
    assert [str(problem) for problem in compare(rules, house.name, live)] == []
