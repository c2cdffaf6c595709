"""Keeps what a write says about people and customers out of what is said aloud about it.

A CRM's refusal often repeats the value that it refuses. Secrets and what looks like an e-mail address or a telephone
number are told by their look (`connectors.http.redact`); a name is only known by the write that carries it.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import quote, quote_plus

from mapping.model import CreateDeal, CreateNote, CreateTask, UpdateDeal, Value, WriteBody

SHOWN = "[private]"
SHORTEST = 3  # characters; anything shorter would hide parts of plain words
OPEN_FIELDS = frozenset({"stage", "owner", "amount", "currency", "source", "created_at"})
_HARMLESS = re.compile(r"[\d\s.,:+TZ-]*|true|false", re.IGNORECASE)  # numbers, days and times

_private: ContextVar[re.Pattern[str] | None] = ContextVar("private", default=None)


@contextmanager
def about(body: WriteBody) -> Iterator[None]:
    """Hide the names and texts of a write in all that `hide` is given inside, in this thread."""
    token = _private.set(_pattern(_texts(body)))
    try:
        yield
    finally:
        _private.reset(token)


def hide(text: str) -> str:
    """The text without what the write that is being carried out says about people and customers."""
    pattern = _private.get()
    return text if pattern is None else pattern.sub(SHOWN, text)


def _texts(body: WriteBody) -> Iterator[str]:
    if isinstance(body, UpdateDeal):
        yield from _values(body.changes)
    elif isinstance(body, CreateDeal):
        yield from _values(body.values)
        yield body.company or ""
        if body.contact is not None:
            name = body.contact.name or ""
            yield from (name, body.contact.email or "", body.contact.phone or "", *name.split())
    elif isinstance(body, CreateTask):
        yield from (body.subject, *body.body.splitlines())
    elif isinstance(body, CreateNote):
        yield from body.body.splitlines()


def _values(values: Mapping[str, Value]) -> Iterator[str]:
    for name, value in values.items():
        if name not in OPEN_FIELDS and isinstance(value, str) and not _HARMLESS.fullmatch(value):
            yield value


def _pattern(texts: Iterable[str]) -> re.Pattern[str] | None:
    known = {text.strip() for text in texts if len(text.strip()) >= SHORTEST}
    forms = {form for text in known for form in _forms(text)}
    if not forms:
        return None
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def _forms(text: str) -> Iterable[str]:
    """The text as it stands in plain words, in JSON, in HTML and in an address."""
    return text, json.dumps(text)[1:-1], html.escape(text, quote=False), quote(text), quote_plus(text)
