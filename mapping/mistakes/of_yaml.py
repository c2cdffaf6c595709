"""How YAML is written: what it would misread, or what other programs would."""

from __future__ import annotations

from mapping.mistakes.mistake import Mistake
from mapping.parsed import CONVEYOR

_NAME = "name: Acme sales conveyor"
_TITLE = "title: Sales manager"
_GROWTH = "growth: {}"

OF_YAML = (
    Mistake("syntax", CONVEYOR, "mode: enforce", "mode: enforce: always"),
    Mistake("tab", CONVEYOR, "    title: Conversion", "\ttitle: Conversion"),
    Mistake("duplicate-key", CONVEYOR, _TITLE, f"{_TITLE}, title: Hunter"),
    Mistake("empty-value", CONVEYOR, _TITLE, "title: "),
    Mistake("yaml-boolean", CONVEYOR, _TITLE, "title: no"),
    Mistake("yaml-time", CONVEYOR, 'from: "09:00"', "from: 12:30"),
    Mistake("yaml-number", CONVEYOR, "at_least: 1000", "at_least: 1_000"),
    Mistake("key-not-text", CONVEYOR, _GROWTH, "true: {}"),
    Mistake("anchor", CONVEYOR, "hunter: {title", "hunter: &one {title"),
    Mistake("alias", CONVEYOR, "hunter: {title: Sales manager}", "hunter: *one"),
    Mistake("merge-key", CONVEYOR, _GROWTH, "growth: {<<: {}}"),
    Mistake("tag", CONVEYOR, _TITLE, "title: !!str Sales manager"),
    Mistake("directive", CONVEYOR, _NAME, f"%YAML 1.1\n---\n{_NAME}"),
    Mistake("several-documents", CONVEYOR, "\nhandoffs:", "\n---\nhandoffs:"),
    Mistake("byte-order-mark", CONVEYOR, "# yaml-language", "\ufeff# yaml-language"),
    Mistake("unreadable-character", CONVEYOR, _TITLE, "title: Sales\x07 manager"),
    Mistake("look-alike-letters", CONVEYOR, _GROWTH, "grоwth: {}"),
)
