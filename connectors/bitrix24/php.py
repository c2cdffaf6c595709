"""How PHP writes arrays: bracket keys in queries and forms, lists where maps were meant. Knows no CRM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, quote_plus

MAX_FORM_FIELDS = 500


def query(params: Mapping[str, object]) -> str:
    """Nested parameters as one query string: `{"filter": {">id": 1}}` -> `filter[%3Eid]=1`.

    Raises ValueError for `None`, which a query cannot say.
    """
    return "&".join(f"{name}={quote_plus(value)}" for name, value in _pairs(params, ""))


def _pairs(tree: Mapping[str, object], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        name = f"{prefix}[{quote_plus(key)}]" if prefix else quote_plus(key)
        if isinstance(value, Mapping):
            yield from _pairs(value, name)
        elif isinstance(value, list | tuple):
            yield from _pairs({str(place): part for place, part in enumerate(value)}, name)
        elif value is None:
            raise ValueError(f"{name} is None, which a query cannot say")
        else:
            yield name, str(value)


def form(body: bytes) -> dict[str, str]:
    """The flat keys of a form body, `data[FIELDS][ID]` and the like, the later one winning as in PHP.

    Raises ValueError if it is no UTF-8 form or has more fields than any event does.
    """
    pairs = parse_qsl(
        body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FORM_FIELDS
    )
    return dict(pairs)


def as_map(value: object) -> dict[str, object]:
    """A PHP array as a map: an empty one arrives as `[]`, one with the keys 0..n-1 as a list."""
    if isinstance(value, Mapping):
        return {str(key): part for key, part in value.items()}
    if isinstance(value, list):
        return {str(place): part for place, part in enumerate(value)}
    return {}


def as_rows(value: object) -> list[dict[str, object]]:
    """The maps among the values of a PHP array, whether it arrives as a list or as a map."""
    return [row for row in as_map(value).values() if isinstance(row, dict)]
