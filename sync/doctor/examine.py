"""Examines several connections at once; one that is broken or hangs keeps no other from its examination."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

import structlog

from connectors.base import Description
from connectors.overheard import Heard, listening
from mapping.ruleset import Ruleset
from store import connections
from store.connections import ConnectionRow
from sync.doctor import access, budget, clock, drift, rules, webhooks
from sync.doctor.budget import BudgetOf
from sync.doctor.calls import Trial, try_calls
from sync.doctor.check import Check, State
from sync.doctor.subject import Subject
from sync.runtime import NotUsable, Runtime

log = structlog.get_logger()

Result = tuple[Trial, Exception | None]
"""What came of the calls, and the mistake of ours that ended them, if any."""

OnDescription = Callable[[str, Description], None]
"""Told the name of a connection and what its account looks like."""

SETTINGS, EXAMINATION = "settings", "examination"
SILENT_S = 12.0
"""So long without any sign of life means that the CRM hangs; a call may have to wait ten seconds for its turn."""


def examine(
    runtime: Runtime,
    ruleset: Ruleset,
    names: Sequence[str],
    *,
    budget_of: BudgetOf | None = None,
    silent_s: float = SILENT_S,
    on_description: OnDescription | None = None,
) -> dict[str, list[Check]]:
    """The checks of each connection; who wants to know is told what each account looks like.

    Writes nothing, but for a token that the CRM rotates. Raises `store.database.Unavailable`.
    """
    with runtime.store.read() as tx:
        rows = connections.load_all(tx)
    built = {name: _subject(name, runtime, ruleset, rows.get(name)) for name in names}
    exams = {name: _Exam(made) for name, made in built.items() if isinstance(made, Subject)}
    for exam in exams.values():
        exam.start()
    results = {name: exam.result(silent_s) for name, exam in exams.items()}
    for name, (trial, _) in results.items():
        if on_description is not None and trial.description is not None:
            on_description(name, trial.description)
    return {
        name: list(_checks(made, results[name], budget_of)) if isinstance(made, Subject) else [made]
        for name, made in built.items()
    }


def _subject(name: str, runtime: Runtime, ruleset: Ruleset, row: ConnectionRow | None) -> Subject | Check:
    """The connection, or why it cannot even be asked."""
    try:
        return Subject(name, runtime, ruleset, runtime.connector(name, ruleset), row)
    except NotUsable as error:
        return Check(SETTINGS, State.PROBLEM, str(error))


class _Exam:
    """Makes the calls to one connection, in a thread that nobody has to wait for."""

    def __init__(self, subject: Subject) -> None:
        self._subject, self._trial = subject, Trial(self._sign)
        self._finished, self._signed_at = threading.Event(), 0.0
        self._mistake: Exception | None = None

    def start(self) -> None:
        """Begin; the thread ends with the process, should the CRM never answer."""
        self._sign()
        threading.Thread(target=self._run, name=f"doctor-{self._subject.name}", daemon=True).start()

    def result(self, silent_s: float) -> Result:
        """What came of the calls, as soon as all are made, or once the CRM has been silent for so long."""
        while not self._finished.wait(max(0.0, self._signed_at + silent_s - time.monotonic())):
            if time.monotonic() - self._signed_at >= silent_s:
                return self._trial.given_up(silent_s), None
        return self._trial, self._mistake

    def _sign(self) -> None:
        self._signed_at = time.monotonic()

    def _hear(self, head: Heard) -> None:
        self._subject.heard.append(head)
        self._sign()

    def _run(self) -> None:
        try:
            with listening(self._hear):
                try_calls(self._subject, self._trial)
        except Exception as error:  # a mistake in one connector must not hide the other connections
            log.exception("examination_failed", connection=self._subject.name)
            self._mistake = error
        finally:
            self._finished.set()


def _checks(subject: Subject, result: Result, budget_of: BudgetOf | None) -> Iterator[Check]:
    """All checks of one connection, from what was found out; asks the CRM nothing more."""
    trial, mistake = result
    if mistake is not None:
        said = f"A mistake of ours ended it ({type(mistake).__name__}); the log has the details."
        yield Check(EXAMINATION, State.PROBLEM, said)
    yield from access.checks(trial, subject.place)
    yield from clock.checks(subject.heard, subject.capabilities)
    if trial.description is not None:
        zone = subject.rules.conveyor.timezone
        yield clock.time_zone(trial.description.timezone, zone, subject.now)
    yield from webhooks.checks(subject, trial)
    yield budget.check(subject, budget_of)
    if trial.description is not None:
        yield drift.check(subject.rules, subject.name, trial.description)
    yield from rules.checks(subject.rules, subject.name, subject.capabilities)
