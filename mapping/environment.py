"""Puts the values of environment variables where the YAML names them. Pure: the environment is an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mapping.file_types import REFERENCE

OPTIONAL = frozenset({"base_url", "public_url"})
"""Settings that are simply absent where a variable in them is not set."""


@dataclass(frozen=True)
class Unresolved:
    """Environment variables that are not set."""

    names: tuple[str, ...]


def resolve(settings: Mapping[str, object], environ: Mapping[str, str]) -> dict[str, object] | Unresolved:
    """The settings with every `${NAME}` replaced, or the names that are missing. An empty value is missing."""
    missing: dict[str, None] = {}
    resolved = _table(settings, environ, missing)
    return Unresolved(tuple(missing)) if missing else resolved


def resolve_text(text: str | None, environ: Mapping[str, str]) -> str | None:
    """One optional text, such as the public URL; None if it is absent or a variable in it is not set."""
    missing: dict[str, None] = {}
    resolved = _text(text, environ, missing) if text is not None else None
    return None if missing else resolved


def _table(
    settings: Mapping[str, object], environ: Mapping[str, str], missing: dict[str, None]
) -> dict[str, object]:
    resolved: dict[str, object] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            resolved[key] = _table(value, environ, missing)
        elif not isinstance(value, str):
            resolved[key] = value
        elif key not in OPTIONAL:
            resolved[key] = _text(value, environ, missing)
        elif (optional := resolve_text(value, environ)) is not None:
            resolved[key] = optional
    return resolved


def _text(text: str, environ: Mapping[str, str], missing: dict[str, None]) -> str:
    missing.update(dict.fromkeys(name for name in REFERENCE.findall(text) if not environ.get(name)))
    return REFERENCE.sub(lambda found: environ.get(found[1], ""), text)
