"""The way in: a folder, or texts kept elsewhere, to a `Ruleset` or the list of everything that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from mapping.checks import check_all
from mapping.compile import compile_ruleset
from mapping.parsed import CASES, MAPPINGS, REQUIRED, parse
from mapping.problems import ConfigError, Problem, nearest
from mapping.ruleset import Ruleset
from mapping.source import decode

__all__ = ["ConfigError", "Problem", "check_files", "check_folder", "load_files", "load_ruleset"]

Checked = tuple[Ruleset | None, list[Problem]]
"""The rules, None if there are errors; and all problems: errors, warnings and notes."""

_TOP = (*REQUIRED, CASES)


def load_ruleset(folder: Path) -> Ruleset:
    """The rules of a configuration folder; raises ConfigError with every problem if one is an error."""
    return _or_raise(check_folder(folder))


def load_files(files: Mapping[str, str]) -> Ruleset:
    """The rules of texts by relative path; raises ConfigError with every problem if one is an error.

    The same texts give the same object: reading YAML takes long, and rules never change.
    """
    return _load(tuple(files.items()))


@lru_cache(maxsize=8)
def _load(files: tuple[tuple[str, str], ...]) -> Ruleset:
    return _or_raise(check_files(dict(files)))


def _or_raise(checked: Checked) -> Ruleset:
    ruleset, problems = checked
    if ruleset is None:
        raise ConfigError(problems)
    return ruleset


def check_folder(folder: Path) -> Checked:
    """The rules of a configuration folder with every problem in it; raises nothing."""
    if not folder.is_dir():
        message = "there is no such folder"
        return None, [Problem(str(folder), 1, 1, "error", "missing-folder", message, "name it with --config")]
    found = sorted([*folder.glob("*.y*ml"), *folder.glob(f"{MAPPINGS}/*.y*ml")])
    return _check({path.relative_to(folder).as_posix(): path for path in found})


def check_files(files: Mapping[str, str]) -> Checked:
    """The rules of texts by relative path, with every problem in them; raises nothing."""
    return _check(files)


def _check(sources: Mapping[str, str | Path]) -> Checked:
    texts = {file: _text(file, source) for file, source in sources.items() if _is_read(file)}
    parsed = parse(texts)
    check_all(parsed)
    not_read = [_not_read(file) for file in sources if not _is_read(file)]
    missing = [_missing(file) for file in REQUIRED if file not in sources]
    problems = sorted([*parsed.problems, *not_read, *missing])
    if any(problem.severity == "error" for problem in problems):
        return None, problems
    return compile_ruleset(parsed, {f: text for f, text in texts.items() if isinstance(text, str)}), problems


def _is_read(file: str) -> bool:
    folder, _, name = file.rpartition("/")
    return file in _TOP or (folder == MAPPINGS and name.endswith(".yaml"))


def _text(file: str, source: str | Path) -> str | Problem:
    if isinstance(source, str):
        return source
    try:
        return decode(file, source.read_bytes())
    except OSError as error:
        return unreadable_file(file, error)


def unreadable_file(file: str, error: OSError) -> Problem:
    """The problem of a file that the system does not let be read."""
    message = f"this file cannot be read: {error.strerror or type(error).__name__}"
    return Problem(
        file, 1, 1, "error", "unreadable-file", message, "let this program read it, or move it away"
    )


def _missing(file: str) -> Problem:
    return Problem(
        file, 1, 1, "error", "missing-file", "this file is missing", "begin with the example that ships"
    )


def _not_read(file: str) -> Problem:
    """A file beside the others that looks like one of them: most likely a slip in its name."""
    names = [*_TOP, f"{MAPPINGS}/<connection>.yaml"]
    meant = nearest(file, names)
    message = "this file is not read" + (f" - did you mean {meant!r}?" if meant else "")
    return Problem(file, 1, 1, "warning", "file-not-read", message, f"files: {', '.join(names)}")
