"""Webhook subscriptions: installed when an admin asks, renewed before they die, removed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from connectors.base import Connector, Subscription
from connectors.errors import ConnectorError
from mapping.environment import resolve_text
from mapping.ruleset import Ruleset
from store import connections
from sync.runtime import Runtime

log = structlog.get_logger()

RETRY_AFTER = timedelta(minutes=15)


class NoPublicUrl(Exception):
    """The rules name no address where CRMs could send webhooks."""


def install(runtime: Runtime, name: str, rules: Ruleset, connector: Connector) -> list[Subscription]:
    """Make the account send webhooks to us, and remember when that has to be renewed. Idempotent.

    Raises `NoPublicUrl`, and the errors of `connectors.errors`.
    """
    base = resolve_text(rules.public_url, runtime.connectors.environment)
    if not base:
        raise NoPublicUrl(
            "CRMs cannot send webhooks to an address that they do not know: set public_url in connections.yaml"
            " and `conveyor apply`. Without it, changes are found by polling."
        )
    made = connector.subscribe(f"{base.rstrip('/')}/webhooks/{name}")
    _remember(runtime, name, _half_way(runtime.now(), made))
    return made


def remove(runtime: Runtime, name: str, connector: Connector, subscription_id: str) -> None:
    """Remove one subscription of ours; from then on none of this connection is renewed."""
    connector.unsubscribe(subscription_id)
    _remember(runtime, name, None)


def renew_if_due(runtime: Runtime, name: str, rules: Ruleset) -> None:
    """Renew what was installed and would die; a CRM that refuses is asked again soon, and polls go on meanwhile."""
    with runtime.store.read() as tx:
        renew_at = connections.load(tx, name).renew_at
    if renew_at is None or renew_at > runtime.now():
        return
    try:
        made = install(runtime, name, rules, runtime.connector(name, rules))
    except (ConnectorError, NoPublicUrl) as error:
        log.warning("webhooks_not_renewed", connection=name, why=str(error))
        _remember(runtime, name, runtime.now() + RETRY_AFTER, str(error))
        return
    log.info("webhooks_renewed", connection=name, subscriptions=len(made))


def _half_way(now: datetime, made: Iterable[Subscription]) -> datetime | None:
    """Half of the time that is left: so a night without us, or a CRM that is away, loses nothing."""
    ends = [one.expires_at for one in made if one.expires_at is not None]
    return now + (min(ends) - now) / 2 if ends else None


def _remember(runtime: Runtime, name: str, renew_at: datetime | None, error: str | None = None) -> None:
    with runtime.store.begin() as tx:
        connections.save_renew_at(tx, name, renew_at, error)
