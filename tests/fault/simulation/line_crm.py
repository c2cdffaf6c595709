"""A CRM in which people also delete and merge records, complete and delete tasks, and give deals to each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from connectors import errors
from connectors.base import Lane, Page
from mapping.model import Actor, CreateTask, Hint, HintKind, Missing, Receipt, Record, Ref, Value, Write

from .crm import SimulatedConnector, SimulatedCrm


class WholeCrm(SimulatedCrm):
    """The account itself, with a memory of what is gone."""

    gone: dict[str, Missing]
    made: dict[str, tuple[str, datetime]]  # key of a task or note -> its record and when it was first made
    doubled: list[str]
    touched_by_head: set[str]
    finished: dict[str, datetime]  # key of a task -> when people completed it
    reminded: Counter[tuple[str, str | None, str]]  # hand-off, receiver, text -> how often

    def put(self, remote_id: str, changes: Mapping[str, Value], actor: Actor) -> None:
        super().put(remote_id, changes, actor)
        if (actor.user_id or "").endswith("hedy") and {"stage", "owner"} & set(changes):
            self.touched_by_head.add(remote_id)

    def delete(self, remote_id: str, survivor: str | None = None) -> None:
        """A record goes, by deletion or into a survivor; its tasks and notes go with it."""
        reason: Literal["deleted", "merged"] = "merged" if survivor else "deleted"
        self.gone[remote_id] = Missing(Ref(self.name, remote_id), reason, survivor)
        del self.rows[remote_id]
        for shelf in (self.tasks, self.notes):
            for made_id in [i for i, made in shelf.items() if made.deal == remote_id]:
                del shelf[made_id]
        kind = HintKind.MERGED if survivor else HintKind.DELETED
        self.hooks += [Hint(remote_id=remote_id, kind=kind)] * self.chance.choice([0, 1, 1, 2])

    def record(self, remote_id: str) -> Record | Missing:
        return self.gone.get(remote_id) or super().record(remote_id)


class WholeConnector(SimulatedConnector):
    """As the simulated one; what is gone is told by polls too, and refused when it is written to."""

    crm: WholeCrm

    def changed(self, since: str | None, lane: Lane = Lane.POLL) -> Iterator[Page]:
        [page] = super().changed(since, lane)
        gone = list(self.crm.gone.values())
        yield Page(page.records, cursor=str(len(gone)), gone=tuple(gone[int(since or "0") :]))

    def _effect(self, write: Write, attempt: int) -> Receipt:
        keys = self._keys()
        receipt = self._checked_effect(write, attempt)
        if len(self._keys()) > len(keys):
            self._remember(write, doubled=write.key in keys or (attempt == 1 and write.key in self.crm.made))
        return receipt

    def _keys(self) -> list[str]:
        return [made.key for shelf in (self.crm.tasks, self.crm.notes) for made in shelf.values()]

    def _remember(self, write: Write, *, doubled: bool) -> None:
        """What was made stays known, also when people delete it."""
        assert write.remote_id is not None
        if doubled:
            self.crm.doubled.append(write.key)
        elif (
            isinstance(write.body, CreateTask) and ":remind:" in write.key and write.key not in self.crm.made
        ):
            self.crm.reminded[write.key.split(":")[1], write.body.owner, write.body.body] += 1
        self.crm.made.setdefault(write.key, (write.remote_id, self.crm.clock()))

    def _checked_effect(self, write: Write, attempt: int) -> Receipt:
        if write.remote_id is not None and write.remote_id not in self.crm.rows:
            raise errors.Missing
        return super()._effect(write, attempt)
