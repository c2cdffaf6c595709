"""Reads deals by id, fifty commands in a request, with the aspects that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from connectors.base import Lane, Look
from connectors.bitrix24 import aspects, php
from connectors.bitrix24.client import Client, Command, Replies
from connectors.bitrix24.listing import ReadingOf
from connectors.bitrix24.portal import DEAL
from connectors.bitrix24.records import Item, Reading
from connectors.errors import AuthFailed, Rejected
from connectors.errors import Missing as NotFound
from mapping.model import Aspect, Missing, Record, Ref


def deal_command(deal_id: str) -> Command:
    """The command for one deal, all its fields."""
    return Command("crm.item.get", {"entityTypeId": DEAL, "id": deal_id})


def deal_of(result: object) -> Item:
    """The deal in an answer of `crm.item.get`, `.add` or `.update`."""
    return php.as_map(php.as_map(result).get("item"))


def fetch(
    client: Client, reading_of: ReadingOf, looks: Sequence[Look], lane: Lane
) -> dict[str, Record | Missing]:
    """The deals as they are now, or that there is none, by the id asked for.

    Raises AuthFailed for a deal that our user may not see: taking it for deleted would end its story.
    """
    if not looks:
        return {}
    known = [look for look in looks if look.remote_id.isdecimal()]
    replies = client.batch({name: command for look in known for name, command in _commands(look)}, lane)
    items = {look.remote_id: item for look in known if (item := _item(replies, look.remote_id)) is not None}
    wanted = [
        items[look.remote_id] for look in known if _asks(look, Aspect.PEOPLE) and look.remote_id in items
    ]
    people = client.batch(aspects.people_commands(wanted), lane)
    reading = reading_of(items.values())
    return {
        look.remote_id: _record(client, reading, look, items[look.remote_id], replies, people, lane)
        if look.remote_id in items
        else Missing(Ref(reading.connection, look.remote_id), "not_found")
        for look in looks
    }


def _asks(look: Look, aspect: Aspect) -> bool:
    return aspect in look.aspects


def _commands(look: Look) -> list[tuple[str, Command]]:
    commands = [(f"d{look.remote_id}", deal_command(look.remote_id))]
    if _asks(look, Aspect.HISTORY):
        commands.append((f"h{look.remote_id}", aspects.history_command(look.remote_id)))
    if _asks(look, Aspect.TASKS):
        commands += [(f"t{task_id}", aspects.task_command(task_id)) for task_id in look.task_ids]
    return commands


def _item(replies: Replies, deal_id: str) -> Item | None:
    error = replies.errors.get(f"d{deal_id}")
    if isinstance(error, NotFound):
        return None
    if isinstance(error, Rejected):
        raise AuthFailed(
            f"The user of the webhook may not read deal {deal_id}; give it read and edit rights on all deals "
            "of all pipelines."
        ) from error
    return deal_of(replies[f"d{deal_id}"].result) or None


def _record(
    client: Client, reading: Reading, look: Look, item: Item, replies: Replies, people: Replies, lane: Lane
) -> Record:
    record = reading.record(item)
    if _asks(look, Aspect.PEOPLE):
        record = replace(record, values={**record.values, **aspects.people_values(item, people)})
    if _asks(look, Aspect.HISTORY):
        first = aspects.history_rows(replies[f"h{look.remote_id}"].result)
        rows = aspects.all_history(client, look.remote_id, first, lane)
        record = replace(record, moves=aspects.moves(rows, item, reading))
    if _asks(look, Aspect.TASKS):
        record = replace(record, tasks=aspects.task_states(replies, look.task_ids))
    return replace(record, known=look.aspects)
