"""What people do in HubSpot's user interface, for the control API. The API of HubSpot itself is elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.call import Refusal
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
    Stage,
    TaskView,
)
from sandbox.hubspot.kinds import COMPANIES, CONTACTS, DEALS, NOTES, TASKS, Kind
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Record, Source
from sandbox.hubspot.values import iso

MAIN = {
    "title": "dealname",
    "pipeline": "pipeline",
    "stage": "dealstage",
    "amount": "amount",
    "currency": "deal_currency_code",
}
HIDDEN = {*MAIN.values(), "hubspot_owner_id"}


class Interface:
    """The user interface of one account."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def deals(self) -> list[DealSummary]:
        """Return all cards, deleted ones too, oldest first."""
        table = self._portal.account.deals
        ids = sorted([*table.ids(), *table.ids(archived=True)])
        return [self._summary(record) for id in ids if (record := table.any(id))]

    def deal(self, deal_id: str) -> DealView:
        """Return everything about one deal; of a merged one, what it was."""
        record = self._record(DEALS, deal_id)
        survivor = self._portal.account.deals.survivor(record.id)
        shown = {name: value for name, value in record.properties.items() if name not in HIDDEN}
        return DealView(
            **self._summary(record).model_dump(),
            currency=record.properties.get("deal_currency_code"),
            fields=shown,
            merged_into=str(survivor) if survivor else None,
            tasks=[self._task(task) for task in self._linked(record, TASKS)],
            notes=[self._note(note) for note in self._linked(record, NOTES)],
            history=self._history(record),
        )

    def customers(self) -> list[CustomerView]:
        """Return all contacts and companies."""
        tables = self._portal.account.tables
        return [self._customer(record) for kind in (CONTACTS, COMPANIES) for record in tables[kind].present()]

    def create_deal(self, deal: NewDeal) -> str:
        """Create a deal with its contact and company."""
        source = self._portal.account.source(deal.by)
        given: dict[str, Any] = {name: getattr(deal, key) for key, name in MAIN.items()}
        given |= (
            self._place(deal.pipeline or self._first_pipeline(), deal.stage)
            | self._owner(deal.owner)
            | deal.fields
        )
        record = self._create(
            DEALS, {name: value for name, value in given.items() if value is not None}, source
        )
        if deal.contact:
            self._portal.changes.link(record, self._contact(deal.contact, source), source)
        if deal.company:
            self._portal.changes.link(record, self._company(deal.company, source), source)
        self._note_person(deal.by, "create", str(record.id), deal.model_dump(exclude_unset=True))
        return str(record.id)

    def create_many(
        self, count: int, pipeline: str | None, stage: str | None, owner: str | None
    ) -> list[str]:
        """Create deals as an import does, without events."""
        given = (
            self._place(pipeline or self._first_pipeline(), stage) | self._owner(owner) | {"amount": "1000"}
        )
        values = self._portal.changes.check(DEALS, given)
        source = Source("IMPORT", "1")
        changes, first = self._portal.changes, len(self._portal.account.deals.ids()) + 1
        created = [
            changes.create(DEALS, {**values, "dealname": f"Deal {first + number}"}, source, quiet=True)
            for number in range(count)
        ]
        return [str(record.id) for record in created]

    def edit_deal(self, deal_id: str, edit: Edit, *, webhooks: bool = True) -> None:
        """Change a deal as that person."""
        source, record = self._portal.account.source(edit.by), self._present(deal_id)
        given = edit.given()
        values: dict[str, Any] = {MAIN[key]: given[key] for key in given.keys() & {"title", "amount"}}
        if given.get("stage") or given.get("pipeline"):
            pipeline = edit.pipeline or record.properties.get("pipeline")
            values |= self._place(pipeline, edit.stage, search=edit.pipeline is None)
        if "owner" in given:
            values |= self._owner(edit.owner)
        values |= edit.fields
        changed = self._portal.changes.update(
            record, self._checked(DEALS, values, record), source, quiet=not webhooks
        )
        self._note_person(edit.by, "edit", str(record.id), dict(changed))

    def delete_deal(self, deal_id: str, by: str | None) -> None:
        """Move a deal to the recycle bin as that person."""
        self._portal.changes.archive(self._present(deal_id), self._portal.account.source(by))
        self._note_person(by, "delete", deal_id, {})

    def merge_deals(self, deal_ids: Sequence[str], by: str | None) -> str:
        """Merge deals one after the other into new ones; return the last of these."""
        if len(set(deal_ids)) < 2:
            raise ControlError("a merge needs two different deals")
        source = self._portal.account.source(by)
        merged = self._present(deal_ids[0])
        for deal_id in deal_ids[1:]:
            merged = self._portal.changes.merge(merged, self._present(deal_id), source)
        self._note_person(by, "merge", str(merged.id), {"merged": list(deal_ids)})
        return str(merged.id)

    def complete_task(self, task_id: str, by: str | None) -> None:
        """Tick a task off as that person."""
        record = self._record(TASKS, task_id)
        source = self._portal.account.source(by)
        self._portal.changes.update(record, {"hs_task_status": "COMPLETED"}, source)
        self._portal.services.journal.person(by, "complete", "task", task_id, {})

    def _place(self, pipeline_id: str | None, stage_id: str | None, search: bool = False) -> dict[str, str]:
        """Return pipeline and stage; `search` also looks for the stage in the other pipelines."""
        account = self._portal.account
        others = [each for each in account.pipelines if each.id != pipeline_id] if search else []
        first = account.pipeline(pipeline_id)
        for pipeline in [*([first] if first else []), *others]:
            stage: Stage | None = account.stage(pipeline.id, stage_id)
            if stage_id is None:
                stage = pipeline.stages[0]
            if stage is not None:
                return {"pipeline": pipeline.id, "dealstage": stage.id}
        raise ControlError(f"no stage {stage_id} in pipeline {pipeline_id}")

    def _first_pipeline(self) -> str:
        return self._portal.account.pipelines[0].id

    def _owner(self, email: str | None) -> dict[str, str]:
        owner_id = str(self._portal.account.user(email).owner_id) if email else ""
        return {"hubspot_owner_id": owner_id}

    def _create(self, kind: Kind, given: Mapping[str, Any], source: Source) -> Record:
        return self._portal.changes.create(kind, self._checked(kind, given), source)

    def _checked(self, kind: Kind, given: Mapping[str, Any], record: Record | None = None) -> dict[str, str]:
        try:
            return self._portal.changes.check(kind, given, record)
        except Refusal as refusal:
            raise ControlError(bytes(refusal.response.body).decode()) from refusal

    def _contact(self, contact: NewContact, source: Source) -> Record:
        first, _, last = contact.name.partition(" ")
        given = {
            "firstname": first,
            "lastname": last,
            "email": contact.email or "",
            "phone": contact.phone or "",
        }
        known = self._portal.account.tables[CONTACTS].find("email", contact.email or "")
        return known or self._create(CONTACTS, given, source)

    def _company(self, company: NewCompany, source: Source) -> Record:
        for record in self._portal.account.tables[COMPANIES].present():
            if company.domain and record.properties.get("domain") == company.domain:
                return record
        return self._create(COMPANIES, {"name": company.name, "domain": company.domain or ""}, source)

    def _present(self, deal_id: str) -> Record:
        record = self._portal.account.deals.get(int(deal_id)) if deal_id.isdigit() else None
        if record is None:
            raise ControlError(f"no deal {deal_id}, or it is deleted")
        return record

    def _record(self, kind: Kind, id: str) -> Record:
        record = self._portal.account.tables[kind].any(int(id)) if id.isdigit() else None
        if record is None:
            raise ControlError(f"no {kind.singular} {id}")
        return record

    def _linked(self, record: Record, kind: Kind) -> list[Record]:
        table = self._portal.account.tables[kind]
        links = self._portal.account.links.targets(record.kind, record.id, kind)
        return [found for id in links if (found := table.get(id))]

    def _summary(self, record: Record) -> DealSummary:
        properties, survivor = record.properties, self._portal.account.deals.survivor(record.id)
        return DealSummary(
            id=str(record.id),
            title=properties.get("dealname") or "",
            pipeline=properties.get("pipeline") or None,
            stage=properties.get("dealstage") or None,
            owner=self._portal.account.email_of_owner(properties.get("hubspot_owner_id")),
            amount=properties.get("amount") or None,
            deleted=record.archived_at is not None or survivor is not None,
        )

    def _customer(self, record: Record) -> CustomerView:
        properties = record.properties
        names = (properties.get(name) for name in ("firstname", "lastname", "name"))
        return CustomerView(
            id=str(record.id),
            kind="contact" if record.kind is CONTACTS else "company",
            name=" ".join(name for name in names if name),
            email=properties.get("email") or None,
            deals=[str(deal.id) for deal in self._linked(record, DEALS)],
        )

    def _task(self, record: Record) -> TaskView:
        properties = record.properties
        return TaskView(
            id=str(record.id),
            subject=properties.get("hs_task_subject") or "",
            body=properties.get("hs_task_body") or "",
            owner=self._portal.account.email_of_owner(properties.get("hubspot_owner_id")),
            due=properties.get("hs_timestamp"),
            done=properties.get("hs_task_status") == "COMPLETED",
            by=self._by(record.source),
        )

    def _note(self, record: Record) -> NoteView:
        body = record.properties.get("hs_note_body") or ""
        return NoteView(id=str(record.id), body=body, by=self._by(record.source))

    def _history(self, record: Record) -> list[HistoryLine]:
        versions = [(name, each) for name in record.properties for each in record.history(name)]
        return [
            HistoryLine(
                at=iso(version.at),
                field=name,
                value=version.value,
                by=self._by(version.source),
                source=version.source.type,
            )
            for name, version in sorted(versions, key=lambda pair: pair[1].at)
        ]

    def _by(self, source: Source) -> str | None:
        if source == self._portal.app:
            return "app"
        return self._portal.account.email_of_user(source.user_id) if source.user_id else None

    def _note_person(self, by: str | None, action: str, deal_id: str, changes: dict[str, Any]) -> None:
        self._portal.services.journal.person(by, action, "deal", deal_id, changes)
