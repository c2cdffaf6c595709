"""Reads the names that people give to stages, pipelines and fields, in any alphabet, with emoji and numbers. Pure.

Words and cues are compared in Latin letters, so that `договор`, `договір` and `dogovor` come close to each other.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz import fuzz

WEAK = 0.55
"""What a cue counts that only hints at a meaning; the others count 1."""

FURTHER_WORD = 0.25
"""What each further word of a cue adds: `contract sent` says more than `contract`."""

SPELT_ALIKE = 85
"""Percent from which a long word is taken for a misspelt or differently transliterated cue."""

SHORTEST_ALIKE = 8
SHORTEST_STEM = 4
_APOSTROPHES = str.maketrans("", "", "'’ʼ`\"")
_WORD = re.compile(r"[^\W_]+")
_INNER_CAPITAL = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z])")


@dataclass(frozen=True)
class Cue:
    """Beginnings of words that together hint at a meaning, in Latin letters; whole words where `exact` says so."""

    text: str  # as it stands in the vocabulary, for people
    stems: tuple[str, ...]
    exact: tuple[bool, ...]
    weight: float


@dataclass(frozen=True)
class Heard:
    """How strongly a name speaks for a meaning, and the cue that says so."""

    strength: float
    cue: str


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """The words of a name in Latin small letters, without emoji, numbers and punctuation."""
    plain = "".join(letter if _is_written(letter) else " " for letter in _INNER_CAPITAL.sub(" ", name))
    found = _WORD.findall(plain.translate(_APOSTROPHES))
    told = (_latin(word) for word in found if not word.isnumeric())
    return tuple(word for word in told if word)


def _is_written(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LNM" or letter in "'’ʼ`\""


def _latin(word: str) -> str:
    return "".join(letter for letter in anyascii(word).lower() if letter.isalnum())


class Cues:
    """The cues of one meaning, found quickly by the letter that they begin with."""

    def __init__(self, cues: Iterable[Cue]) -> None:
        self._by_letter: defaultdict[str, list[Cue]] = defaultdict(list)
        self._stems: defaultdict[str, set[tuple[str, bool]]] = defaultdict(set)
        for cue in cues:
            self._by_letter[cue.stems[0][:1]].append(cue)
            for stem, exact in zip(cue.stems, cue.exact, strict=True):
                self._stems[stem[:1]].add((stem, exact))

    def hear(self, name: str) -> Heard | None:
        """The strongest cue that a name holds; a second one adds a little. None if it holds none."""
        said = words(name)
        near = [cue for letter in {word[0] for word in said} for cue in self._by_letter.get(letter, ())]
        found = sorted((cue for cue in near if _holds(said, cue)), key=lambda cue: (-cue.weight, cue.text))
        if not found:
            return None
        further = FURTHER_WORD / 2 * (len(found) > 1)
        return Heard(found[0].weight + further, found[0].text)

    def know(self, word: str) -> bool:
        """Whether a word of a name belongs to any of the cues."""
        return any(_begins(word, stem, exact) for stem, exact in self._stems.get(word[0], ()))


def vocabulary(table: Mapping[str, str]) -> Mapping[str, Cues]:
    """Cues from texts: parted by commas; `~` before a weak one, `=` behind a word that is meant whole."""
    return {meaning: Cues(_cues(text)) for meaning, text in table.items()}


def _cues(text: str) -> Iterable[Cue]:
    for entry in (" ".join(part.split()) for part in text.replace("\n", ",").split(",")):
        if not entry:
            continue
        plain = entry.removeprefix("~")
        parts = plain.split(" ")
        stems = tuple(_latin(part) for part in parts)
        exact = tuple(
            part.endswith("=") or len(stem) < SHORTEST_STEM for part, stem in zip(parts, stems, strict=True)
        )
        weight = (WEAK if entry.startswith("~") else 1.0) + FURTHER_WORD * (len(parts) - 1)
        yield Cue(plain.replace("=", ""), stems, exact, weight)


def _holds(said: tuple[str, ...], cue: Cue) -> bool:
    return all(
        any(_begins(word, stem, exact) for word in said)
        for stem, exact in zip(cue.stems, cue.exact, strict=True)
    )


def _begins(word: str, stem: str, exact: bool) -> bool:
    """Whether a word begins with a stem, or is it; long ones may be spelt a little otherwise."""
    if exact:
        return word == stem
    if word.startswith(stem):
        return True
    if word[0] != stem[0] or len(stem) < SHORTEST_ALIKE or len(word) < SHORTEST_ALIKE - 1:
        return False
    return _alike(word[: len(stem)], stem)


@lru_cache(maxsize=65_536)
def _alike(word: str, stem: str) -> bool:
    return fuzz.ratio(word, stem) >= SPELT_ALIKE
