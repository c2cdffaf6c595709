"""What people do in Zoho's user interface, for the control API. The API of Zoho itself is elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.contract import (
    ControlError,
    CustomerView,
    DealSummary,
    DealView,
    Edit,
    HistoryLine,
    NewCompany,
    NewContact,
    NewDeal,
    NoteView,
    TaskView,
)
from sandbox.contract import Pipeline as Board
from sandbox.zoho.checking import Checks
from sandbox.zoho.clock import now
from sandbox.zoho.core import Core
from sandbox.zoho.errors import Problem
from sandbox.zoho.modules import ACCOUNTS, CONTACTS, DEALS, NOTES, TASK_DONE, TASKS
from sandbox.zoho.placing import Places
from sandbox.zoho.records import Actor, Record
from sandbox.zoho.typed import typed

MAIN = {"Deal_Name", "Stage", "Pipeline", "Owner", "Amount", "Currency"}
CLOSING_DAYS = 30


class Interface:
    """The user interface of one org."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._org = core.org
        self._checks = Checks(core.org)
        self._places = Places(core.org)

    def boards(self) -> list[Board]:
        """Return the pipelines."""
        return self._places.boards()

    def deals(self) -> list[DealSummary]:
        """Return all cards, deleted ones too, oldest first."""
        table = self._org.deals
        cards = [self._summary(record, False) for record in table.all()]
        cards += [self._summary(gone.record, True) for gone in table.deleted.values()]
        return sorted(cards, key=lambda card: card.id)

    def deal(self, deal_id: str) -> DealView:
        """Return everything about one deal, a deleted one too."""
        id = int(deal_id) if deal_id.isdigit() else 0
        gone = self._org.deals.deleted.get(id)
        record = gone.record if gone else self._org.deal(deal_id)
        fields = record.module.fields
        shown = {
            name: self._core.showing.plain(record.module, name, value)
            for name, value in record.values.items()
            if name not in MAIN and value is not None and name in fields and not fields[name].read_only
        }
        return DealView(
            **self._summary(record, gone is not None).model_dump(),
            currency=record.values.get("Currency"),
            fields=shown,
            merged_into=str(gone.into) if gone and gone.into else None,
            tasks=[self._task(task) for task in self._children(record, TASKS)],
            notes=[self._note(note) for note in self._children(record, NOTES)],
            history=self._history(record),
        )

    def customers(self) -> list[CustomerView]:
        """Return all contacts and accounts."""
        tables = self._org.tables
        return [self._customer(record) for module in (CONTACTS, ACCOUNTS) for record in tables[module].all()]

    def create_deal(self, deal: NewDeal) -> str:
        """Create a deal with its contact and company."""
        actor = self._org.person(deal.by)
        if deal.by is None:
            actor = Actor(actor.user_id, "webform")
        given: dict[str, Any] = {"Deal_Name": deal.title, "Closing_Date": _closing_date()}
        given |= self._places.place(deal.pipeline, deal.stage) | self._owner(deal.owner)
        given |= self._amount(deal.amount)
        if deal.currency:
            given["Currency"] = deal.currency
        account = self._account(deal.company, actor) if deal.company else None
        contact = self._contact(deal.contact, account, actor) if deal.contact else None
        given |= {"Account_Name": _link(account), "Contact_Name": _link(contact)}
        record = self._create(DEALS, {**given, **self._custom(deal.fields)}, actor)
        self._note_person(deal.by, "create", str(record.id), deal.model_dump(exclude_unset=True))
        return str(record.id)

    def create_many(
        self, count: int, pipeline: str | None, stage: str | None, owner: str | None
    ) -> list[str]:
        """Create deals as an import does, without notifications."""
        given = self._places.place(pipeline, stage) | self._owner(owner) | {"Amount": 1000}
        values = self._checked(DEALS, {**given, "Deal_Name": "x", "Closing_Date": _closing_date()})
        actor = Actor(self._org.people.system.id, "import")
        module, first = self._org.modules[DEALS], len(self._org.deals.ids) + 1
        create = self._core.changes.create
        return [
            str(create(module, {**values, "Deal_Name": f"Deal {first + number}"}, actor, quiet=True).id)
            for number in range(count)
        ]

    def edit_deal(self, deal_id: str, edit: Edit, *, webhooks: bool = True) -> None:
        """Change a deal as that person. An automation runs as whoever changed the deal last."""
        record, given = self._org.deal(deal_id), edit.given()
        actor = self._org.person(edit.by) if edit.by else Actor(record.modified_by, "workflow")
        values: dict[str, Any] = {}
        if given.get("title"):
            values["Deal_Name"] = given["title"]
        if "amount" in given:
            values |= self._amount(edit.amount)
        if given.get("stage") or given.get("pipeline"):
            values |= self._places.moved(record, edit.pipeline, edit.stage)
            if edit.by and self._core.blueprint.holds(record):
                actor = Actor(actor.user_id, "blueprint")
        if "owner" in given:
            values |= self._owner(edit.owner) or self._no_owner()
        values |= self._custom(edit.fields)
        checked = self._checked(DEALS, values, record)
        changed = self._core.changes.update(record, checked, actor, quiet=not webhooks)
        shown = {name: {"from": before, "to": after} for name, (before, after) in changed.items()}
        self._note_person(edit.by, "edit", deal_id, shown)

    def delete_deal(self, deal_id: str, by: str | None) -> None:
        """Move a deal to the recycle bin as that person."""
        self._core.changes.delete(self._org.deal(deal_id), self._org.person(by))
        self._note_person(by, "delete", deal_id, {})

    def merge_deals(self, deal_ids: Sequence[str], by: str | None) -> str:
        """Merge deals into the first one, which keeps its id."""
        if len(set(deal_ids)) < 2:
            raise ControlError("a merge needs two different deals")
        master, *others = [self._org.deal(deal_id) for deal_id in deal_ids]
        self._core.changes.merge(master, others, self._org.person(by))
        self._note_person(by, "merge", str(master.id), {"merged": list(deal_ids)})
        return str(master.id)

    def complete_task(self, task_id: str, by: str | None) -> None:
        """Tick a task off as that person."""
        record = self._org.tables[TASKS].get(int(task_id)) if task_id.isdigit() else None
        if record is None:
            raise ControlError(f"there is no task {task_id}")
        self._core.changes.update(record, {"Status": TASK_DONE}, self._org.person(by))
        self._org.services.journal.person(by, "complete", "task", task_id, {})

    def _owner(self, email: str | None) -> dict[str, Any]:
        return {"Owner": {"id": str(self._org.people.named(email).id)}} if email else {}

    def _no_owner(self) -> dict[str, Any]:
        raise ControlError("a record here always has an owner")

    def _amount(self, amount: str | int | float | None) -> dict[str, Any]:
        return {"Amount": typed(self._org.modules[DEALS].fields["Amount"], amount)}

    def _custom(self, given: Mapping[str, Any]) -> dict[str, Any]:
        fields = self._org.fields(self._org.modules[DEALS])
        for name in given:
            if name not in fields:
                raise ControlError(f"deals have no field {name}")
        return {name: typed(fields[name], value) for name, value in given.items()}

    def _checked(self, module: str, given: dict[str, Any], record: Record | None = None) -> dict[str, Any]:
        try:
            return self._checks.values(self._org.modules[module], given, record, "$", is_api=False)
        except Problem as problem:
            raise ControlError(f"{problem.message}: {problem.details}") from problem

    def _create(self, module: str, given: dict[str, Any], actor: Actor) -> Record:
        return self._core.changes.create(self._org.modules[module], self._checked(module, given), actor)

    def _account(self, company: NewCompany, actor: Actor) -> Record:
        found = self._org.tables[ACCOUNTS].find("Account_Name", company.name)
        given = {"Account_Name": company.name, "Website": company.domain}
        return found[0] if found else self._create(ACCOUNTS, given, actor)

    def _contact(self, contact: NewContact, account: Record | None, actor: Actor) -> Record:
        found = self._org.tables[CONTACTS].find("Email", contact.email) if contact.email else []
        first, _, last = contact.name.rpartition(" ")
        given = {"First_Name": first, "Last_Name": last, "Email": contact.email, "Phone": contact.phone}
        return found[0] if found else self._create(CONTACTS, {**given, "Account_Name": _link(account)}, actor)

    def _summary(self, record: Record, deleted: bool) -> DealSummary:
        values, (pipeline, stage) = record.values, self._places.shown(record)
        amount = values.get("Amount")
        return DealSummary(
            id=str(record.id),
            title=values.get("Deal_Name") or "",
            pipeline=pipeline,
            stage=stage,
            owner=self._org.people.user(values["Owner"]).email,
            amount=None if amount is None else str(amount),
            deleted=deleted,
        )

    def _children(self, record: Record, module: str) -> list[Record]:
        ids = self._org.children[record.id][module]
        return [child for id in ids if (child := self._org.tables[module].get(id))]

    def _customer(self, record: Record) -> CustomerView:
        contact = record.module.name == CONTACTS
        link = "Contact_Name" if contact else "Account_Name"
        names = ("First_Name", "Last_Name") if contact else ("Account_Name",)
        return CustomerView(
            id=str(record.id),
            kind="contact" if contact else "company",
            name=" ".join(str(record.values[name]) for name in names if record.values.get(name)),
            email=record.values.get("Email"),
            deals=[str(deal.id) for deal in self._org.deals.all() if deal.values.get(link) == record.id],
        )

    def _task(self, record: Record) -> TaskView:
        values = record.values
        return TaskView(
            id=str(record.id),
            subject=values.get("Subject") or "",
            body=values.get("Description") or "",
            owner=self._org.people.user(values["Owner"]).email,
            due=values.get("Due_Date"),
            done=values.get("Status") == TASK_DONE,
            by=self._by(record.log[0].actor),
        )

    def _note(self, record: Record) -> NoteView:
        parts = (record.values.get("Note_Title"), record.values.get("Note_Content"))
        body = "\n".join(part for part in parts if part)
        return NoteView(id=str(record.id), body=body, by=self._by(record.log[0].actor))

    def _history(self, record: Record) -> list[HistoryLine]:
        return [
            HistoryLine(
                at=datetime.fromtimestamp(entry.at, UTC).isoformat(),
                field=name,
                value=self._core.showing.plain(record.module, name, after),
                by=self._by(entry.actor),
                source=entry.actor.source,
            )
            for entry in record.log
            for name, (_, after) in entry.changes.items()
        ]

    def _by(self, actor: Actor) -> str | None:
        if actor.source == "crm_api":
            return "app"
        person = actor.source in ("crm_ui", "blueprint")
        return self._org.people.user(actor.user_id).email if person else None

    def _note_person(self, by: str | None, action: str, deal_id: str, changes: dict[str, Any]) -> None:
        self._org.services.journal.person(by, action, "deal", deal_id, changes)


def _link(record: Record | None) -> dict[str, str] | None:
    return {"id": str(record.id)} if record else None


def _closing_date() -> str:
    return (datetime.fromtimestamp(now(), UTC) + timedelta(days=CLOSING_DAYS)).date().isoformat()
