"""Values that follow from other values: place in a pipeline, probability, names, completion."""

from typing import Any

from .account import Account
from .directories import Pipeline, Stage
from .errors import about
from .kinds import COMPANY, LEAD, OPPORTUNITY, PERSON, TASK, Kind
from .tables import Values, Version


def of_new(account: Account, kind: Kind, given: Values, values: Values) -> Values:
    """Return what follows in a new record from what was given; raises Problem."""
    extra: Values = {}
    if kind is OPPORTUNITY:
        extra = _new_opportunity(account, given, values)
    elif kind is LEAD and values["status_id"] is None:
        status_id, name = next(iter(account.directories.lead_statuses.items()))
        extra = {"status_id": status_id, "status": name}
    elif kind is TASK and values["status"] == "Completed":
        extra = {"completed_date": account.now()}
    return extra | _names(kind, values) | _company(account, {**values, **extra})


def of_change(account: Account, kind: Kind, wanted: Values, before: Values) -> Values:
    """Return what follows from a change; raises Problem."""
    extra: Values = {}
    if kind is OPPORTUNITY:
        extra = _moved(account, wanted, before)
    elif kind is TASK and "status" in wanted and wanted["status"] != before["status"]:
        extra = {"completed_date": account.now() if wanted["status"] == "Completed" else None}
    if "name" in wanted:
        extra |= _names(kind, wanted)
        if kind is COMPANY:
            _rename(account, before["id"], wanted["name"])
    if "company_id" in wanted:
        extra |= _company(account, wanted)
    return extra


def forget(account: Account, kind: Kind, id: int) -> None:
    """Clear what points to a deleted person or company."""
    name = "primary_contact_id" if kind is PERSON else "company_id"
    cleared: Values = {name: None} if kind is PERSON else {name: None, "company_name": None}
    _rewrite(account, name, id, cleared)


def _rename(account: Account, company_id: int, name: str) -> None:
    _rewrite(account, "company_id", company_id, {"company_name": name})


def _rewrite(account: Account, name: str, id: int, values: Values) -> None:
    """Change what is derived; this moves no date and tells nobody."""
    for table in account.tables.values():
        if name in table.kind.shown:
            for record in [each for each in table.all() if each.values[name] == id]:
                table.put(Version({**record.values, **values}))


def _new_opportunity(account: Account, given: Values, values: Values) -> Values:
    pipeline, stage = _place(account, given, None)
    extra = _at(pipeline, stage) | {"date_stage_changed": values["date_created"]}
    if given.get("win_probability") is None:
        extra["win_probability"] = stage.win_probability
    contact = account.tables[PERSON].get(values["primary_contact_id"])
    if "company_id" not in given and contact is not None:
        extra["company_id"] = contact.values["company_id"]
    return extra


def _moved(account: Account, wanted: Values, before: Values) -> Values:
    if not {"pipeline_id", "pipeline_stage_id"} & wanted.keys():
        return {}
    here = account.directories.stage(before["pipeline_stage_id"])
    pipeline, stage = _place(account, wanted, before["pipeline_id"])
    if here is not None and here[1].id == stage.id:
        return _at(pipeline, stage)
    extra = _at(pipeline, stage) | {"date_stage_changed": account.now()}
    if account.settings.probability_follows and "win_probability" not in wanted:
        extra["win_probability"] = stage.win_probability
    return extra


def _at(pipeline: Pipeline, stage: Stage) -> Values:
    return {
        "pipeline_id": pipeline.id,
        "pipeline_stage_id": stage.id,
        "pipeline_is_revenue": pipeline.is_revenue,
    }


def _place(account: Account, given: Values, current: int | None) -> tuple[Pipeline, Stage]:
    """Return where an opportunity goes: the given pipeline or its own, the given stage or the first."""
    lists = account.directories
    for name in ("pipeline_id", "pipeline_stage_id"):
        if name in given and given[name] is None:
            raise about(name, "can't be blank")
    found = lists.stage(given.get("pipeline_stage_id"))
    pipeline = lists.pipeline(given.get("pipeline_id", current)) or lists.opportunity_pipelines()[0]
    if found is None:
        return pipeline, pipeline.stages[0]
    may_move = "pipeline_id" not in given and (current is None or account.settings.foreign_stage == "move")
    if found[0].id != pipeline.id and not may_move:
        raise about("pipeline_stage_id", "is invalid")
    return found


def _names(kind: Kind, values: Values) -> Values:
    if kind not in (PERSON, LEAD) or not values.get("name"):
        return {}
    first, *rest = str(values["name"]).split()
    middle = " ".join(rest[:-1]) or None
    return {"first_name": first, "middle_name": middle, "last_name": rest[-1] if rest else None}


def _company(account: Account, values: dict[str, Any]) -> Values:
    if "company_id" not in values:
        return {}
    company = account.tables[COMPANY].get(values["company_id"])
    return {"company_name": company.values["name"] if company else None}
