"""YAML's traps: what reads as one thing and means another, here or in the next program."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

Trap = tuple[str, str, str]
"""Code, message and hint."""

_BOOLEANS_OF_OLD = frozenset({"y", "n", "yes", "no", "on", "off"})  # true and false in YAML 1.1
_MINUTES = re.compile(r"[-+]?\d+(:[0-5]?\d)+(\.\d*)?")  # a number to the base of 60 in YAML 1.1
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,24})")
_FRACTION = re.compile(r"-?(0|[1-9]\d{0,24})\.\d{1,12}")
_NUMBERS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"})
_NOT_A_WORD = {"tag:yaml.org,2002:bool": "true or false", "tag:yaml.org,2002:null": "nothing"}
_RESOLVER = VersionedResolver("1.2")


def tag_of(text: str) -> str:
    """What an unquoted text is in YAML 1.2, as YAML's own tag."""
    return str(_RESOLVER.resolve(ScalarNode, text, (True, False)))


def read_plain(text: str) -> tuple[str | int | bool | Decimal | None, Trap | None]:
    """The value of an unquoted text, and the trap it is, if it is one."""
    if text.lower() in _BOOLEANS_OF_OLD:
        message = f"{text} without quotes is true or false to some programs"
        return text, ("yaml-boolean", message, f'write "{text}" for the text; true or false for a switch')
    if _MINUTES.fullmatch(text):
        message = f"{text} without quotes is a number of minutes to some programs"
        return text, ("yaml-time", message, f'write "{text}"')
    tag = tag_of(text)
    if tag == "tag:yaml.org,2002:merge":
        return text, ("merge-key", "the merge key <<", "write the values out")
    if tag == "tag:yaml.org,2002:null":
        return None, None
    if tag == "tag:yaml.org,2002:bool":
        return text.lower() == "true", None
    if tag in _NUMBERS:
        return _number(text)
    return text, None


def _number(text: str) -> tuple[str | int | Decimal, Trap | None]:
    if _WHOLE.fullmatch(text):
        return int(text), None
    if _FRACTION.fullmatch(text):
        return Decimal(text), None
    hint = f'write it in plain digits, such as 1000 or 0.5; if it is a text, write "{text}"'
    return text, ("yaml-number", f"{text} without quotes is another number to some programs", hint)


def key_trap(key: str, path: tuple[str | int, ...]) -> Trap | None:
    """The trap that an unquoted key is, if it is one. `on` is a key of ours in a hand-off."""
    if key == "on" and len(path) == 2 and path[0] == "handoffs":
        return None
    if key.lower() in _BOOLEANS_OF_OLD:
        return "yaml-boolean", f"the key {key} is true or false to some programs", "choose another name"
    tag = tag_of(key)
    if tag == "tag:yaml.org,2002:merge":
        return "merge-key", "the merge key <<", "write the values out"
    if tag in _NOT_A_WORD:
        return "key-not-text", f"the key {key or '(nothing)'} means {_NOT_A_WORD[tag]}", "choose another name"
    return None


def leading_tabs(text: str) -> Iterator[tuple[int, int]]:
    """Line and column of the first tab in each indentation."""
    for number, line in enumerate(text.split("\n"), 1):
        indentation = line[: len(line) - len(line.lstrip(" \t"))]
        if "\t" in indentation and line.strip() and not line.lstrip().startswith("#"):
            yield number, indentation.index("\t") + 1


def unreadable_characters(text: str) -> Iterator[tuple[int, int]]:
    """Line and column of control characters, which YAML refuses and no editor shows."""
    for number, line in enumerate(text.split("\n"), 1):
        for column, letter in enumerate(line, 1):
            if unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\t\r\x85":
                yield number, column


_LOOK_ALIKES = str.maketrans(
    "аАВеЕзЗкКМНоОрРсСТуУхХіІјЈѕЅԁһӏгпиαΑΒΕΖΗΙΚΜΝοΟρΡΤυΥΧν",
    "aABeE33kKMHoOpPcCTyYxXiIjJsSdhlrnuaABEZHIKMNoOpPTuYXv",
)


def look_alikes(word: str) -> list[str]:
    """The letters in a word that belong to another script than its first letter; empty if there are none."""
    letters = [letter for letter in word if letter.isalpha()]
    scripts = [unicodedata.name(letter, "?").split(" ")[0] for letter in letters]
    if not {"LATIN"} < set(scripts):
        return []
    return [letter for letter, script in zip(letters, scripts, strict=True) if script != "LATIN"]


def in_latin(word: str) -> str:
    """The word with each look-alike letter replaced by the Latin one it resembles."""
    return word.translate(_LOOK_ALIKES)
