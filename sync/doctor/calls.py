"""Tries the reading calls that the engine makes of a connection, and keeps what came of each. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from connectors.base import Description, Lane, Look, Subscription
from connectors.errors import AuthFailed, ConnectorError, RateLimited, Transient
from mapping.conditions import fields_of
from mapping.model import PEOPLE_FIELDS, Aspect, HandoffStatus
from mapping.ruleset import Ruleset
from store import handoffs, links
from sync.doctor.subject import Subject

SAMPLE = 10
"""Deals that are read for a trial: enough that some have a contact and a history."""

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Tried:
    """One call, what it was refused with, and whether the rules need it."""

    what: str
    error: ConnectorError | None = None
    needed: bool = True


@dataclass
class Trial:
    """The calls so far, and what of their answers the checks look at."""

    sign: Callable[[], None]  # called at every sign of life
    tried: list[Tried] = field(default_factory=list)
    trying: str | None = None
    description: Description | None = None
    subscriptions: Sequence[Subscription] | None = None
    sees_deals: bool | None = None  # None: they could not be listed
    to_click: str | None = None  # for webhooks, where the CRM has no API for them

    @property
    def answers(self) -> bool:
        """Whether the CRM did something that it was asked for."""
        return any(each.error is None for each in self.tried)

    def attempt(self, what: str, call: Callable[[], Made], *, needed: bool = True) -> Made | None:
        """What the call returns; None if it is refused, or if trying has no sense any more."""
        if self._is_hopeless():
            return None
        self.trying = what
        try:
            made = call()
        except ConnectorError as error:
            self.tried.append(Tried(what, error, needed))
            return None
        finally:
            self.trying = None
            self.sign()
        self.tried.append(Tried(what, None, needed))
        return made

    def given_up(self, silent_s: float) -> Trial:
        """The trial as it is now, the call under way taken for lost."""
        lost = Transient(f"The CRM has not answered for {silent_s:g} s.")
        return replace(self, tried=[*self.tried, Tried(self.trying or "answer", lost)])

    def _is_hopeless(self) -> bool:
        """Nobody answers, we are asked to wait, or all credentials are refused: more calls would do harm."""
        errors = [each.error for each in self.tried]
        if any(isinstance(e, RateLimited) or (isinstance(e, Transient) and e.status is None) for e in errors):
            return True
        return len(errors) > 1 and all(isinstance(error, AuthFailed) for error in errors)


def try_calls(subject: Subject, trial: Trial) -> None:
    """Make each reading call once, in the lane of webhook reads, where nobody waits for long."""
    connector = subject.connector
    trial.description = trial.attempt("describe the account", connector.describe)
    page = trial.attempt("list deals", lambda: next(connector.everything(None, Lane.READ), None))
    trial.attempt("ask what changed", lambda: next(connector.changed(None, Lane.READ), None))
    if page is not None:
        trial.sees_deals = bool(page.records)
        _read(trial, subject, [record.ref.remote_id for record in page.records[:SAMPLE]])
    if subject.capabilities.subscribes:
        trial.subscriptions = trial.attempt("list webhook subscriptions", connector.subscriptions)
    elif trial.answers and (url := subject.callback_url):
        trial.to_click = _what_to_click(subject, url)


def _what_to_click(subject: Subject, url: str) -> str | None:
    """The connector's own words: where there is no API for webhooks, asking for them does nothing but say this."""
    try:
        subject.connector.subscribe(url)
    except ConnectorError as error:
        return str(error)
    return None


def _read(trial: Trial, subject: Subject, ids: Sequence[str]) -> None:
    """Read some deals, each part by itself, so that a refused one is known by its name."""
    fetch = subject.connector.fetch
    if ids:
        trial.attempt("read deals", lambda: fetch([Look(id) for id in ids]))
        people = [Look(id, frozenset({Aspect.PEOPLE})) for id in ids]
        needed = looks_at_people(subject.rules)
        trial.attempt("read contacts and companies", lambda: fetch(people), needed=needed)
        if subject.capabilities.history:
            history = [Look(id, frozenset({Aspect.HISTORY})) for id in ids]
            trial.attempt("read who moved them", lambda: fetch(history))
    if tasks := [Look(id, frozenset({Aspect.TASKS}), task_ids) for id, task_ids in _tasks(subject).items()]:
        trial.attempt("read tasks", lambda: fetch(tasks))


def _tasks(subject: Subject) -> Mapping[str, tuple[str, ...]]:
    """Some deals there that a hand-off task of ours is open on, with the tasks."""
    with subject.runtime.store.read() as tx:
        pending = handoffs.listing(tx, statuses=[HandoffStatus.PENDING], limit=100)
        tied = links.load(tx, [handoff.deal_id for handoff in pending])
    own = [link for some in tied.values() for link in some if link.connection == subject.name]
    found = {link.remote_id: tuple(link.tasks.values()) for link in own if link.remote_id and link.tasks}
    return dict(list(found.items())[:SAMPLE])


def looks_at_people(rules: Ruleset) -> bool:
    """Whether something that the rules ask of a deal lives on its contact or company."""
    conveyor = rules.conveyor
    stages = [condition for stage in conveyor.stages.values() for condition in stage.requires]
    boundaries = [condition for rule in conveyor.handoffs for condition in rule.requires + rule.unless]
    asked = frozenset[str]().union(*(fields_of(condition) for condition in stages + boundaries))
    briefs = "".join(rule.brief or "" for rule in conveyor.handoffs)
    across = any(section.crm for section in conveyor.sections)  # a deal is made there with its people
    return across or bool(asked & PEOPLE_FIELDS) or any(f"{{{name}}}" in briefs for name in PEOPLE_FIELDS)
