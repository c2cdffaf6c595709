"""Events of a portal: what proves them, and what they say."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote_plus, urlencode

import pytest
from pydantic import SecretStr

from connectors.base import Delivery
from connectors.bitrix24 import webhooks
from connectors.bitrix24.settings import Events
from connectors.errors import AuthFailed, Unreadable
from mapping.model import UNKNOWN_ACTOR, Hint, HintKind

TOKEN = "jvh9y1ulq2w3e4r5t6y7u8i9o0p1a2s3"
MEMBER = "d897063e8f0a4d2b9d8f0c1b2a3d4e5f"
KNOWN = Events(application_token=SecretStr(TOKEN), member_id=MEMBER)


def delivery(**form: str) -> Delivery:
    """An event as an outgoing webhook posts it; `data__FIELDS__ID` stands for `data[FIELDS][ID]`."""
    base = {
        "event": "ONCRMDEALUPDATE",
        "event_handler_id": "975",
        "data__FIELDS__ID": "7405",
        "ts": "1766047124",
        "auth__domain": "some.bitrix24.com",
        "auth__member_id": MEMBER,
        "auth__application_token": TOKEN,
    }
    pairs = {bracketed(name): value for name, value in {**base, **form}.items()}
    return raw(urlencode(pairs, quote_via=quote_plus).encode())


def bracketed(name: str) -> str:
    """`a__b__c` as `a[b][c]`."""
    head, *steps = name.split("__")
    return head + "".join(f"[{step}]" for step in steps)


def raw(body: bytes) -> Delivery:
    """A delivery with that body."""
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Delivery("POST", "https://x.example/webhooks/b", headers, body, datetime.now(UTC))


def test_an_event_with_our_token_is_genuine() -> None:
    webhooks.verify(delivery(), KNOWN)
    webhooks.verify(delivery(auth__access_token="s6p6eclrvim6da22ft9ch94ekreb52lv"), KNOWN)


@pytest.mark.parametrize(
    "forged",
    [
        delivery(auth__application_token="another"),
        delivery(auth__application_token=""),
        delivery(auth__application_token=f"{TOKEN}x"),
        delivery(auth__application_token="ключ"),
        delivery(auth__member_id="another-portal"),
        raw(b""),
        raw(b"\xff\xfe"),
        raw(b"&".join(b"a=1" for _ in range(1000))),
    ],
)
def test_an_event_without_our_token_is_refused(forged: Delivery) -> None:
    with pytest.raises(AuthFailed) as caught:
        webhooks.verify(forged, KNOWN)
    assert TOKEN not in str(caught.value)


def test_without_a_configured_token_nothing_is_believed() -> None:
    with pytest.raises(AuthFailed, match="application_token"):
        webhooks.verify(delivery(), Events())


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("ONCRMDEALADD", HintKind.CREATED),
        ("ONCRMDEALUPDATE", HintKind.CHANGED),
        ("onCrmDealUpdate", HintKind.CHANGED),
        ("ONCRMDEALDELETE", HintKind.DELETED),
    ],
)
def test_an_event_is_a_hint_where_to_look(event: str, kind: HintKind) -> None:
    assert webhooks.parse(delivery(event=event)) == [
        Hint("7405", kind, source_id=None, occurred_at=None, actor=UNKNOWN_ACTOR)
    ]


@pytest.mark.parametrize(
    ("category", "stage", "value"),
    [("7", "C7:NEW", "C7:NEW"), ("7", "NEW", "C7:NEW"), ("0", "NEW", "NEW"), ("7", "", None)],
)
def test_a_move_to_another_pipeline_names_the_stage(category: str, stage: str, value: str | None) -> None:
    moved = delivery(
        event="ONCRMDEALMOVETOCATEGORY", data__FIELDS__CATEGORY_ID=category, data__FIELDS__STAGE_ID=stage
    )
    field = "stage" if value else None
    assert webhooks.parse(moved) == [Hint("7405", HintKind.CHANGED, field=field, value=value)]


@pytest.mark.parametrize("event", ["ONTASKUPDATE", "ONCRMCONTACTUPDATE", "ONAPPINSTALL", "ONAPPTEST"])
def test_an_event_that_leads_to_no_deal_gives_no_hint(event: str) -> None:
    assert webhooks.parse(delivery(event=event, data__FIELDS_AFTER__ID="8")) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"event=",
        b"event=ONCRMDEALUPDATE",
        b"event=ONCRMDEALUPDATE&data[FIELDS][ID]=0",
        b"event=ONCRMDEALUPDATE&data[FIELDS][ID]=-1",
        b"event=ONCRMDEALUPDATE&data[FIELDS][ID]=undefined",
        b"event=ONCRMDEALUPDATE&data[FIELDS][ID]=" + b"9" * 5000,
        b"event=ONCRMDEALMOVETOCATEGORY&data[FIELDS][ID]=1&data[FIELDS][CATEGORY_ID]=x&data[FIELDS][STAGE_ID]=N",
        b'{"event": "ONCRMDEALUPDATE"}',
    ],
)
def test_what_is_not_in_the_documented_form_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        webhooks.parse(raw(body))


def test_the_last_of_two_equal_names_counts_as_in_php() -> None:
    body = delivery().body + b"&auth%5Bapplication_token%5D=another"
    with pytest.raises(AuthFailed):
        webhooks.verify(raw(body), KNOWN)
