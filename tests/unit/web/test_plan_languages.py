"""Plans, drift and alarms on the console, in the language of whoever reads them; scripts get plain English."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from connectors.base import Description
from mapping.model import Deal, DealStatus, Handoff, HandoffStatus, Link
from mapping.online import differences
from store import connections, deals, handoffs, links
from store.connections import Drift
from store.database import Store, open_store
from sync.drift import words
from sync.views import health

from .serving import Served, apply_example, make_runtime, serving

NOW = datetime.now(UTC)
EDIT = {"connection": "hubspot", "stage.0.5": "proposal", "stage.0.8": "meeting"}
NOBODY_AT_HOME = Description((), (), (), "Acme")


@pytest.fixture
def served(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Served]:
    store: Store = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'conveyor.db')}")
    runtime = make_runtime(store)
    apply_example(runtime)
    with serving(runtime) as running:
        yield running
    store.close()


@pytest.fixture
def ukrainian(served: Served) -> requests.Session:
    browser = served.sign_in("admin@acme.example")
    browser.cookies.set("language", "uk")
    return browser


def page(browser: requests.Session, served: Served, path: str) -> str:
    return html.unescape(browser.get(served.url + path, timeout=20).text)


def plan(browser: requests.Session, served: Served, **form: str) -> str:
    csrf = re.search(r'name="csrf" value="([^"]+)"', page(browser, served, "/mapping"))
    assert csrf is not None
    answer = browser.post(f"{served.url}/mapping/plan", {"csrf": csrf[1], **form}, timeout=20)
    return html.unescape(answer.text)


def main_of(shown: str) -> str:
    return shown[shown.index("<main") : shown.index("</main>")]


def late_handoff(served: Served) -> None:
    fields = {"title": "Nova", "amount": "12000", "currency": "EUR"}
    deal = Deal("1", "1", "hubspot", DealStatus.OPEN, "conversion", "negotiation", fields=fields)
    seen = {"stage": ["default", "contractsent"], "owner": None}
    made = Handoff(
        "h1", "1", "Scout to hunter", "conveyor.yaml", 41, "lead_generation", "conversion", "qualification",
        "olena@acme.example", "petar@acme.example", HandoffStatus.PENDING, NOW, NOW - timedelta(hours=1),
    )  # fmt: skip
    with served.runtime.store.begin() as tx:
        deals.save(tx, deal, "0" * 64)
        links.save(tx, [Link("hubspot", "91", "1", seen=seen, sent=seen)])
        handoffs.save(tx, made)


def test_a_plan_is_said_in_the_language_of_who_planned_it(
    served: Served, ukrainian: requests.Session
) -> None:
    late_handoff(served)
    shown = main_of(plan(ukrainian, served, **EDIT))

    assert "hubspot, Sales Pipeline: «Contract sent» тепер означає «Proposal», раніше означав" in shown
    assert "«Old stage» тепер означає «Meeting», раніше не враховувався." in shown
    assert "1 угода (12 000 EUR): «Negotiation» → «Proposal»." in shown
    assert "Конвеєр не перемістив би й не перепризначив у CRM жодної угоди." in shown
    assert 'lang="en"' not in shown


def test_the_same_plan_is_english_for_who_reads_english(served: Served) -> None:
    shown = main_of(plan(served.sign_in("admin@acme.example"), served, **EDIT))

    assert 'hubspot, Sales Pipeline: "Old stage" means Meeting now, and was ignored.' in shown
    assert 'lang="en"' not in shown


def test_what_the_check_says_of_a_file_stays_english_and_is_marked(
    served: Served, ukrainian: requests.Session
) -> None:
    shown = main_of(plan(ukrainian, served, **{**EDIT, "stage.0.6": "nowhere"}))

    assert "unknown stage 'nowhere'" in shown
    assert '<ul class="sentences" lang="en">' in shown


def test_alarms_are_said_in_the_language_of_who_looks(served: Served, ukrainian: requests.Session) -> None:
    late_handoff(served)
    with served.runtime.store.begin() as tx:
        connections.pause(tx, "hubspot", NOW + timedelta(hours=1), "Slow down.")
        connections.save_error(tx, "zoho", "The token is revoked.", NOW)
    shown = main_of(page(ukrainian, served, "/health"))

    assert "1 передача прострочена: `conveyor handoffs --late`." in shown
    assert re.search(r"Пауза до .*, \d\d:\d\d \(Софія\): Slow down\.", shown)
    assert '<span lang="en">The token is revoked.</span>' in shown  # in the CRM's own words


def test_scripts_get_alarms_in_plain_english(served: Served) -> None:
    late_handoff(served)
    told = {alarm["kind"]: alarm["message"] for alarm in health.status(served.runtime)["alarms"]}

    assert told["late_handoffs"] == "1 hand-off is late: `conveyor handoffs --late`."


def test_drift_that_was_kept_is_said_in_the_language_of_who_looks(
    served: Served, ukrainian: requests.Session
) -> None:
    rules = served.runtime.rules.get()
    gone = [found.problem for found in differences(rules, "hubspot", NOBODY_AT_HOME)]
    kept = [Drift(problem.code, words.alarm(problem, "hubspot")) for problem in gone]
    old = Drift("renamed", "as it was kept before it could be said otherwise")
    with served.runtime.store.begin() as tx:
        connections.save_drift(tx, "hubspot", [*kept, old], NOW)

    for path in ("/mapping", "/health"):
        shown = main_of(page(ukrainian, served, path))
        assert "у CRM немає воронки з id 'default'. Що робити, скаже `conveyor doctor hubspot`." in shown
        assert "потім приберіть її з team.yaml." in shown
        assert f'<span lang="en">{old.message}</span>' in shown
