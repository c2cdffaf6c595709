"""How a PHP server reads and writes arrays: bracket keys in forms, and JSON lists where maps were meant."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, quote_plus, urlencode

Tree: TypeAlias = dict[str, Any]


def parse_form(text: str) -> Tree:
    """Read `a[b][]=1&c=2` into nested dicts; keys 0..n-1 become a list."""
    return nest(parse_qsl(text, keep_blank_values=True))


def nest(pairs: Iterable[tuple[str, Any]]) -> Tree:
    """Nest flat bracket keys, the later value winning, as PHP does."""
    root: Tree = {}
    for key, value in pairs:
        _put(root, _steps(key), value)
    return {name: _listed(value) for name, value in root.items()}


def _steps(key: str) -> list[str]:
    head, bracket, tail = key.partition("[")
    if not bracket or not tail.endswith("]"):
        return [key]
    return [head, *tail[:-1].split("][")]


def _put(node: Tree, steps: list[str], value: Any) -> None:
    for step in steps[:-1]:
        child = node.setdefault(step or str(len(node)), {})
        if not isinstance(child, dict):
            return
        node = child
    node[steps[-1] or str(len(node))] = value


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return as_php_json({key: _listed(child) for key, child in value.items()})


def as_php_json(mapping: Mapping[str, Any]) -> Any:
    """Return what `json_encode` makes of a PHP array: `[]` when empty, a list for keys 0..n-1, else a map."""
    if all(key == str(index) for index, key in enumerate(mapping)):
        return list(mapping.values())
    return dict(mapping)


def flatten(tree: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return the bracket-key pairs of a nested dict, for a form body."""
    pairs: list[tuple[str, str]] = []
    for key, value in tree.items():
        name = f"{prefix}[{key}]" if prefix else key
        if isinstance(value, Mapping):
            pairs.extend(flatten(value, name))
        else:
            pairs.append((name, str(value)))
    return pairs


def form_body(tree: Mapping[str, Any]) -> bytes:
    """Return a form body with percent-encoded bracket keys."""
    return urlencode(flatten(tree), quote_via=quote_plus).encode()


def pairs_of(value: Any) -> dict[str, Any]:
    """Return an array of either kind as a dict with string keys; anything else as an empty one."""
    if isinstance(value, Mapping):
        return {str(key): child for key, child in value.items()}
    if isinstance(value, list):
        return {str(index): child for index, child in enumerate(value)}
    return {}


def values_of(value: Any) -> list[Any]:
    """Return the values of an array of either kind; a scalar as a list of one, nothing as an empty list."""
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, Mapping) else [value]


def to_int(value: Any) -> int:
    """Cast to an integer the way PHP does: what does not begin with digits is 0."""
    try:
        return int(float(value)) if value not in (None, "") else 0
    except (TypeError, ValueError, OverflowError):
        return 0


def is_true(value: Any) -> bool:
    """Say whether a flag is set, in any of the forms clients send."""
    return str(value).lower() in ("y", "1", "true")
