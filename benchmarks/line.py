"""A line without workers, for what only reads: one emulated HubSpot whose deals are in the database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import processes
from benchmarks.house import CONNECTIONS
from connectors.local import MemoryGrants, NoBudget
from mapping.loader import load_files
from mapping.ruleset import Ruleset
from store.database import open_store
from sync import rollout
from sync.backfill import backfill
from sync.house import NoWake
from sync.runtime import Connectors, Runtime

MAPPING = "mappings/hubspot.yaml"


def example(*edits: tuple[str, str, str]) -> Ruleset:
    """The example's rules for HubSpot alone, with some places in the files changed: file, old, new."""
    names = [path for path in processes.CONFIG.rglob("*.yaml") if path.parent.name != "mappings"]
    paths = [*names, processes.CONFIG / MAPPING]
    files = {path.relative_to(processes.CONFIG).as_posix(): path.read_text() for path in paths}
    files["connections.yaml"] = CONNECTIONS
    for file, old, new in edits:
        assert old in files[file], f"{old!r} does not stand in {file}"
        files[file] = files[file].replace(old, new)
    return load_files(files)


@contextmanager
def filled(deals: int) -> Iterator[tuple[processes.Sandbox, Runtime]]:
    """So many deals on the first stage, read into a fresh database under the example's rules."""
    with (
        processes.sandbox() as crm,
        tempfile.TemporaryDirectory(prefix="conveyor-line-") as folder,
    ):
        crm.ask("POST", "/bulk", {"count": deals, "stage": "appointmentscheduled"})
        store = open_store(f"sqlite:///{Path(folder) / 'conveyor.db'}")
        store.migrate()
        connectors = Connectors(
            grants=lambda _: MemoryGrants(),
            budget=lambda *_: NoBudget(),
            environment={**processes.SECRETS, "HUBSPOT_BASE_URL": crm.url},
        )
        runtime = Runtime(store, NoWake(), connectors)
        rollout.activate(runtime, example(), by="benchmark", message=None)
        backfill(runtime, "hubspot")
        try:
            yield crm, runtime
        finally:
            store.close()
