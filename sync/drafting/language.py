"""Guesses in which language people should be written to, by how the stages are called. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

LETTERS = {"uk": "іїєґ", "ru": "ыэё", "bg": "ъѝ"}
"""Letters that only one of the languages has, or has often."""

MOSTLY = 0.5


def guess_language(names: Iterable[str]) -> str | None:
    """`ru`, `uk` or `bg`; None where most names are in Latin letters, or the letters do not tell."""
    texts = [name.lower() for name in names]
    cyrillic = [text for text in texts if any("а" <= letter <= "ѿ" for letter in text)]
    if not texts or len(cyrillic) < MOSTLY * len(texts):
        return None
    counts = Counter(
        language for text in cyrillic for language, letters in LETTERS.items() if set(letters) & set(text)
    )
    if counts["ru"] and counts["bg"]:
        counts["bg"] = 0  # Russian has the hard sign too
    ranked = counts.most_common(1)
    return ranked[0][0] if ranked and ranked[0][1] else None
