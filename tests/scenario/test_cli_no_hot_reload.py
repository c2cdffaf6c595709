"""Files are a draft: a running house works by the version in force, whatever stands in them, until `apply`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..contract.connectors.sandbox_client import Sandbox
from .cli_house import Folder, eventually, make_folder, running_house

MAPPING = "mappings/hubspot.yaml"


def edit(folder: Folder, file: str, old: str, new: str) -> None:
    path = folder.path / "config" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def placed(folder: Folder, crm: Sandbox) -> str:
    """Where a new deal in the column `Qualified to buy` comes to stand."""
    body = {"title": "New", "pipeline": "default", "stage": "qualifiedtobuy", "by": "olena@acme.example"}
    ref = f"hubspot:{crm.ask('POST', '/deals', body)['id']}"

    def stage() -> str | None:
        found = [deal["stage"] for deal in folder.read("deals") if deal["deal"] == ref]
        return found[0] if found else None

    return eventually(stage, f"{ref} is placed")


def versions(folder: Folder) -> list[int]:
    return [version["version"] for version in folder.read("history")]


def test_changed_files_do_nothing_until_they_are_applied(
    sandboxes: Mapping[str, Sandbox], tmp_path: Path
) -> None:
    # Given a running house
    crm = sandboxes["hubspot"]
    crm.reset()
    folder = make_folder(tmp_path, crm.url)
    with running_house(folder, crm):
        assert placed(folder, crm) == "qualification"
        # When the files say something else
        edit(folder, MAPPING, "is: qualification}", "is: meeting}")
        # Then deals are placed as before
        assert placed(folder, crm) == "qualification"
        # And when the files are broken, they still are, and nothing was put in force
        edit(folder, "conveyor.yaml", "sections:", "section: [")
        assert folder.run("apply").returncode == 1
        assert placed(folder, crm) == "qualification"
        assert versions(folder) == [1]
        # Only when they are put right and applied it changes, also for the deals that are there
        edit(folder, "conveyor.yaml", "section: [", "sections:")
        applied = folder.run("apply", "--yes")
        assert applied.returncode == 0, applied.stderr
        assert versions(folder) == [2, 1]
        assert placed(folder, crm) == "meeting"
        eventually(
            lambda: {deal["stage"] for deal in folder.read("deals")} == {"meeting"}, "all are placed anew"
        )
