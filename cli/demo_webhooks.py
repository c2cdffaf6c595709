"""What the emulated CRMs sent by webhook, for the account of the demo: about which deal, and called what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Event = Mapping[str, Any]

NAMES: Mapping[str, Callable[[Event], str]] = {
    "hubspot": lambda told: f"{told['subscriptionType']} {told.get('propertyName', '')}",
    "bitrix24": lambda told: str(told["event"]),
    "zoho": lambda told: f"{told['module']} {told['operation']}",
    "copper": lambda told: f"{told['type']} {told['event']}",
    "close": lambda told: f"{told['event']['object_type']} {told['event']['action']}",
}


def event_name(crm: str, told: Event) -> str:
    """What the CRM calls an event."""
    return NAMES[crm](told).strip()


def is_about(deal: str, events: list[Event]) -> bool:
    """Whether one of these events names the deal."""
    return any(deal == str(value) for value in _values(events))


def _values(told: object) -> Iterator[object]:
    if isinstance(told, Mapping):
        for value in told.values():
            yield from _values(value)
    elif isinstance(told, list):
        for value in told:
            yield from _values(value)
    else:
        yield told
