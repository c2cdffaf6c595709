"""Who changed what: compares what the CRMs show with the base of each link, and carries field edits over.

Stage and owner are only reported here; whether they stand is for `judge`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from mapping.model import PEOPLE_FIELDS, Aspect, CreateDeal, Deal, Link, Missing, Record, UpdateDeal, Value
from mapping.ruleset import Ruleset
from mapping.translate import same
from sync.core.case import Case, Entry, OpenWrite, WriteState
from sync.core.words import story

_ABSENT = object()
_OLDEST = datetime.min.replace(tzinfo=UTC)

JUDGED = frozenset({"stage", "owner"})
WRITE_BACK = "write_back."
CARRIED_STANDARD = frozenset({"title", "amount", "currency"})


@dataclass(frozen=True, slots=True)
class Change:
    """A value that somebody else changed."""

    name: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Merged:
    """The deal with field edits taken over, and what remains to be judged."""

    deal: Deal
    links: Mapping[str, Link]
    home: Record | Missing | None  # what the hosting CRM shows, if it was looked at
    stage: Change | None
    owner: Change | None
    edited: tuple[str, ...]  # further fields that somebody changed in the home record
    completed: tuple[str, ...]  # write keys of our tasks that somebody completed in the hosting CRM
    moved_twins: tuple[str, ...]  # connections that do not host the deal, whose record somebody moved
    settle: tuple[int, ...]
    entries: tuple[Entry, ...]


def carried_fields(rules: Ruleset, *connections: str) -> frozenset[str]:
    """The fields that records of one deal in these connections hold in common."""
    shared = [frozenset(rules.mappings[name].fields) for name in connections if name in rules.mappings]
    return CARRIED_STANDARD | (frozenset.intersection(*shared) if shared else frozenset())


def merge(case: Case, rules: Ruleset) -> Merged:
    """Say who changed what since each link's base, and bring the deal's fields up to date."""
    home = case.deal.home
    links = dict(case.links)
    changes: dict[str, dict[str, Change]] = {}
    entries: list[Entry] = []
    for connection in sorted(case.records):
        link, record = links[connection], case.records[connection]
        if isinstance(record, Missing):
            links[connection] = replace(link, gone=True)
            if not link.gone:
                entries.append(
                    Entry(
                        "gone",
                        story.gone(str(record.ref), record.reason),
                        data={"connection": connection},
                    )
                )
            continue
        links[connection], changes[connection] = _observe(link, record, case.writes)
    deal, conflicts = _carry(case, changes, rules)
    entries += conflicts
    of_home = changes.get(home, {})
    return Merged(
        deal=deal,
        links=links,
        home=case.records.get(home),
        stage=of_home.get("stage"),
        owner=of_home.get("owner"),
        edited=tuple(sorted(name for name in of_home if name not in JUDGED and _was_known(case, name))),
        completed=_completed(case, links, home),
        moved_twins=tuple(name for name in changes if name != home and "stage" in changes[name]),
        settle=tuple(_settled(case, links)),
        entries=tuple(entries),
    )


def _observe(link: Link, record: Record, writes: tuple[OpenWrite, ...]) -> tuple[Link, dict[str, Change]]:
    """Move the base to what the record shows; what did not come from us is a change."""
    seen, sent = dict(link.seen), dict(link.sent)
    changes: dict[str, Change] = {}
    for name, value in record.values.items():
        before = seen.get(name, _ABSENT)
        if before == value:
            continue
        seen[name] = value
        ours = _intended(link.connection, name, value, writes)
        if ours is not _ABSENT:
            sent[name] = ours  # type: ignore[assignment]
            continue
        if name.startswith(WRITE_BACK):
            continue  # ours to fill: what the CRM makes of it, or a person types there, starts no argument
        sent[name] = value
        changes[name] = Change(name, None if before is _ABSENT else before, value)  # type: ignore[arg-type]
    observed = replace(
        link,
        seen=seen,
        sent=sent,
        tasks={key: task for key, task in link.tasks.items() if _state(record, task) == "open"},
        lost=(*link.lost, *(key for key, task in link.tasks.items() if _state(record, task) == "lost")),
        version=record.version,
        modified_at=record.modified_at or link.modified_at,
        url=record.url or link.url,
        gone=False,
    )
    return observed, changes


def _was_known(case: Case, name: str) -> bool:
    """Whether the base says what the hosting CRM showed before; what was never read, or forgotten, nobody edited."""
    link = case.links.get(case.deal.home)
    return link is not None and name in link.seen


def _state(record: Record, task_id: str) -> Literal["open", "done", "lost"]:
    """What became of a task of ours; one that the CRM was asked for and does not have was deleted."""
    state = record.tasks.get(task_id)
    if state is None:
        return "lost" if Aspect.TASKS in record.known else "open"
    return "done" if state.done else "open"


def _completed(case: Case, links: Mapping[str, Link], home: str) -> tuple[str, ...]:
    before, after = case.links.get(home), links.get(home)
    if before is None or after is None:
        return ()
    return tuple(key for key in before.tasks if key not in after.tasks and key not in after.lost)


def _intended(connection: str, name: str, value: Value, writes: tuple[OpenWrite, ...]) -> object:
    """The value that a write of ours without a receipt meant to bring, if the CRM shows just that."""
    for write in reversed(writes):
        if write.write.connection != connection:
            continue
        intended = write.intended.get(name, _ABSENT)
        if intended is not _ABSENT and same(intended, value):  # type: ignore[arg-type]
            return intended
    return _ABSENT


def _settled(case: Case, links: Mapping[str, Link]) -> Iterator[int]:
    """Writes in flight of which we know what became: an update, by a look at its record; a create, by the record
    that is tied to the deal, whether or not that was deleted since."""
    for write in case.writes:
        body, connection = write.write.body, write.write.connection
        if isinstance(body, UpdateDeal) and write.state is WriteState.SENDING:
            if isinstance(case.records.get(connection), Record):
                yield write.row_id
        elif isinstance(body, CreateDeal) and write.state in (WriteState.SENDING, WriteState.PENDING):
            link = links.get(connection)
            if link is not None and link.remote_id is not None and write.attempts:
                yield write.row_id


def _carry(
    case: Case, changes: Mapping[str, Mapping[str, Change]], rules: Ruleset
) -> tuple[Deal, list[Entry]]:
    """Take field edits over into the deal; two different edits at once: the later one stands."""
    fields = dict(case.deal.fields)
    entries: list[Entry] = []
    taken: dict[str, str] = {}
    for connection in sorted(changes, key=lambda name: _edited_at(case, name)):
        allowed = None if connection == case.deal.home else _from_twin(case, connection, rules)
        for name, change in sorted(changes[connection].items()):
            if name in JUDGED or (allowed is not None and name not in allowed):
                continue
            if name in taken and not same(fields.get(name), change.after):
                entries.append(_conflict(name, winner=connection, loser=taken[name]))
            fields[name] = change.after
            taken[name] = connection
    is_news = taken and case.deal.placed  # at first sight nothing was edited
    edited_at = {**case.deal.edited_at, **dict.fromkeys(taken, case.now)} if is_news else case.deal.edited_at
    return replace(case.deal, fields=fields, edited_at=edited_at), entries


def _from_twin(case: Case, connection: str, rules: Ruleset) -> frozenset[str]:
    return carried_fields(rules, case.deal.home, connection) - PEOPLE_FIELDS


def _edited_at(case: Case, connection: str) -> tuple[datetime, bool]:
    """Order of edits; without times the hosting CRM has the last word."""
    record = case.records[connection]
    at = record.modified_at if isinstance(record, Record) else None
    return at or _OLDEST, connection == case.deal.home


def _conflict(name: str, *, winner: str, loser: str) -> Entry:
    return Entry(
        "conflict",
        story.changed_twice(name, winner, loser),
        data={"field": name, "winner": winner, "loser": loser},
    )
