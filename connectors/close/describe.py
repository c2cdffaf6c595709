"""What a live account looks like: pipelines, statuses, fields, people. Facts: docs/connectors/close.md#account"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from connectors.base import Description, Lane, RemoteField, RemotePipeline, RemoteStage, RemoteUser
from connectors.close.account import Account, Member
from connectors.close.calls import PIPELINES
from connectors.close.client import Client, rows_of
from connectors.close.fields import OWN
from connectors.close.records import item_id
from connectors.close.values import Field
from connectors.errors import Unreadable

NOW = 0.0

NEEDED = ("view_all_leads", "manage_others_opportunities")
"""Without them Close shows fewer deals, and refuses none of them aloud."""

OUTCOMES: Mapping[object, Literal["open", "won", "lost"]] = {"active": "open", "won": "won", "lost": "lost"}


def describe(client: Client, account: Account, lane: Lane = Lane.READ) -> Description:
    """The account as it is now."""
    identity = account.identity(lane, NOW)
    return Description(
        pipelines=tuple(_pipeline(row) for row in rows_of(client.call(PIPELINES, lane))),
        fields=tuple(_field(field) for field in (*OWN, *account.fields(lane, NOW))),
        users=tuple(_user(member) for member in account.members(lane, NOW).values()),
        account=f"Close {identity.organization}",
        may=identity.may,
        lacks=tuple(each for each in NEEDED if identity.may and each not in identity.may),
    )


def _pipeline(row: Mapping[str, Any]) -> RemotePipeline:
    statuses = [each for each in row.get("statuses") or () if isinstance(each, dict)]
    return RemotePipeline(item_id(row), str(row.get("name")), tuple(_stage(each) for each in statuses))


def _stage(row: Mapping[str, Any]) -> RemoteStage:
    outcome = OUTCOMES.get(row.get("type") or row.get("status_type"))
    if outcome is None:
        raise Unreadable("Close shows a status that is neither active nor won nor lost.")
    return RemoteStage(item_id(row), str(row.get("label")), outcome)


def _field(field: Field) -> RemoteField:
    return RemoteField(
        field.name, field.label, field.type, field.writable, {choice: choice for choice in field.choices}
    )


def _user(member: Member) -> RemoteUser:
    return RemoteUser(member.user_id, member.email, member.name, member.active)
