"""The filters of searches: each key of a search body makes a test of a record's values."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any, Final

from .errors import Invalid
from .kinds import COMPANY, LEAD, OPPORTUNITY, PERSON, PRIORITIES, PROJECT, STATUSES, TASK, Kind
from .tables import Values
from .values import Known, read_day

Test = Callable[[Values], bool]
Filter = Callable[[Any, Known], Test]
NOBODY: Final = -2


def number_of(value: Any) -> int | float:
    """Take a number, also as text, as the live API does."""
    if isinstance(value, str):
        try:
            return int(value) if value.lstrip("-").isdigit() else float(value)
        except ValueError as error:
            raise Invalid("is not a number", malformed=True) from error
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid("is not a number", malformed=True)
    return value


def numbers_of(value: Any) -> set[int]:
    """Take a list of ids."""
    if not isinstance(value, list):
        raise Invalid("is not a list", malformed=True)
    return {int(number_of(each)) for each in value}


def ids(name: str) -> Filter:
    """Any of these ids; -2 is none at all."""

    def build(value: Any, known: Known) -> Test:
        wanted: set[int | None] = {None if id == NOBODY else id for id in numbers_of(value)}
        return lambda values: values[name] in wanted

    return build


def words(name: str, options: tuple[str, ...]) -> Filter:
    """Any of these words, which searches number from 0."""

    def build(value: Any, known: Known) -> Test:
        wanted = {options[id] for id in numbers_of(value) if 0 <= id < len(options)}
        return lambda values: values[name] in wanted

    return build


def texts(name: str) -> Filter:
    """Any of these texts."""

    def build(value: Any, known: Known) -> Test:
        if not isinstance(value, list):
            raise Invalid("is not a list", malformed=True)
        return lambda values: values[name] in value

    return build


def text(name: str) -> Filter:
    """Exactly this text."""

    def build(value: Any, known: Known) -> Test:
        if not isinstance(value, str):
            raise Invalid("is not a string", malformed=True)
        return lambda values: values[name] == value

    return build


def at_least(name: str) -> Filter:
    """A number from here on."""

    def build(value: Any, known: Known) -> Test:
        bound = number_of(value)
        return lambda values: values[name] is not None and values[name] >= bound

    return build


def at_most(name: str) -> Filter:
    """A number up to here."""

    def build(value: Any, known: Known) -> Test:
        bound = number_of(value)
        return lambda values: values[name] is not None and values[name] <= bound

    return build


def _closes(value: Any, known: Known, *, least: bool) -> Test:
    bound = number_of(value)

    def test(values: Values) -> bool:
        day = read_day(values["close_date"], known.date_order)
        if day is None:
            return False
        moment = datetime.combine(day, time(), UTC).timestamp()
        return moment >= bound if least else moment <= bound

    return test


def tags(value: Any, known: Known) -> Test:
    """One of these tags, or `{"option": "ANY" | "ALL" | "NONE", "value": [..]}`."""
    option, wanted = "ANY", value
    if isinstance(value, dict):
        option, wanted = value.get("option", "ANY"), value.get("value")
    if not isinstance(wanted, list) or option not in ("ANY", "ALL", "NONE"):
        raise Invalid("is invalid", malformed=True)
    chosen = set(wanted)
    tests: dict[str, Test] = {
        "ANY": lambda values: bool(chosen & set(values["tags"])) or (not chosen and not values["tags"]),
        "ALL": lambda values: chosen <= set(values["tags"]),
        "NONE": lambda values: not chosen & set(values["tags"]),
    }
    return tests[option]


def followed(value: Any, known: Known) -> Test:
    """1: followed, 2: not followed. Nobody follows anything here."""
    wanted = number_of(value)
    return lambda values: wanted == 2


def emails(value: Any, known: Known) -> Test:
    """A person with one of these e-mails."""
    if not isinstance(value, list):
        raise Invalid("is not a list", malformed=True)
    return lambda values: any(each["email"] in value for each in values["emails"])


def phone(value: Any, known: Known) -> Test:
    """A record with this phone number."""
    return lambda values: any(each["number"] == value for each in values["phone_numbers"])


def related(kind: str) -> Filter:
    """A task that belongs to one of these."""

    def build(value: Any, known: Known) -> Test:
        wanted = {None if id == NOBODY else id for id in numbers_of(value)}

        def test(values: Values) -> bool:
            resource = values["related_resource"]
            return (resource["id"] if resource["type"] == kind else None) in wanted

        return test

    return build


def place(name: str) -> Filter:
    """A record with this part of an address."""

    def build(value: Any, known: Known) -> Test:
        return lambda values: (values["address"] or {}).get(name) == value

    return build


def span(stem: str, name: str) -> dict[str, Filter]:
    """The pair minimum_... and maximum_... of a number or Unix seconds."""
    return {f"minimum_{stem}": at_least(name), f"maximum_{stem}": at_most(name)}


_ALL: Final[dict[str, Filter]] = {
    "ids": ids("id"),
    "name": text("name"),
    "assignee_ids": ids("assignee_id"),
    "tags": tags,
    "followed": followed,
    **span("created_date", "date_created"),
    **span("modified_date", "date_modified"),
}
_INTERACTIONS: Final = {
    **span("interaction_count", "interaction_count"),
    **span("interaction_date", "date_last_contacted"),
}
_ADDRESS: Final = {name: place(name) for name in ("city", "state", "postal_code", "country")}
_CONTACT: Final = {
    **_ALL,
    **_ADDRESS,
    "phone_number": phone,
    **span("interaction_count", "interaction_count"),
}
_CONTACTED: Final = span("interaction_date", "date_last_contacted")
_TYPED: Final = {"contact_type_ids": ids("contact_type_id")}
FILTERS: Final[dict[Kind, dict[str, Filter]]] = {
    OPPORTUNITY: {
        **_ALL,
        **_INTERACTIONS,
        "status_ids": words("status", STATUSES),
        "pipeline_ids": ids("pipeline_id"),
        "pipeline_stage_ids": ids("pipeline_stage_id"),
        "priority_ids": words("priority", PRIORITIES),
        "customer_source_ids": ids("customer_source_id"),
        "loss_reason_ids": ids("loss_reason_id"),
        "company_ids": ids("company_id"),
        "primary_contact_ids": ids("primary_contact_id"),
        **span("monetary_value", "monetary_value"),
        **span("stage_change_date", "date_stage_changed"),
        "minimum_close_date": lambda value, known: _closes(value, known, least=True),
        "maximum_close_date": lambda value, known: _closes(value, known, least=False),
    },
    PERSON: {**_CONTACT, **_CONTACTED, **_TYPED, "emails": emails, "company_ids": ids("company_id")},
    COMPANY: {**_CONTACT, **_TYPED, "email_domains": texts("email_domain")},
    LEAD: {
        **_CONTACT,
        **_CONTACTED,
        "status_ids": ids("status_id"),
        "customer_source_ids": ids("customer_source_id"),
        **span("monetary_value", "monetary_value"),
    },
    TASK: {
        **_ALL,
        "opportunity_ids": related("opportunity"),
        "project_ids": related("project"),
        "statuses": texts("status"),
        **span("due_date", "due_date"),
        **span("reminder_date", "reminder_date"),
        **span("completed_date", "completed_date"),
    },
    PROJECT: {**_ALL, "statuses": texts("status")},
}
