"""How the YAML would be mended where CRMs drifted away from it: new texts, and what is left to a person. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mapping.differences import Difference
from mapping.editing import CannotEdit
from mapping.live import Live
from mapping.loader import check_files
from mapping.online import differences
from mapping.ruleset import Ruleset
from sync.drift.changes import Change, Drifted, Left, change_for

_HARMFUL = frozenset({"field-not-mapped-here"})
"""Warnings that say that a rule lost something."""


@dataclass(frozen=True)
class Proposal:
    """Texts by file, as they are and as they would be; `mended` is what would then agree again."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    mended: tuple[Difference, ...]
    left: tuple[Left, ...]

    @property
    def changed(self) -> Mapping[str, str]:
        """The files that would be written."""
        return {file: text for file, text in self.after.items() if text != self.before.get(file)}

    @property
    def patch(self) -> str:
        """All changes as one unified diff; empty if there is none."""
        return "".join(
            _difference(file, self.before.get(file, ""), text) for file, text in self.changed.items()
        )


def propose(rules: Ruleset, live: Mapping[str, Live]) -> Proposal:
    """What to change in the files of these rules so that they agree with the accounts of these connections."""
    found = list(_changes(rules, live))
    left = [each for each in found if isinstance(each, Left)]
    changes = sorted((each for each in found if isinstance(each, Change)), key=lambda change: change.order)
    texts, done, refused = _apply(rules.files, changes)
    if done and _harm(rules.files, texts):
        texts, done, refused = _apply_one_by_one(rules.files, changes)
    mended = tuple(change.difference for change in done)
    return Proposal(rules.files, texts, mended, (*left, *refused))


def _changes(rules: Ruleset, live: Mapping[str, Live]) -> Iterator[Change | Left]:
    for name, account in live.items():
        drifted = Drifted(rules.mappings[name], rules.conveyor, account)
        for difference in differences(rules, name, account):
            found = change_for(difference, drifted)
            if found is not None:
                yield found


Applied = tuple[dict[str, str], list[Change], list[Left]]


def _apply(files: Mapping[str, str], changes: Iterable[Change]) -> Applied:
    texts, done, refused = dict(files), list[Change](), list[Left]()
    for change in changes:
        file = change.difference.file
        try:
            texts[file] = change.edit(texts[file])
        except CannotEdit as error:
            refused.append(Left(change.difference, str(error)))
        else:
            done.append(change)
    return texts, done, refused


def _apply_one_by_one(files: Mapping[str, str], changes: Sequence[Change]) -> Applied:
    """As `_apply`, but without what would break a rule."""
    texts, done, refused = dict(files), list[Change](), list[Left]()
    for change in changes:
        tried, did, could_not = _apply(texts, [change])
        refused += could_not
        harm = _harm(texts, tried) if did else None
        if harm:
            refused.append(Left(change.difference, f"then {harm}"))
        else:
            texts, done = tried, [*done, *did]
    return texts, done, refused


def _harm(before: Mapping[str, str], after: Mapping[str, str]) -> str | None:
    """What would be wrong with the files that is not wrong now, None if nothing."""
    known = {problem.message for problem in check_files(before)[1]}
    new = (problem for problem in check_files(after)[1] if problem.message not in known)
    return next((each.message for each in new if each.severity == "error" or each.code in _HARMFUL), None)


def _difference(file: str, before: str, after: str) -> str:
    rows = difflib.unified_diff(_lines(before), _lines(after), file, file, n=2)
    return "".join(row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows)


def _lines(text: str) -> list[str]:
    return [f"{line}\n" for line in text.split("\n")[:-1]] + (
        [text.rpartition("\n")[2]] if text[-1:] != "\n" else []
    )
