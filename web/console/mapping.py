"""The mapping: each CRM stage beside what it means on the line, edited here, planned, applied and rolled back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from connectors.errors import ConnectorError
from mapping.differences import Difference, Remote
from mapping.editing import CannotEdit
from mapping.loader import check_files, load_files
from mapping.online import differences
from mapping.phrases import Phrase
from mapping.problems import Problem
from mapping.ruleset import Ruleset
from store import connections, rulesets
from sync import mapping_edits
from sync.cases import failing
from sync.drift.words import in_full
from sync.mapping_edits import NewStage, StageKey
from sync.planning.kept import Kept, kept, outdated
from sync.planning.plan import Plan, plan_for
from sync.planning.telling import told
from sync.rollout import activate
from sync.views.versions import history
from web.console import mapping_form
from web.console.visit import NotShown, Visit


@dataclass(frozen=True, slots=True)
class Proposal:
    """Rules that somebody wants in force: an edited mapping, or an earlier version."""

    rules: Ruleset | None
    problems: list[Problem] = field(default_factory=list)
    refused: Phrase | None = None  # why the file could not be edited
    connection: str | None = None
    changed: Mapping[StageKey, str] = field(default_factory=dict)
    new: Sequence[NewStage] = ()
    version: int | None = None


def show(visit: Visit, problem: str | None = None, status: int = 200) -> Response:
    """`GET /mapping`; `compare=NAME` asks that CRM whether it still looks as the file says."""
    compared = visit.query.get("compare")
    known = [name for name in visit.rules.connections if name in visit.rules.mappings]
    if compared is not None and compared not in known:
        raise NotShown(f"There is no mapping of {compared!r}.")
    drift = _noticed(visit, known)
    unreachable, found = None, list[Difference]()
    if compared is not None:
        found, unreachable = _differences(visit, compared)
        drift[compared] = [in_full(each.problem) for each in found]
    return visit.page(
        "mapping.html",
        status=status,
        current="mapping",
        connections=known,
        ignored=mapping_edits.IGNORED,
        compared=compared,
        drift=drift,
        drift_lines={name: _lines(name, said) for name, said in drift.items()},
        unreachable=unreachable,
        new_stages=_new_stages(found),
        versions=history(visit.runtime),
        problem=problem,
    )


def plan(visit: Visit) -> Response:
    """`POST /mapping/plan`: what the edited mapping would change; touches nothing."""
    return _show_plan(visit, _edit(visit))


def apply(visit: Visit) -> Response:
    """`POST /mapping/apply`: puts the planned edit in force, if the plan still holds."""
    proposal = _edit(visit)
    before = visit.rules
    answer, version = _carry_out(visit, proposal)
    if answer is not None or proposal.rules is None or proposal.connection is None:
        return answer or _show_plan(visit, proposal)
    file = mapping_edits.file_of(proposal.connection)
    written = mapping_edits.write_where_unchanged(
        visit.runtime.config, file, before.files[file], proposal.rules.files[file]
    )
    said = "applied" if written else "applied_not_written"
    return visit.done("/mapping", said, "rules_applied", f"version {version}", file=file, written=written)


def plan_rollback(visit: Visit) -> Response:
    """`POST /mapping/rollback/plan`: what going back to a version would change; touches nothing."""
    return _show_plan(visit, _earlier(visit))


def roll_back(visit: Visit) -> Response:
    """`POST /mapping/rollback`: puts an earlier version in force again, if the plan still holds; touches no file."""
    proposal = _earlier(visit)
    answer, version = _carry_out(visit, proposal)
    if answer is not None:
        return answer
    return visit.done(
        "/mapping", "rolled_back", "rules_rolled_back", f"version {version}", to=proposal.version
    )


def _edit(visit: Visit) -> Proposal:
    """The rules with the edit that the form asks for."""
    connection = visit.form.get("connection", "")
    mapping = visit.rules.mappings.get(connection)
    if mapping is None:
        raise NotShown(f"There is no mapping of {connection!r}.")
    changed = mapping_edits.changes(mapping, mapping_form.wanted(visit.form))
    new = mapping_form.new_stages(visit.form, mapping)
    file = mapping_edits.file_of(connection)
    try:
        text = mapping_edits.edited(visit.rules.files[file], mapping, changed)
        text = mapping_edits.with_new(text, mapping, new)
    except CannotEdit as error:
        return Proposal(None, refused=error.why, connection=connection, changed=changed, new=new)
    rules, problems = check_files({**visit.rules.files, file: text})
    if rules is not None:
        problems = sorted([*problems, *failing(rules, visit.runtime.now())])
    fit = not any(each.severity == "error" for each in problems)
    return Proposal(rules if fit else None, problems, None, connection, changed, new)


def _earlier(visit: Visit) -> Proposal:
    """The rules of the version that the form names."""
    number = visit.form.get("version", "")
    with visit.runtime.store.read() as tx:
        stored = rulesets.load(tx, int(number)) if number.isdecimal() else None
    if stored is None:
        raise NotShown(f"There is no version {number!r}.")
    return Proposal(load_files(stored.files), version=stored.version)


def _show_plan(visit: Visit, proposal: Proposal, problem: str | None = None, status: int = 200) -> Response:
    made = _planned(visit, proposal.rules, proposal) if proposal.rules is not None else None
    return visit.page(
        "plan.html",
        status=status if made is not None else 422,
        current="mapping",
        proposal=proposal,
        plan=made,
        deals=list(told(made)) if made else [],
        kept=kept(made) if made else None,
        problem=problem,
    )


def _carry_out(visit: Visit, proposal: Proposal) -> tuple[Response | None, int | None]:
    """Put the rules in force; returns the page that says why not, or the new version."""
    if proposal.rules is None:
        return _show_plan(visit, proposal), None
    made = _planned(visit, proposal.rules, proposal)
    hindrance = _hindrance(visit, made)
    if hindrance is not None:
        return _show_plan(visit, proposal, hindrance, 409), None
    message = visit.form.get("message", "").strip() or _words(proposal)
    activate(visit.runtime, proposal.rules, by=visit.viewer.email, message=message, foretold=made.forecast)
    with visit.runtime.store.read() as tx:
        active = rulesets.active_version(tx)
    return None, active[0] if active else None


def _planned(visit: Visit, rules: Ruleset, proposal: Proposal) -> Plan:
    """What the rules would change; going back, with what versions since did to deals taken back."""
    return plan_for(visit.runtime, rules, back_to=proposal.version)


def _hindrance(visit: Visit, made: Plan) -> str | None:
    """Why the plan is not carried out: a name of `plan.html`."""
    version = visit.form.get("kept_version", "")
    seen = Kept(
        visit.form.get("kept_rules", ""),
        int(version) if version.isdecimal() else None,
        visit.form.get("kept_state", ""),
    )
    if made.same:
        return "same"
    if outdated(made, seen):
        return "outdated"
    return "brake" if made.refusal is not None and visit.form.get("yes") != "yes" else None


def _words(proposal: Proposal) -> str:
    if proposal.version is not None:
        return f"Rollback to version {proposal.version}"
    return f"Mapping of {proposal.connection} edited on the console"


def _noticed(visit: Visit, known: list[str]) -> dict[str, list[str]]:
    """What the house noticed by itself: for each connection where its CRM is not as the file says."""
    with visit.runtime.store.read() as tx:
        rows = connections.load_all(tx)
    return {name: [each.message for each in rows[name].drift] if name in rows else [] for name in known}


def _differences(visit: Visit, connection: str) -> tuple[list[Difference], str | None]:
    """Where the CRM is not as the file says as of now, or why it could not be asked."""
    try:
        live = visit.runtime.connector(connection, visit.rules).describe()
    except ConnectorError as error:
        return [], str(error)
    return differences(visit.rules, connection, live), None


def _new_stages(found: Iterable[Difference]) -> dict[int, list[Remote]]:
    """The stages that the file does not have, by the place of their pipeline in it."""
    new: dict[int, list[Remote]] = {}
    for each in found:
        if each.problem.code == "stage-without-meaning" and each.remote is not None:
            new.setdefault(int(each.path[1]), []).append(each.remote)
    return new


def _lines(connection: str, drift: list[str]) -> set[int]:
    """The lines of the file that a drift names."""
    named = re.compile(re.escape(mapping_edits.file_of(connection)) + r":(\d+)")
    return {int(line) for message in drift for line in named.findall(message)}
