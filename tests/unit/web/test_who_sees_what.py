"""Every address of the application, asked by everybody: who is let in, and that nobody reads what is not theirs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from argon2 import PasswordHasher

from store import handoffs
from store.database import open_store
from sync.access import accounts, passwords
from sync.access.tokens import csrf_of
from sync.access.viewer import Profile
from web.access import cookies
from web.app import create_app

from . import decided, marked
from .decided import DECIDED, MAY, Address
from .marked import CALLS, DEALS, IVAN, KEPT, MARIA, OFFERED, OLENA, OTHER_CALLS, PETAR, SEEN_BY, WON
from .serving import PATIENCE_S, Served, apply_example, make_runtime, serving

PROFILES = {
    "admin@acme.example": Profile.ADMIN,
    IVAN: Profile.HEAD,
    OLENA: Profile.SPECIALIST,
    PETAR: Profile.SPECIALIST,
    MARIA: Profile.SPECIALIST,
    CALLS: Profile.EXTERNAL,
    OTHER_CALLS: Profile.EXTERNAL,
    "stranger@acme.example": Profile.SPECIALIST,
}
LIMITED = [email for email, seen in SEEN_BY.items() if seen != DEALS]


class Person:
    """Somebody with a browser and a token."""

    def __init__(self, served: Served, email: str) -> None:
        self.email, self.profile = email, PROFILES[email]
        self._url = served.url
        self._browser = served.sign_in(email, self.profile)
        self._csrf = csrf_of(self._browser.cookies[cookies.SESSION])
        self._script = requests.Session()
        token = accounts.new_api_token(served.runtime, email, "test", by="test").token
        self._script.headers["authorization"] = f"Bearer {token}"

    def ask(self, address: Address, url: str, **form: str) -> requests.Response:
        """One request, with all that makes it theirs."""
        options: dict[str, Any] = {
            "timeout": PATIENCE_S,
            "allow_redirects": False,
            "stream": address.path == "/events",
        }
        if address.is_api:
            return self._script.request(
                address.method, self._url + url, json=form if address.method == "POST" else None, **options
            )
        data = {"csrf": self._csrf, **form} if address.method == "POST" else None
        return self._browser.request(address.method, self._url + url, data=data, **options)


@pytest.fixture(scope="module")
def served(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("house")
    store = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, folder / 'conveyor.db')}")
    runtime = make_runtime(store)
    apply_example(runtime, marked.config(folder / "config"))
    marked.fill(runtime)
    with serving(runtime) as running:
        yield running
    store.close()


@pytest.fixture(scope="module")
def people(served: Served) -> dict[str, Person]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        return {email: Person(served, email) for email in PROFILES}


@pytest.fixture(scope="module")
def every(served: Served) -> list[Address]:
    return list(decided.addresses(list(create_app(served.runtime).routes)))


def reading(every: list[Address]) -> Iterator[Address]:
    """What is read behind a log-in or a token."""
    for address in every:
        if (
            address.method == "GET"
            and DECIDED[address.name] != "nobody signed in"
            and address.path != "/events"
        ):
            yield address


def test_every_route_has_a_decision_and_every_decision_a_route(every: list[Address]) -> None:
    assert sorted({address.name for address in every}) == sorted(DECIDED)


def test_whoever_is_not_signed_in_gets_nowhere(served: Served, every: list[Address]) -> None:
    for address in every:
        if DECIDED[address.name] == "nobody signed in":
            continue
        url = served.url + next(iter(address.urls()))
        for headers in ({}, {"authorization": "Bearer conveyor_x", "cookie": f"{cookies.SESSION}=x"}):
            answer = requests.request(
                address.method, url, headers=headers, timeout=PATIENCE_S, allow_redirects=False
            )
            if address.is_api:
                assert answer.status_code == 401, address.name
                assert answer.headers["www-authenticate"] == "Bearer"
            else:
                assert answer.status_code == 303, address.name
                assert answer.headers["location"].startswith("/login"), address.name
            assert not [each.name for each in DEALS if each.is_in(answer.text)]


@pytest.mark.parametrize("email", PROFILES)
def test_who_is_signed_in_gets_where_they_may(
    people: dict[str, Person], every: list[Address], email: str
) -> None:
    person = people[email]
    for address in every:
        group = DECIDED[address.name]
        if group == "nobody signed in" or address.path == "/logout":
            continue
        answer = person.ask(
            address, address.path.replace("{handoff}", "unknown").replace("{deal}", "hubspot:0")
        )
        answer.close()
        refused = answer.status_code == 403
        assert refused == (person.profile.value not in MAY[group]), f"{address.name}: {answer.status_code}"
        assert answer.status_code not in (303, 401, 500), f"{address.name}: {answer.status_code}"


@pytest.mark.parametrize("email", ["admin@acme.example", *LIMITED])
def test_nobody_reads_what_is_not_theirs_by_any_address_filter_page_or_report(
    people: dict[str, Person], every: list[Address], email: str
) -> None:
    person, theirs = people[email], SEEN_BY[email]
    read: set[str] = set()
    for address in reading(every):
        for url in address.urls():
            answer = person.ask(address, url)
            assert answer.status_code != 500, url
            found = {each.name for each in DEALS if each.is_in(answer.text + str(answer.headers))}
            assert found <= {each.name for each in theirs}, f"{url} tells {email} of {found}"
            read |= found
    assert read == {each.name for each in theirs}, "all that is theirs is found somewhere"


@pytest.mark.parametrize("email", [PETAR, OLENA, MARIA])
def test_a_quota_is_for_the_section_of_whoever_has_it(people: dict[str, Person], email: str) -> None:
    for path in ("/reports.csv", "/reports", "/api/v1/report"):
        for period in ("week", "month"):
            text = people[email].ask(Address("GET", path), f"{path}?period={period}").text
            assert ("7654321" in text.translate(dict.fromkeys(map(ord, " ,.\u00a0\u202f")))) == (
                email == PETAR
            )


@pytest.mark.parametrize("email", SEEN_BY)
def test_a_deal_and_its_story_are_there_for_who_may_see_it_and_for_nobody_else(
    people: dict[str, Person], email: str
) -> None:
    for path in ("/deals/{}", "/api/v1/deals/{}", "/api/v1/deals/{}/explain"):
        for each in DEALS:
            answer = people[email].ask(Address("GET", path), path.format(each.ref))
            assert (answer.status_code == 200) == (each in SEEN_BY[email]), (
                f"{each.ref}: {answer.status_code}"
            )
            unknown = people[email].ask(Address("GET", path), path.format("hubspot:999"))
            assert answer.status_code in (200, unknown.status_code), "hidden and unknown look alike"


@pytest.mark.parametrize("email", SEEN_BY)
def test_pages_of_the_api_hold_all_that_is_theirs_and_numbers_tell_no_more(
    people: dict[str, Person], email: str
) -> None:
    names: list[str] = []
    url = "/api/v1/deals?limit=2"
    while True:
        page = people[email].ask(Address("GET", "/api/v1/deals"), url).json()
        names += [item["deal"] for item in page["items"]]
        if page["next"] is None:
            break
        assert len(page["items"]) == 2, "a page is cut after what is hidden was left out"
        url = f"/api/v1/deals?limit=2&cursor={page['next']}"
    assert sorted(names) == sorted(each.ref for each in SEEN_BY[email])


@pytest.mark.parametrize("email", LIMITED)
def test_searching_for_what_is_hidden_finds_as_much_as_searching_for_nonsense(
    people: dict[str, Person], email: str
) -> None:
    address = Address("GET", "/deals")
    nonsense = people[email].ask(address, "/deals?text=Mark-nonsense").text.replace("Mark-nonsense", "")
    for each in DEALS:
        if each not in SEEN_BY[email]:
            wanted = f"Mark-{each.name}-tit"
            page = people[email].ask(address, f"/deals?text={wanted}").text.replace(wanted, "")
            assert page == nonsense, each.name


def test_of_a_journey_only_the_own_part_is_told_in_full(people: dict[str, Person]) -> None:
    address, url = Address("GET", "/api/v1/deals/{deal}/journey"), f"/api/v1/deals/{KEPT.ref}/journey"
    told = {item["deal"]: item for item in people[MARIA].ask(address, url).json()["items"]}
    assert {name: item["section"] for name, item in told.items()} == {
        WON.ref: "conversion",
        KEPT.ref: "retention",
    }
    assert (told[KEPT.ref]["title"], told[WON.ref]["title"]) == ("Mark-kept-title", None)
    assert (told[WON.ref]["fields"], told[WON.ref]["amount"]) == ({}, None)
    assert people[PETAR].ask(address, url).status_code == 404
    assert WON.is_in(people[IVAN].ask(address, url).text)


def test_a_hand_off_that_was_given_away_tells_only_whether_it_was_taken(people: dict[str, Person]) -> None:
    address = Address("GET", "/api/v1/handoffs/{handoff}")
    shown = people[OLENA].ask(address, "/api/v1/handoffs/h-offered").json()
    assert (shown["deal"], shown["status"], shown["to_member"]) == (OFFERED.ref, "pending", PETAR)
    assert shown["details"]["reason"] is None
    assert people[OLENA].ask(address, "/api/v1/handoffs/h-hunted").status_code == 404
    assert OFFERED.is_in(people[PETAR].ask(address, "/api/v1/handoffs/h-offered").text)


@pytest.mark.parametrize("email", LIMITED)
def test_nobody_answers_a_hand_off_that_is_not_to_them(
    served: Served, people: dict[str, Person], email: str
) -> None:
    with served.runtime.store.read() as tx:
        everybody = {name: handoffs.load(tx, name) for name in marked.HANDOFFS}
    for name, handoff in everybody.items():
        assert handoff is not None
        if handoff.to_member == email:
            continue
        for path in ("/hand-offs/{}/accept", "/hand-offs/{}/return"):
            for prefix in ("", "/api/v1"):
                url = prefix + (path if not prefix else path.replace("hand-offs", "handoffs")).format(name)
                answer = people[email].ask(Address("POST", url), url, reason="not ready")
                assert answer.status_code in (403, 404), f"{url}: {answer.status_code}"
                told = {each for each in DEALS if each.is_in(answer.text)}
                assert told <= set(SEEN_BY[email]), url
    assert not woken(served)


def woken(served: Served) -> list[str]:
    """What somebody asked the workers to do."""
    return list(served.runtime.wake.woken)  # type: ignore[attr-defined]


def test_an_account_in_a_group_of_its_own_is_no_way_around(people: dict[str, Person]) -> None:
    assert people["stranger@acme.example"].ask(Address("GET", "/api/v1/me"), "/api/v1/me").json() == {
        "email": "stranger@acme.example",
        "profile": "specialist",
        "sections": [],
    }
