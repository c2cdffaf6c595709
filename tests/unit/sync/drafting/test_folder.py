"""What is written where: files whole, secrets for their owner alone; credentials by the names of their variables."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from mapping.json_schema import schemas
from sync.drafting import credentials
from sync.drafting.folder import NotWritable, keep_secrets, read_folder, write_folder

TYPED = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40).filter(
    lambda text: "${" not in text  # dotenv fills in what such a name stands for
)


def test_secrets_are_added_behind_what_is_there_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nREDIS_URL=redis://localhost")
    path.chmod(0o644)
    keep_secrets(path, {"HUBSPOT_TOKEN": "pat-1"})
    assert path.read_text() == "# mine\nREDIS_URL=redis://localhost\nHUBSPOT_TOKEN=pat-1\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [".env"]


@settings(max_examples=60, deadline=None)
@given(TYPED)
def test_whatever_was_typed_is_read_back(tmp_path_factory: pytest.TempPathFactory, secret: str) -> None:
    path = tmp_path_factory.mktemp("env") / ".env"
    keep_secrets(path, {"FIRST": secret, "SECOND": "x"})
    assert dotenv_values(path) == {"FIRST": secret, "SECOND": "x"}


def test_a_folder_is_written_and_read_whole(tmp_path: Path) -> None:
    files = {"team.yaml": "team: []\n", "mappings/hubspot.yaml": "# ☕\n"}
    write_folder(tmp_path / "acme", files)
    assert read_folder(tmp_path / "acme") == files
    assert read_folder(tmp_path / "nothing") == {}


def test_what_cannot_be_read_or_written_is_told_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(NotWritable, match=r"team\.yaml"):
        read_folder(tmp_path)
    with pytest.raises(NotWritable, match="mappings"):
        (tmp_path / "mappings").write_text("a file")
        write_folder(tmp_path, {"mappings/close.yaml": ""})


@pytest.mark.parametrize("crm", list(credentials.CREDENTIALS))
def test_a_block_names_its_variables_and_holds_no_value(crm: str) -> None:
    environment = {
        credentials.variable("my-crm", each.variable): "S3CRET" for each in credentials.CREDENTIALS[crm]
    }
    assert credentials.missing(crm, "my-crm", environment) == []
    assert len(credentials.missing(crm, "other", environment)) >= 1
    block = credentials.block(crm, "my-crm", environment)
    assert "S3CRET" not in str(block)
    assert all(f"${{{name}}}" in str(block) for name in environment)
    assert "webhook" not in credentials.block(crm, "my-crm", {})


def test_every_crm_that_can_be_configured_can_be_drafted() -> None:
    known = schemas()["connections"]["$defs"]
    assert {name.removesuffix("Auth").lower() for name in known if name.endswith("Auth")} == set(
        credentials.CREDENTIALS
    )
