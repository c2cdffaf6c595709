"""The portal as the common part of the sandbox sees it: API, failures, and people at its interface."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.responses import Response

from sandbox.call import Call, json_answer
from sandbox.contract import (
    ControlError,
    CustomerView,
    DealField,
    DealSummary,
    DealView,
    Edit,
    Failure,
    NewDeal,
    NewPerson,
    Person,
    Pipeline,
    Services,
)

from . import portal as state
from . import records, settings, tasks, views
from .applications import Applications
from .communications import add_communications
from .errors import RestError, error
from .events import Publisher
from .fields import COMPANY, CONTACT, DEAL, Field
from .pipelines import Category
from .portal import Actor, Portal, Row
from .rest import OWN_FAULTS, Rest

Result = TypeVar("Result")


class Account:
    """One Bitrix24 account; implements `sandbox.contract.Crm`."""

    name = "bitrix24"
    title = "Bitrix24"
    own_faults = OWN_FAULTS

    def __init__(self, services: Services) -> None:
        self._services = services
        self.reset()

    def reset(self) -> None:
        """Forget everything and start with the default portal."""
        self.portal = Portal()
        self.portal.number_after(self._services.options.ids_after)
        self.applications = Applications(self.portal.now)
        self.publisher = Publisher(self._services, self.applications)
        self.portal.tell = self.publisher.tell
        self.rest = Rest(self.portal, self.applications, self._services)
        options = self._services.options
        if options.secret:
            self.applications.application_token = options.secret
        if options.webhook_url:
            self.applications.add_handler("*", options.webhook_url, application=False)

    def handle(self, call: Call) -> Response:
        """Answer one call of the REST interface or the token server."""
        return self.rest.handle(call)

    def failure(self, kind: Failure, call: Call, retry_after: float | None) -> Response:
        """Return a failure in this CRM's form; it never says how long to wait."""
        by_webhook = call.path.removeprefix("/rest/")[:1].isdigit()
        names = {
            "rate_limited": "query_limit",
            "server_error": "server_error",
            "unauthorized": "wrong_code" if by_webhook else "expired_token",
        }
        problem = error(names[kind])
        return json_answer(problem.status, problem.body())

    def people(self) -> list[Person]:
        """Return the accounts a person would see."""
        return [views.person(one) for one in self.portal.people.values() if not one.hidden]

    def add_person(self, person: NewPerson) -> Person:
        """Add an account, or change the one with this e-mail."""
        known = self.portal.person(person.email)
        id = known.id if known else max(self.portal.people) + 1
        new = self.portal.people[id] = state.Person(id, person.email, person.name, person.active)
        return views.person(new)

    def pipelines(self) -> list[Pipeline]:
        """Return the pipelines, ids as text."""
        return [views.pipeline(category) for category in sorted(self.portal.categories, key=_id)]

    def replace_pipelines(self, pipelines: Sequence[Pipeline]) -> None:
        """Make these the pipelines."""
        settings.replace_pipelines(self.portal, pipelines)

    def add_field(self, field: DealField) -> None:
        """Add a custom field to deals."""
        settings.add_field(self.portal, field)

    def deals(self) -> list[DealSummary]:
        """Return all deals in short, deleted ones last."""
        table = self.portal.records[DEAL]
        kept = [views.summary(self.portal, row) for row in table.after(0)]
        return kept + [views.summary(self.portal, row, deleted=True) for row in table.deleted.values()]

    def deal(self, deal_id: str) -> DealView:
        """Return everything about a deal, a deleted one too."""
        row, deleted = self._row(deal_id, deleted_too=True)
        return views.deal(self.portal, row, deleted=deleted)

    def customers(self) -> list[CustomerView]:
        """Return all contacts and companies."""
        kept = self.portal.records
        return [
            views.customer(self.portal, kind, row)
            for kind in (CONTACT, COMPANY)
            for row in kept[kind].after(0)
        ]

    def create_deal(self, deal: NewDeal) -> str:
        """Create a deal as that person."""
        actor = self._actor(deal.by)
        values = self._values(deal.fields) | self._standard(deal.model_dump(exclude_none=True))
        if deal.company:
            company = {"title": deal.company.name}
            values["companyId"] = records.create(self.portal, COMPANY, company, actor).id
        if deal.contact:
            values["contactIds"] = [self._contact(deal, actor, values.get("companyId", 0))]
        row = self._guard(lambda: records.create(self.portal, DEAL, values, actor))
        self._note(deal.by, "create", row.id, {name: (None, value) for name, value in values.items()})
        return str(row.id)

    def _contact(self, deal: NewDeal, actor: Actor, company_id: int) -> int:
        assert deal.contact is not None
        first, _, last = deal.contact.name.partition(" ")
        given = [("EMAIL", deal.contact.email), ("PHONE", deal.contact.phone)]
        fm = add_communications(self.portal, [{"typeId": type_, "value": value} for type_, value in given])
        values = {"name": first, "lastName": last or None, "companyId": company_id, "fm": fm}
        return records.create(self.portal, CONTACT, values, actor).id

    def create_many(
        self, count: int, pipeline: str | None, stage: str | None, owner: str | None
    ) -> list[str]:
        """Create deals quickly and silently."""
        given = {"pipeline": pipeline, "stage": stage, "owner": owner}
        values = self._standard({key: value for key, value in given.items() if value is not None})
        actor = Actor(values.get("assignedById", state.SYSTEM_USER), "UI")
        rows = (records.create(self.portal, DEAL, dict(values), actor, tell=False) for _ in range(count))
        return [str(row.id) for row in rows]

    def edit_deal(self, deal_id: str, edit: Edit, *, webhooks: bool = True) -> None:
        """Change a deal as that person; in the interface a stage of another pipeline moves the deal there."""
        row, _ = self._row(deal_id)
        actor, given = self._actor(edit.by), edit.given()
        values = self._values(given.pop("fields", {})) | self._standard(given)
        self.publisher.enabled = webhooks
        try:
            changes = self._guard(lambda: records.update(self.portal, DEAL, row, values, actor))
        finally:
            self.publisher.enabled = True
        self._note(edit.by, "edit", row.id, changes)

    def delete_deal(self, deal_id: str, by: str | None) -> None:
        """Delete a deal as that person."""
        row, _ = self._row(deal_id)
        records.delete(self.portal, DEAL, row, self._actor(by))
        self._note(by, "delete", row.id, {})

    def merge_deals(self, deal_ids: Sequence[str], by: str | None) -> str:
        """Keep the first deal and delete the others, which then nothing points from to the first."""
        (survivor, _), *others = [self._row(deal_id) for deal_id in deal_ids]
        actor = self._actor(by)
        for other, _ in others:
            missing = {
                name: value
                for name, value in other.values.items()
                if name.startswith(("ufCrm", "UF_")) and survivor.values.get(name) in (None, "")
            }
            records.update(self.portal, DEAL, survivor, missing, actor)
            self.portal.merged_into[other.id] = survivor.id
            records.delete(self.portal, DEAL, other, actor)
        self._note(by, "merge", survivor.id, {"merged": (None, [other.id for other, _ in others])})
        return str(survivor.id)

    def complete_task(self, task_id: str, by: str | None) -> None:
        """Tick a task or a to-do off as that person."""
        actor = self._actor(by)
        kind, _, number = task_id.rpartition("-")
        table = self.portal.activities if kind == views.TODO else self.portal.tasks
        row = table.rows.get(int(number)) if number.isdigit() else None
        if row is None:
            raise ControlError(f"there is no task {task_id}")
        if kind == views.TODO:
            row.values["completed"] = True
            data = {"FIELDS": {"ID": row.id}}
            self.portal.tell(state.Happening("ONCRMACTIVITYUPDATE", data, actor))
        else:
            tasks.change_task(self.portal, row, {"status": tasks.COMPLETED}, actor)
        self._services.journal.person(by, "complete", "task", task_id, {})

    def set_webhooks(self, given: dict[str, Any]) -> None:
        """Set the outgoing webhook of the interface."""
        settings.set_webhooks(self.applications, self.publisher, given)

    def set_credentials(self, given: dict[str, Any]) -> None:
        """Set credentials and settings of the account."""
        settings.set_account(self.portal, self.applications, self.rest, given)

    def set_limits(self, enabled: bool, burst: int | None) -> None:
        """Switch the leaky bucket on or off."""
        settings.set_limits(self.rest, enabled, burst)

    def _row(self, deal_id: str, *, deleted_too: bool = False) -> tuple[Row, bool]:
        table, id = self.portal.records[DEAL], int(deal_id) if deal_id.isdigit() else 0
        row = table.rows.get(id)
        if row is not None:
            return row, False
        if deleted_too and id in table.deleted:
            return table.deleted[id], True
        raise ControlError(f"there is no deal {deal_id}")

    def _actor(self, by: str | None) -> Actor:
        return Actor(self._person(by), "UI") if by else Actor(state.SYSTEM_USER, "ROBOT")

    def _person(self, email: str) -> int:
        person = self.portal.person(email)
        if person is None:
            raise ControlError(f"nobody here has the e-mail {email}")
        return person.id

    def _values(self, given: dict[str, Any]) -> dict[str, Any]:
        schema, values = self.portal.schemas[DEAL], {}
        for name, value in given.items():
            field = schema.find(name)
            if field is None:
                raise ControlError(f"deals have no field {name}")
            values[field.name] = self._typed(field, value)
        return values

    def _typed(self, field: Field, value: Any) -> Any:
        """Return the value of a field as it is kept; a person picks an option by its text."""
        ids = {text: id for id, text in field.options}
        chosen = ids.get(value, value) if isinstance(value, str) else value
        return self._guard(lambda: field.typed(chosen, self.portal.zone))

    def _standard(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the values of what every CRM's deals have under the names this CRM has for it."""
        values: dict[str, Any] = {}
        if "title" in given:
            values["title"] = given["title"]
        if "amount" in given:
            values |= {"opportunity": float(given["amount"] or 0), "isManualOpportunity": "Y"}
        if "currency" in given:
            values["currencyId"] = given["currency"]
        if "owner" in given:
            values["assignedById"] = self._responsible(given["owner"])
        return values | self._place(given.get("pipeline"), given.get("stage"))

    def _responsible(self, email: str | None) -> int:
        if not email:
            raise ControlError("a deal here always has a responsible person")
        return self._person(email)

    def _place(self, pipeline: str | None, stage: str | None) -> dict[str, Any]:
        chosen = [one for one in self.portal.categories if pipeline in (None, str(one.id))]
        if not chosen:
            raise ControlError(f"there is no pipeline {pipeline}")
        if stage is None:
            return {} if pipeline is None else {"categoryId": chosen[0].id}
        for category in chosen:
            if category.stage(stage):
                return {"categoryId": category.id, "stageId": stage}
        raise ControlError(f"there is no stage {stage} in pipeline {pipeline or 'of any name'}")

    def _guard(self, action: Callable[[], Result]) -> Result:
        try:
            return action()
        except RestError as problem:
            raise ControlError(problem.description) from problem

    def _note(self, by: str | None, action: str, id: int, changes: records.Changes) -> None:
        shown = {name: {"from": before, "to": after} for name, (before, after) in changes.items()}
        self._services.journal.person(by, action, "deal", str(id), shown)


def _id(category: Category) -> int:
    return category.id
