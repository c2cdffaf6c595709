"""Who may import whom, read from the syntax trees: imports point down only, also inside functions."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "mapping": {"mapping"},
    "store": {"store", "mapping"},
    "connectors": {"connectors", "mapping"},
    "sync.core": {"sync.core", "mapping"},
    "sync": {"sync", "store", "connectors", "mapping"},
    "reports": {"reports", "store", "mapping"},
    "web": {"web", "reports", "sync", "store", "connectors", "mapping"},
    "worker": {"worker", "sync", "store", "connectors", "mapping"},
    # `conveyor web` serves in its own process; nothing else of an entry point is known to another one.
    "cli": {"cli", "web.server", "reports", "sync", "store", "connectors", "mapping"},
    "sandbox": {"sandbox"},
}
OURS = {name.split(".")[0] for name in MAY_IMPORT}
FILES = sorted(ROOT.glob("*.py")) + sorted(file for top in OURS for file in ROOT.glob(f"{top}/**/*.py"))
CRMS = {folder.parent.name for folder in ROOT.glob("connectors/*/__init__.py")}

# What touches the world outside, and the only places that may.
EFFECTS = {"dramatiq", "psycopg", "redis", "requests", "socket", "sqlalchemy", "subprocess", "threading"}
PURE = ("mapping", "sync.core")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_down(file: Path) -> None:
    module = module_name(file)
    layer = max((name for name in MAY_IMPORT if is_within(module, name)), key=len)
    for name in imports(file, module):
        if name.split(".")[0] in OURS:
            assert any(is_within(name, below) for below in MAY_IMPORT[layer]), f"{module} imports {name}"
        assert layer not in PURE or name.split(".")[0] not in EFFECTS, f"{module} is pure, but imports {name}"


def test_a_crm_is_known_to_its_own_folder_only() -> None:
    for file in FILES:
        module = module_name(file)
        others = [f"connectors.{crm}" for crm in sorted(CRMS) if not is_within(module, f"connectors.{crm}")]
        for name in imports(file, module):
            assert not any(is_within(name, other) for other in others), f"{module} imports {name}"


def imports(file: Path, module: str) -> Iterator[str]:
    """All that a file imports, by full names, wherever the import stands."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def module_name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def is_within(name: str, package: str) -> bool:
    return f"{name}.".startswith(f"{package}.")
