"""Queries: conditions in nested pairs, limits, what they show, and their errors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .running import PETAR
from .zoho_org import OLENA_ID, EmulatedZoho, fresh, running_org


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedZoho]:
    with running_org() as org:
        yield org


@pytest.fixture
def org(process: EmulatedZoho) -> EmulatedZoho:
    return fresh(process)


def test_a_query_shows_what_it_selects(org: EmulatedZoho) -> None:
    deal = org.new_deal(company={"name": "Customer"}, amount=5)
    rows = org.query(
        "select Stage, Owner, Owner.email, Account_Name.Account_Name from Deals where Amount = 5"
    )
    assert rows == [
        {
            "Stage": "Qualification",
            "Owner": {"name": "Olena K.", "id": OLENA_ID},
            "Owner.email": "olena@acme.example",
            "Account_Name.Account_Name": "Customer",
            "id": deal,
        }
    ]
    assert org.query("select id from Deals where Amount = 6") == []


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Amount > 10", "bc"),
        ("Amount >= 10 and Amount < 30", "ab"),
        ("((Amount = 10 or Amount = 20) and Stage = 'Qualification')", "a"),
        ("Deal_Name like 'Deal%'", "abc"),
        ("Deal_Name not like '%b'", "ac"),
        ("Deal_Name = 'deal a'", "a"),
        ("Amount between 15 and 30", "bc"),
        ("Amount in (10, 30)", "ac"),
        ("Amount not in (10, 30)", "b"),
        ("Next_Step is null", "abc"),
        ("Closing_Date is not null", "abc"),
        ("Owner = '7328395000000100002'", "c"),
        ("Owner.email = 'petar@acme.example'", "c"),
        ("Modified_Time > '2026-01-01T00:00:00+00:00'", "abc"),
        ("Closing_Date < '2020-01-01'", ""),
    ],
)
def test_conditions(org: EmulatedZoho, where: str, found: str) -> None:
    for name, amount, stage in (
        ("a", 10, "Qualification"),
        ("b", 20, "Needs Analysis"),
        ("c", 30, "Qualification"),
    ):
        owner = {"owner": PETAR} if name == "c" else {}
        org.new_deal(title=f"Deal {name}", amount=amount, stage=stage, **owner)
    rows = org.query(f"select Deal_Name from Deals where {where} order by id asc")
    assert "".join(row["Deal_Name"][-1] for row in rows) == found


def test_a_quote_is_doubled(org: EmulatedZoho) -> None:
    org.new_deal(title="O'Hara")
    assert len(org.query("select id from Deals where Deal_Name = 'O''Hara'")) == 1


@pytest.mark.parametrize(
    "by", ["id asc", "Modified_Time asc, id asc", "Deal_Name desc", "Amount asc, id desc"]
)
def test_pages_by_offset_hold_each_deal_once(org: EmulatedZoho, by: str) -> None:
    ids = org.ask("POST", "/bulk", {"count": 45})["ids"]
    seen: list[str] = []
    for offset in range(0, 60, 20):
        text = f"select id from Deals where id is not null order by {by} limit {offset}, 20"
        seen += [row["id"] for row in org.query(text)]
    assert sorted(seen) == ids
    assert len(seen) == 45


def test_a_keyset_reads_on_after_an_id(org: EmulatedZoho) -> None:
    ids = org.ask("POST", "/bulk", {"count": 30})["ids"]
    rows = org.query(f"select id from Deals where id > '{ids[9]}' order by id asc limit 5")
    assert [row["id"] for row in rows] == ids[10:15]
    few = ", ".join(f"'{id}'" for id in ids[:3])
    assert {row["id"] for row in org.query(f"select id from Deals where id in ({few})")} == set(ids[:3])


def test_limits_of_a_query(org: EmulatedZoho) -> None:
    org.ask("POST", "/bulk", {"count": 250})
    answer = org.ok("POST", "/coql", {"select_query": "select id from Deals where id is not null"})
    assert answer["info"] == {"count": 200, "more_records": True}
    assert len(org.query("select id from Deals where id is not null limit 0, 2000")) == 250
    many = ", ".join(["'1'"] * 101)
    for text in (
        "select id from Deals where id is not null limit 0, 2001",
        "select id from Deals where id is not null limit 99999, 2",
        f"select id from Deals where id in ({many})",
    ):
        assert org.refused("POST", "/coql", {"select_query": text})["code"] == "LIMIT_EXCEEDED"
    org.set(coql_max=200)
    text = "select id from Deals where id is not null limit 0, 201"
    assert org.refused("POST", "/coql", {"select_query": text})["code"] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("text", "code", "detail"),
    [
        ("select id from Deals", "SYNTAX_ERROR", "clause"),
        ("select id from Deals where Amount > 1 and Amount < 5 and Stage = 'a'", "SYNTAX_ERROR", "near"),
        ('select id from Deals where Stage = "a"', "SYNTAX_ERROR", "near"),
        ("select id Deals where id is not null", "SYNTAX_ERROR", "near"),
        ("select No_Such from Deals where id is not null", "INVALID_QUERY", "column_name"),
        ("select id from Deals where Amount = 'much'", "INVALID_QUERY", "reason"),
        ("select id from Deals where Modified_Time > '2026-01-01T00:00:00.000Z'", "INVALID_QUERY", "reason"),
        ("select id from Nope where id is not null", "INVALID_QUERY", "module"),
    ],
)
def test_wrong_queries(org: EmulatedZoho, text: str, code: str, detail: str) -> None:
    org.new_deal()
    error = org.refused("POST", "/coql", {"select_query": text})
    assert error["code"] == code
    assert detail in error["details"]
