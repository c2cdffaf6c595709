"""Every change of a record, by API or by people: what follows from it, timeline, notifications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.zoho.clock import now
from sandbox.zoho.modules import CONTACTS, DEALS, LEADS, NOTES, TASK_DONE, TASKS, Module
from sandbox.zoho.notifications import Notifications
from sandbox.zoho.org import Org
from sandbox.zoho.records import Actor, Changed, Entry, Record
from sandbox.zoho.showing import HOME_CURRENCY

DAY = 86_400
PARENT = {TASKS: "What_Id", NOTES: "Parent_Id"}


class Changes:
    """Writes to one org; the values given here are already checked."""

    def __init__(self, org: Org, notifications: Notifications) -> None:
        self._org = org
        self._notifications = notifications

    def create(
        self, module: Module, values: Mapping[str, Any], actor: Actor, *, quiet: bool = False
    ) -> Record:
        """Create a record; `quiet` means without notifications."""
        org, at = self._org, now()
        record = Record(module, org.numbers.next(), {}, actor, at)
        given = {name: value for name, value in values.items() if value is not None}
        record.values.update(self._defaults(module, actor) | given)
        record.values.update(self._derived(record, record.values, at))
        changes: Changed = {name: (None, value) for name, value in record.values.items() if value is not None}
        record.log.append(Entry(org.numbers.next(), at, "added", actor, changes))
        org.tables[module.name].add(record)
        self._attach(record)
        if not quiet:
            self._notifications.tell(record, "insert")
        return record

    def update(
        self,
        record: Record,
        values: Mapping[str, Any],
        actor: Actor,
        *,
        quiet: bool = False,
    ) -> Changed:
        """Store values and return what differs; the time of change moves in any case."""
        at = max(now(), record.modified)
        before = dict(record.values)
        table = self._org.tables[record.module.name]
        table.store(record, values)
        table.store(record, self._derived(record, values, at))
        table.touch(record, at)
        record.modified_by = actor.user_id
        changed: Changed = {
            name: (before.get(name), value)
            for name, value in record.values.items()
            if before.get(name) != value
        }
        if changed:
            record.log.append(Entry(self._org.numbers.next(), at, "updated", actor, changed))
            told = [name for name in values if name in changed]
            if told and not quiet:
                self._notifications.tell(record, "update", told)
        return changed

    def delete(self, record: Record, actor: Actor, *, quiet: bool = False) -> None:
        """Move a record to the recycle bin."""
        self._org.tables[record.module.name].remove(record, now(), actor.user_id)
        if not quiet:
            self._notifications.tell(record, "delete")

    def merge(self, master: Record, others: Sequence[Record], actor: Actor) -> None:
        """Keep the master, fill what it lacks, move what hung on the others; these are deleted, silently."""
        table = self._org.tables[master.module.name]
        for other in others:
            lacking = {
                name: value
                for name, value in other.values.items()
                if master.values.get(name) is None and not master.module.fields[name].unique
            }
            self.update(master, lacking, actor, quiet=True)
            self._move_children(other, master)
            table.remove(other, now(), actor.user_id, master.id)

    def _move_children(self, other: Record, master: Record) -> None:
        for name, ids in self._org.children.pop(other.id, {}).items():
            for id in ids:
                child = self._org.tables[name].get(id)
                if child is not None:
                    child.values[PARENT[name]] = master.id
                    self._org.children[master.id][name].append(id)

    def _defaults(self, module: Module, actor: Actor) -> dict[str, Any]:
        defaults: dict[str, Any] = {"Owner": actor.user_id}
        if module.name == TASKS:
            defaults |= {"Status": "Not Started", "Priority": "Normal"}
        if module.name == DEALS and self._org.settings.multi_currency:
            defaults |= {"Currency": HOME_CURRENCY, "Exchange_Rate": 1}
        return defaults

    def _derived(self, record: Record, given: Mapping[str, Any], at: int) -> dict[str, Any]:
        """Return the values that follow from the given ones."""
        values, name = record.values, record.module.name
        if name in (CONTACTS, LEADS):
            parts = (values.get("First_Name"), values.get("Last_Name"))
            return {"Full_Name": " ".join(part for part in parts if part)}
        if name == TASKS and "Status" in given:
            done = given["Status"] == TASK_DONE
            return {"Closed_Time": values.get("Closed_Time") or at if done else None}
        return self._of_deal(record, given, at) if name == DEALS else {}

    def _of_deal(self, record: Record, given: Mapping[str, Any], at: int) -> dict[str, Any]:
        values, derived = record.values, dict[str, Any]()
        stage = self._org.pipelines.stage(values.get("Pipeline"), values.get("Stage"))
        if "Stage" in given and given.get("Probability") is None and stage is not None:
            derived["Probability"] = stage.probability
        if "Stage" in given and stage is not None:
            closed = stage.forecast != "Open"
            derived["Sales_Cycle_Duration"] = (at - record.created) // DAY if closed else None
        amount = values.get("Amount")
        probability = derived.get("Probability", values.get("Probability"))
        expected = None if amount is None else round(amount * (probability or 0) / 100, 2)
        return derived | {"Expected_Revenue": expected}

    def _attach(self, record: Record) -> None:
        """Hang a task or a note on its parent, whose last activity this is."""
        parent_id = record.values.get(PARENT.get(record.module.name, ""))
        if parent_id is None:
            return
        self._org.children[parent_id][record.module.name].append(record.id)
        parent = self._org.lookup("se_module", parent_id)
        if parent is not None:
            parent.values["Last_Activity_Time"] = record.created
            self._notifications.tell_related(parent)
