"""Reads and writes the configuration folder and `.env` for drafting. Decides nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from mapping.parsed import MAPPINGS
from mapping.source import decode

PRIVATE = 0o600
FRESH = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


class NotWritable(Exception):
    """A file cannot be read or written; the text is for people."""


def read_folder(folder: Path) -> dict[str, str]:
    """The YAML files by relative path; empty if there is no such folder. Raises `NotWritable`."""
    found = sorted([*folder.glob("*.yaml"), *folder.glob(f"{MAPPINGS}/*.yaml")])
    texts: dict[str, str] = {}
    for path in found:
        file = path.relative_to(folder).as_posix()
        try:
            text = decode(file, path.read_bytes())
        except OSError as error:
            raise NotWritable(f"{path} cannot be read: {error.strerror}.") from error
        if not isinstance(text, str):
            raise NotWritable(f"{path} cannot be read: {text.message}.")
        texts[file] = text
    return texts


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files whole, each at once. Raises `NotWritable`."""
    for file, text in files.items():
        path = folder / file
        fresh = path.with_name(f".{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(text.encode())
            fresh.replace(path)
        except OSError as error:
            raise NotWritable(f"{path} cannot be written: {error.strerror}.") from error


def keep_secrets(path: Path, values: Mapping[str, str]) -> None:
    """Add values to an environment file that only its owner may read; what is there stays. Raises `NotWritable`."""
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        lines = "".join(f"{name}={_quoted(value)}\n" for name, value in values.items())
        gap = "" if not before or before.endswith("\n") else "\n"
        fresh = path.with_name(f"{path.name}.new")
        with os.fdopen(os.open(fresh, FRESH, PRIVATE), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), PRIVATE)
            file.write(before + gap + lines)
        fresh.replace(path)
    except OSError as error:
        raise NotWritable(f"{path} cannot be written: {error.strerror}.") from error


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w.:/@+=,-]+", value, re.ASCII):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
