"""Every mistake that `check` tells and every alarm stands in the reference, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/reference/messages.md").read_text()
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
ONE_WORD = {"alias", "anchor", "directive", "renamed", "syntax", "tab", "tag"}
"""Codes that look like any other word."""
BY_KIND = {
    *(f"unknown-{kind}" for kind in ("stage", "section", "role", "connection", "member")),
    *(f"{kind}-gone" for kind in ("stage", "pipeline")),
}
"""Codes that are put together from what they are about."""
NO_CODES = {"rust-regex", "utf-8"}
"""What only looks like one."""
OF_OTHERS = {"case-fails", "crm-not-asked"}
"""Told by `check` too, and found outside of `mapping`."""


def texts(file: Path) -> Iterator[str]:
    """Every text that stands in the code of a file."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def codes() -> set[str]:
    """The codes of all problems."""
    found = {text for file in sorted((ROOT / "mapping").glob("*.py")) for text in texts(file)}
    dashed = {text for text in found if CODE.fullmatch(text)} - NO_CODES
    assert found >= ONE_WORD
    return dashed | ONE_WORD | BY_KIND | OF_OTHERS


def section(title: str) -> str:
    """A section of the page."""
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_code_of_a_problem_stands_there_and_no_other() -> None:
    shown = {
        code
        for code, _ in re.findall(r"^\| `([a-z0-9-]+)`( \(\w+\))? \|", PAGE.split("\n## Alarms\n")[0], re.M)
    }
    told = set(re.findall(r"^`([a-z-]+)`[:,]", PAGE, re.M))
    assert shown | told == codes()


def test_every_alarm_stands_there_and_no_other() -> None:
    health = ast.parse((ROOT / "sync/views/health.py").read_text())
    kinds = {
        node.args[0].value
        for node in ast.walk(health)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_alarm"
        if isinstance(node.args[0], ast.Constant)
    }
    assert set(re.findall(r"^\| `(\w+)` \|", section("Alarms"), re.M)) == kinds
