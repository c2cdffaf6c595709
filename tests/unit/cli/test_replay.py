"""`conveyor replay` at the edges: what it was asked, and CRMs that tell nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Conveyor

NOWHERE = """\
connections:
  hubspot: {crm: hubspot, auth: {token: "${THE_TOKEN}"}, base_url: "http://127.0.0.1:1"}
"""


@pytest.fixture
def alone(config: Path) -> Path:
    """Rules for a HubSpot that does not answer."""
    (config / "connections.yaml").write_text(NOWHERE)
    for other in (config / "mappings").glob("*.yaml"):
        if other.stem != "hubspot":
            other.unlink()
    return config


@pytest.mark.parametrize("since", ["90", "soon", "-3d", "0d", ""])
def test_a_length_of_time_is_asked_for(conveyor: Conveyor, since: str) -> None:
    ran = conveyor("replay", "--since", since)
    assert (ran.exit_code, "write 90d, 12w or 24h" in ran.stderr) == (2, True)


def test_where_no_crm_answers_it_says_why(conveyor: Conveyor, alone: Path) -> None:
    ran = conveyor("replay", THE_TOKEN="pat-na1-something")
    assert ran.exit_code == 3
    assert "No CRM tells its past. hubspot: " in ran.stderr
    assert "pat-na1-something" not in ran.output


def test_a_folder_with_mistakes_is_not_compared_with(conveyor: Conveyor, alone: Path, tmp_path: Path) -> None:
    ran = conveyor("replay", "--against", str(tmp_path / "nothing"))
    assert ran.exit_code == 1
    assert "The configuration cannot be used" in ran.stderr
