"""The documents say what is there: every command, key, setting, error, connector; and every link leads somewhere."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer
from packaging.requirements import Requirement

from cli.application import application
from connectors import registry
from mapping.json_schema import schemas
from sync.settings import Settings

ROOT = Path(__file__).parent.parent
NOT_OURS = [".git", *(line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split())]


def our_files(folder: Path) -> Iterator[Path]:
    """All files but those that git ignores."""
    for entry in sorted(folder.iterdir()):
        if not any(fnmatch(entry.name, ignored) for ignored in NOT_OURS):
            yield from our_files(entry) if entry.is_dir() else [entry]


TEXTS = {file: file.read_text(errors="replace") for file in our_files(ROOT)}
DOCUMENTS = {file: text for file, text in TEXTS.items() if file.suffix == ".md"}
CODE = {file: text for file, text in TEXTS.items() if file.suffix in (".py", ".yaml", ".html")}
PRODUCT = [text for file, text in CODE.items() if not file.is_relative_to(ROOT / "tests")]

SECTION_OF = {
    "connections": "connections.yaml",
    "conveyor": "conveyor.yaml",
    "mapping": "mappings/CONNECTION.yaml",
}
NOT_HERE = re.compile(r"/(?:root|work|home|Users)/\w|\b(?:pypi|pythonhosted|npmjs)\.(?:org|com|io)\b")


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts/reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def commands() -> set[str]:
    """Every command, those of groups by both words."""
    group: Any = typer.main.get_command(application())
    below = {
        f"{name} {sub}" for name, each in group.commands.items() for sub in getattr(each, "commands", {})
    }
    return set(group.commands) | below


def yaml_keys(schema: dict[str, Any]) -> set[str]:
    """Every key of a file as `sections.*.title`; those of conditions, which nest without end, by themselves."""
    definitions = schema.get("$defs", {})

    def walk(part: object, path: str) -> Iterator[str]:
        if not isinstance(part, dict):
            return
        name = str(part.get("$ref", "")).removeprefix("#/$defs/")
        if name in ("Tests", "AnyOfBlock", "AllOfBlock"):
            yield from definitions[name]["properties"]
            return
        yield from walk(definitions.get(name), path)
        for branch in [*part.get("oneOf", []), *part.get("anyOf", [])]:
            yield from walk(branch, path)
        for key, value in part.get("properties", {}).items():
            if isinstance(value, dict):
                yield f"{path}{key}"
                yield from walk(value, f"{path}{key}.")
        for several in ("items", "additionalProperties"):
            yield from walk(part.get(several), f"{path}*.")

    return set(walk(schema, ""))


def first_cells(text: str) -> set[str]:
    """What stands in the first column of the tables of a text."""
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


@pytest.mark.parametrize("file", sorted((ROOT / "docs/reference").glob("*.md")), ids=lambda file: file.name)
def test_the_tables_of_the_reference_are_current(file: Path) -> None:
    text = file.read_text()
    assert reference().renewed(text) == text, "run `make docs`"


def test_every_table_stands_in_the_reference() -> None:
    text = "".join(
        (ROOT / "docs/reference" / file).read_text()
        for file in ("capabilities.md", "commands.md", "rules.md", "errors.md", "messages.md", "reports.md")
    )
    assert set(re.findall(r"<!-- table: (\S+) -->", text)) == reference().TABLES.keys()


def test_the_readme_names_every_command_and_no_other() -> None:
    table = (ROOT / "README.md").read_text().split("## Commands")[1].split("\n\n")[1]
    named_there = {word for line in table.splitlines() for word in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert named_there == {name for name in commands() if " " not in name}


def test_commands_that_are_mentioned_exist() -> None:
    """Also in what the code tells people to run."""
    mentioned = {
        (named(file), command)
        for file, text in (DOCUMENTS | CODE).items()
        for command in re.findall(r"`(?:\.venv/bin/)?conveyor ([a-z]+)", text)
    }
    known = commands()
    assert {(file, command) for file, command in mentioned if command not in known} == set()


@pytest.mark.parametrize("crm", registry.names())
def test_every_connector_stands_in_the_table_of_capabilities(crm: str) -> None:
    """If one is missing: it needs a connection in `config/`, and its lines of `.env` in `cli/sandbox.py`."""
    header = reference().renewed("<!-- table: capabilities -->\n<!-- end -->").splitlines()[1]
    assert f" {crm} |" in header


@pytest.mark.parametrize("kind", sorted(schemas()))
def test_every_yaml_key_has_its_line_and_no_other(kind: str) -> None:
    text = (ROOT / "docs/reference/rules.md").read_text().split("## Not in force yet")[0]
    title = SECTION_OF.get(kind, f"{kind}.yaml")
    section = text.split(f"\n## {title}\n")[1].split("\n## ")[0]
    assert first_cells(section) == yaml_keys(schemas()[kind])


def test_every_setting_is_documented_and_no_other() -> None:
    fields = {env_name(name, field.validation_alias) for name, field in Settings.model_fields.items()}
    mentioned = {name for text in PRODUCT for name in re.findall(r"\"(CONVEYOR_[A-Z_]+)\"", text)}
    assert documented_settings() == fields | mentioned


def test_no_other_variable_is_taken_for_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """HOME is not CONVEYOR_HOME."""
    monkeypatch.chdir(tmp_path)  # where no .env is
    before = Settings()
    for name in {name.upper() for name in Settings.model_fields} - documented_settings():
        monkeypatch.setenv(name, "1")
    assert Settings() == before


def documented_settings() -> set[str]:
    return first_cells((ROOT / "docs/reference/settings.md").read_text())


def env_name(field: str, alias: object) -> str:
    return str(alias).upper() if alias else f"{Settings.model_config['env_prefix']}{field}".upper()


def test_the_example_of_env_names_what_the_example_config_wants() -> None:
    wanted = {
        name
        for file in (ROOT / "config").rglob("*.yaml")
        for name in re.findall(r"\$\{(\w+)\}", file.read_text())
    }
    assert wanted - {"NAME"} <= set(
        re.findall(r"^#? ?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    )


@pytest.mark.parametrize("crm", registry.names())
def test_every_connector_has_its_page(crm: str) -> None:
    assert f"connectors/{crm}.md" in (ROOT / "docs/README.md").read_text()
    assert (ROOT / f"docs/connectors/{crm}.md").is_file()


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    decisions = (ROOT / "docs/decisions.md").read_text().split("## Dependencies")[1]
    table, _, for_development = decisions.partition("For development:")
    assert set(re.findall(r"^\| ([a-z0-9.-]+) \|", table, re.MULTILINE)) - {"package", "---"} == {
        Requirement(line).name for line in project["dependencies"]
    }
    extra = {Requirement(line).name for line in project["optional-dependencies"]["dev"]}
    assert {name for name in extra if name not in for_development} == set()


def test_the_versions_are_pinned() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pinned = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    assert {re.sub(r"[._]", "-", Requirement(line).name.lower()) for line in wanted} <= pinned


@pytest.mark.parametrize("file", list(DOCUMENTS), ids=named)
def test_links_lead_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(DOCUMENTS[file])):
        if not target.startswith(("https://", "http://", "mailto:")):
            path, _, anchor = target.partition("#")
            assert_there((file.parent / path).resolve() if path else file, anchor)


@pytest.mark.parametrize("file", [file for file in CODE if "docs/" in CODE[file]], ids=named)
def test_what_the_code_refers_to_is_there(file: Path) -> None:
    for path, anchor in re.findall(r"(docs/[\w/-]+\.md)(?:#([\w-]+))?", CODE[file]):
        assert_there(ROOT / path, anchor)


def assert_there(file: Path, anchor: str) -> None:
    assert file.exists(), f"there is no {file}"
    if anchor:
        titles = re.findall(r"^#+ (.+)$", without_code(file.read_text()), re.MULTILINE)
        anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
        assert anchor in anchors, f"{file.name} has no section #{anchor}"


def without_code(text: str) -> str:
    """A document without its blocks of code, where brackets and # mean other things."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def test_nothing_speaks_of_the_machine_it_was_written_on() -> None:
    found = {f"{named(file)}: {hit[0]}" for file, text in TEXTS.items() for hit in NOT_HERE.finditer(text)}
    assert found == set()
