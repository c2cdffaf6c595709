"""Pipelines ("categories") and their stages: the rows of the directories, and what a stage means."""

from dataclasses import dataclass, field
from typing import Any, Final

_SEMANTICS: Final = {"process": None, "success": "S", "failure": "F", "apology": "F"}
_COLORS: Final = {"process": "#39A8EF", "success": "#7BD500", "failure": "#FF5752", "apology": "#FF5752"}


@dataclass(slots=True)
class Stage:
    """One stage; `row_id` is its row in the directory, which deals never mention."""

    status_id: str
    name: str
    group: str = "process"
    row_id: int = 0

    @property
    def semantic(self) -> str:
        """P in progress, S won, F lost."""
        return _SEMANTICS[self.group] or "P"


@dataclass(slots=True)
class Category:
    """One pipeline with its stages in order."""

    id: int
    name: str
    sort: int
    stages: list[Stage] = field(default_factory=list)

    @property
    def entity_id(self) -> str:
        """The directory that holds the stages: there is no `DEAL_STAGE_0`."""
        return f"DEAL_STAGE_{self.id}" if self.id else "DEAL_STAGE"

    def stage(self, status_id: str) -> Stage | None:
        """Return the stage of that STATUS_ID, if it is one of this pipeline."""
        return next((stage for stage in self.stages if stage.status_id == status_id), None)

    def shown(self) -> dict[str, Any]:
        """Return the pipeline as `crm.category.*` answers it."""
        head = {"id": self.id, "name": self.name, "sort": self.sort, "entityTypeId": 2}
        if self.id == 0:
            return head | {"isDefault": "Y"}
        return head | {"isDefault": "N", "originId": "", "originatorId": ""}

    def rows(self) -> list[dict[str, Any]]:
        """Return the stages as `crm.status.list` answers them."""
        return [self._row(stage, 10 * number) for number, stage in enumerate(self.stages, start=1)]

    def _row(self, stage: Stage, sort: int) -> dict[str, Any]:
        color, system = _COLORS[stage.group], _is_system(stage)
        return {
            "ID": str(stage.row_id),
            "ENTITY_ID": self.entity_id,
            "STATUS_ID": stage.status_id,
            "NAME": stage.name,
            "NAME_INIT": stage.name if system else "",
            "SORT": str(sort),
            "SYSTEM": "Y" if system else "N",
            "CATEGORY_ID": str(self.id) if self.id else None,
            "COLOR": color,
            "SEMANTICS": _SEMANTICS[stage.group],
            "EXTRA": {"SEMANTICS": stage.group, "COLOR": color},
        }

    def directory(self) -> dict[str, Any]:
        """Return the entry of this pipeline in `crm.status.entity.types`."""
        entry: dict[str, Any] = {
            "ID": self.entity_id,
            "NAME": f"{self.name} deal stages",
            "SEMANTIC_INFO": {
                "START_FIELD": self.stages[0].status_id,
                "FINAL_SUCCESS_FIELD": self._first("success"),
                "FINAL_UNSUCCESS_FIELD": self._first("failure"),
                "FINAL_SORT": 0,
            },
            "FIELD_ATTRIBUTE_SCOPE": f"category_{self.id}" if self.id else "",
            "ENTITY_TYPE_ID": 2,
            "CATEGORY_ID": str(self.id) if self.id else 0,
        }
        return entry | ({"PARENT_ID": "DEAL_STAGE", "PREFIX": f"C{self.id}"} if self.id else {})

    def _first(self, group: str) -> str | None:
        return next((stage.status_id for stage in self.stages if stage.group == group), None)


def _is_system(stage: Stage) -> bool:
    return stage.status_id.rpartition(":")[2] in ("NEW", "WON", "LOSE")


def _category(id: int, name: str, sort: int, stages: tuple[tuple[str, str, str], ...]) -> Category:
    prefix = f"C{id}:" if id else ""
    return Category(id, name, sort, [Stage(prefix + key, title, group) for key, title, group in stages])


def standard_categories() -> list[Category]:
    """Return the two pipelines every fresh portal starts with."""
    general = (
        ("NEW", "New", "process"),
        ("PREPARATION", "Document preparation", "process"),
        ("PREPAYMENT_INVOICE", "Prepayment invoice", "process"),
        ("EXECUTING", "In progress", "process"),
        ("FINAL_INVOICE", "Final invoice", "process"),
        ("WON", "Deal successful", "success"),
        ("LOSE", "Deal failed", "failure"),
        ("APOLOGY", "Failure reason analysis", "apology"),
    )
    retention = (
        ("NEW", "New", "process"),
        ("EXECUTING", "In progress", "process"),
        ("WON", "Deal successful", "success"),
        ("LOSE", "Deal failed", "failure"),
    )
    return [_category(5, "Retention", 200, retention), _category(0, "General", 300, general)]
