"""What a live organisation looks like: pipelines, fields, people. Facts: docs/connectors/zoho.md#organisation"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.base import Description, Lane, RemoteField, RemoteUser
from connectors.zoho.client import Client
from connectors.zoho.fields import NOTHING, Field
from connectors.zoho.organisation import Organisation
from connectors.zoho.records import row_id

NEEDED = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.coql.READ",
)
"""The scopes of docs/connectors/zoho.md#set-up, without the one for notifications."""

LEFT = ("inactive", "disabled", "deleted", "closed")


def describe(client: Client, organisation: Organisation, lane: Lane = Lane.READ) -> Description:
    """Look at everything that a mapping is made of, anew."""
    organisation.forget()
    home = organisation.home(lane)
    return Description(
        pipelines=tuple(pipeline.as_remote() for pipeline in organisation.pipelines(lane)),
        fields=tuple(_field(field) for field in organisation.deal_fields(lane).all),
        users=_users(client, lane),
        account=f"{home.name} (Zoho CRM, organisation {home.zgid})",
        may=client.scopes(),
        lacks=_lacking(client.scopes()),
        timezone=home.zone.key,
    )


def _lacking(may: tuple[str, ...]) -> tuple[str, ...]:
    """The needed scopes of which nothing was granted, not even a part such as `ZohoCRM.modules.deals.ALL`."""
    granted = [scope.casefold() for scope in may]
    groups = {scope: scope.rpartition(".")[0].casefold() + "." for scope in NEEDED}
    return tuple(
        scope
        for scope, group in groups.items()
        if granted and not any(each.startswith(group) for each in granted)
    )


def _field(field: Field) -> RemoteField:
    options = {actual: label for actual, label in field.options.items() if actual != NOTHING}
    return RemoteField(field.name, field.label, field.type, field.writable, options)


def _users(client: Client, lane: Lane) -> tuple[RemoteUser, ...]:
    """All users, those who left too: old deals and histories still name them."""
    found: dict[str, RemoteUser] = {}
    for kind in ("AllUsers", "DeletedUsers"):
        for row in client.pages("/users", "users", lane, {"type": kind}):
            user = _user(row)
            found.setdefault(user.id, user)
    return tuple(found.values())


def _user(row: Mapping[str, Any]) -> RemoteUser:
    """A user; only one who is active and has confirmed can own deals."""
    email = str(row.get("email") or "").strip().lower() or None
    parts = " ".join(str(row[part]) for part in ("first_name", "last_name") if row.get(part))
    is_active = str(row.get("status") or "active").lower() not in LEFT and row.get("confirm") is not False
    user_id = row_id(row)
    return RemoteUser(user_id, email, str(row.get("full_name") or "") or parts or email or user_id, is_active)
