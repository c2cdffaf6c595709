"""The demo from the command line, twice in one home: the database knows the deals of a first run, the CRMs do not.

The whole day is played by `make demo ONCE=1`; here one of its stories, in the CRMs of the journey, is enough.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WITHIN_S = 240
ONE_STORY = """
from cli import demo_stories, main, sandbox
sandbox.SANDBOXES = tuple(crm for crm in sandbox.SANDBOXES if crm.name in ("close", "hubspot", "bitrix24"))
demo_stories.STORIES = (demo_stories.handed_over,)
main()
"""


def run(home: Path) -> subprocess.CompletedProcess[str]:
    """Play one story of the day, and the journey, in this home."""
    environment = {**os.environ, "CONVEYOR_HOME": str(home), "CONVEYOR_CONFIG": str(ROOT / "config")}
    command = [sys.executable, "-P", "-c", ONE_STORY, "demo", "--once"]
    return subprocess.run(
        command,
        env=environment,
        cwd=home.parent,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


@pytest.mark.timeout(2 * WITHIN_S)
def test_a_second_run_in_the_same_home_finds_all_again(tmp_path: Path) -> None:
    for _ in range(2):
        done = run(tmp_path / "home")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "5 of 5 stories were found in the CRMs as they should be." in done.stdout
        assert "all three are one journey" in done.stdout


def test_the_demo_keeps_away_from_a_house_that_is_not_its_own(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "conveyor.db").write_bytes(b"somebody's deals")
    done = run(home)
    assert done.returncode == 1
    assert "is not the demo's" in done.stderr
    assert (home / "conveyor.db").read_bytes() == b"somebody's deals"
    assert [path.name for path in home.iterdir()] == ["conveyor.db"]
