"""What putting other files in force would change. Touches nothing."""

from __future__ import annotations

from dataclasses import dataclass

from mapping.ruleset import Ruleset
from store import connections, rulesets
from sync.rollout import placed_anew
from sync.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Change:
    """The difference between the version in force and some rules; `version` is None before the first apply."""

    version: int | None
    hash: str
    same: bool
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    new_connections: tuple[str, ...] = ()
    placed_anew: int = 0  # deals whose CRM stage means something else then


def change_to(runtime: Runtime, rules: Ruleset) -> Change:
    """Compare the version in force with these rules. Raises `Unavailable`."""
    with runtime.store.read() as tx:
        active = rulesets.active(tx)
        known = connections.load_all(tx)
    before = active.files if active else {}
    both = sorted(before.keys() & rules.files.keys())
    return Change(
        version=active.version if active else None,
        hash=rules.hash,
        same=active is not None and active.hash == rules.hash,
        added=tuple(sorted(rules.files.keys() - before.keys())),
        changed=tuple(file for file in both if before[file] != rules.files[file]),
        removed=tuple(sorted(before.keys() - rules.files.keys())),
        new_connections=tuple(name for name in rules.connections if name not in known),
        placed_anew=placed_anew(runtime, rules),
    )
