"""Where the embedded broker of a home is reached: one small file that only its owner may read."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

log = structlog.get_logger()

FILE = "run.json"


@dataclass(frozen=True, slots=True)
class Address:
    """Port and password outlast the server, so that URLs stay valid; `pid` is the server's, if it runs."""

    port: int
    password: str
    pid: int | None = None

    @property
    def url(self) -> str:
        """Where clients connect to."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


def folder_of(home: Path) -> Path:
    """The broker's folder in a home."""
    return home / "broker"


def running_url(home: Path) -> str | None:
    """The URL of this home's embedded broker, if it was started and not stopped again."""
    known = read(folder_of(home))
    return known.url if known is not None and known.pid is not None else None


def read(folder: Path) -> Address | None:
    """The address that was written last; none if there is no readable one."""
    try:
        return Address(**json.loads((folder / FILE).read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        log.warning("broker_address_unreadable", file=str(folder / FILE), next="it is written anew")
        return None


def write(folder: Path, address: Address) -> None:
    """Keep the address, at once and as a whole."""
    draft = folder / f"{FILE}.{os.getpid()}"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(address)))
    draft.replace(folder / FILE)
