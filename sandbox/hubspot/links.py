"""Associations between records, both directions always together."""

from __future__ import annotations

from sandbox.hubspot.kinds import COMPANIES, LINK_TYPE_BY_ID, Kind, LinkType, link_types


class Links:
    """Which record is linked to which, with the association types."""

    def __init__(self) -> None:
        self._links: dict[tuple[str, str], dict[int, dict[int, list[int]]]] = {}

    def add(self, source: Kind, source_id: int, target: Kind, target_id: int) -> bool:
        """Link two records; say whether the link is new. A record's first company becomes its primary one."""
        if source is COMPANIES:
            return self.add(target, target_id, source, source_id)
        forward = self._of(source, target, source_id)
        if target_id in forward:
            return False
        first = not forward
        for here, there, from_id, to_id in (
            (source, target, source_id, target_id),
            (target, source, target_id, source_id),
        ):
            types = [each for each in link_types(here, there) if each.label is None or first]
            self._of(here, there, from_id)[to_id] = [each.type_id for each in types]
        return True

    def remove(self, source: Kind, source_id: int, target: Kind, target_id: int) -> bool:
        """Unlink two records; say whether they were linked."""
        self._of(target, source, target_id).pop(source_id, None)
        return self._of(source, target, source_id).pop(target_id, None) is not None

    def targets(self, source: Kind, source_id: int, target: Kind) -> dict[int, list[LinkType]]:
        """Return the linked records of one type in order of id, with the association types."""
        found = self._links.get((source.name, target.name), {}).get(source_id)
        if not found:
            return {}
        return {id: [LINK_TYPE_BY_ID[type_id] for type_id in found[id]] for id in sorted(found)}

    def sources(self, source: Kind, target: Kind, target_id: int) -> set[int]:
        """Return the records of one type that are linked to this record."""
        return set(self._links.get((target.name, source.name), {}).get(target_id, {}))

    def move(self, kind: Kind, from_ids: list[int], to_id: int) -> None:
        """Give all links of merged records to the new one."""
        for source, target in list(self._links):
            if source == kind.name:
                for from_id in from_ids:
                    self._move_targets(source, target, from_id, to_id)

    def _move_targets(self, source: str, target: str, from_id: int, to_id: int) -> None:
        moved = self._links[source, target].pop(from_id, {})
        self._links[source, target].setdefault(to_id, {}).update(moved)
        for other in moved:
            back = self._links[target, source][other]
            back[to_id] = back.pop(from_id)

    def _of(self, source: Kind, target: Kind, source_id: int) -> dict[int, list[int]]:
        return self._links.setdefault((source.name, target.name), {}).setdefault(source_id, {})
