"""Times as this portal shows them: kept as Unix seconds, shown in the server's zone to the second."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

_OFFSET: Final = re.compile(r"^([+-])(\d\d):(\d\d)$")


def zone_of(offset: str) -> timezone:
    """Return the zone of `+03:00`; raises ValueError for anything else."""
    match = _OFFSET.match(offset)
    if match is None:
        raise ValueError(f"{offset!r} is not an offset like +03:00")
    minutes = int(match[2]) * 60 + int(match[3])
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))


@lru_cache(maxsize=65536)
def show(seconds: int, zone: timezone) -> str:
    """Return a moment as `2024-07-23T18:19:21+02:00`."""
    return datetime.fromtimestamp(seconds, zone).isoformat(timespec="seconds")


@lru_cache(maxsize=65536)
def show_date(day: str, zone: timezone) -> str:
    """Return a date-only value as the API does: midnight UTC seen from the server's zone."""
    return show(int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()), zone)


def read(text: str, zone: timezone) -> int:
    """Return the Unix seconds of a datetime; without an offset it is the server's time.

    Raises ValueError when the text is no datetime.
    """
    moment = datetime.fromisoformat(text.strip())
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp())


def read_date(text: str) -> str:
    """Return the day of a date or datetime as `YYYY-MM-DD`; raises ValueError when it is none."""
    return datetime.fromisoformat(text.strip()).date().isoformat()


def has_offset(text: str) -> bool:
    """Say whether a datetime names its zone."""
    return bool(re.search(r"(Z|[+-]\d\d:?\d\d)$", text.strip()))
