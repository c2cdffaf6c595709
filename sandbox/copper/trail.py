"""The system activities that Copper keeps: who created, moved, assigned or changed a record."""

from typing import Any

from .account import Account, Actor
from .directories import ENTITY_CREATED, PROPERTY_CHANGED, STAGE_CHANGED, USER_ASSIGNED
from .kinds import OPPORTUNITY, Kind
from .tables import Version


class Trail:
    """Adds system activities to the records of one account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def created(self, kind: Kind, record: Version, actor: Actor) -> None:
        """Note that a record was made."""
        if kind.has_history:
            self._add(kind, record, ENTITY_CREATED, actor)

    def changed(self, kind: Kind, record: Version, changes: dict[str, tuple[Any, Any]], actor: Actor) -> None:
        """Note each change."""
        if not kind.has_history:
            return
        moved = kind is OPPORTUNITY and "pipeline_stage_id" in changes
        for name, (before, after) in changes.items():
            if name == "pipeline_stage_id":
                values = (self._stage(before), self._stage(after))
                self._add(kind, record, STAGE_CHANGED, actor, values)
            elif name == "assignee_id":
                self._add(kind, record, USER_ASSIGNED, actor)
            elif self._is_noted(name, moved):
                self._add(kind, record, PROPERTY_CHANGED, actor, self._property(name, before, after))

    def _is_noted(self, name: str, moved: bool) -> bool:
        if moved and name in ("pipeline_id", "win_probability"):
            return False
        return name != "status" or self._account.settings.status_activity

    def _add(
        self,
        kind: Kind,
        record: Version,
        type: int,
        actor: Actor,
        values: tuple[Any, Any] = (None, None),
    ) -> None:
        parent = (kind.singular, record.id)
        self._account.activities.add(
            parent, ("system", type), actor.user_id, self._account.now(), values=values, via=actor.via
        )

    def _stage(self, stage_id: int) -> Any:
        """Return a stage as old or new value: the vendor says "object", and shows none."""
        found = self._account.directories.stage(stage_id)
        name = found[1].name if found else None
        shapes = {"object": {"id": stage_id, "name": name}, "names": name, "ids": str(stage_id), "none": None}
        return shapes[self._account.settings.stage_values]

    def _property(self, name: str, before: Any, after: Any) -> tuple[Any, Any]:
        if not self._account.settings.property_values:
            return None, None
        return {"name": name, "value": before}, {"name": name, "value": after}
