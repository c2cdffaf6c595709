"""PHP's arrays on the wire."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bitrix24 import php


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"entityTypeId": 2, "id": "351"}, "entityTypeId=2&id=351"),
        ({"filter": {">=updatedTime": "2025-10-31T00:00:00+02:00"}},
         "filter[%3E%3DupdatedTime]=2025-10-31T00%3A00%3A00%2B02%3A00"),
        ({"select": ["id", "title"]}, "select[0]=id&select[1]=title"),
        ({"filter": {">id": "$result[p0][items][49][id]"}},
         "filter[%3Eid]=%24result%5Bp0%5D%5Bitems%5D%5B49%5D%5Bid%5D"),
        ({"fm": [{"value": "a&b=c [d]"}]}, "fm[0][value]=a%26b%3Dc+%5Bd%5D"),
    ],
)  # fmt: skip
def test_nested_parameters_become_bracket_keys(params: dict[str, object], text: str) -> None:
    assert php.query(params) == text


def test_nothing_cannot_be_said_in_a_query() -> None:
    with pytest.raises(ValueError, match="fields"):
        php.query({"fields": {"title": None}})


@given(st.dictionaries(st.text(min_size=1).filter(lambda key: "[" not in key), st.text(), max_size=5))
def test_a_flat_query_is_read_as_it_was_written(pairs: dict[str, str]) -> None:
    assert php.form(php.query(pairs).encode()) == pairs


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1}, {"a": 1}),
        ([], {}),
        (["x", "y"], {"0": "x", "1": "y"}),
        ({7: "x"}, {"7": "x"}),
        (None, {}),
        ("text", {}),
        (False, {}),
    ],
)
def test_an_array_is_a_map_however_it_arrives(value: object, expected: dict[str, object]) -> None:
    assert php.as_map(value) == expected


def test_only_maps_are_rows() -> None:
    assert php.as_rows({"5": {"ID": 1}, "6": None, "7": "text"}) == [{"ID": 1}]
    assert php.as_rows([{"ID": 1}, [], {"ID": 2}]) == [{"ID": 1}, {"ID": 2}]
