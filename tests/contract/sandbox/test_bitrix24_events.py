"""Events as the emulated portal posts them: what fires, to whom, in which form."""

from collections.abc import Iterator

import pytest
from b24pysdk.credentials import OAuthEventData

from .bitrix24_portal import OLENA, EmulatedPortal, Inbox, fresh, listening, running_portal, until


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedPortal]:
    with running_portal() as portal:
        yield portal


@pytest.fixture
def portal(process: EmulatedPortal) -> EmulatedPortal:
    return fresh(process)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with listening() as inbox:
        yield inbox


@pytest.fixture
def outgoing(portal: EmulatedPortal, inbox: Inbox) -> Inbox:
    portal.ask("PUT", "/webhooks", {"url": inbox.url, "token": "secret-token"})
    return inbox


def quiet(portal: EmulatedPortal) -> None:
    """Wait until nothing is left to deliver."""
    until(lambda: portal.ask("GET", "")["webhooks_pending"] == 0, "all deliveries")


def test_an_event_is_a_form_with_bracket_keys_and_no_content(portal: EmulatedPortal, outgoing: Inbox) -> None:
    deal = portal.new_deal()
    (form,) = outgoing.wait(1)
    assert outgoing.received[0][0] == "application/x-www-form-urlencoded"
    assert set(form) == {
        "event",
        "event_handler_id",
        "ts",
        "data[FIELDS][ID]",
        "auth[domain]",
        "auth[client_endpoint]",
        "auth[server_endpoint]",
        "auth[member_id]",
        "auth[application_token]",
    }
    assert (form["event"], form["data[FIELDS][ID]"]) == ("ONCRMDEALADD", str(deal))
    assert form["auth[application_token]"] == "secret-token"


def test_the_vendors_own_parser_reads_it(portal: EmulatedPortal, outgoing: Inbox) -> None:
    deal = portal.new_deal()
    event = OAuthEventData.from_dict(outgoing.wait(1)[0])
    assert event.event == "ONCRMDEALADD"
    assert event.data is not None
    assert event.data["FIELDS"]["ID"] == str(deal)
    assert event.auth.application_token == "secret-token"
    assert event.is_system


def test_what_fires_and_what_does_not(portal: EmulatedPortal, outgoing: Inbox) -> None:
    deal = portal.new_deal()
    portal.update(deal, stageId="EXECUTING")
    portal.update(deal, stageId="EXECUTING")
    portal.update(deal, unknownField=1)
    portal.update(deal, stageId="C5:NEW", categoryId=5)
    portal.ask("PATCH", f"/deals/{deal}", {"by": OLENA, "pipeline": "0"})
    portal.ask("DELETE", f"/deals/{deal}")
    quiet(portal)
    assert sorted(outgoing.names()) == [
        ("ONCRMDEALADD", str(deal)),
        ("ONCRMDEALDELETE", str(deal)),
        ("ONCRMDEALUPDATE", str(deal)),
    ]


def test_only_an_application_hears_of_a_move_to_another_pipeline(
    portal: EmulatedPortal, inbox: Inbox
) -> None:
    token = portal.access_token()["access_token"]

    def call(method: str, **params: str) -> object:
        body = params | {"auth": token}
        return portal.session.post(f"{portal.url}/rest/{method}", json=body, timeout=30).json()

    bound = {"event": "OnCrmDealMoveToCategory", "handler": inbox.url}
    assert call("event.bind", **bound)["result"] is True  # type: ignore[index]
    assert "error" in call("event.bind", **bound)  # type: ignore[operator]
    deal = portal.new_deal()
    portal.ask("PATCH", f"/deals/{deal}", {"by": OLENA, "stage": "C5:EXECUTING"})
    (form,) = inbox.wait(1)
    assert (form["data[FIELDS][CATEGORY_ID]"], form["data[FIELDS][STAGE_ID]"]) == ("5", "C5:EXECUTING")
    assert (form["auth[expires_in]"], "auth[access_token]" in form) == ("3600", True)

    portal.ask("PATCH", f"/deals/{deal}", {"by": None, "pipeline": "0"})
    assert "auth[access_token]" not in inbox.wait(2)[1]
    assert call("event.unbind", **bound)["result"] == {"count": 1}  # type: ignore[index]
    assert call("event.get")["result"] == []  # type: ignore[index]


def test_task_events_say_undefined_for_what_was_not_there(portal: EmulatedPortal, outgoing: Inbox) -> None:
    task = portal.call("tasks.task.add", fields={"TITLE": "Call", "RESPONSIBLE_ID": 11})["task"]
    portal.ask("POST", f"/tasks/{task['id']}/complete", {"by": OLENA})
    quiet(portal)
    forms = {form["event"]: form for _, form in outgoing.received}
    assert forms["ONTASKADD"]["data[FIELDS_BEFORE]"] == "undefined"
    assert forms["ONTASKADD"]["data[FIELDS_AFTER][ID]"] == task["id"]
    assert forms["ONTASKUPDATE"]["data[FIELDS_BEFORE][ID]"] == task["id"]


def test_an_event_whose_handler_failed_is_lost(portal: EmulatedPortal, outgoing: Inbox) -> None:
    outgoing.status = 500
    portal.new_deal()
    quiet(portal)
    assert len(outgoing.received) == 1
    assert portal.ask("GET", "/counts")["webhooks_failed"] == 1


@pytest.mark.parametrize(("fault", "received"), [("lose_webhook", 1), ("double_webhook", 3)])
def test_events_can_be_lost_and_doubled(
    portal: EmulatedPortal, outgoing: Inbox, fault: str, received: int
) -> None:
    portal.fault(fault, match="ONCRMDEALUPDATE")
    deal = portal.new_deal()
    portal.update(deal, title="Other")
    quiet(portal)
    assert len(outgoing.received) == received


def test_a_mass_edit_is_one_event_a_deal(portal: EmulatedPortal, outgoing: Inbox) -> None:
    portal.ask("POST", "/bulk", {"count": 30})
    edit = {"by": OLENA, "stage": "PREPARATION"}
    portal.ask("POST", "/bulk_edit", edit)
    quiet(portal)
    assert {name for name, _ in outgoing.names()} == {"ONCRMDEALUPDATE"}
    assert len(outgoing.received) == 30
    portal.ask("POST", "/bulk_edit", edit | {"stage": "NEW", "webhooks": False})
    quiet(portal)
    assert len(outgoing.received) == 30


def test_the_outgoing_webhook_can_be_removed(portal: EmulatedPortal, outgoing: Inbox) -> None:
    portal.ask("PUT", "/webhooks", {"url": None})
    portal.new_deal()
    quiet(portal)
    assert outgoing.received == []
