"""Finds drift while the system runs: with the polls, at most once an interval; remembers it until it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import structlog

from connectors.base import Connector, Description
from connectors.errors import ConnectorError
from mapping.online import differences
from mapping.ruleset import Ruleset
from store import connections
from store.connections import ConnectionRow, Drift
from sync import people
from sync.core.correct import clock_seconds
from sync.doctor.subject import Subject
from sync.doctor.webhooks import what_is_gone
from sync.drain.postpone import pause
from sync.drift import words
from sync.failures import Consequence, failure_of
from sync.runtime import Runtime

log = structlog.get_logger()

PART_OF_INTERVAL = 0.9
"""Polls come a little early and late; a look that is nearly an interval old is due."""

SUBSCRIPTIONS_GONE = "subscriptions-gone"
_TOLD_ELSEWHERE = frozenset({"field-to-map"})
"""What asks for attention, but not for an alarm: `conveyor doctor` tells it."""


def look_if_due(runtime: Runtime, name: str, rules: Ruleset) -> None:
    """Compare the YAML with the CRM, if that is due; a CRM that cannot be asked is asked again in its time.

    Calls `describe` once, and lists the webhook subscriptions where there are to be some.
    """
    with runtime.store.read() as tx:
        row = connections.load(tx, name)
    every = timedelta(seconds=clock_seconds(rules.connections[name].poll_every)) * PART_OF_INTERVAL
    if row.paused(runtime.now()) or (row.drift_at is not None and row.drift_at + every > runtime.now()):
        return
    try:
        connector = runtime.connector(name, rules)
        found = [*_disagreements(row, rules, name, description := connector.describe())]
        found += _webhooks(runtime, row, rules, name, connector)
    except ConnectorError as error:
        _put_off(runtime, row, error)
        return
    _remember(runtime, row, description, found)


def _disagreements(
    row: ConnectionRow, rules: Ruleset, name: str, description: Description
) -> Iterator[Drift]:
    members, left = list(rules.team), _who_left(row, description)
    for difference in differences(rules, name, description):
        problem = difference.problem
        drift = Drift(problem.code, words.alarm(problem, name))
        if problem.code in _TOLD_ELSEWHERE:
            continue
        if problem.code == "member-without-account" and drift not in row.drift:
            member = members[int(difference.path[1])]
            if member not in left:
                continue  # works elsewhere, and never had an account here
        yield drift


def _who_left(row: ConnectionRow, description: Description) -> set[str]:
    """E-mails that had an account when the people were last read."""
    here = {user.email for user in description.users}
    return {user.email for user in row.directory if user.email and user.email not in here}


def _webhooks(
    runtime: Runtime, row: ConnectionRow, rules: Ruleset, name: str, connector: Connector
) -> Iterator[Drift]:
    subject = Subject(name, runtime, rules, connector, row)
    if subject.callback_url is None or not subject.capabilities.subscribes:
        return
    gone = what_is_gone(subject, subject.callback_url, connector.subscriptions())
    if gone is not None:
        yield Drift(SUBSCRIPTIONS_GONE, gone)


def _remember(runtime: Runtime, row: ConnectionRow, description: Description, found: list[Drift]) -> None:
    with runtime.store.begin() as tx:
        people.save(tx, row.name, description, runtime.now())
        connections.save_drift(tx, row.name, found, runtime.now())
    for drift in found:
        if drift not in row.drift:
            log.warning(
                "drift_found", connection=row.name, code=drift.code, next="`conveyor doctor` proposes a patch"
            )
    for drift in row.drift:
        if drift not in found:
            log.info("drift_mended", connection=row.name, code=drift.code)


def _put_off(runtime: Runtime, row: ConnectionRow, error: ConnectorError) -> None:
    """What was found before stays. A CRM that asks to slow down is left alone, as after any other call."""
    failure = failure_of(error)
    log.warning("drift_not_looked_at", connection=row.name, why=failure.message)
    with runtime.store.begin() as tx:
        connections.save_drift(tx, row.name, row.drift, runtime.now())
        if failure.consequence is Consequence.PAUSE and not failure.is_auth:
            pause(tx, runtime, row.name, failure)
