"""Reads the text of one YAML 1.2 file into a `Document`. Knows no key by name.

YAML is wider than what an admin needs: all that says something else than it seems to say is a problem here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import Event

from mapping.composer import Composer, StopReading
from mapping.document import Document, Mark
from mapping.problems import Problem
from mapping.traps import leading_tabs, unreadable_characters

MAX_BYTES = 512 * 1024  # some thousand people; about a second of reading, whatever stands there
MAX_TABS = 200  # that many are reported; whoever indents with tabs does it in every line

_SYNTAX_HINTS: Mapping[str, str] = {
    "mapping values are not allowed here": "a text with a colon needs quotes, or the indentation is off",
    "could not find expected ':'": "a key needs a colon and a space behind it",
    "expected <block end>, but found '<block mapping start>'": "keys of one table begin in the same column",
    "expected <block end>, but found '-'": "entries of one list begin in the same column",
    "found unexpected end of stream": "a quote is not closed",
    "expected ',' or ']', but got '<stream end>'": "a bracket is not closed",
    "expected ',' or '}', but got '<stream end>'": "a brace is not closed",
}


def read(file: str, text: str, *, tab_width: int = 2) -> Document:
    """Read one file; never raises and never takes long, whatever the text is.

    A tab in the indentation is a problem; to find the other ones, it is taken for `tab_width` spaces.
    """
    document = Document(file, text)
    try:
        Composer(document).compose(_events(document, _clean(document, text, tab_width)))
    except StopReading:
        document.readable = False
    return document


def decode(file: str, raw: bytes) -> str | Problem:
    """The text of a file, or why it has none."""
    if len(raw) > MAX_BYTES:
        return _too_large(file)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        message = "this file is not UTF-8 text"
        return Problem(file, line, column, "error", "not-utf-8", message, "save it as UTF-8 in your editor")


def unreadable(problem: Problem) -> Document:
    """A file that has no text at all."""
    return Document(problem.file, readable=False, problems=[problem])


def _too_large(file: str) -> Problem:
    return Problem(
        file,
        1,
        1,
        "error",
        "too-large",
        f"this file is larger than {MAX_BYTES // 1024} KiB",
        "split or shorten it",
    )


def _clean(document: Document, text: str, tab_width: int) -> str:
    """Report what is wrong with the characters themselves, and take it away."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        document.problems.append(_too_large(document.file))
        raise StopReading
    if text.startswith("\ufeff"):
        message, hint = "this file begins with an invisible byte order mark", "save it as UTF-8 without BOM"
        document.report_at(Mark(1, 1), "byte-order-mark", message, hint, severity="warning")
        text = text[1:]
    broken = [Mark(line, column) for line, column in unreadable_characters(text)]
    for mark in broken:
        document.report_at(mark, "unreadable-character", "an invisible control character", "delete it")
    if broken:
        raise StopReading
    tabs = list(islice(leading_tabs(text), MAX_TABS))
    for line, column in tabs:
        document.report_at(Mark(line, column), "tab", "a tab in the indentation", "indent with spaces")
    return text.replace("\t", " " * tab_width) if tabs else text


def _events(document: Document, text: str) -> Iterator[Event]:
    """The parser's events; a syntax error is reported and ends the reading."""
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        found = error.problem_mark or error.context_mark
        mark = Mark(found.line + 1, found.column + 1) if found else Mark(1, 1)
        _report_syntax(document, mark, str(error.problem or error.context or "unreadable"))
        raise StopReading from error
    except (YAMLError, ValueError, OverflowError, LookupError, AttributeError, TypeError) as error:
        # the parser stumbles over some malformed escapes and directives instead of refusing them
        _report_syntax(document, Mark(1, 1), "this file is not YAML")
        raise StopReading from error


def _report_syntax(document: Document, mark: Mark, problem: str) -> None:
    if "'\\t'" in problem:
        document.report_at(mark, "tab", "a tab where YAML allows none", "use spaces")
    elif not any(known.code == "tab" for known in document.problems):  # a tab is cause enough
        document.report_at(mark, "syntax", problem.replace("\n", " "), _SYNTAX_HINTS.get(problem))
