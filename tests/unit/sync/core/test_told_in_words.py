"""Every line of the ledger is told by a phrase, so that the story can be read in any language."""

from __future__ import annotations

import ast
import typing
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given

from mapping.phrases import Phrase
from mapping.ruleset import Ruleset
from sync.core import case, draft
from sync.core.words import answers, changes, notes, story

from .building import standing
from .histories import Deed, histories, houses, lived, quick

CORE = Path(draft.__file__).parent
SAY, ENTRY = "say", "Entry"
TOLD = {"reasons", "considered", "why"}
"""What the console shows of an entry's data."""


def told() -> Iterator[tuple[str, ast.FunctionDef, ast.expr]]:
    """Where the core tells something to the ledger, and by which expression."""
    for path in sorted(CORE.glob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
                    name = call.func.id if isinstance(call.func, ast.Name) else name
                    if name in (SAY, ENTRY):
                        yield f"{path.name}:{call.lineno}", function, call.args[1]


def is_phrase(expression: ast.expr, function: ast.FunctionDef) -> bool:
    """Whether it is one of the sentences of the words, or a variable that holds one."""
    if isinstance(expression, ast.Call):
        expression = expression.func
    if isinstance(expression, ast.Attribute) and isinstance(expression.value, ast.Name):
        return expression.value.id in {"story", "answers", "changes", "notes", "words"}
    assert isinstance(expression, ast.Name), "a text made on the spot"
    arguments = [*function.args.args, *function.args.kwonlyargs]
    own = next((each.annotation for each in arguments if each.arg == expression.id), None)
    if own is not None:
        return isinstance(own, ast.Name) and own.id == Phrase.__name__
    given = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        if any(isinstance(to, ast.Name) and to.id == expression.id for to in node.targets)
    ]
    return bool(given) and all(is_phrase(each, function) for each in given)


def test_whatever_is_told_is_a_phrase() -> None:
    found = list(told())
    assert len(found) > 25
    assert [place for place, function, expression in found if not is_phrase(expression, function)] == []


@pytest.mark.parametrize("module", [story, answers, changes], ids=lambda module: module.__name__)
def test_the_words_of_the_story_are_phrases(module: ModuleType) -> None:
    functions = [each for name, each in vars(module).items() if callable(each) and name[0] != "_"]
    own = [each for each in functions if getattr(each, "__module__", "") == module.__name__]
    assert own and all(typing.get_type_hints(each)["return"] is Phrase for each in own)
    assert typing.get_type_hints(case.Entry)["summary"] is Phrase


@quick(40)
@given(houses, histories)
def test_whatever_happens_is_told_in_phrases(rules: Ruleset, history: list[Deed]) -> None:
    for _, _, outcome, _ in lived(standing(rules), history, rules):
        for entry in outcome.entries:
            assert isinstance(entry.summary, Phrase), entry
            shown = [text for name in TOLD for text in _texts(entry.data.get(name))]
            assert all(isinstance(text, Phrase) for text in shown), entry
        assert all(isinstance(c.why, Phrase) for h in outcome.handoffs for c in h.candidates)


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def test_the_notes_that_are_told_too_are_phrases() -> None:
    told_too = ("moved_back", "owner_put_back", "let_through", "breaker", "handed_over", "waits")
    assert all(typing.get_type_hints(getattr(notes, name))["return"] is Phrase for name in told_too)
