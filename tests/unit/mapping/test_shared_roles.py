"""Sections that share a role have no boundary between them, so none is missed; others have."""

from __future__ import annotations

import pytest

from mapping.loader import check_files

LINE = """\
name: Flower shop
timezone: Europe/Sofia
roles: {florist: {}, courier: {}}
sections:
  wishes: {roles: [florist], stages: {asked: {}}}
  bouquets: {roles: [%s], stages: {bound: {}}}
"""
TEAM = """\
team:
  - {name: Olena K., email: olena@acme.example, roles: [florist]}
  - {name: Maria S., email: maria@acme.example, roles: [courier]}
"""


@pytest.mark.parametrize(
    ("roles", "missed"), [("florist", False), ("florist, courier", False), ("courier", True)]
)
def test_a_missing_handoff_is_told_only_where_there_is_a_boundary(roles: str, missed: bool) -> None:
    _, problems = check_files({"conveyor.yaml": LINE % roles, "team.yaml": TEAM})
    assert ("no-handoff" in {problem.code for problem in problems}) is missed
