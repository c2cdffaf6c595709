"""The portal in the words of the control API: ids as text, people as e-mails."""

from datetime import UTC, datetime
from typing import Any, Final

from sandbox import contract

from . import clock, tasks
from .communications import flat_aliases
from .fields import CONTACT, DEAL, Field
from .pipelines import Category
from .portal import Actor, Person, Portal, Row

# To-dos have ids of their own, so their ids here carry this word.
TODO: Final = "todo"


def person(one: Person) -> contract.Person:
    """Return an account."""
    return contract.Person(
        email=one.email, name=one.name, active=one.active, id=str(one.id), user_id=str(one.id)
    )


def pipeline(category: Category) -> contract.Pipeline:
    """Return a pipeline with its stages."""
    stages = [
        contract.Stage(
            id=stage.status_id, label=stage.name, won=stage.semantic == "S", lost=stage.semantic == "F"
        )
        for stage in category.stages
    ]
    return contract.Pipeline(id=str(category.id), label=category.name, stages=stages)


def _email(portal: Portal, user_id: int | None) -> str | None:
    found = portal.people.get(user_id or 0)
    return found.email or None if found else None


def _by(portal: Portal, actor: Actor) -> str | None:
    return "app" if actor.source == "REST" else _email(portal, actor.user_id)


def _amount(row: Row) -> str:
    return f"{row.values.get('opportunity', 0):.2f}".rstrip("0").rstrip(".")


def summary(portal: Portal, row: Row, *, deleted: bool = False) -> contract.DealSummary:
    """Return a deal in short."""
    return contract.DealSummary(**_short(portal, row, deleted))


def _short(portal: Portal, row: Row, deleted: bool) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "title": row.values["title"],
        "pipeline": str(row.values["categoryId"]),
        "stage": row.values["stageId"],
        "owner": _email(portal, row.values["assignedById"]),
        "amount": _amount(row),
        "deleted": deleted,
    }


def deal(portal: Portal, row: Row, *, deleted: bool) -> contract.DealView:
    """Return everything about a deal; dates of custom fields as plain days."""
    custom = [field for field in portal.schemas[DEAL].by_name.values() if field.original]
    merged = portal.merged_into.get(row.id)
    return contract.DealView(
        **_short(portal, row, deleted),
        currency=row.values.get("currencyId", "EUR"),
        fields={field.original: _custom(field, row.values.get(field.name)) for field in custom},
        merged_into=str(merged) if merged else None,
        tasks=[*_tasks(portal, row), *_todos(portal, row)],
        notes=_notes(portal, row),
        history=_history(portal, row),
    )


def customer(portal: Portal, kind: int, row: Row) -> contract.CustomerView:
    """Return a contact or a company with its deals."""
    contact, values = kind == CONTACT, row.values
    names = [values.get(name) for name in (("name", "lastName") if contact else ("title",))]
    deals = [
        deal.id
        for deal in portal.records[DEAL].after(0)
        if (
            row.id in deal.values.get("contactIds", ()) if contact else deal.values.get("companyId") == row.id
        )
    ]
    return contract.CustomerView(
        id=str(row.id),
        kind="contact" if contact else "company",
        name=" ".join(name for name in names if name),
        email=flat_aliases(values.get("fm", [])).get("email"),
        deals=[str(id) for id in deals],
    )


def _custom(field: Field, value: Any) -> Any:
    return dict(field.options).get(value, value) if field.options else value


def _tasks(portal: Portal, row: Row) -> list[contract.TaskView]:
    return [
        contract.TaskView(
            id=str(task.id),
            subject=task.values["title"],
            body=task.values["description"],
            owner=_email(portal, task.values["responsibleId"]),
            due=tasks.deadline_text(portal, task),
            done=task.values["status"] == tasks.COMPLETED,
            by=_by(portal, task.values["actor"]),
        )
        for task in portal.tasks.after(0)
        if f"D_{row.id}" in task.values["ufCrmTask"]
    ]


def _todos(portal: Portal, row: Row) -> list[contract.TaskView]:
    return [
        contract.TaskView(
            id=f"{TODO}-{todo.id}",
            subject=todo.values["title"],
            body=todo.values["description"],
            owner=_email(portal, todo.values["responsible"]),
            due=clock.show(todo.values["deadline"], portal.zone),
            done=todo.values["completed"],
            by=_by(portal, todo.values["actor"]),
        )
        for todo in portal.activities.after(0)
        if (todo.values["owner_type"], todo.values["owner"]) == (DEAL, row.id)
    ]


def _notes(portal: Portal, row: Row) -> list[contract.NoteView]:
    return [
        contract.NoteView(id=str(note.id), body=note.values["comment"], by=_by(portal, note.values["actor"]))
        for note in portal.comments.after(0)
        if (note.values["entity_type"], note.values["entity_id"]) == ("deal", row.id)
    ]


def _history(portal: Portal, row: Row) -> list[contract.HistoryLine]:
    return [
        contract.HistoryLine(
            at=datetime.fromtimestamp(line.at, UTC).isoformat(),
            field=line.field,
            value=line.value,
            by=_by(portal, line.actor),
            source=line.actor.source,
        )
        for line in portal.card_lines.get(row.id, ())
    ]
