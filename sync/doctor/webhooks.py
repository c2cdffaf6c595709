"""Whether the CRM sends its webhooks to us: our subscriptions there, or when the last event came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from connectors.base import Subscription
from mapping.phrases import Phrase, counted, phrase
from sync.doctor.calls import Trial
from sync.doctor.check import Check, State
from sync.doctor.clock import in_words
from sync.doctor.subject import Subject

WEBHOOKS = "webhooks"
EXPIRES_SOON = timedelta(hours=6)
LONG_AGO = timedelta(days=7)


def checks(subject: Subject, trial: Trial) -> Iterator[Check]:
    """One check; none where the subscriptions could not be listed, which is told elsewhere."""
    url = subject.callback_url
    if url is None:
        every = subject.rules.connections[subject.name].poll_every
        said = f"No public_url is set in connections.yaml, so changes are found by polling, every {every}."
        yield Check(WEBHOOKS, State.FINE, said)
    elif not subject.capabilities.subscribes:
        yield _by_events(subject, trial.to_click)
    elif trial.subscriptions is not None:
        yield _by_subscriptions(subject, url, trial.subscriptions)


def _by_subscriptions(subject: Subject, url: str, found: Sequence[Subscription]) -> Check:
    gone = what_is_gone(subject, url, found)
    if gone is not None:
        return _problem(gone)
    return _in_place(subject, url, _ours(url, found), _install(subject))


def what_is_gone(subject: Subject, url: str, found: Sequence[Subscription]) -> Phrase | None:
    """What is missing of the subscriptions that should be there, and what to do; None if nothing is."""
    ours, install = _ours(url, found), _install(subject)
    if not ours:
        return _nothing_subscribed(url, install, found)
    over = [one for one in ours if one.expires_at and one.expires_at <= subject.now]
    if over:
        latest = max(one.expires_at for one in over if one.expires_at)
        return counted(
            "{count} subscription expired at {at}: run {command}.",
            "{count} subscriptions expired at {at}: run {command}.",
            count=len(over),
            at=_minute(latest),
            command=install,
        )
    if off := [one for one in ours if not one.active]:
        return counted(
            "{count} subscription of {all} switched off ({events}): run {command}.",
            "{count} subscriptions of {all} switched off ({events}): run {command}.",
            count=len(off),
            all=len(ours),
            events=", ".join(event for one in off for event in one.events),
            command=install,
        )
    return None


def _nothing_subscribed(url: str, install: str, found: Sequence[Subscription]) -> Phrase:
    said = phrase("Nothing is subscribed to {url}: run {command}.", url=url, command=install)
    elsewhere = ", ".join(sorted({one.url for one in found}))
    if not elsewhere:
        return said
    return phrase("{said} Those that are there point to {urls}.", said=said, urls=elsewhere)


def _ours(url: str, found: Sequence[Subscription]) -> list[Subscription]:
    return [one for one in found if one.url.rstrip("/") == url]


def _install(subject: Subject) -> str:
    return f"`conveyor webhooks install {subject.name}`"


def _in_place(subject: Subject, url: str, ours: Sequence[Subscription], install: str) -> Check:
    said = f"{_count(ours)} to {url}, all active. {_last_event(subject)}"
    ends = [one.expires_at for one in ours if one.expires_at]
    if not ends:
        return Check(WEBHOOKS, State.FINE, said)
    soon = min(ends) - subject.now <= EXPIRES_SOON
    said += f" They hold until {_minute(min(ends))}" + (f": {install} renews them." if soon else ".")
    return Check(WEBHOOKS, State.WARNING if soon else State.FINE, said)


def _by_events(subject: Subject, to_click: str | None) -> Check:
    """What can be said where the CRM does not let us look: whether events come."""
    last = subject.row.last_event_at if subject.row else None
    if last is not None and subject.now - last <= LONG_AGO:
        return Check(WEBHOOKS, State.FINE, f"{_last_event(subject)} This CRM does not let us list webhooks.")
    state = State.PROBLEM if last is None else State.WARNING
    how = to_click or f"`conveyor webhooks install {subject.name}` says what to click."
    return Check(WEBHOOKS, state, f"{_last_event(subject)}\n{how}")


def _last_event(subject: Subject) -> str:
    last = subject.row.last_event_at if subject.row else None
    if last is None:
        return "No event has come yet."
    return f"The last event came {in_words(subject.now - last)} ago."


def _count(subscriptions: Sequence[Subscription]) -> str:
    return f"{len(subscriptions)} subscription{'' if len(subscriptions) == 1 else 's'}"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _problem(said: str) -> Check:
    return Check(WEBHOOKS, State.PROBLEM, said)
