"""Whether the credentials hold, and what this token may do, by what came of the calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from connectors.errors import AuthFailed, ConnectorError, RateLimited, Transient
from mapping.ruleset import Place
from sync.doctor.calls import Trial, Tried
from sync.doctor.check import Check, State

CREDENTIALS, PERMISSIONS, READING = "credentials", "permissions", "reading"


def checks(trial: Trial, place: Place) -> Iterator[Check]:
    """Credentials first; the rest only if they hold at all."""
    errors = [each.error for each in trial.tried if each.error]
    if not trial.answers:
        yield from (_refused(error, place) for error in errors[:1])
        return
    account = trial.description.account if trial.description else "The CRM"
    yield Check(CREDENTIALS, State.FINE, f"{account} answers.")
    yield _permissions(trial)
    yield from _reading(trial)


def _refused(error: ConnectorError, place: Place) -> Check:
    """Nothing worked: what is wrong, and what to do."""
    if isinstance(error, Transient):
        said = f"{error} Is it up, is the address in {place} right, is there a network?"
        return Check(CREDENTIALS, State.UNREACHABLE, said)
    if isinstance(error, AuthFailed):
        names = f"`auth` in {place} names them (the environment or .env)"
        said = f"{error}\nPut valid credentials where {names}, and start again what runs."
        return Check(CREDENTIALS, State.PROBLEM, said)
    if isinstance(error, RateLimited):
        said = f"Not tried: {error} Run it again in {error.retry_after_s:.0f} s."
        return Check(CREDENTIALS, State.PROBLEM, said)
    return Check(CREDENTIALS, State.PROBLEM, str(error))


def _permissions(trial: Trial) -> Check:
    refused = [each for each in trial.tried if isinstance(each.error, AuthFailed)]
    description = trial.description
    lines = _by_error(refused)
    if description is not None and description.lacks:
        lines.append(f"The token lacks {', '.join(description.lacks)}: add it in the CRM.")
    problem = bool(description and description.lacks) or any(each.needed for each in refused)
    if trial.sees_deals is False:
        lines.append("It is shown no deals: the account has none, or this user may see none.")
    state = State.PROBLEM if problem else State.WARNING if lines else State.FINE
    worked = [each.what for each in trial.tried if each.error is None]
    lines.append(f"It may {', '.join(worked)}. Writing is not tried.")
    if description is not None and description.may:
        lines.append(f"The token is for: {', '.join(description.may)}.")
    return Check(PERMISSIONS, state, "\n".join(lines))


def _reading(trial: Trial) -> Iterator[Check]:
    """Calls that failed for another reason than permissions."""
    failed = [each for each in trial.tried if each.error and not isinstance(each.error, AuthFailed)]
    if failed:
        silent = all(isinstance(each.error, Transient) for each in failed)
        yield Check(READING, State.UNREACHABLE if silent else State.PROBLEM, "\n".join(_by_error(failed)))


def _by_error(failed: Iterable[Tried]) -> list[str]:
    """One line for each reason, with all calls that it stopped."""
    by_reason: dict[str, list[Tried]] = {}
    for each in failed:
        by_reason.setdefault(str(each.error), []).append(each)
    return [f"It cannot {_joined(some)}: {reason}" for reason, some in by_reason.items()]


def _joined(calls: Iterable[Tried]) -> str:
    return ", ".join(each.what + ("" if each.needed else " (no rule needs it)") for each in calls)
