"""What the API tells of the house itself: how it is doing, its rules, what was given up, who did what."""

from __future__ import annotations

from http import HTTPStatus
from typing import TypedDict

from pydantic import Field

from mapping.loader import ConfigError, load_files
from mapping.problems import Problem as Mistake
from reports.report import report as count
from reports.scope import PeriodName, scope_of
from sync.planning.plan import plan_for
from sync.planning.plan import view as plan_view
from sync.views import accounts, dead, health, versions
from sync.views.accounts import DeedView
from sync.views.dead import DeadView
from sync.views.health import StatusView
from sync.views.versions import VersionView
from sync.views.webhooks import SubscriptionView
from sync.views.webhooks import views as subscription_views
from web.api.call import Call, Nothing, Paged, from_cursor, to_cursor
from web.api.problems import Problem, Wrong, not_found


class ViewerView(TypedDict):
    """Whose token this is; `sections` is null for who sees all."""

    email: str
    profile: str
    sections: list[str] | None


class VersionPage(TypedDict):
    """A page of versions."""

    items: list[VersionView]
    next: str | None


class DeadPage(TypedDict):
    """A page of dead letters."""

    items: list[DeadView]
    next: str | None


class Subscriptions(TypedDict):
    """The webhook subscriptions of one connection; they are few."""

    items: list[SubscriptionView]
    next: str | None


class Deeds(TypedDict):
    """The latest rows of the audit."""

    items: list[DeedView]
    next: str | None


class Files(Nothing):
    """The YAML of a configuration folder."""

    files: dict[str, str] = Field(description="Path in the folder, such as `conveyor.yaml` -> its text.")


class Latest(Nothing):
    """How far to look back."""

    limit: int = Field(100, ge=1, le=500, description="At most so many items.")


class ReportWanted(Nothing):
    """Which stretch of time, and whose work."""

    period: PeriodName = Field("week", description="The kind of period.")
    ago: int = Field(0, ge=0, le=520, description="How many periods back; 0 is the one that runs.")
    section: str | None = Field(None, description="Only of this section.")
    connection: str | None = Field(None, description="Only of this connection.")
    source: str | None = Field(None, description="Only of customers that came from there.")


def me(call: Call, _: Nothing) -> ViewerView:
    """Whose token this is, and what they see."""
    viewer = call.viewer
    sections = None if viewer.sections is None else sorted(viewer.sections)
    return ViewerView(email=viewer.email, profile=viewer.profile.value, sections=sections)


def status(call: Call, _: Nothing) -> StatusView:
    """How the house is doing: connections, queues, hand-offs, alarms."""
    return health.status(call.runtime)


def history(call: Call, wanted: Paged) -> VersionPage:
    """The versions of the rules, newest first."""
    before = _number(wanted.cursor)
    found = [each for each in versions.history(call.runtime) if before is None or each["version"] < before]
    shown = found[: wanted.limit]
    more = len(found) > wanted.limit
    return VersionPage(items=shown, next=to_cursor(str(shown[-1]["version"])) if more else None)


def list_dead(call: Call, wanted: Paged) -> DeadPage:
    """What could not be processed, oldest first."""
    found = dead.listing(call.runtime)
    if wanted.cursor is not None:
        found = found[_after(found, *from_cursor(wanted.cursor, 2)) :]
    shown = found[: wanted.limit]
    if len(found) == len(shown):
        return DeadPage(items=shown, next=None)
    return DeadPage(items=shown, next=to_cursor(shown[-1]["since"] or "", shown[-1]["id"]))


def _after(found: list[DeadView], since: str, letter: str) -> int:
    """Where the list goes on behind a letter, which may have been settled meanwhile."""
    places = [place for place, each in enumerate(found) if each["id"] == letter]
    return places[0] + 1 if places else sum((each["since"] or "") <= since for each in found)


def webhooks(call: Call, _: Nothing) -> Subscriptions:
    """Our own webhook subscriptions, asked of the CRM now."""
    rules, name = call.runtime.rules.get(), call.path["connection"]
    if name not in rules.connections:
        raise not_found(f"There is no connection {name}.")
    found = call.runtime.connector(name, rules).subscriptions()
    return Subscriptions(items=subscription_views(name, found), next=None)


def plan(call: Call, given: Files) -> dict[str, object]:
    """What other rules would change; touches nothing."""
    try:
        rules = load_files(given.files)
    except ConfigError as error:
        raise _mistakes(error) from error
    return plan_view(plan_for(call.runtime, rules))


def audit(call: Call, wanted: Latest) -> Deeds:
    """Who signed in, failed to, and changed what, newest first."""
    return Deeds(items=accounts.deeds(call.runtime, wanted.limit), next=None)


def report(call: Call, wanted: ReportWanted) -> dict[str, object]:
    """The numbers of a period, as `conveyor report --format json` prints them; a specialist gets their sections'."""
    rules, now = call.runtime.rules.get(), call.runtime.now()
    scope = scope_of(
        wanted.period,
        now,
        rules.conveyor.timezone,
        ago=wanted.ago,
        sections=_sections(call, wanted.section),
        connection=wanted.connection,
        source=wanted.source,
    )
    with call.runtime.store.read() as tx:
        return count(tx, rules, scope, now).as_json()


def _sections(call: Call, wanted: str | None) -> frozenset[str] | None:
    """The sections to count: those that are asked for, of those that are theirs."""
    own = call.sight.sections
    if wanted is None:
        return own
    if not call.viewer.works_in(wanted):
        raise not_found(f"There is no section {wanted}, or not for you.")
    return frozenset({wanted})


def _number(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    (number,) = from_cursor(cursor, 1)
    return int(number) if number.isdecimal() else 0


def _mistakes(error: ConfigError) -> Problem:
    """Every mistake of the posted files, with its place."""
    errors = [_wrong(each) for each in error.problems if each.severity == "error"]
    words = f"{len(errors)} mistakes: these files cannot be put in force."
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "mistakes", words, errors)


def _wrong(mistake: Mistake) -> Wrong:
    return Wrong(where=f"{mistake.file}:{mistake.line}:{mistake.column}", message=mistake.message)
