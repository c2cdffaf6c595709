"""Every path that is called without the vendor's library, in one table: where a new API version is entered.

Facts: docs/connectors/hubspot.md#versions
"""

from __future__ import annotations

from collections.abc import Mapping

PATHS: Mapping[str, str] = {
    "objects": "/crm/v3/objects/{}",
    "search": "/crm/v3/objects/{}/search",
    "batch_read": "/crm/v3/objects/{}/batch/read",
    "links": "/crm/v4/associations/{}/{}/batch/read",
    "account": "/account-info/v3/details",
    "token": "/oauth/v1/token",
    "webhook_settings": "/webhooks/v3/{}/settings",
    "subscriptions": "/webhooks/v3/{}/subscriptions",
    "subscription": "/webhooks/v3/{}/subscriptions/{}",
}


def path(name: str, *parts: object) -> str:
    """The path of a call by its name."""
    return PATHS[name].format(*parts)
