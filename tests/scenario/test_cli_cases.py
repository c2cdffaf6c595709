"""A first start runs the rules' own tests, too: what contradicts them is not put in force."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .cli_house import CONFIG, Folder

FAILS = """\
cases:
  - {given: {stage: qualification}, when: {moved_to: meeting, by: scout}, then: handed_off}
"""


def test_a_case_that_fails_keeps_the_first_start_back(tmp_path: Path) -> None:
    shutil.copytree(CONFIG, tmp_path / "config")
    (tmp_path / "config" / "cases.yaml").write_text(FAILS)
    folder = Folder(tmp_path, {"PATH": os.environ["PATH"], "CONVEYOR_HOME": str(tmp_path / "var")})
    ran = folder.run("up", "--port", "0")
    assert ran.returncode == 1
    assert "config/cases.yaml:2:" in ran.stdout
    assert "expected handed_off, but the rules say returned" in ran.stdout
    assert "There is no version in force yet" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert folder.read("history") == []
