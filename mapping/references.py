"""Refuses names that nothing declares. Knows nothing of what they stand for."""

from __future__ import annotations

from mapping.document import Document, Path
from mapping.parsed import Words
from mapping.problems import unknown
from mapping.traps import in_latin


def refuse_unknown(
    document: Document, path: Path, kind: str, word: str, known: Words, *, key: bool = False
) -> bool:
    """Report a name that is not among the known ones; True if it was reported.

    Where the known ones cannot be told, because their file is unreadable, nothing is said.
    """
    if known is None or word in known:
        return False
    meant = in_latin(word)
    if meant != word and meant in known:
        message = f"{word!r} only looks like {meant!r}: it has letters of another alphabet"
        document.report(path, "look-alike-letters", message, f'write "{meant}"', key=key)
    else:
        message, hint = unknown(kind, word, known)
        document.report(path, f"unknown-{kind}", message, hint, key=key)
    return True
