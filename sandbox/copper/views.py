"""The account in the words of the control API: ids as text, people as e-mails, how a deal closed as a column."""

from datetime import UTC, datetime
from typing import Any

from sandbox import contract

from .account import Account, Actor
from .custom_fields import Definition
from .directories import NOTE, STATUS_COLUMNS, Pipeline, User
from .kinds import PERSON, TASK, Kind
from .tables import Values, Version


def person(user: User) -> contract.Person:
    """Return a user."""
    id = str(user.id)
    return contract.Person(email=user.email, name=user.name, active=user.active, id=id, user_id=id)


def pipeline(one: Pipeline) -> contract.Pipeline:
    """Return a pipeline; the ways to close a deal follow its stages."""
    stages = [contract.Stage(id=str(stage.id), label=stage.name) for stage in one.stages]
    for status, column in STATUS_COLUMNS.items():
        won = status == "Won"
        stages.append(contract.Stage(id=column, label=status, won=won, lost=not won))
    return contract.Pipeline(id=str(one.id), label=one.name, stages=stages)


def summary(account: Account, values: Values, *, deleted: bool = False) -> contract.DealSummary:
    """Return a deal in short."""
    return contract.DealSummary(**_short(account, values, deleted))


def deal(account: Account, record: Version, *, deleted: bool) -> contract.DealView:
    """Return everything about a deal."""
    values = record.values
    fields = {
        each.key: shown(account, each, values["custom_fields"].get(each.id, each.unset))
        for each in account.definitions.on("opportunity")
    }
    return contract.DealView(
        **_short(account, values, deleted),
        currency=values["monetary_unit"],
        fields=fields,
        tasks=_tasks(account, record.id),
        notes=_notes(account, record.id),
        history=_history(account, record.id),
    )


def customer(account: Account, kind: Kind, record: Version) -> contract.CustomerView:
    """Return a person or a company with its deals."""
    contact, emails = kind is PERSON, record.values.get("emails") or []
    link = "primary_contact_id" if contact else "company_id"
    return contract.CustomerView(
        id=str(record.id),
        kind="contact" if contact else "company",
        name=record.values["name"] or "",
        email=emails[0]["email"] if contact and emails else None,
        deals=[str(deal.id) for deal in account.deals.all() if deal.values[link] == record.id],
    )


def shown(account: Account, definition: Definition, value: Any) -> Any:
    """Return a custom field's value as people read it."""
    if definition.data_type == "Date" and value is not None:
        return datetime.fromtimestamp(value, account.zone).date().isoformat()
    return definition.computed(value)


def email(account: Account, user_id: int | None) -> str | None:
    """Return the e-mail of a user."""
    user = account.directories.users.get(user_id or 0)
    return user.email if user else None


def _by(account: Account, actor: Actor) -> str | None:
    return actor.via or email(account, actor.user_id)


def _short(account: Account, values: Values, deleted: bool) -> dict[str, Any]:
    amount = values["monetary_value"]
    return {
        "id": str(values["id"]),
        "title": values["name"],
        "pipeline": str(values["pipeline_id"]),
        "stage": STATUS_COLUMNS.get(values["status"], str(values["pipeline_stage_id"])),
        "owner": email(account, values["assignee_id"]),
        "amount": None if amount is None else str(amount),
        "deleted": deleted,
    }


def _tasks(account: Account, deal_id: int) -> list[contract.TaskView]:
    wanted = {"id": deal_id, "type": "opportunity"}
    tasks = [task for task in account.tables[TASK].all() if task.values["related_resource"] == wanted]
    return [_task(account, task.id, task.values) for task in tasks]


def _task(account: Account, id: int, values: Values) -> contract.TaskView:
    due = values["due_date"]
    return contract.TaskView(
        id=str(id),
        subject=values["name"],
        body=values["details"] or "",
        owner=email(account, values["assignee_id"]),
        due=None if due is None else datetime.fromtimestamp(due, UTC).isoformat(),
        done=values["status"] == "Completed",
        by=_by(account, account.task_makers.get(id, Actor(None))),
    )


def _notes(account: Account, deal_id: int) -> list[contract.NoteView]:
    return [
        contract.NoteView(
            id=str(each.id), body=each.details or "", by=each.via or email(account, each.user_id)
        )
        for each in account.activities.of(("opportunity", deal_id))
        if each.type == (NOTE.category, NOTE.id) and not each.deleted
    ]


def _history(account: Account, deal_id: int) -> list[contract.HistoryLine]:
    return [
        contract.HistoryLine(
            at=datetime.fromtimestamp(line.at, UTC).isoformat(),
            field=line.field,
            value=line.value,
            by=_by(account, line.actor),
            source="api" if line.actor.via_api else "web" if line.actor.user_id else "automation",
        )
        for line in account.history.get(deal_id, ())
    ]
