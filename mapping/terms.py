"""The terms that many sentences share: what fields are called, how long something takes, names in quotation marks."""

from __future__ import annotations

from collections.abc import Mapping

from mapping.phrases import Phrase, counted, phrase
from mapping.ruleset import Duration


def field(name: str) -> Phrase:
    """What people call a field; the admin's own name for a field of their own."""
    return _FIELDS.get(name) or quoted(name.replace("_", " "))


def quoted(text: str) -> Phrase:
    """A name or a value, in the quotation marks of the language where it wants some."""
    return phrase("{quoted}", quoted=text)


def span(duration: Duration) -> Phrase:
    """How long something takes, such as `3 days`."""
    return _SPANS[duration.unit](duration.amount)


_FIELDS: Mapping[str, Phrase] = {
    "title": phrase("title"),
    "amount": phrase("amount"),
    "currency": phrase("currency"),
    "source": phrase("source"),
    "created_at": phrase("creation date"),
    "contact_name": phrase("contact name"),
    "contact_email": phrase("contact email"),
    "contact_phone": phrase("contact phone"),
    "company": phrase("company"),
    "owner": phrase("owner"),
    "stage": phrase("stage"),
    "return_reason": phrase("return reason"),
}
"""The fields that every line knows."""

_SPANS = {
    "m": lambda amount: counted("{count} minute", "{count} minutes", count=amount),
    "h": lambda amount: counted("{count} hour", "{count} hours", count=amount),
    "d": lambda amount: counted("{count} day", "{count} days", count=amount),
    "w": lambda amount: counted("{count} week", "{count} weeks", count=amount),
}
