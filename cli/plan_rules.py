"""The rules of versions that were in force: which one, and compiled again. Not those of the folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.trouble import USAGE, Failed

if TYPE_CHECKING:
    from mapping.ruleset import Ruleset
    from sync.runtime import Runtime


def stored_rules(runtime: Runtime, version: int) -> Ruleset:
    """The rules of one version of the history. Raises `ConfigError` where they cannot be used any more."""
    from mapping.loader import load_files
    from store import rulesets

    with runtime.store.read() as tx:
        stored = rulesets.load(tx, version)
    if stored is None:
        raise Failed(f"There is no version {version}; `conveyor history` lists those that are.", USAGE)
    return load_files(stored.files)


def earlier_version(runtime: Runtime) -> int:
    """The latest version with other rules than those in force."""
    from store import rulesets

    with runtime.store.read() as tx:
        versions = rulesets.history(tx)
    found = next((one.version for one in versions if one.hash != versions[0].hash), None)
    if found is None:
        raise Failed("There is no earlier version to go back to.")
    return found
