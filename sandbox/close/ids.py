"""Identifiers as Close makes them: a prefix and base62 characters whose order means nothing."""

from __future__ import annotations

import hashlib

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TO_ALPHABET = bytes(ord(ALPHABET[byte % 62]) for byte in range(256))
SHORT = 22
LONG = 43
SHORT_PREFIXES = frozenset({"pipe", "ev", "whsub", "req", "api", "comthr"})


class Identifiers:
    """Gives out ids, alike in every run; `after` numbers are left out."""

    def __init__(self, after: int = 0) -> None:
        self._next = 1 + after

    def new(self, prefix: str) -> str:
        """Return the next id of this kind."""
        number, self._next = self._next, self._next + 1
        digest = hashlib.sha512(f"{prefix}{number}".encode()).digest()
        return f"{prefix}_{digest.translate(TO_ALPHABET).decode()[: _length(prefix)]}"


def fixed(prefix: str, name: str) -> str:
    """Return the id that this name always has here; it begins with the name, so that people can read it."""
    readable = "".join(character for character in name if character.isascii() and character.isalnum())
    length = _length(prefix)
    return f"{prefix}_{(readable + _scrambled(name, length))[:length]}"


def _length(prefix: str) -> int:
    return SHORT if prefix in SHORT_PREFIXES else LONG


def _scrambled(seed: str, length: int) -> str:
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest())
    characters = []
    for _ in range(length):
        number, place = divmod(number, 62)
        characters.append(ALPHABET[place])
    return "".join(characters)
