"""The world of the whole line: three CRMs, hours and days that pass, commands, absences, new rules, deletions."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta

from mapping.model import Actor, Handoff, HandoffStatus, Value
from store import handoffs
from sync import actions, rollout
from sync.drain.observe import refresh_people

from .crm import SimulatedCrm
from .line_crm import WholeConnector, WholeCrm
from .line_rules import AT_WORK, FILES, ONWARD, OTHER, PEOPLE, RULES, STAGES, means
from .world import World

MOST_DEALS = 3
SAID_IN = {"front": "title", "middle": "amount", "rear": "note"}
"""The field that people edit in each CRM, so that the last word is known."""


class WholeLine(World):
    """One random history of days and weeks."""

    files = FILES
    people = PEOPLE
    connector = WholeConnector

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        for name in self.crms:
            refresh_people(self.runtime, RULES, name)  # as the first look at a connection does

    def accounts(self) -> dict[str, SimulatedCrm]:
        self.last_said: dict[tuple[str, str], Value] = {}
        self.rules = RULES
        return {
            name: self._account(name, places) for name, places in (("front", 2), ("middle", 0), ("rear", 1))
        }

    def _account(self, name: str, places: int) -> WholeCrm:
        crm = WholeCrm(name, places, self.now, self.chance, means=means(name), people=PEOPLE)
        crm.gone, crm.made, crm.doubled = {}, {}, []
        crm.reminded, crm.touched_by_head, crm.finished = Counter(), set(), {}
        return crm

    # --- people

    def person_creates(self) -> None:
        connection = self.chance.choice(["front", "front", "front", "rear"])
        pipeline, stages = STAGES[connection]
        crm, person = self.crms[connection], self.chance.choice(AT_WORK[connection])
        remote_id = crm.new_id()
        crm.people_made += 1
        values: dict[str, Value] = {
            "stage": [pipeline, self.chance.choice(stages[:2])],
            "owner": f"{connection[0]}-{person}",
            "title": "a title",
            "amount": str(self.chance.choice([5, 20, 40])),
            "note": None,
            "contract_end": self._day(),
        }
        crm.put(remote_id, values, self._actor(connection, person))
        self.edit_now(connection, remote_id)

    def person_acts(self) -> None:
        rows = sorted((crm.name, row) for crm in self.crms.values() for row in crm.rows)
        made = sum(crm.people_made for crm in self.crms.values())
        if not rows or (made < MOST_DEALS and self.chance.random() < 0.2):
            self.person_creates()
            return
        connection, remote_id = self.chance.choice(rows)
        kind = self.chance.choices(
            [
                self.move_now,
                self.serve_now,
                self.edit_now,
                self.give_now,
                self.finish_now,
                self.drop_now,
                self.remove_now,
            ],
            weights=[6, 6, 3, 2, 4, 1, 0.3],
        )[0]
        kind(connection, remote_id)

    def move_now(self, connection: str, remote_id: str) -> None:
        """Somebody moves a deal, mostly one who may."""
        crm = self.crms[connection]
        if remote_id in crm.rows:
            pipeline, stages = STAGES[connection]
            mover = self._actor(connection, self.chance.choice((*AT_WORK[connection] * 4, *PEOPLE)))
            crm.put(remote_id, {"stage": [pipeline, self.chance.choice(stages)]}, mover)

    def serve_now(self, connection: str, remote_id: str) -> None:
        """Whoever works there does all that the stage asks for, and moves the deal on."""
        crm = self.crms[connection]
        if remote_id not in crm.rows:
            return
        for task in crm.tasks.values():
            task.done |= task.deal == remote_id and task.key.startswith("playbook:")
        pipeline, stands = crm.rows[remote_id].values["stage"]  # type: ignore[misc, str-unpack]
        onto = ONWARD.get(str(stands))
        if onto is not None:
            worker = self._actor(connection, self.chance.choice(AT_WORK[connection]))
            crm.put(remote_id, {"stage": [str(pipeline), onto]}, worker)

    def edit_now(self, connection: str, remote_id: str) -> None:
        """Somebody edits the field that is edited here, or the day on which the contract ends."""
        crm = self.crms[connection]
        if remote_id not in crm.rows:
            return
        name = SAID_IN[connection]
        said = str(self.chance.randint(1, 60)) if name == "amount" else f"{name} {self.chance.random()}"
        changes: dict[str, Value] = {name: said}
        if connection == "middle" and self.chance.random() < 0.5:
            changes["contract_end"] = self._day()
        self.last_said[connection, remote_id] = said
        crm.put(remote_id, changes, self._someone(connection))

    def give_now(self, connection: str, remote_id: str) -> None:
        """Somebody makes somebody the owner."""
        crm = self.crms[connection]
        if remote_id in crm.rows:
            owner = self.chance.choice((*AT_WORK[connection] * 3, *PEOPLE))
            crm.put(remote_id, {"owner": f"{connection[0]}-{owner}"}, self._someone(connection))

    def finish_now(self, connection: str, remote_id: str) -> None:
        """Somebody completes a task of this record."""
        task = self._task(connection, remote_id)
        if task is not None:
            crm = self.crms[connection]
            assert isinstance(crm, WholeCrm)
            crm.tasks[task].done = True
            crm.finished[crm.tasks[task].key] = self.now()

    def drop_now(self, connection: str, remote_id: str) -> None:
        """Somebody deletes a task of this record."""
        task = self._task(connection, remote_id)
        if task is not None:
            del self.crms[connection].tasks[task]

    def remove_now(self, connection: str, remote_id: str) -> None:
        """Somebody deletes the record, or merges it into another."""
        crm = self.crms[connection]
        assert isinstance(crm, WholeCrm)
        if remote_id in crm.rows:
            others = sorted(set(crm.rows) - {remote_id})
            crm.delete(remote_id, self.chance.choice([None, *others]))

    def interfere(self, connection: str, remote_id: str) -> None:
        acts = [self.edit_now, self.move_now, self.give_now, self.finish_now, self.remove_now]
        self.chance.choices(acts, weights=[4, 4, 2, 2, 0.3])[0](connection, remote_id)

    def _task(self, connection: str, remote_id: str) -> str | None:
        tasks = self.crms[connection].tasks
        found = sorted(i for i, task in tasks.items() if task.deal == remote_id and not task.done)
        return self.chance.choice(found) if found else None

    def _someone(self, connection: str) -> Actor:
        return self._actor(connection, self.chance.choice(self.people))

    def _day(self) -> str | None:
        days = self.chance.choice([None, 10, 61, 90])
        return None if days is None else (date(2026, 3, 2) + timedelta(days=days)).isoformat()

    # --- commands, rules, time

    def command(self) -> None:
        """Somebody accepts or returns a hand-off on the command line."""
        with self.store.read() as tx:
            pending = handoffs.listing(tx, statuses=[HandoffStatus.PENDING])
        if pending:
            handoff = self.chance.choice(sorted(pending, key=lambda each: each.id))
            self._survive(lambda: self._say(handoff))

    def _say(self, handoff: Handoff) -> None:
        with suppress(actions.NotPossible):
            if self.chance.random() < 0.5:
                actions.accept(self.runtime, handoff.id)
            else:
                actions.give_back(self.runtime, handoff.id, "not ready")

    def change_rules(self) -> None:
        """The admin applies the other version."""
        self.rules = OTHER if self.rules is RULES else RULES
        self._survive(lambda: rollout.activate(self.runtime, self.rules, by="admin", message=None))

    def fight(self, times: int = 6) -> None:
        """Somebody moves a deal again and again, within the hour, however often it is put back."""
        rows = sorted((crm.name, row) for crm in self.crms.values() for row in crm.rows)
        if not rows:
            return
        connection, remote_id = self.chance.choice(rows)
        pipeline, stages = STAGES[connection]
        stubborn = self._actor(connection, self.chance.choice(PEOPLE))
        for stage in self.chance.choices(stages, k=times):
            if remote_id in self.crms[connection].rows:
                self.crms[connection].put(remote_id, {"stage": [pipeline, stage]}, stubborn)
            self.tick(crash_share=0.0, poll=False)

    def live(self, moments: int = 25) -> None:
        for _ in range(moments):
            for _ in range(self.chance.choice([0, 1, 1, 2, 3])):
                self.person_acts()
            self.time += timedelta(hours=self.chance.choice([0, 0, 0, 1, 2, 5, 24, 72]))
            what = self.chance.random()
            if what < 0.15:
                self.command()
            elif what < 0.2:
                self.change_rules()
            elif what < 0.23:
                self.fight()
            self.tick(crash_share=self.chance.choice([0.0, 0.03, 0.1]), poll=False)

    def let_time_pass(self, days: int = 150, step: int = 15) -> None:
        """Nobody touches anything for a long time: every timer fires, some late, and by itself alone."""
        for _ in range(0, days, step):
            self.time += timedelta(days=step)
            self.calm_down(2, polls=False)
