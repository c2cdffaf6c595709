"""Reading deals: pages and their walls, single ones, deleted ones, times in the user's zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from .running import OLENA, PETAR, until
from .zoho_org import OLENA_ID, EmulatedZoho, fresh, running_org


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedZoho]:
    with running_org() as org:
        yield org


@pytest.fixture
def org(process: EmulatedZoho) -> EmulatedZoho:
    return fresh(process)


def test_a_deal_has_the_types_of_the_documentation(org: EmulatedZoho) -> None:
    contact, company = {"name": "Ann Lee", "email": "ann@customer.example"}, {"name": "Customer"}
    deal_id = org.new_deal(amount=1500, contact=contact, company=company)
    deal = org.one(deal_id)
    assert (deal["id"], len(deal_id)) == (deal_id, 19)
    assert deal["Owner"] == {"name": "Olena K.", "id": OLENA_ID, "email": OLENA}
    assert (deal["Amount"], deal["Probability"], deal["Expected_Revenue"]) == (1500, 10, 150)
    assert (deal["Contact_Name"]["name"], deal["Account_Name"]["name"]) == ("Ann Lee", "Customer")
    assert (deal["Next_Step"], deal["$approval_state"], deal["$process_flow"]) == (None, "approved", False)


def test_what_is_not_there_is_204_without_a_body(org: EmulatedZoho) -> None:
    assert org.nothing("GET", "/Deals?fields=id")
    assert org.nothing("GET", "/Deals/987654")
    deal = org.new_deal()
    org.ask("DELETE", f"/deals/{deal}")
    assert org.nothing("GET", f"/Deals/{deal}")
    hidden = org.new_deal()
    org.set(hidden=[hidden])
    assert org.nothing("GET", f"/Deals/{hidden}")
    assert org.refused("GET", "/Deals/12ab")["message"] == "the id given seems to be invalid"
    org.set(missing_status=400)
    assert org.refused("GET", "/Deals/987654")["message"] == "the id given seems to be invalid"


def test_a_listing_must_name_its_fields(org: EmulatedZoho) -> None:
    org.new_deal()
    missing = org.refused("GET", "/Deals")
    assert (missing["code"], missing["details"]) == ("REQUIRED_PARAM_MISSING", {"param_name": "fields"})
    many = ",".join(f"F{number}" for number in range(51))
    assert org.refused("GET", f"/Deals?fields={many}")["code"] == "LIMIT_EXCEEDED"
    assert org.data("/Deals?fields=Stage")[0].keys() == {"id", "Stage"}
    before = org.counts()["malformed"]
    assert org.data("/Deals?fields=Stage,No_Such")[0].keys() == {"id", "Stage"}
    assert org.counts()["malformed"] == before + 1


def test_pages_follow_each_other_by_token(org: EmulatedZoho) -> None:
    ids = org.ask("POST", "/bulk", {"count": 450})["ids"]
    seen, token, sizes = [], "", []
    while token is not None:
        page = org.ok("GET", f"/Deals?fields=id&sort_by=id&sort_order=asc{token}")
        seen += [deal["id"] for deal in page["data"]]
        sizes.append((page["info"]["page"], page["info"]["count"], page["info"]["more_records"]))
        after = page["info"]["next_page_token"]
        token = after and f"&page_token={after}"
    assert seen == ids
    assert sizes == [(1, 200, True), (2, 200, True), (3, 50, False)]


def test_the_default_order_is_the_latest_id_first(org: EmulatedZoho) -> None:
    ids = org.ask("POST", "/bulk", {"count": 5})["ids"]
    assert [deal["id"] for deal in org.data("/Deals?fields=id&per_page=3")] == ids[:1:-1]
    assert [deal["id"] for deal in org.data("/Deals?fields=id&per_page=3&page=2")] == ids[1::-1]


def test_numbered_pages_end_at_a_wall(org: EmulatedZoho) -> None:
    org.ask("POST", "/bulk", {"count": 2100})
    assert len(org.data("/Deals?fields=id&page=10")) == 200
    wall = org.refused("GET", "/Deals?fields=id&page=11")
    assert (wall["code"], wall["details"]["limit"]) == ("DISCRETE_PAGINATION_LIMIT_EXCEEDED", 2000)


def test_a_token_is_bound_to_its_request(org: EmulatedZoho) -> None:
    org.ask("POST", "/bulk", {"count": 5})
    token = org.ok("GET", "/Deals?fields=id&per_page=2")["info"]["next_page_token"]
    for path, code in (
        (f"/Deals?fields=Stage&per_page=2&page_token={token}", "TOKEN_BOUND_DATA_MISMATCH"),
        (f"/Deals?fields=id&per_page=2&page=2&page_token={token}", "AMBIGUITY_DURING_PROCESSING"),
        ("/Deals?fields=id&page_token=c8582xx434", "EXPIRED_VALUE"),
    ):
        assert org.refused("GET", path)["code"] == code


def test_deals_are_read_by_ids(org: EmulatedZoho) -> None:
    ids = [org.new_deal() for _ in range(3)]
    found = org.data(f"/Deals?ids={ids[0]},{ids[2]},987654&fields=Stage")
    assert {deal["id"] for deal in found} == {ids[0], ids[2]}
    many = ",".join(["987654"] * 51)
    assert org.refused("GET", f"/Deals?ids={many}&fields=id")["code"] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(("inclusive", "status"), [(False, 304), (True, 200)])
def test_what_changed_since(org: EmulatedZoho, inclusive: bool, status: int) -> None:
    org.set(since_is_inclusive=inclusive)
    org.new_deal()
    deal = org.new_deal()
    modified = org.one(deal)["Modified_Time"]
    path = "/Deals?fields=Modified_Time&sort_by=Modified_Time&sort_order=asc"
    answer = org.send("GET", path, headers={"If-Modified-Since": modified})
    assert (answer.status_code, bool(answer.content)) == (status, inclusive)
    until(lambda: datetime.now(UTC) > datetime.fromisoformat(modified) + timedelta(seconds=1), "a second")
    org.edit(deal, by=PETAR, title="Later")
    found = org.data(path, headers={"If-Modified-Since": modified})
    assert found[-1]["id"] == deal
    wrong = org.send("GET", path, headers={"If-Modified-Since": "2026-05-14T11:36:13.000+03:00"})
    assert wrong.status_code == 400


@pytest.mark.parametrize("zone", ["Europe/Sofia", "America/Los_Angeles", "Asia/Kathmandu"])
def test_times_carry_the_offset_of_the_users_zone(org: EmulatedZoho, zone: str) -> None:
    org.set(time_zone=zone)
    times = ["2026-01-15T12:00:00+00:00", "2026-07-15T12:00:00+00:00"]
    deal = org.new_deal()
    for text in times:
        org.put(deal, Conveyor_Accept_By=text)
        shown = org.one(deal)["Conveyor_Accept_By"]
        assert shown == datetime.fromisoformat(text).astimezone(ZoneInfo(zone)).isoformat()
    assert datetime.fromisoformat(org.one(deal)["Modified_Time"]).tzinfo not in (None, UTC)
    assert org.ok("GET", "/users?type=CurrentUser")["users"][0]["time_zone"] == zone


def test_deleted_deals_are_told_apart(org: EmulatedZoho) -> None:
    first, second = org.new_deal(title="One"), org.new_deal()
    assert org.nothing("GET", "/Deals/deleted?type=all")
    org.ask("DELETE", f"/deals/{first}?by={OLENA}")
    org.ok("DELETE", f"/Deals?ids={second}")
    rows = org.data("/Deals/deleted?type=all")
    assert [(row["id"], row["type"], row["deleted_by"]["name"]) for row in rows] == [
        (second, "recycle", "Conveyor Integration"),
        (first, "recycle", "Olena K."),
    ]
    assert rows[1]["display_name"] == "One"
    assert org.nothing("GET", "/Deals/deleted?type=permanent")


def test_deals_are_counted(org: EmulatedZoho) -> None:
    org.ask("POST", "/bulk", {"count": 7})
    assert org.ok("GET", "/Deals/actions/count") == {"count": 7}


def test_a_search_sees_an_index_that_lags(org: EmulatedZoho) -> None:
    org.new_deal(title="Fleet renewal (big)", contact={"name": "Ann", "email": "ann@customer.example"})
    assert org.nothing("GET", "/Contacts/search?email=ann@customer.example")
    org.set(search_lag_s=0)
    assert len(org.data("/Contacts/search?email=ann@customer.example&fields=Email")) == 1
    contains = (
        "/Deals/search?fields=Stage&criteria=((Deal_Name:equals:renewal)and(Stage:equals:Qualification))"
    )
    assert len(org.data(contains)) == 1
    assert len(org.data("/Deals/search?fields=id&criteria=(Deal_Name:equals:\\(big\\))")) == 1
    assert org.nothing("GET", "/Deals/search?word=nowhere")
    assert org.refused("GET", "/Deals/search")["code"] == "REQUIRED_PARAM_MISSING"
    assert org.refused("GET", "/Deals/search?word=a&page=11")["code"] == "LIMIT_REACHED"


@pytest.mark.parametrize("query", ["colour=red", "sort_by=Stage", "sort_order=up", "per_page=201", "page=0"])
def test_a_wrong_parameter_is_refused_and_counted(org: EmulatedZoho, query: str) -> None:
    org.new_deal()
    before = org.counts()["malformed"]
    assert org.refused("GET", f"/Deals?fields=id&{query}")["code"] == "INVALID_DATA"
    assert org.counts()["malformed"] == before + 1
