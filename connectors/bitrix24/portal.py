"""What we know of a portal: its deal fields, and which user we are. Asked once in a while, kept in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from connectors.base import Lane
from connectors.bitrix24 import php
from connectors.bitrix24.client import Client, Command
from connectors.bitrix24.values import Field, user_id
from connectors.errors import Rejected, Unreadable

DEAL, CONTACT, COMPANY = 2, 3, 4  # entityTypeId
KEPT_S = 600.0
DOUBTED_S = 60.0  # a deal may hold an option that was deleted: not every look at it asks again

STANDARD: Mapping[str, Field] = {
    "title": Field("title", "string"),
    "amount": Field("opportunity", "double", zero_is_empty=True),
    "currency": Field("currencyId", "string"),
    "source": Field("sourceId", "crm_status"),
    "created_at": Field("createdTime", "datetime", read_only=True),
}
"""Always-known fields -> deal fields (docs/connectors/bitrix24.md#fields)."""

FIELDS_COMMAND = Command("crm.item.fields", {"entityTypeId": DEAL})


@dataclass(frozen=True)
class Facts:
    """The deal fields of a portal and the user that our calls run as."""

    fields: tuple[Field, ...]
    me: str

    def find(self, asked: str) -> Field:
        """A field by its original name (`UF_CRM_...`), camelCase name or label; `Rejected` if unclear."""
        found = self._by_name.get(asked)
        if found is not None:
            return found
        labelled = [field for field in self.fields if field.label == asked]
        if len(labelled) == 1:
            return labelled[0]
        if labelled:
            names = ", ".join(field.original for field in labelled)
            raise Rejected(f"Several deal fields in Bitrix24 are labelled {asked!r}: name one of {names}.")
        raise Rejected(
            f"Bitrix24 has no deal field {asked!r} (any more); correct the mapping or add the field there."
        )

    @cached_property
    def _by_name(self) -> Mapping[str, Field]:
        return {name: field for field in self.fields for name in (field.original, field.name)}


class Portal:
    """The facts of one portal, read again after ten minutes. Safe to share by threads."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._facts: Facts | None = None
        self._read_at = 0.0

    def facts(self, lane: Lane = Lane.READ) -> Facts:
        """The facts, from memory where they are fresh."""
        with self._lock:
            if self._facts is None or time.monotonic() > self._read_at + KEPT_S:
                self._facts = self._read(lane)
                self._read_at = time.monotonic()
            return self._facts

    def doubt(self) -> None:
        """Have the facts read again if they are a minute old: something is not as we knew it."""
        with self._lock:
            if time.monotonic() > self._read_at + DOUBTED_S:
                self._facts = None

    def forget(self) -> None:
        """Have the facts read again."""
        with self._lock:
            self._facts = None

    def _read(self, lane: Lane) -> Facts:
        replies = self._client.batch({"fields": FIELDS_COMMAND, "me": Command("user.current")}, lane)
        me = user_id(php.as_map(replies["me"].result).get("ID"))
        if me is None:
            raise Unreadable("Bitrix24 does not say which user our calls run as.")
        return Facts(fields_of(replies["fields"].result), me)


def fields_of(result: object) -> tuple[Field, ...]:
    """The deal fields in an answer of `crm.item.fields`.

    A custom field is known by its `upperName`: the rule of the camelCase names has exceptions.
    """
    found = php.as_map(php.as_map(result).get("fields"))
    return tuple(_field(name, php.as_map(entry)) for name, entry in found.items())


def _field(name: str, entry: Mapping[str, object]) -> Field:
    custom = entry.get("isDynamic") is True
    return Field(
        name,
        str(entry.get("type") or "string"),
        original=str(entry.get("upperName") or name) if custom else name,
        label=str(entry.get("title") or name),
        multiple=entry.get("isMultiple") is True,
        read_only=entry.get("isReadOnly") is True,
        zero_is_empty=name == "opportunity",
        options={str(item.get("ID")): str(item.get("VALUE")) for item in php.as_rows(entry.get("items"))},
    )
