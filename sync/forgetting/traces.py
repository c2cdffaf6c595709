"""What one person is known by, and texts and documents without it. Pure; knows no table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mapping.model import PEOPLE_FIELDS

MARKER = "forgotten"
"""What stands in a text instead of the person."""

VALUES = frozenset({"fields", "seen", "sent", "changes", "values"})
"""Where a document keeps values of a deal. One that names the person is taken out whole: it is not known any more,
which no look at the CRM can mistake for somebody's change."""

EMPTIED = frozenset({"owner", "from_member", "to_member", "actor"})
"""Where a document names a member by e-mail alone, and may name nobody."""

_STRUCTURE = frozenset(
    (
        *("id", "deal_id", "journey", "home", "status", "section", "stage", "from_section", "to_section"),
        *("from_stage", "from", "to", "rule", "file", "mode", "field", "kind", "key", "visit", "version"),
        *("connection", "remote_id", "deal_key", "task_id", "write", "answer"),
    )
)
"""Where a document holds our own words, which a name may happen to be."""

_SHORTEST = 3
"""Characters of a name or a phone that is looked for."""


@dataclass(frozen=True)
class Person:
    """Somebody by their e-mail, in lower case, and what they are called beside it."""

    email: str
    names: frozenset[str] = frozenset()  # of a member of the staff: looked for everywhere
    contact: frozenset[str] = frozenset()  # names and phones of a customer's contact: in their deals only

    @cached_property
    def _hints(self) -> tuple[str, ...]:
        words = {self.email, *self.names, *self.contact}
        return tuple({form.casefold() for word in words for form in (word, _in_json(word))})

    @cached_property
    def _of_email(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w.+-]){re.escape(self.email)}(?![\w-]|\.\w)", re.IGNORECASE)

    @cached_property
    def _of_words(self) -> re.Pattern[str] | None:
        words = sorted(self.names | self.contact, key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.I) if words else None

    def may_stand_in(self, text: str) -> bool:
        """Whether a look into this text, plain or JSON, is worth while."""
        folded = text.casefold()
        return any(hint in folded for hint in self._hints)

    def is_named(self, value: object) -> bool:
        """Whether a value is this e-mail."""
        return isinstance(value, str) and value.strip().casefold() == self.email.casefold()

    def out_of_name(self, text: str) -> str:
        """A name of ours, as that of a write, without the e-mail."""
        return self._of_email.sub(MARKER, text)

    def out_of_text(self, text: str) -> str:
        """A sentence without the person."""
        without = self.out_of_name(text)
        return self._of_words.sub(MARKER, without) if self._of_words else without

    def out_of(self, value: Any, key: str = "", emptied: frozenset[str] = EMPTIED) -> Any:
        """A JSON document without the person; `key` is the name it stands under in another one."""
        if isinstance(value, str):
            return self._out_of_string(value, key, emptied)
        if isinstance(value, list):
            kept = (each for each in value if not self._is_described(each))
            return [self.out_of(each, key, emptied) for each in kept]
        if isinstance(value, dict):
            return self._out_of_object(value, key, emptied)
        return value

    def _out_of_string(self, value: str, key: str, emptied: frozenset[str]) -> str | None:
        if key in emptied and self.is_named(value):
            return None
        return self.out_of_name(value) if key in _STRUCTURE else self.out_of_text(value)

    def _out_of_object(self, value: dict[str, Any], key: str, emptied: frozenset[str]) -> Any:
        if self._is_described(value):
            return None
        if "fillings" in value:
            return self._out_of_phrase(value)
        if key in VALUES:
            return dict(self._known(value, emptied))
        cleaned = {self.out_of_name(name): self.out_of(each, name, emptied) for name, each in value.items()}
        if self._is_described(value.get("contact")) and "company" in cleaned:
            cleaned["company"] = None
        return cleaned

    def _out_of_phrase(self, made: dict[str, Any]) -> dict[str, Any]:
        """A phrase, whatever its fillings are called; the sentence that it was made from are our own words."""
        fillings = {name: self.out_of(each, "", frozenset()) for name, each in made["fillings"].items()}
        text = {"text": self.out_of_text(made["text"])} if "text" in made else {}
        return {**made, **text, "fillings": fillings}

    def _known(self, values: dict[str, Any], emptied: frozenset[str]) -> Iterator[tuple[str, Any]]:
        """The values that do not name the person; the contact's go together."""
        is_theirs = self.is_named(values.get("contact_email"))
        for name, value in values.items():
            if not (is_theirs and name in PEOPLE_FIELDS) and self.out_of(value, "", emptied) == value:
                yield name, value

    def _is_described(self, value: object) -> bool:
        """Whether an object is about this person: a contact, or an account of a CRM."""
        return isinstance(value, dict) and self.is_named(value.get("email"))


def learn(email: str, document: Any) -> tuple[frozenset[str], frozenset[str]]:
    """What a document says that this e-mail belongs to: names of staff, and names and phones of a contact."""
    names: set[str] = set()
    contact: set[str] = set()
    person = Person(email)
    for one in _objects(document):
        if person.is_named(one.get("contact_email")):
            contact |= _words(one, "contact_name", "contact_phone")
        elif person.is_named(one.get("email")):
            is_contact = "phone" in one
            (contact if is_contact else names).update(_words(one, "name", "phone"))
    return frozenset(names), frozenset(contact)


def _objects(document: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(document, dict):
        yield document
    inside = document.values() if isinstance(document, dict) else document
    if isinstance(document, dict | list):
        for each in inside:
            yield from _objects(each)


def _words(one: Mapping[str, Any], *names: str) -> set[str]:
    found = (one.get(name) for name in names)
    return {word.strip() for word in found if isinstance(word, str) and len(word.strip()) >= _SHORTEST}


def _in_json(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)[1:-1]
