"""Make the virtual environment .venv and install the project into it. Run by `make setup`, with any Python 3.

Not part of the package. Plain syntax on purpose: an old Python must be able to say that it is too old.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

OLDEST = (3, 11)
ENVIRONMENT = Path(".venv")
PYTHON = str(ENVIRONMENT / "bin" / "python")
APART = {"tap-copper": "tests/tap-copper.txt"}
"""Programs that the tests run and that need other versions than we do: each in a folder of its own."""

ON_DEBIAN = "On Debian and Ubuntu: apt install python3-venv"


def main() -> None:
    """Check what is there, make the environment, install exactly what requirements.lock says."""
    if sys.version_info < OLDEST:
        found, oldest = (".".join(map(str, version[:2])) for version in (sys.version_info, OLDEST))
        stop(
            f"Python {oldest} or newer is needed, but {sys.executable} is Python {found}.",
            "Install a newer one, or name it: make setup PYTHON=/path/to/python3.12",
        )
    if not is_usable():
        make_environment()
    # First the build tool of the lock file, so that building the project downloads nothing else.
    constrained = ("--constraint", "requirements.lock")
    install(*constrained, "setuptools")
    install(*constrained, "--no-build-isolation", "--editable", ".[dev]")
    for program, versions in APART.items():
        folder = str(ENVIRONMENT / "clients" / program)
        install("--upgrade", "--target", folder, "--no-deps", "--requirement", versions)


def is_usable() -> bool:
    """Whether .venv has a Python that is new enough, and pip; a moved or upgraded machine breaks both."""
    check = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    try:
        return subprocess.call([PYTHON, "-c", check], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_environment() -> None:
    """Make .venv with the standard library; where Debian took `ensurepip` out of it, with the machine's pip."""
    make = [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)]
    if find_spec("venv") and find_spec("ensurepip"):
        run(*make)
    elif find_spec("venv") and find_spec("pip"):
        run(*make, "--without-pip")
        run(sys.executable, "-m", "pip", "--python", PYTHON, "install", "-qq", "pip")
    else:
        stop(f"{sys.executable} cannot make virtual environments: venv or pip is missing.", ON_DEBIAN)


def install(*what: str) -> None:
    """Install into .venv, silent but for errors. Python compiles on first use: that halves the time."""
    pip = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-compile"]
    run(*pip, *what)


def run(*command: str) -> None:
    """Run a command; if it fails, its own message stands above ours."""
    status = subprocess.call(command)
    if status:
        stop(f"This command ended with status {status}: {' '.join(command)}", "Its own message is above.")


def stop(happened: str, advice: str) -> None:
    """Say what is wrong and what to do now, and end."""
    sys.exit(f"Setup stopped. {happened}\n{advice}")


if __name__ == "__main__":
    main()
