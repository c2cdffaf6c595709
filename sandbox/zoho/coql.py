"""The language of queries (COQL): from text to a parsed query. What it finds: query.py."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.zoho.errors import Problem

TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>\$?[A-Za-z_][\w$.]*)"
    r"|(?P<sign>!=|>=|<=|=|>|<)|(?P<mark>[(),]))"
)
KEYWORDS = {"select", "from", "where", "and", "or", "order", "by", "asc", "desc", "limit", "offset"}
SIGNS = {"=", "!=", ">", ">=", "<", "<="}
DEFAULT_LIMIT = 200
IN_MAX, ORDER_MAX, CRITERIA_MAX, COLUMNS_MAX = 100, 10, 25, 500


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of a column; `negated` turns `in`, `like`, `null` around."""

    column: str
    operator: str
    values: tuple[Any, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Two conditions joined; more than two are written as nested pairs."""

    word: str
    left: Test | Pair
    right: Test | Pair


Condition = Test | Pair


@dataclass(frozen=True, slots=True)
class Select:
    """A parsed query; `order` holds columns and whether they descend."""

    columns: tuple[str, ...]
    module: str
    condition: Condition
    order: tuple[tuple[str, bool], ...]
    offset: int
    limit: int


def parse(text: str) -> Select:
    """Return the query; raise Problem SYNTAX_ERROR or LIMIT_EXCEEDED."""
    return _Parser(text).select()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._criteria = 0

    def select(self) -> Select:
        self._word("select")
        columns = self._list(self._name)
        self._word("from")
        module = self._name()
        if not self._is("where"):
            raise Problem("SYNTAX_ERROR", {"clause": "where"}, "missing clause")
        self._word("where")
        condition = self._condition()
        order = self._order() if self._is("order") else ()
        offset, limit = self._limit() if self._is("limit") else (0, DEFAULT_LIMIT)
        if self._at < len(self._tokens):
            raise self._wrong()
        for found, most in (
            (len(columns), COLUMNS_MAX),
            (self._criteria, CRITERIA_MAX),
            (len(order), ORDER_MAX),
        ):
            if found > most:
                raise Problem("LIMIT_EXCEEDED", {"limit": most})
        return Select(tuple(columns), module, condition, tuple(order), offset, limit)

    def _condition(self) -> Condition:
        """Return one operand, or two joined; a third without brackets is an error."""
        left = self._operand()
        if not (self._is("and") or self._is("or")):
            return left
        word = self._take().lower()
        pair = Pair(word, left, self._operand())
        if self._is("and") or self._is("or"):
            raise self._wrong()
        return pair

    def _operand(self) -> Condition:
        if not self._is("("):
            return self._test()
        self._take()
        inner = self._condition()
        self._word(")")
        return inner

    def _test(self) -> Test:
        self._criteria += 1
        column = self._name()
        if self._is("is"):
            self._take()
            negated = self._maybe("not")
            self._word("null")
            return Test(column, "null", (), negated)
        if self._maybe("between"):
            low = self._value()
            self._word("and")
            return Test(column, "between", (low, self._value()))
        negated = self._maybe("not")
        if self._maybe("in"):
            return self._in(column, negated)
        if self._maybe("like"):
            return Test(column, "like", (self._value(),), negated)
        sign = self._take()
        if sign not in SIGNS or negated:
            raise self._wrong(back=1)
        return Test(column, sign, (self._value(),))

    def _in(self, column: str, negated: bool) -> Test:
        self._word("(")
        values = self._list(self._value)
        self._word(")")
        if len(values) > IN_MAX:
            raise Problem("LIMIT_EXCEEDED", {"limit": IN_MAX})
        return Test(column, "in", tuple(values), negated)

    def _order(self) -> list[tuple[str, bool]]:
        self._word("order")
        self._word("by")
        return self._list(self._ordered)

    def _ordered(self) -> tuple[str, bool]:
        name = self._name()
        if self._maybe("asc"):
            return name, False
        return name, self._maybe("desc")

    def _limit(self) -> tuple[int, int]:
        self._word("limit")
        first = self._count()
        if self._maybe(","):
            return first, self._count()
        return (self._count(), first) if self._maybe("offset") else (0, first)

    def _list(self, one: Any) -> list[Any]:
        found = [one()]
        while self._maybe(","):
            found.append(one())
        return found

    def _name(self) -> str:
        token = self._take()
        if not re.match(r"[$A-Za-z_]", token) or token.lower() in KEYWORDS:
            raise self._wrong(back=1)
        return token

    def _value(self) -> Any:
        token = self._take()
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.lower() in ("true", "false"):
            return token.lower() == "true"
        if re.fullmatch(r"-?\d+", token):
            return int(token)
        if re.fullmatch(r"-?\d+\.\d+", token):
            return float(token)
        raise self._wrong(back=1)

    def _count(self) -> int:
        token = self._take()
        if not token.isdigit():
            raise self._wrong(back=1)
        return int(token)

    def _is(self, word: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at][0].lower() == word

    def _maybe(self, word: str) -> bool:
        if not self._is(word):
            return False
        self._at += 1
        return True

    def _word(self, word: str) -> None:
        if not self._maybe(word):
            raise self._wrong()

    def _take(self) -> str:
        if self._at >= len(self._tokens):
            raise self._wrong()
        self._at += 1
        return self._tokens[self._at - 1][0]

    def _wrong(self, back: int = 0) -> Problem:
        place = self._at - back
        token, column = self._tokens[place] if place < len(self._tokens) else ("", 0)
        return Problem("SYNTAX_ERROR", {"near": token, "line": 1, "column": column + 1})


def _tokens(text: str) -> list[tuple[str, int]]:
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise Problem("SYNTAX_ERROR", {"near": text[place : place + 20], "line": 1, "column": place + 1})
        found.append((match[0].strip(), match.start()))
        place = match.end()
    return found
