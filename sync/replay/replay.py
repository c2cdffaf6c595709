"""A replay: the moves that people made, judged by one set of rules or by two. Reads only, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from mapping.ruleset import Ruleset
from store import connections, deals
from sync.core.directory import Account, Directory, build
from sync.planning import first_sight
from sync.replay.grouping import groups
from sync.replay.known import Known, known_deals
from sync.replay.lateness import answered
from sync.replay.past import Past, read_past
from sync.replay.tally import Tally
from sync.replay.verdict import Verdict
from sync.replay.walk import Walk, fields_asked
from sync.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Difference:
    """One move that the two sets of rules judge otherwise."""

    one: Verdict
    other: Verdict


@dataclass(slots=True)
class Replay:
    """What came of it; `other` and `differences` only where two sets of rules are compared."""

    past: Past
    rules: Ruleset
    tally: Tally = field(default_factory=Tally)
    against: Ruleset | None = None
    other: Tally = field(default_factory=Tally)
    differences: list[Difference] = field(default_factory=list)


def replay(runtime: Runtime, rules: Ruleset, since: datetime, against: Ruleset | None = None) -> Replay:
    """Judge all moves since then. Raises `Unavailable`; a CRM that cannot be asked is named in `past.silent`."""
    past = read_past(runtime, rules, since)
    made = Replay(past, rules, against=against)
    with runtime.store.read() as tx:
        for one, *others in judged_deals(tx, runtime, past, [rules] if against is None else [rules, against]):
            _count(made.tally, one, rules, past.until)
            for other in others:
                assert against is not None
                _count(made.other, other, against, past.until)
                made.differences += _differences(one, other)
        _count_first_sight(tx, made)
    return made


@dataclass(frozen=True, slots=True)
class Judged:
    """One deal under one set of rules."""

    known: Known
    verdicts: tuple[Verdict, ...]


def judged_deals(
    tx: Connection, runtime: Runtime, past: Past, rulesets: Sequence[Ruleset]
) -> Iterator[list[Judged]]:
    """Each deal that moved in the time asked for, judged by each set of rules."""
    names = {ref.connection for ref in past.moves}
    people = [_directories(tx, runtime, rules, names) for rules in rulesets]
    asked = [fields_asked(rules) for rules in rulesets]
    moved = (ref for ref, moves in past.moves.items() if moves[-1].at >= past.since)
    for known in known_deals(tx, moved):
        name = known.ref.connection
        parts = groups(known, past.moves[known.ref], people[0].get(name))
        judged = []
        for rules, directories, fields in zip(rulesets, people, asked, strict=True):
            if name in rules.mappings:
                walk = Walk(known, rules, directories, fields)
                judged.append(Judged(known, tuple(walk.verdicts(parts, past.since))))
        if judged:
            yield judged


def _directories(tx: Connection, runtime: Runtime, rules: Ruleset, names: Set[str]) -> dict[str, Directory]:
    """The people of these connections; read from the CRM where the house has not met it yet, and not kept."""
    found = dict(runtime.directories.of(connections.load_all(tx), rules))
    for name in sorted(names & rules.mappings.keys()):
        if name not in found or not found[name].emails:
            users = runtime.connector(name, rules).describe().users
            accounts = (Account(u.id, u.email, u.name, u.active, u.aliases) for u in users)
            found[name] = build(name, accounts, rules)
    return found


def _count(tally: Tally, judged: Judged, rules: Ruleset, now: datetime) -> None:
    own = judged.verdicts
    times = [
        one
        for index, verdict in enumerate(own)
        if verdict.handoffs
        for one in answered(verdict, own[index + 1 :], judged.known.handoffs, rules, now)
    ]
    tally.add(own, times)


def _differences(one: Judged, other: Judged) -> Iterator[Difference]:
    theirs = {verdict.at: verdict for verdict in other.verdicts}
    for verdict in one.verdicts:
        match = theirs.get(verdict.at)
        if match is not None and match.same_as != verdict.same_as:
            yield Difference(verdict, match)


def _count_first_sight(tx: Connection, made: Replay) -> None:
    """What was never judged, because it stood there when it was found."""
    for row in deals.listing(tx):
        made.tally.first_sight.update(first_sight.judged(row.deal, made.rules, made.past.until))
        if made.against is not None:
            made.other.first_sight.update(first_sight.judged(row.deal, made.against, made.past.until))
