"""Write requirements.lock: the exact versions in this environment, as constraints for pip. Run by `make lock`."""

from __future__ import annotations

from importlib.metadata import distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = "sales-conveyor"
LEFT_OUT = {PROJECT, "pip"}
HEADER = """\
# The versions that the project is tested with; `make setup` installs exactly these. A list of constraints: pip picks
# from it what pyproject.toml asks for.
# To refresh: .venv/bin/pip install --upgrade --upgrade-strategy eager -e '.[dev]' && make test && make lock
"""


def main() -> None:
    """Write one `name==version` a line, with the platform marker that pyproject.toml gives a package."""
    markers = {
        canonicalize_name(wanted.name): f" ; {wanted.marker}"
        for wanted in map(Requirement, distribution(PROJECT).requires or [])
        if wanted.marker and "extra" not in str(wanted.marker)
    }
    installed = {canonicalize_name(found.name): found.version for found in distributions()}
    lines = [
        f"{name}=={version}{markers.get(name, '')}\n"
        for name, version in sorted(installed.items())
        if name not in LEFT_OUT
    ]
    Path("requirements.lock").write_text(HEADER + "".join(lines))


if __name__ == "__main__":
    main()
