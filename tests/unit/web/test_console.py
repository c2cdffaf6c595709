"""The console's pages over HTTP: what they say, to whom, in which language, and that nothing on them is trusted."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from mapping.loader import load_files
from mapping.model import Deal, DealStatus, EventKind, Handoff, HandoffStatus, Link, Value
from mapping.phrases import phrase
from store import audit, connections, deals, handoffs, inbox, ledger, links
from store.connections import Drift, User
from store.database import Store, open_store
from store.inbox import NewEvent
from store.ledger import Entry
from sync.access.viewer import Profile
from sync.core import undo
from sync.rollout import activate
from web.console.languages import preferred

from .serving import Served, apply_example, make_runtime, serving

NOW = datetime.now(UTC)
SCRIPT = "<script>alert(1)</script>"
PETAR = "petar@acme.example"


@pytest.fixture
def store(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'conveyor.db')}")
    yield opened
    opened.close()


@pytest.fixture
def served(store: Store) -> Iterator[Served]:
    runtime = make_runtime(store)
    apply_example(runtime)
    with serving(runtime) as running:
        yield running


@pytest.fixture
def admin(served: Served) -> requests.Session:
    return served.sign_in("admin@acme.example")


def save(served: Served, id: str, **values: object) -> Deal:
    given = {
        "status": DealStatus.OPEN,
        "section": "conversion",
        "stage": "proposal",
        "owner": PETAR,
        **values,
    }
    deal = Deal(id, id, "hubspot", **given)  # type: ignore[arg-type]
    deal = replace(deal, fields={"title": f"Deal {id}", **deal.fields})
    with served.runtime.store.begin() as tx:
        deals.save(tx, deal, "0" * 64)
        links.save(tx, [Link("hubspot", f"9{id}", id, seen={"title": f"Deal {id}"})])
    return deal


def offer(served: Served, deal_id: str, **values: object) -> Handoff:
    made = Handoff(
        f"h{deal_id}", deal_id, "Scout to hunter", "conveyor.yaml", 41, "lead_generation", "conversion",
        "qualification", "olena@acme.example", PETAR, HandoffStatus.PENDING, NOW, NOW - timedelta(hours=1),
    )  # fmt: skip
    made = replace(made, **values)  # type: ignore[arg-type]
    with served.runtime.store.begin() as tx:
        handoffs.save(tx, made)
    return made


def post(browser: requests.Session, served: Served, path: str, **form: str) -> requests.Response:
    page = browser.get(served.url + "/hand-offs").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    return browser.post(served.url + path, {"csrf": csrf[1], **form}, timeout=20)


def test_the_line_shows_since_when_a_deal_stands_still_once_its_owner_had_the_time(
    served: Served, admin: requests.Session
) -> None:
    _edit(served, "conveyor.yaml", "negotiation: {}", "negotiation: {follow_up_after: 6d}")
    since = NOW - timedelta(
        days=30
    )  # that is six working days at any time of the year, and five Saturdays at most
    save(served, "1", stage="negotiation", active_at=since, stage_since=since)
    assert (
        f'Stands still since <time datetime="{since.isoformat(timespec="seconds")[:16]}'
        in admin.get(served.url).text
    )

    _edit(
        served,
        "team.yaml",
        "petar@acme.example, roles: [hunter]",
        'petar@acme.example, roles: [hunter], working_hours: {days: [sat], from: "09:00", to: "18:00"}',
    )
    assert "Stands still" not in admin.get(served.url).text


def test_the_line_shows_counts_money_owner_and_what_is_late(served: Served, admin: requests.Session) -> None:
    save(served, "1", fields={"amount": "12000", "currency": "EUR"})
    save(served, "2", fields={"amount": "500", "currency": "EUR"})
    offer(served, "1")
    page = admin.get(served.url + "/").text

    for shown in (
        "Acme sales conveyor",
        "12,500 EUR",
        "Petar D.",
        "1 late",
        "Deal 1",
        'class="deal card offered late"',
    ):
        assert shown in page, shown


def test_parked_deals_are_told_and_listed_apart(served: Served, admin: requests.Session) -> None:
    save(served, "1", status=DealStatus.UNMAPPED, section=None, stage=None)

    assert 'href="/deals?status=unmapped"' in admin.get(served.url + "/").text
    assert "Deal 1" in admin.get(served.url + "/deals?status=unmapped").text


def test_the_deals_of_a_stage_go_on_over_pages(served: Served, admin: requests.Session) -> None:
    for number in range(55):
        save(served, f"{number:03}")
    pages = [admin.get(f"{served.url}/deals?stage=proposal&page={number}").text for number in (1, 2)]
    listed = [set(re.findall(r"hubspot:9\d{3}", page)) for page in pages]

    assert [len(found) for found in listed] == [50, 5]
    assert not listed[0] & listed[1]
    assert admin.get(served.url + "/deals?page=0").status_code == 404


def test_a_deal_tells_its_story_with_rule_and_record(served: Served, admin: requests.Session) -> None:
    deal = save(served, "1", fields={"budget": "900", "contact_name": "Rosa Luz"})
    with served.runtime.store.begin() as tx:
        entry = Entry("1", NOW, "returned_by_rule", PETAR, "budget must be at least 1000")
        ledger.add(tx, [replace(entry, rule_file="conveyor.yaml", rule_line=41)])
        seen = {"title": "Deal 1", "budget": "700"}
        links.save(tx, [Link("hubspot", "91", deal.id, seen=seen, url="https://app.hubspot.example/91")])
    page = admin.get(served.url + "/deals/hubspot:91").text

    for shown in (
        "Moved back",
        "conveyor.yaml:41",
        "Rosa Luz",
        "900",
        "700",
        "https://app.hubspot.example/91",
    ):
        assert shown in page, shown


def test_fields_are_called_and_written_as_people_do(served: Served, admin: requests.Session) -> None:
    fields = {"decision_maker": "CFO", "created_at": "2026-03-04T08:00:00Z", "contract_end": "T, not a time"}
    save(served, "1", fields=fields)
    page = admin.get(served.url + "/deals/hubspot:91?language=en").text
    assert "Decision maker" in page
    assert '<time datetime="2026-03-04T08:00:00+00:00">' in page
    assert "T, not a time" in page


def test_an_address_that_a_crm_made_up_is_no_link(served: Served, admin: requests.Session) -> None:
    save(served, "1")
    with served.runtime.store.begin() as tx:
        links.save(tx, [Link("hubspot", "91", "1", seen={"title": "x"}, url="javascript:alert(1)")])

    assert "javascript:" not in admin.get(served.url + "/deals/hubspot:91").text


def test_what_people_wrote_is_text_and_never_markup(served: Served, admin: requests.Session) -> None:
    save(served, "1", fields={"title": SCRIPT})
    offer(served, "1", reason=SCRIPT)
    with served.runtime.store.begin() as tx:
        ledger.add(tx, [Entry("1", NOW, "note", SCRIPT, SCRIPT)])
        connections.save_error(tx, "hubspot", SCRIPT, NOW)
        connections.save_drift(tx, "hubspot", [Drift("renamed", SCRIPT)], NOW)
    for path in (
        "/",
        "/deals",
        "/deals/hubspot:91",
        "/hand-offs?tab=open",
        "/health",
        "/mapping",
        f"/?text={SCRIPT}",
    ):
        answer = admin.get(served.url + path)
        assert answer.status_code == 200, path
        assert SCRIPT not in answer.text, path
        assert "alert(1)" in answer.text, path


def test_pages_bring_nothing_from_elsewhere_and_are_kept_nowhere(
    served: Served, admin: requests.Session
) -> None:
    answer = admin.get(served.url + "/")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r'(src|href)="(https?:)?//', answer.text)
    assert not re.search(r"<style|<script(?! src)| style=| on\w+=", answer.text)


def test_a_hand_off_is_accepted_by_its_receiver_and_noted(served: Served) -> None:
    save(served, "1")
    offer(served, "1")
    answer = post(
        served.sign_in(PETAR, Profile.SPECIALIST), served, "/hand-offs/h1/accept", back="/hand-offs"
    )

    assert "Accepted." in answer.text
    with served.runtime.store.read() as tx:
        assert [event.data for event in inbox.due(tx, ["1"], NOW + timedelta(hours=1))["1"]] == [
            {"action": "accept", "handoff": "h1"}
        ]
        noted = audit.recent(tx, 1)[0]
    assert (noted.actor, noted.action, noted.subject) == (PETAR, "handoff_accepted", "h1")


def test_a_return_takes_a_reason_of_its_rule(served: Served) -> None:
    save(served, "1")
    offer(served, "1")
    petar = served.sign_in(PETAR, Profile.SPECIALIST)

    assert post(petar, served, "/hand-offs/h1/return").status_code == 409
    assert post(petar, served, "/hand-offs/h1/return", reason="I am tired").status_code == 409
    assert "Returned." in post(petar, served, "/hand-offs/h1/return", reason="no budget").text


def test_nobody_acts_on_what_is_not_theirs(served: Served) -> None:
    save(served, "1")
    offer(served, "1", to_member="ivan@acme.example")
    petar = served.sign_in(PETAR, Profile.SPECIALIST)

    assert post(petar, served, "/hand-offs/h1/accept").status_code == 404
    assert post(petar, served, "/health/dead", id="all", do="retry").status_code == 403
    assert post(petar, served, "/mapping/plan", connection="hubspot").status_code == 403
    with served.runtime.store.read() as tx:
        assert inbox.counts(tx, NOW).pending == 0


def test_a_form_leads_back_to_a_page_of_ours_only(served: Served) -> None:
    for number, back in enumerate(
        ("https://evil.example/", "//evil.example", "/\\evil.example", "/deals/hubspot:90")
    ):
        save(served, str(number))
        offer(served, str(number))
        browser = served.sign_in(PETAR, Profile.SPECIALIST)
        answer = post(browser, served, f"/hand-offs/h{number}/accept", back=back)
        assert answer.url.startswith(served.url), back


def test_dead_letters_are_tried_again_or_dropped(served: Served, admin: requests.Session) -> None:
    save(served, "1")
    save(served, "2")
    with served.runtime.store.begin() as tx:
        inbox.add(tx, [NewEvent(EventKind.LOOK, "1"), NewEvent(EventKind.LOOK, "2")], NOW)
        for deal_id in ("1", "2"):
            event = inbox.due(tx, [deal_id], NOW + timedelta(hours=1))[deal_id][0]
            inbox.fail(tx, [event.id], NOW, due_at=NOW, error="a bug", dead=True)
    first, second = sorted(set(re.findall(r'value="(event:\d+)"', admin.get(served.url + "/health").text)))

    assert post(admin, served, "/health/dead", id=first, do="retry").status_code == 200
    assert post(admin, served, "/health/dead", id=second, do="drop").status_code == 200
    assert post(admin, served, "/health/dead", id=second, do="drop").status_code == 409
    assert post(admin, served, "/health/dead", id="all", do="drop").status_code == 409
    with served.runtime.store.read() as tx:
        counts = inbox.counts(tx, NOW + timedelta(hours=1))
    assert (counts.pending, counts.dead) == (1, 0)


def test_drift_that_was_noticed_is_marked_at_its_stage(served: Served, admin: requests.Session) -> None:
    with served.runtime.store.begin() as tx:
        said = "mappings/hubspot.yaml:12: the stage 'Contract sent' is called 'Contract' in the CRM"
        connections.save_drift(tx, "hubspot", [Drift("renamed", said)], NOW)
    page = admin.get(served.url + "/mapping").text

    assert "1 difference from the CRM" in page
    assert page.count('<tr class="differs">') == 1


def test_what_the_files_may_not_say_is_refused_with_its_reason(
    served: Served, admin: requests.Session
) -> None:
    form = {"connection": "hubspot", "stage.0.6": "nowhere"}
    answer = post(admin, served, "/mapping/plan", **form)

    assert answer.status_code == 422
    assert "unknown stage" in answer.text
    assert post(admin, served, "/mapping/apply", **form).status_code == 422
    assert post(admin, served, "/mapping/plan", connection="nowhere").status_code == 404
    assert post(admin, served, "/mapping/rollback/plan", version="99").status_code == 404


def test_an_edit_is_applied_only_with_the_plan_that_was_seen(served: Served, admin: requests.Session) -> None:
    form = {"connection": "hubspot", "stage.0.5": "proposal"}
    seen = _kept(post(admin, served, "/mapping/plan", **form).text)

    assert post(admin, served, "/mapping/apply", **form).status_code == 409
    assert post(admin, served, "/mapping/apply", **form, **{**seen, "kept_state": "other"}).status_code == 409
    assert "is in force" in post(admin, served, "/mapping/apply", **form, **seen).text
    assert post(admin, served, "/mapping/apply", **form, **seen).status_code == 409
    assert served.runtime.rules.get().mappings["hubspot"].pipelines[0].stages[5].means == "proposal"


def test_above_the_brake_going_back_takes_a_yes(served: Served, admin: requests.Session) -> None:
    # Given two hand-offs that wait since Petar is no hunter any more, and a brake that lets one deal pass
    for id in ("1", "2"):
        save(
            served,
            id,
            section="lead_generation",
            stage="qualification",
            owner=None,
            placed=True,
            stage_since=NOW,
        )
        offer(served, id, to_member=None, status=HandoffStatus.WAITING, due_at=None)
        seen: dict[str, Value] = {"stage": ["default", "qualifiedtobuy"], "owner": "9"}
        with served.runtime.store.begin() as tx:
            links.save(tx, [Link("hubspot", f"9{id}", id, seen=seen, sent=seen, version="1")])
            users = [User("7", "Petar", PETAR), User("9", "Guest", "guest@else.example")]
            connections.save_directory(tx, "hubspot", users, NOW)
    _edit(served, "team.yaml", "petar@acme.example, roles: [hunter]", "petar@acme.example, roles: [scout]")
    _edit(served, "conveyor.yaml", "safety:", "safety:\n  ask_before_moving: {deals: 1}")

    plan = post(admin, served, "/mapping/rollback/plan", version="1").text
    assert "2 of 2 deals" in plan
    assert post(admin, served, "/mapping/rollback", version="1", **_kept(plan)).status_code == 409
    assert served.runtime.rules.get().team[PETAR].roles == ("scout",)

    answer = post(admin, served, "/mapping/rollback", version="1", **_kept(plan), yes="yes")
    assert "is in force again" in answer.text
    assert served.runtime.rules.get().team[PETAR].roles == ("hunter",)


def test_going_back_takes_back_what_the_versions_since_did_to_deals(
    served: Served, admin: requests.Session
) -> None:
    # Given a deal that the second version gave to somebody else
    save(served, "1", owner="maria@acme.example", placed=True, stage_since=NOW)
    with served.runtime.store.begin() as tx:
        seen: dict[str, Value] = {"stage": ["default", "decisionmakerboughtin"], "owner": "8"}
        links.save(tx, [Link("hubspot", "91", "1", seen=seen, sent=seen, version="1")])
        users = [User("7", "Petar", PETAR), User("8", "Maria", "maria@acme.example")]
        connections.save_directory(tx, "hubspot", users, NOW)
    _edit(served, "conveyor.yaml", "name: Acme", "name: New Acme")
    given: dict[str, Value] = {"owner": [PETAR, "maria@acme.example"], "visit": ["", ""], "version": "2"}
    with served.runtime.store.begin() as tx:
        moved = Entry("1", datetime.now(UTC), undo.NOTED, "conveyor", "Moved by the rules.", data=given)
        ledger.add(tx, [moved])

    plan = post(admin, served, "/mapping/rollback/plan", version="1").text
    assert "1 deal would go back to where the versions that are rolled back found them." in plan

    post(admin, served, "/mapping/rollback", version="1", **_kept(plan))
    with served.runtime.store.read() as tx:
        asked = inbox.due(tx, ["1"], datetime.now(UTC) + timedelta(minutes=1))["1"]
    assert "undo" in [event.data.get("action") for event in asked]


def test_the_reports_are_not_for_everybody(served: Served) -> None:
    calls = served.sign_in("olena@acme.example", Profile.EXTERNAL)

    assert [calls.get(served.url + path).status_code for path in ("/reports", "/reports.csv")] == [403, 403]


def test_reports_come_as_a_page_and_as_csv(served: Served, admin: requests.Session) -> None:
    save(served, "1")
    assert "Funnel" in admin.get(served.url + "/reports?period=month&section=conversion").text
    table = admin.get(served.url + "/reports.csv?table=funnel")

    assert table.headers["content-disposition"] == 'attachment; filename="funnel-week.csv"'
    assert table.text.startswith("section,stage,")
    assert admin.get(served.url + "/reports.csv?table=nothing").status_code == 404


def test_before_the_first_rules_the_pages_say_so(store: Store) -> None:
    with serving(make_runtime(store)) as served:
        answer = served.sign_in("admin@acme.example").get(served.url + "/")
        assert (answer.status_code, "conveyor apply" in answer.text) == (503, True)


def test_the_language_is_chosen_and_kept(served: Served, admin: requests.Session) -> None:
    assert '<html lang="en">' in admin.get(served.url + "/").text
    assert '<html lang="uk">' in admin.get(served.url + "/?language=uk").text
    assert "Передачі" in admin.get(served.url + "/hand-offs").text
    assert '<html lang="uk">' in admin.get(served.url + "/?language=nonsense").text
    assert admin.cookies["language"] == "uk"


def test_what_is_missing_is_told_in_the_language_of_the_reader(
    served: Served, admin: requests.Session
) -> None:
    save(served, "1")
    offer(served, "1", defects=(phrase("{fields:or} must be filled in", fields=("budget", "source")),))

    assert "budget or source must be filled in" in admin.get(served.url + "/deals/hubspot:91").text
    assert "нужно заполнить budget или source" in admin.get(served.url + "/deals/hubspot:91?language=ru").text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de,fr;q=0.9", "en"),
        ("de, uk;q=0.5, bg;q=0.7", "bg"),
        ("en;q=0.2, ru;q=0", "en"),
        ("uk;q=x, ru", "ru"),
    ],
)
def test_the_browser_says_which_language(header: str, language: str) -> None:
    assert preferred(header) == language


def test_an_open_page_is_told_of_changes(served: Served, admin: requests.Session) -> None:
    with admin.get(served.url + "/events", stream=True, timeout=20) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines(decode_unicode=True)
        assert next(lines).startswith(": listening")
        happen(served)
        assert next(line for line in lines if line.startswith("event")) == "event: changed"
    assert (
        requests.get(served.url + "/events", headers={"sec-fetch-mode": "cors"}, timeout=20).status_code
        == 401
    )


def test_a_page_is_told_what_happened_before_it_listened(served: Served, admin: requests.Session) -> None:
    address = re.search(r'data-events="([^"]+)"', admin.get(served.url + "/").text)
    assert address is not None
    happen(served)
    with admin.get(served.url + address[1], stream=True, timeout=20) as stream:
        lines = stream.iter_lines(decode_unicode=True)
        assert next(line for line in lines if line.startswith("event")) == "event: changed"


def happen(served: Served) -> None:
    with served.runtime.store.begin() as tx:
        ledger.add(tx, [Entry("1", NOW, "moved", "conveyor", "Moved.")])


def _kept(plan: str) -> dict[str, str]:
    return dict(re.findall(r'name="(kept_\w+)" value="([^"]*)"', plan))


def _edit(served: Served, file: str, old: str, new: str) -> None:
    """Edit one place of the rules and put them in force."""
    files = dict(served.runtime.rules.get().files)
    assert files[file].count(old) == 1
    activate(
        served.runtime, load_files({**files, file: files[file].replace(old, new)}), by="test", message=None
    )
