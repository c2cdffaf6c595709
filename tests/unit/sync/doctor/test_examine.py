"""Examining several connections: each call once, nothing written, and none waits for another that is broken."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.base import Description, RemoteUser
from connectors.errors import AuthFailed, RateLimited, Rejected, Transient, Unreadable
from store import connections
from store.database import Store
from sync.doctor.check import Check, State, view
from sync.doctor.examine import examine

from .crm import ABLE, MemoryCrm, example_rules, house

REVOKED = AuthFailed("The token is revoked.", status=401)
NO_CONTACTS = AuthFailed("Give the app contacts.read.", status=403)


def examined(store: Store, crm: MemoryCrm) -> dict[str, Check]:
    """The checks of one connection by name."""
    found = examine(house(store, {"hubspot": crm}), example_rules(), ["hubspot"])
    return {check.name: check for check in found["hubspot"]}


def test_every_reading_call_is_tried_once_and_nothing_is_written(store: Store) -> None:
    crm = MemoryCrm()
    checks = examined(store, crm)
    parts = ["fetch", "fetch people", "fetch history"]
    assert crm.called == ["describe", "everything", "changed", *parts, "subscriptions"]
    assert checks["credentials"] == Check("credentials", State.FINE, "Acme answers.")
    assert checks["permissions"].state is State.FINE


def test_refused_credentials_are_not_tried_again_and_again(store: Store) -> None:
    crm = MemoryCrm(refuses=dict.fromkeys(("describe", "everything", "changed"), REVOKED))
    checks = examined(store, crm)
    assert crm.called == ["describe", "everything"]
    assert checks["credentials"].state is State.PROBLEM
    assert "The token is revoked." in checks["credentials"].message
    assert "connections.yaml:" in checks["credentials"].message
    assert "permissions" not in checks


def test_one_refused_call_is_named_with_what_is_missing(store: Store) -> None:
    checks = examined(store, MemoryCrm(refuses={"fetch people": NO_CONTACTS}))
    assert checks["credentials"].ok
    assert checks["permissions"].state is State.PROBLEM
    first = checks["permissions"].message.splitlines()[0]
    assert first == "It cannot read contacts and companies: Give the app contacts.read."


def test_what_no_rule_needs_is_a_warning(store: Store) -> None:
    def without_people(text: str) -> str:
        return text.replace("      - {any_of: [contact_phone, contact_email]}\n", "")

    runtime = house(store, {"hubspot": MemoryCrm(refuses={"fetch people": NO_CONTACTS})})
    found = examine(runtime, example_rules(without_people), ["hubspot"])["hubspot"]
    (permissions,) = [check for check in found if check.name == "permissions"]
    assert permissions.state is State.WARNING
    assert "(no rule needs it)" in permissions.message


def test_a_scope_that_the_connector_misses_is_a_problem(store: Store) -> None:
    description = Description((), (), (), "Acme", may=("crm",), lacks=("task",))
    permissions = examined(store, MemoryCrm(description=description))["permissions"]
    assert permissions.state is State.PROBLEM
    assert "lacks task" in permissions.message
    assert "The token is for: crm." in permissions.message


def test_an_account_without_deals_may_be_one_that_hides_them(store: Store) -> None:
    crm = MemoryCrm(records=())
    permissions = examined(store, crm)["permissions"]
    assert permissions.state is State.WARNING
    assert "shown no deals" in permissions.message
    assert not any(call.startswith("fetch") for call in crm.called)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Rejected("There is no field budget__c."), State.PROBLEM),
        (Unreadable("That is HTML."), State.PROBLEM),
        (Transient("The CRM answered 500.", status=500), State.UNREACHABLE),
    ],
)
def test_calls_that_fail_for_one_reason_are_told_together(
    store: Store, error: Exception, state: State
) -> None:
    failing = ("everything", "changed")
    reading = examined(store, MemoryCrm(refuses=dict.fromkeys(failing, error)))["reading"]
    assert reading == Check("reading", state, f"It cannot list deals, ask what changed: {error}")


@pytest.mark.parametrize("error", [Transient("Nobody answers."), RateLimited("Slow down.")])
def test_nobody_is_asked_further_who_does_not_answer_or_asks_to_wait(store: Store, error: Exception) -> None:
    crm = MemoryCrm(refuses={"describe": error})
    checks = examined(store, crm)
    assert crm.called == ["describe"]
    assert not checks["credentials"].ok
    # What needs no CRM is told all the same
    assert {"rate budget", "rule Scout to hunter"} <= checks.keys()


def test_a_crm_that_hangs_ends_the_wait_and_hides_nothing(store: Store) -> None:
    hanging, well = MemoryCrm(hangs="everything"), MemoryCrm()
    runtime = house(store, {"hubspot": hanging, "bitrix24": well})
    began = time.monotonic()
    try:
        found = examine(runtime, example_rules(), ["hubspot", "bitrix24"], silent_s=0.3)
    finally:
        hanging.released.set()
    assert time.monotonic() - began < 20
    checks = {check.name: check for check in found["hubspot"]}
    assert checks["credentials"].ok
    assert checks["reading"].state is State.UNREACHABLE
    assert checks["reading"].message == "It cannot list deals: The CRM has not answered for 0.3 s."
    assert next(check.ok for check in found["bitrix24"] if check.name == "permissions")


def test_a_mistake_of_ours_in_one_connector_keeps_no_other_from_its_examination(store: Store) -> None:
    broken, well = MemoryCrm(refuses={"changed": KeyError("a secret")}), MemoryCrm()
    runtime = house(store, {"hubspot": broken, "bitrix24": well})
    found = examine(runtime, example_rules(), ["hubspot", "bitrix24"])
    first = found["hubspot"][0]
    assert (first.name, first.state) == ("examination", State.PROBLEM)
    assert "KeyError" in first.message
    assert "secret" not in first.message
    assert "examination" not in {check.name for check in found["bitrix24"]}


def test_a_connection_without_its_keys_is_told_by_its_line(store: Store) -> None:
    runtime = house(store, {"hubspot": MemoryCrm()})
    runtime.connectors.environment = {"HUBSPOT_CLIENT_SECRET": "x"}
    found = examine(runtime, example_rules(), ["hubspot"])
    (check,) = found["hubspot"]
    assert (check.name, check.ok) == ("settings", False)
    assert "HUBSPOT_TOKEN" in check.message
    assert check.message.startswith("connections.yaml:")


def test_paused_connections_are_a_problem(store: Store) -> None:
    runtime = house(store, {"hubspot": MemoryCrm()})
    now = runtime.now()
    with store.begin() as tx:
        connections.ensure(tx, ["hubspot"], now)
        connections.pause(tx, "hubspot", now.replace(hour=13), "The CRM asked us to slow down.")
    (budget,) = [
        c for c in examine(runtime, example_rules(), ["hubspot"])["hubspot"] if c.name == "rate budget"
    ]
    assert budget.state is State.PROBLEM
    assert budget.message.startswith("Paused until 2026-05-04 13:00:00 UTC: The CRM asked us to slow down.")


def test_people_who_left_are_drift(store: Store) -> None:
    left = RemoteUser("1", "olena@acme.example", "Olena K.", active=False)
    crm = MemoryCrm(description=Description((), (), (left,), "Acme"))
    drift = examined(store, crm)["drift"]
    assert "the account of olena@acme.example in 'hubspot' is switched off" in drift.message


def test_webhooks_that_people_click_are_told_by_the_events_that_came(store: Store) -> None:
    crm = MemoryCrm(capabilities=replace(ABLE, subscribes=False))
    runtime, rules = house(store, {"hubspot": crm}), example_rules(public_url="https://c.example/")

    def webhooks() -> Check:
        return next(c for c in examine(runtime, rules, ["hubspot"])["hubspot"] if c.name == "webhooks")

    assert webhooks().state is State.PROBLEM
    assert "Click, and enter https://c.example/webhooks/hubspot." in webhooks().message
    for days, state in ((8, State.WARNING), (1, State.FINE)):
        with store.begin() as tx:
            connections.ensure(tx, ["hubspot"], runtime.now())
            connections.touch_event(tx, ["hubspot"], runtime.now() - timedelta(days=days))
        assert webhooks().state is state


def test_the_view_is_what_scripts_rely_on() -> None:
    checks = [Check("clock", State.WARNING, "Late."), Check("drift", State.PROBLEM, "Gone.")]
    assert view({"crm": checks}) == {
        "connections": {
            "crm": {
                "ok": False,
                "checks": [
                    {"name": "clock", "ok": True, "message": "Late."},
                    {"name": "drift", "ok": False, "message": "Gone."},
                ],
            }
        }
    }
