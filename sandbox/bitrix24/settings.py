"""What an administrator sets up in the portal's own interface: pipelines, fields, webhooks, the account."""

from collections.abc import Sequence
from typing import Any, Final

from sandbox import contract

from . import clock
from .applications import Applications
from .events import OUTGOING, Publisher
from .fields import DEAL
from .limits import BURST
from .pipelines import Category, Stage
from .portal import INTEGRATION_USER, Portal
from .rest import Rest

_TYPES: Final = {"number": "double", "bool": "boolean"}


def replace_pipelines(portal: Portal, pipelines: Sequence[contract.Pipeline]) -> None:
    """Replace all pipelines; raises ControlError for ids this CRM would not give."""
    if not all(pipeline.id.isdigit() and pipeline.stages for pipeline in pipelines):
        raise contract.ControlError("a pipeline has a number as id, 0 for the default one, and some stages")
    portal.categories = [_category(pipeline, 200 + 100 * (pipeline.id == "0")) for pipeline in pipelines]
    portal.number_stages()


def _category(pipeline: contract.Pipeline, sort: int) -> Category:
    prefix = f"C{pipeline.id}:" if pipeline.id != "0" else ""
    wrong = [stage.id for stage in pipeline.stages if stage.id.rpartition(":")[0] != prefix.rstrip(":")]
    if wrong:
        raise contract.ControlError(
            f"stages of pipeline {pipeline.id} are called {prefix}NAME, not {wrong[0]}"
        )
    category = Category(int(pipeline.id), pipeline.label, sort)
    for stage in pipeline.stages:
        category.stages.append(Stage(stage.id, stage.label, _group(stage, category)))
    return category


def _group(stage: contract.Stage, category: Category) -> str:
    """Only the first lost stage is "the" lost one; further ones count as apologies."""
    if stage.won:
        return "success"
    if not stage.lost:
        return "process"
    return "apology" if any(one.group == "failure" for one in category.stages) else "failure"


def add_field(portal: Portal, field: contract.DealField) -> None:
    """Add a custom field; its name begins with UF_CRM_."""
    if not field.name.startswith("UF_CRM_"):
        raise contract.ControlError(f"custom fields are called UF_CRM_NAME, not {field.name}")
    options = tuple((79 + 2 * number, text) for number, text in enumerate(field.options))
    type_ = _TYPES.get(field.type, field.type)
    portal.schemas[DEAL].add_custom(field.name, type_, title=field.label, options=options)


def set_webhooks(applications: Applications, publisher: Publisher, given: dict[str, Any]) -> None:
    """Set the outgoing webhook: `url` (null removes it), `token`, `events` (default: all it offers)."""
    _refuse_unknown(given, {"url", "token", "events"})
    if "token" in given:
        applications.application_token = str(given["token"])
    if "events" in given:
        publisher.outgoing = OUTGOING & {str(name).upper() for name in given["events"]}
    if "url" in given:
        applications.handlers[:] = [one for one in applications.handlers if one.application]
        if given["url"]:
            applications.add_handler("*", str(given["url"]), application=False)


def set_account(portal: Portal, applications: Applications, rest: Rest, given: dict[str, Any]) -> None:
    """Set credentials and settings; the keys are listed in the folder's docstring."""
    setters = {
        "code": lambda value: applications.webhooks.update({INTEGRATION_USER: str(value)}),
        "token": lambda value: setattr(applications, "application_token", str(value)),
        "oauth_code": lambda value: applications.codes.add(str(value)),
        "expire_access": lambda value: applications.expire_all() if value else None,
        "access_lifetime_s": lambda value: setattr(applications, "lifetime_s", int(value)),
        "zone": lambda value: setattr(portal, "zone", clock.zone_of(value)),
        "date_filter": lambda value: _set_date_filter(portal, value),
        "record_time_shift_s": lambda value: setattr(portal, "record_time_shift_s", int(value)),
        "required": lambda value: setattr(portal, "required", dict(value)),
        "operating": lambda value: _set_operating(rest, value),
    }
    _refuse_unknown(given, set(setters))
    for key, value in given.items():
        setters[key](value)


def _set_date_filter(portal: Portal, value: Any) -> None:
    if value not in ("iso", "plain"):
        raise contract.ControlError("date_filter is iso or plain")
    portal.date_filter = value


def _set_operating(rest: Rest, given: dict[str, Any]) -> None:
    _refuse_unknown(given, {"limit_s", "cost_s"})
    rest.meter.limit_s = float(given.get("limit_s", rest.meter.limit_s))
    rest.meter.cost_s = {str(name): float(cost) for name, cost in given.get("cost_s", {}).items()}


def set_limits(rest: Rest, enabled: bool, burst: int | None) -> None:
    """Switch the leaky bucket on or off, with another burst where given."""
    rest.bucket.enabled = enabled
    rest.bucket.burst = BURST if burst is None else burst


def _refuse_unknown(given: dict[str, Any], known: set[str]) -> None:
    if unknown := sorted(given.keys() - known):
        raise contract.ControlError(f"unknown key {unknown[0]}; known are {', '.join(sorted(known))}")
