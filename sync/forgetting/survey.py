"""Finds all that the database holds about one person: reads every text of every table, changes nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from mapping.loader import load_files
from mapping.problems import ConfigError
from mapping.ruleset import Ruleset
from store import connections, personal, rulesets
from store.personal import Texts
from sync.forgetting import places
from sync.forgetting.traces import Person, learn


@dataclass(frozen=True, slots=True)
class Found:
    """What is held about somebody."""

    person: Person
    deals: frozenset[str]  # with the person's e-mail somewhere: their names and phones are looked for there
    touched: tuple[str, ...]  # all deals with anything to take out
    rows: Mapping[str, int]  # by table
    kept_in_crms: tuple[str, ...]  # `connection:record`, and `connection` for its people
    versions: int  # stored versions of the rules that name the person, which stay

    @property
    def total(self) -> int:
        """How many rows would change or go."""
        return sum(self.rows.values())

    def seen_in(self, table: str, row: Texts) -> Person:
        """The person as they are looked for in a row: in other people's deals not by what a contact is called."""
        column = personal.deal_column(table)
        if column is None or row[column] is None or row[column] in self.deals:
            return self.person
        return replace(self.person, contact=frozenset())


def survey(tx: Connection, email: str, active: Ruleset | None) -> Found:
    """Find everything about whom an e-mail, in lower case, belongs to."""
    person, own = _who(tx, email, active)
    found = Found(person, own, (), {}, (), _versions(tx, email))
    rows: Counter[str] = Counter()
    touched: dict[str, None] = {}
    crms: set[str] = set()
    for table in personal.TABLES:
        for row in personal.everything(tx, table):
            changed = places.change(table, row, found.seen_in(table, row))
            if changed is None:
                continue
            rows[table] += 1
            column = personal.deal_column(table)
            if column is not None and row[column] is not None:
                touched[row[column]] = None
            if table == "connections" and "directory" in changed:
                crms.add(row["name"])
    crms |= set(_records(tx, found, tuple(touched)))
    return replace(found, touched=tuple(touched), rows=dict(rows), kept_in_crms=tuple(sorted(crms)))


def _who(tx: Connection, email: str, active: Ruleset | None) -> tuple[Person, frozenset[str]]:
    """What the person is called wherever their e-mail stands, and the deals where it does."""
    person = Person(email)
    names, contact, own = set[str](), set[str](), set[str]()
    for table in personal.TABLES:
        column = personal.deal_column(table)
        for row in personal.everything(tx, table):
            if places.change(table, row, person) is None:
                continue
            if column is not None and row[column] is not None:
                own.add(row[column])
            for document in _documents(table, row, person):
                called, reached = learn(email, document)
                names |= called
                contact |= reached
    names |= _names_on_team(tx, email)
    return Person(email, frozenset(names - _others(tx, email, active)), frozenset(contact)), frozenset(own)


def _documents(table: str, row: Texts, person: Person) -> Iterator[object]:
    for name in places.documents(table):
        if row[name] is not None and person.may_stand_in(row[name]):
            yield json.loads(row[name])


def _names_on_team(tx: Connection, email: str) -> set[str]:
    """What versions of the rules called this member."""
    names: dict[str, str | None] = {}
    for stored in rulesets.history(tx):
        if stored.hash not in names and _names(stored, email):
            names[stored.hash] = _member(stored, email)
    return {name for name in names.values() if name}


def _member(stored: rulesets.Stored, email: str) -> str | None:
    try:
        member = load_files(stored.files).team.get(email)
    except ConfigError:  # applied by an earlier version of the house, which read it otherwise
        return None
    return member.name if member else None


def _others(tx: Connection, email: str, active: Ruleset | None) -> set[str]:
    """What other people of the staff are called: such a name is theirs as well, and stays."""
    users = (user for row in connections.load_all(tx).values() for user in row.directory)
    names = {user.name for user in users if user.name and user.email and user.email.lower() != email}
    return names | ({member.name for member in active.team.values()} if active else set())


def _records(tx: Connection, found: Found, touched: tuple[str, ...]) -> Iterator[str]:
    """The records that hold the person in their CRM, as far as we have seen."""
    deals = {row["id"] for row in personal.of_deals(tx, "deals", touched) if _in_values(found, "deals", row)}
    for row in personal.of_deals(tx, "links", touched):
        is_theirs = row["deal_id"] in deals or _in_values(found, "links", row)
        if is_theirs and row["remote_id"] is not None and row["state"] == "live":
            yield f"{row['connection']}:{row['remote_id']}"


def _in_values(found: Found, table: str, row: Texts) -> bool:
    """Whether the values of a deal or a record name the person."""
    person, body = found.seen_in(table, row), json.loads(row["body"])
    values = {name: body[name] for name in ("fields", "seen", "sent") if name in body}
    return bool(person.out_of(values) != values)


def _versions(tx: Connection, email: str) -> int:
    return sum(_names(stored, email) for stored in rulesets.history(tx))


def _names(stored: rulesets.Stored, email: str) -> bool:
    return any(email in text.lower() for text in stored.files.values())
