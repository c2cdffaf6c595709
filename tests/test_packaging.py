"""The built package: a wheel made from the source distribution works in another environment, from any folder."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
OURS = {"cli", "connectors", "mapping", "reports", "sandbox", "store", "sync", "web", "worker"}
NOT_IMPORTED = {
    "httptools": "uvicorn's parser, which web/protocol.py builds on",
    "psycopg": "SQLAlchemy finds it by the database URL",
    "python-multipart": "Starlette reads forms with it",
    "tzdata": "time zones where the machine has none",
    "uvloop": "uvicorn's event loop where it is there",
}
PART_OF = {"anyio": "sse-starlette", "click": "typer", "markupsafe": "jinja2", "pydantic-core": "pydantic"}
ELSEWHERE = {
    name: value for name, value in os.environ.items() if not name.startswith(("CONVEYOR_", "PYTHON"))
}

pytestmark = pytest.mark.xdist_group("packaging")  # one build serves all


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without network from a copy of the sources, so that builds leave nothing behind."""
    folder = tmp_path_factory.mktemp("build")
    not_ours = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split()]
    shutil.copytree(ROOT, folder / "sources", ignore=shutil.ignore_patterns(".git", *not_ours))
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, folder / "sources"], folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing of ours but the wheel; its dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        folder / "bin/python",
        "install",
        "--no-deps",
        "--no-index",
    ]
    run([*pip, "--no-compile", "--quiet", wheel], folder)
    # A folder named by a .pth file is searched, but its own .pth files, our editable install, are not read.
    (site_packages,) = folder.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder that is no checkout."""
    return tmp_path


def test_the_dependencies_are_what_the_code_imports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    owners = packages_distributions()
    owned = {canonicalize_name(owners[name][0]) for name in foreign_imports() if name in owners}
    assert {PART_OF.get(name, name) for name in owned} == declared - NOT_IMPORTED.keys()


def test_the_wheel_holds_all_that_is_in_the_packages(wheel: Path) -> None:
    packaged = set(zipfile.ZipFile(wheel).namelist())
    sources = {
        str(file.relative_to(ROOT))
        for top in OURS
        for file in [ROOT / f"{top}.py", *ROOT.glob(f"{top}/**/*")]
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert sources - packaged == set()
    tops = {name.split("/")[0].removesuffix(".py") for name in packaged}
    assert {top for top in tops if not top.endswith((".dist-info", ".data"))} == OURS


def test_each_name_is_of_this_project_alone(installed: Path, elsewhere: Path) -> None:
    ask = "import json; from importlib.metadata import packages_distributions as p; print(json.dumps(p()))"
    owners = json.loads(run([installed / "bin/python", "-c", ask], elsewhere))
    assert {name: set(owners[name]) for name in OURS} == {name: {"sales-conveyor"} for name in OURS}


def test_the_command_line_works_from_any_folder(installed: Path, elsewhere: Path) -> None:
    conveyor, config = installed / "bin/conveyor", installed / "share/sales-conveyor/config"
    assert "conveyor" in run([conveyor, "--help"], elsewhere)
    assert json.loads(run([conveyor, "schema", "conveyor"], elsewhere))["type"] == "object"
    assert json.loads(run([conveyor, "check", "--json", "--config", config], elsewhere))["ok"] is True
    assert "emulated CRM" in run([installed / "bin/python", "-m", "sandbox", "--help"], elsewhere)


def test_the_example_config_is_whole(installed: Path) -> None:
    shipped = installed / "share/sales-conveyor/config"
    assert texts(shipped) == texts(ROOT / "config")


def test_dramatiq_finds_the_actors(installed: Path, elsewhere: Path) -> None:
    find = "from dramatiq.cli import import_broker; print(*sorted(import_broker('worker')[1].actors))"
    environment = {"REDIS_URL": "redis://127.0.0.1:1"}  # nobody is there; none is needed to find them
    found = run([installed / "bin/python", "-c", find], elsewhere, environment)
    assert found.split() == ["backfill_connection", "drain_deal", "poll_connection"]


def test_the_tables_come_with_it(installed: Path, elsewhere: Path) -> None:
    make = "from store.database import open_store as o; s = o('sqlite:///made.db'); s.migrate(); s.close()"
    run([installed / "bin/python", "-c", make], elsewhere)
    assert (elsewhere / "made.db").stat().st_size > 0


def run(command: list[str | Path], folder: Path, environment: dict[str, str] | None = None) -> str:
    """Run a command in a folder; returns what it printed, and fails with it where it failed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=ELSEWHERE | (environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, f"{done.args} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


def foreign_imports() -> set[str]:
    """The names at the top of all that our packages import from others."""
    files = [file for top in OURS for file in [*ROOT.glob(f"{top}.py"), *ROOT.glob(f"{top}/**/*.py")]]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {
        node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level
    }
    return {name.split(".")[0] for name in plain | parts} - sys.stdlib_module_names - OURS


def texts(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.yaml")}
