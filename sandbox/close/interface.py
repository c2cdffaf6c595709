"""What people do in Close's user interface, for the control API. Its API is elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from sandbox import contract
from sandbox.call import Refusal
from sandbox.close import views
from sandbox.close.account import Account
from sandbox.close.actors import AUTOMATION_KEY_ID, Actor
from sandbox.close.contacts import contact_checks, contact_values
from sandbox.close.opportunity_shape import PERIODS
from sandbox.close.people import ROBOT, User
from sandbox.close.pipelines import Status
from sandbox.close.records import Record
from sandbox.close.values import clean
from sandbox.contract import ControlError

Result = TypeVar("Result")
PATH = "/api/v1/opportunity/"
BULK_VALUE = 100_000


class Interface:
    """The user interface of one organization."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._organization = account.organization
        self._deals = account.organization.tables["opportunity"]
        self._imported = 0

    def people(self) -> list[contract.Person]:
        """Return all users."""
        return [views.person(user) for user in self._organization.people.users.values()]

    def add_person(self, wanted: contract.NewPerson) -> contract.Person:
        """Add a user or change one; who leaves or comes back is an event."""
        people = self._organization.people
        before = people.by_email(wanted.email)
        user = people.put(wanted.email, wanted.name, wanted.active)
        self._organization.generation += 1
        if (before.active if before else False) is not user.active:
            action = "activated" if user.active else "deactivated"
            actor = self._actor(None, "PUT", "/api/v1/membership/")
            self._account.log.noted(actor, "membership", user.membership_id, None, action)
        return views.person(user)

    def replace_pipelines(self, wanted: Sequence[contract.Pipeline]) -> None:
        """Replace the pipelines; what happened to each status is an event."""
        pipelines, log = self._organization.pipelines, self._account.log
        if not all(pipeline.stages for pipeline in wanted):
            raise ControlError("a pipeline needs stages")
        actor = self._actor(None, "PUT", "/api/v1/pipeline/")
        before = {id: each.as_json(self._organization.id) for id, each in pipelines.statuses.items()}
        pipelines.replace(wanted)
        self._organization.generation += 1
        after = {id: each.as_json(self._organization.id) for id, each in pipelines.statuses.items()}
        for id in after.keys() - before.keys():
            log.created(actor, "status.opportunity", after[id], None)
        for id in before.keys() - after.keys():
            log.deleted(actor, "status.opportunity", before[id], None)
        for id in before.keys() & after.keys():
            if before[id] != after[id]:
                log.changed(actor, "status.opportunity", before[id], after[id], None)

    def deals(self) -> list[contract.DealSummary]:
        """Return all cards, deleted ones last."""
        kept = self._deals.by_created.items()
        return [views.summary(self._organization, each) for each in (*kept, *self._deals.removed.values())]

    def deal(self, deal_id: str) -> contract.DealView:
        """Return everything about an opportunity, a deleted one too."""
        deal = self._deals.records.get(deal_id) or self._deals.removed.get(deal_id)
        if deal is None:
            raise ControlError(f"there is no opportunity {deal_id}")
        comments = self._account.comments.of_thread(deal.values.get("_thread"))
        return views.view(self._organization, deal, comments)

    def customers(self) -> list[contract.CustomerView]:
        """Return all contacts, and all leads as companies."""
        tables = self._organization.tables
        contacts, leads = (tables[kind].records.values() for kind in ("contact", "lead"))
        return [views.customer(self._organization, each) for each in (*contacts, *leads)]

    def create_deal(self, deal: contract.NewDeal) -> str:
        """Create an opportunity with its lead; with a company, the title is the first line of the note."""
        actor = self._actor(deal.by, "POST", PATH)
        if deal.currency not in (None, self._organization.currency):
            raise ControlError(f"this organization knows only {self._organization.currency}")
        lead = self._lead(deal, actor)
        given: dict[str, Any] = {"lead_id": lead.id, "note": deal.title if deal.company else ""}
        given |= self._owner(deal.owner or deal.by) | self._place(deal.pipeline, deal.stage)
        if deal.amount is not None:
            given["value"] = _cents(deal.amount)
        if deal.contact:
            given["contact_id"] = self._contact(deal.contact, lead, actor).id
        values = self._checked(given | self._fields(deal.fields), new=True)
        record = self._guard(lambda: self._account.writes.create(values, actor, 0))
        self._note(deal.by, "create", record.id, deal.model_dump(exclude_unset=True))
        return record.id

    def create_many(
        self, count: int, pipeline: str | None, stage: str | None, owner: str | None
    ) -> list[str]:
        """Create opportunities quickly and silently."""
        actor = self._actor(owner, "POST", PATH)
        given = self._owner(owner) | self._place(pipeline, stage) | {"value": BULK_VALUE}
        values = self._checked(given, new=True)
        values.setdefault("status_id", self._organization.pipelines.all[0].statuses[0].id)
        made = []
        for _ in range(count):
            self._imported += 1
            lead = self._account.leads.make({"name": f"Deal {self._imported}"}, actor, quiet=True)
            own = {**values, "lead_id": lead.id}
            made.append(self._account.writes.create(own, actor, 0, quiet=True).id)
        return made

    def edit_deal(self, deal_id: str, edit: contract.Edit) -> None:
        """Change an opportunity as that person."""
        deal = self._present(deal_id)
        actor = self._actor(edit.by, "PUT", f"{PATH}{deal.id}/")
        asked, given = edit.given(), self._fields(edit.fields)
        if asked.get("pipeline") or asked.get("stage"):
            given |= self._place(edit.pipeline, edit.stage)
        if "owner" in asked:
            given |= self._owner(edit.owner, needed=True)
        if "amount" in asked:
            given["value"] = None if edit.amount is None else _cents(edit.amount)
        if edit.title is not None:
            given |= self._rename(deal, edit.title, actor)
        values = self._checked(given, new=False)
        changes = self._guard(lambda: self._account.writes.update(deal, values, actor, 0))
        shown = {name: {"from": old, "to": new} for name, (old, new) in changes.items()}
        self._note(edit.by, "edit", deal.id, shown)

    def delete_deal(self, deal_id: str, by: str | None) -> None:
        """Delete an opportunity as that person."""
        deal = self._present(deal_id)
        self._account.changes.delete(deal, self._actor(by, "DELETE", f"{PATH}{deal_id}/"))
        self._note(by, "delete", deal_id, {})

    def complete_task(self, task_id: str, by: str | None) -> None:
        """Tick a task off as that person."""
        task = self._organization.get("task", task_id)
        if task is None:
            raise ControlError(f"there is no task {task_id}")
        actor = self._actor(by, "PUT", f"/api/v1/task/{task_id}/")
        self._account.tasks.change(task, {"is_complete": True}, actor)
        self._account.services.journal.person(by, "complete", "task", task_id, {})

    def _actor(self, by: str | None, method: str, path: str) -> Actor:
        """Return who acts: a person, or another integration with its own key; both use the same REST API."""
        user = self._user(by or ROBOT)
        request_id = self._organization.identifiers.new("req")
        if by is None:
            return Actor(user.id, "automation", request_id, method, path, AUTOMATION_KEY_ID)
        return Actor(user.id, "person", request_id, method, path)

    def _user(self, email: str) -> User:
        user = self._organization.people.by_email(email)
        if user is None:
            raise ControlError(f"nobody here has the e-mail {email}")
        return user

    def _owner(self, email: str | None, *, needed: bool = False) -> dict[str, str]:
        if email is None and needed:
            raise ControlError("an opportunity always has an owner")
        return {} if email is None else {"user_id": self._user(email).id}

    def _place(self, pipeline_id: str | None, stage_id: str | None) -> dict[str, str]:
        pipelines = self._organization.pipelines
        pipeline = pipelines.get(pipeline_id)
        if pipeline_id is not None and pipeline is None:
            raise ControlError(f"there is no pipeline {pipeline_id}")
        if stage_id is None:
            return {} if pipeline is None else {"status_id": pipeline.statuses[0].id}
        status: Status | None = pipelines.status(stage_id)
        if status is None or (pipeline is not None and status not in pipeline.statuses):
            raise ControlError(f"there is no stage {stage_id} in pipeline {pipeline_id or 'of any name'}")
        return {"status_id": status.id}

    def _fields(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return custom fields by key, as a person means them; some standard ones may be named too."""
        found: dict[str, Any] = {}
        for name, value in given.items():
            field = self._organization.fields.named(name)
            if field is None and name not in ("confidence", "value_period", "note", "date_won"):
                raise ControlError(f"opportunities have no field {name}")
            if name == "value_period" and value not in PERIODS:
                raise ControlError(f"value_period is one of {', '.join(PERIODS)}")
            found[field.key if field else name] = value
        return found

    def _lead(self, deal: contract.NewDeal, actor: Actor) -> Record:
        company = deal.company
        if company is None:
            return self._account.leads.make({"name": deal.title}, actor)
        url = f"https://{company.domain}" if company.domain else None
        for lead in self._organization.tables["lead"].records.values():
            if url and lead.values["url"] == url:
                return lead
        return self._account.leads.make({"name": company.name, "url": url}, actor)

    def _contact(self, wanted: contract.NewContact, lead: Record, actor: Actor) -> Record:
        for each in self._organization.tables["contact"].of_lead(lead.id):
            if wanted.email and wanted.email in [email["email"] for email in each.values["emails"]]:
                return each
        given: dict[str, Any] = {"name": wanted.name}
        given |= {"emails": [{"email": wanted.email}]} if wanted.email else {}
        given |= {"phones": [{"phone": wanted.phone}]} if wanted.phone else {}
        values = self._guard(lambda: clean(given, contact_checks(self._organization), strict=True))
        return self._account.changes.create("contact", contact_values(values, lead.id), actor)

    def _rename(self, deal: Record, title: str, actor: Actor) -> dict[str, str]:
        """Change what stands for a title: the first line of the note, or the name of the lead."""
        _, line_end, rest = str(deal.values["note"]).partition("\n")
        if deal.values["note"]:
            return {"note": title + line_end + rest}
        lead = self._organization.tables["lead"].records[deal.values["lead_id"]]

        def change() -> None:
            lead.values = {**lead.values, "name": title}

        self._account.changes.update(lead, change, actor)
        return {}

    def _checked(self, given: dict[str, Any], *, new: bool) -> dict[str, Any]:
        checks = self._account.writes.checks(given, 0, None, new=new)
        return self._guard(lambda: clean(given, checks, strict=True))

    def _guard(self, action: Callable[[], Result]) -> Result:
        try:
            return action()
        except Refusal as refusal:
            raise ControlError(bytes(refusal.response.body).decode()) from refusal

    def _present(self, deal_id: str) -> Record:
        deal = self._deals.records.get(deal_id)
        if deal is None:
            raise ControlError(f"there is no opportunity {deal_id}, or it is deleted")
        return deal

    def _note(self, by: str | None, action: str, deal_id: str, changes: dict[str, Any]) -> None:
        self._account.services.journal.person(by, action, "deal", deal_id, changes)


def _cents(amount: str | int | float) -> int:
    try:
        cents = Decimal(str(amount)) * 100
    except InvalidOperation as error:
        raise ControlError(f"{amount} is no amount") from error
    if cents != cents.to_integral_value():
        raise ControlError(f"{amount} is no whole number of cents")
    return int(cents)
