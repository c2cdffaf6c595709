"""What people do in Copper's own user interface, for the control API."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final, TypeVar

from sandbox.contract import (
    ControlError,
    CustomerView,
    DealSummary,
    DealView,
    Edit,
    NewCompany,
    NewContact,
    NewDeal,
)

from . import checking, views
from .account import Actor
from .custom_fields import Definition, midnight
from .directories import STATUS_COLUMNS
from .errors import Problem
from .kinds import COMPANY, OPPORTUNITY, PERSON, TASK, Kind
from .portal import Portal
from .tables import Values, Version

Result = TypeVar("Result")
_STATUS_OF: Final = {column: status for status, column in STATUS_COLUMNS.items()}
LOSS_REASON: Final = "Loss reason"
_NUMBERS: Final = ("Float", "Currency", "Percentage")


class Interface:
    """The user interface of one account."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._account = portal.account

    def deals(self) -> list[DealSummary]:
        """Return all cards, deleted ones last."""
        table, account = self._account.deals, self._account
        kept = [views.summary(account, record.values) for record in table.all()]
        return kept + [views.summary(account, each.values, deleted=True) for each in table.all_deleted()]

    def deal(self, deal_id: str) -> DealView:
        """Return everything about one deal, a deleted one too."""
        deleted = self._account.deals.deleted(int(deal_id)) if deal_id.isdigit() else None
        return views.deal(self._account, deleted or self._present(deal_id), deleted=deleted is not None)

    def customers(self) -> list[CustomerView]:
        """Return all people and companies."""
        tables = self._account.tables
        return [
            views.customer(self._account, kind, record)
            for kind in (PERSON, COMPANY)
            for record in tables[kind].all()
        ]

    def create_deal(self, deal: NewDeal) -> str:
        """Create a deal with its contact and company."""
        actor = self._actor(deal.by)
        given = self._given(deal.model_dump(exclude_none=True, exclude={"contact", "company", "by"}), None)
        if deal.company:
            given["company_id"] = self._company(deal.company, actor)
        if deal.contact:
            given["primary_contact_id"] = self._contact(deal.contact, given.get("company_id"), actor)
        record = self._create(OPPORTUNITY, given, actor)
        self._note(deal.by, "create", "deal", str(record.id), deal.model_dump(exclude_unset=True))
        return str(record.id)

    def create_many(
        self, count: int, pipeline: str | None, stage: str | None, owner: str | None
    ) -> list[str]:
        """Create deals as an import does, without trail and webhooks."""
        asked = {"title": "", "pipeline": pipeline, "stage": stage, "owner": owner, "amount": "1000"}
        given = self._given({name: value for name, value in asked.items() if value is not None}, None)
        values = self._checked(OPPORTUNITY, given | {"name": "Deal"}, None)
        first = sum(1 for _ in self._account.deals.all()) + 1
        actor = Actor(self._account.integration.id)
        made = [
            self._portal.changes.create(
                OPPORTUNITY, {**values, "name": f"Deal {first + place}"}, actor, quiet=True
            )
            for place in range(count)
        ]
        return [str(record.id) for record in made]

    def edit_deal(self, deal_id: str, edit: Edit, *, webhooks: bool = True) -> None:
        """Change a deal as that person."""
        record, actor = self._present(deal_id), self._actor(edit.by)
        values = self._checked(OPPORTUNITY, self._given(edit.given(), record), record)
        changes = self._guard(
            lambda: self._portal.changes.update(OPPORTUNITY, record, values, actor, quiet=not webhooks)
        )
        shown = {name: {"from": before, "to": after} for name, (before, after) in changes.items()}
        self._note(edit.by, "edit", "deal", deal_id, shown)

    def delete_deal(self, deal_id: str, by: str | None) -> None:
        """Delete a deal as that person; there is no recycle bin for the API."""
        self._portal.changes.delete(OPPORTUNITY, self._present(deal_id), self._actor(by))
        self._note(by, "delete", "deal", deal_id, {})

    def complete_task(self, task_id: str, by: str | None) -> None:
        """Tick a task off as that person."""
        actor, table = self._actor(by), self._account.tables[TASK]
        task = table.get(int(task_id)) if task_id.isdigit() else None
        if task is None:
            raise ControlError(f"there is no task {task_id}")
        self._portal.changes.update(TASK, task, {"status": "Completed"}, actor)
        self._note(by, "complete", "task", task_id, {})

    def _given(self, asked: dict[str, Any], record: Version | None) -> dict[str, Any]:
        """Return what was asked for in the attributes of the API."""
        given: dict[str, Any] = {}
        if "title" in asked:
            given["name"] = asked["title"]
        if "amount" in asked:
            given["monetary_value"] = _number(asked["amount"])
        if asked.get("currency"):
            given["monetary_unit"] = asked["currency"]
        if "owner" in asked:
            given["assignee_id"] = self._user(asked["owner"]) if asked["owner"] else None
        if asked.get("pipeline") or asked.get("stage"):
            given |= self._place(asked.get("pipeline"), asked.get("stage"), record)
        fields = dict(asked.get("fields", {}))
        if LOSS_REASON in fields:
            given["loss_reason_id"] = self._loss_reason(fields.pop(LOSS_REASON))
        if fields:
            given["custom_fields"] = [self._field(*item) for item in fields.items()]
        return given

    def _place(self, pipeline: str | None, stage: str | None, record: Version | None) -> dict[str, Any]:
        """Return where a card goes; a column of a closed deal keeps the stage, a stage opens the deal again."""
        lists = self._account.directories
        status = _STATUS_OF.get(stage or "", "Open")
        chosen = lists.pipeline(_id(pipeline)) if pipeline else None
        if pipeline and chosen is None:
            raise ControlError(f"there is no pipeline {pipeline}")
        if stage is None or status != "Open":
            moves = chosen is not None and (record is None or record.values["pipeline_id"] != chosen.id)
            there = {"pipeline_id": chosen.id} if chosen and moves else {}
            return there | ({"status": status} if stage else {})
        found = lists.stage(_id(stage))
        if found is None or chosen not in (None, found[0]):
            raise ControlError(f"there is no stage {stage} in pipeline {pipeline or 'of any name'}")
        return {"pipeline_id": found[0].id, "pipeline_stage_id": found[1].id, "status": status}

    def _loss_reason(self, name: str | None) -> int | None:
        """Return the reason that a person picks by its name; the one field of deals that is no custom field."""
        if name is None:
            return None
        known = {reason: id for id, reason in self._account.directories.loss_reasons.items()}
        if name not in known:
            raise ControlError(f"there is no loss reason {name}, but {', '.join(known)}")
        return known[name]

    def _field(self, name: str, value: Any) -> dict[str, Any]:
        definition = self._account.definitions.find(name)
        if definition is None:
            raise ControlError(f"deals have no field {name}")
        return {"custom_field_definition_id": definition.id, "value": self._typed(definition, value)}

    def _typed(self, definition: Definition, value: Any) -> Any:
        """Return a value as the API takes it; people pick options by their names and write days."""
        if value in (None, ""):
            return None
        if definition.data_type in _NUMBERS:
            return _number(value)
        if definition.data_type == "Date" and isinstance(value, str):
            try:
                return midnight(date.fromisoformat(value[:10]), self._account.zone)
            except ValueError as error:
                raise ControlError(f"{value} is not a day") from error
        if definition.data_type == "Dropdown":
            return definition.option(value) or value
        if definition.data_type == "MultiSelect":
            return [definition.option(each) or each for each in value]
        return value

    def _company(self, company: NewCompany, actor: Actor) -> int:
        known = self._account.unique["email_domain"].get((company.domain or "").lower())
        if known is not None:
            return known
        given = {"name": company.name, "email_domain": company.domain}
        return self._create(COMPANY, given, actor).id

    def _contact(self, contact: NewContact, company_id: int | None, actor: Actor) -> int:
        known = self._account.unique["emails"].get((contact.email or "").lower())
        if known is not None:
            return known
        given: dict[str, Any] = {"name": contact.name, "company_id": company_id}
        if contact.email:
            given["emails"] = [{"email": contact.email, "category": "work"}]
        if contact.phone:
            given["phone_numbers"] = [{"number": contact.phone, "category": "work"}]
        return self._create(PERSON, given, actor).id

    def _create(self, kind: Kind, given: dict[str, Any], actor: Actor) -> Version:
        values = self._checked(kind, given, None)
        return self._guard(lambda: self._portal.changes.create(kind, values, actor))

    def _checked(self, kind: Kind, given: dict[str, Any], record: Version | None) -> Values:
        return self._guard(lambda: checking.check(self._account, kind, given, record, by_api=False))

    def _guard(self, action: Callable[[], Result]) -> Result:
        try:
            return action()
        except Problem as problem:
            raise ControlError("; ".join(problem.lines)) from problem

    def _present(self, deal_id: str) -> Version:
        record = self._account.deals.get(_id(deal_id))
        if record is None:
            raise ControlError(f"there is no deal {deal_id}, or it is deleted")
        return record

    def _actor(self, by: str | None) -> Actor:
        return Actor(self._user(by) if by else None)

    def _user(self, email: str) -> int:
        user = self._account.directories.user_of(email)
        if user is None:
            raise ControlError(f"nobody here has the e-mail {email}")
        return user.id

    def _note(self, by: str | None, action: str, what: str, id: str, changes: dict[str, Any]) -> None:
        self._portal.services.journal.person(by, action, what, id, changes)


def _id(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _number(value: Any) -> int | float | None:
    if value in (None, ""):
        return None
    number = float(value)
    return int(number) if number.is_integer() else number
