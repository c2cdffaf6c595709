"""Checks of the values that API calls write: each returns the value as it is kept, or raises Invalid."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final, Protocol

from .errors import Invalid, unrecognized


class Known(Protocol):
    """What of the account a check may ask."""

    def knows(self, what: str, id: int) -> bool:
        """Say whether there is such a thing."""
        ...

    @property
    def date_order(self) -> str:
        """Return "MDY" or "DMY"."""
        ...


Check = Callable[[Any, Known], Any]
_DATE: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
ADDRESS: Final = ("street", "city", "state", "postal_code", "country")


def text(value: Any, known: Known) -> str | None:
    """Take a string or null."""
    if value is None or isinstance(value, str):
        return value
    raise Invalid("is not a string", malformed=True)


def whole(value: Any, known: Known) -> int | None:
    """Take an integer or null; ids and Unix seconds."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise Invalid("is not a number", malformed=True)


def number(value: Any, known: Known) -> int | float | None:
    """Take a number or null; a whole one is kept as an integer."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid("is not a number", malformed=True)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def percent(value: Any, known: Known) -> int | None:
    """Take an integer from 0 to 100."""
    kept = whole(value, known)
    if kept is not None and not 0 <= kept <= 100:
        raise Invalid("must be between 0 and 100")
    return kept


def currency(value: Any, known: Known) -> str | None:
    """Take an ISO code."""
    kept = text(value, known)
    if kept is not None and not re.fullmatch("[A-Z]{3}", kept):
        raise Invalid("is invalid")
    return kept


def one_of(*options: str) -> Check:
    """Take one of these words."""

    def check(value: Any, known: Known) -> str:
        if value in options:
            return str(value)
        raise Invalid("is not included in the list")

    return check


def reference(what: str) -> Check:
    """Take the id of such a thing, or null."""

    def check(value: Any, known: Known) -> int | None:
        id = whole(value, known)
        if id is not None and not known.knows(what, id):
            raise Invalid("is invalid")
        return id

    return check


def tags(value: Any, known: Known) -> list[str]:
    """Take a list of strings, each once."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise Invalid("is not a list of strings", malformed=True)
    return list(dict.fromkeys(value))


def shaped(value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Take an object with some of these keys."""
    if not isinstance(value, dict):
        raise Invalid("is not an object", malformed=True)
    if unknown := sorted(value.keys() - set(names)):
        raise Invalid(unrecognized(unknown).removeprefix("Base: "), malformed=True)
    return value


def listed(key: str, categories: tuple[str, ...]) -> Check:
    """Take a list of objects with `key` and `category`."""

    def check(value: Any, known: Known) -> list[dict[str, Any]]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise Invalid("is not a list", malformed=True)
        return [categorized(each, key, categories) for each in value]

    return check


def categorized(value: Any, key: str, categories: tuple[str, ...]) -> dict[str, Any]:
    """Take one object with `key` and `category`, by default the first category."""
    given = shaped(value, (key, "category"))
    content, category = given.get(key), given.get("category") or categories[0]
    if not isinstance(content, str) or not content.strip():
        raise Invalid("can't be blank")
    if category not in categories:
        raise Invalid("category is not included in the list")
    if key == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+", content):
        raise Invalid("is invalid")
    return {key: content.lower() if key == "email" else content, "category": category}


def lead_email(value: Any, known: Known) -> dict[str, Any] | None:
    """Take the one e-mail of a lead."""
    return None if value is None else categorized(value, "email", EMAIL_CATEGORIES)


def address(value: Any, known: Known) -> dict[str, Any] | None:
    """Take an address; parts that were not given are null."""
    if value is None:
        return None
    given = shaped(value, ADDRESS)
    return {name: text(given.get(name), known) for name in ADDRESS}


def identifier(*types: str) -> Check:
    """Take `{"id", "type"}` of an existing record of these types."""

    def check(value: Any, known: Known) -> dict[str, Any]:
        if value is None:
            return {"id": None, "type": None}
        given = shaped(value, ("id", "type"))
        kind, id = given.get("type"), whole(given.get("id"), known)
        if kind is None and id is None:
            return {"id": None, "type": None}
        if kind not in types or id is None:
            raise Invalid("is invalid", malformed=True)
        if not known.knows(str(kind), id):
            raise Invalid("does not exist")
        return {"id": id, "type": kind}

    return check


def close_date(value: Any, known: Known) -> str | None:
    """Take a day in the order of the account, padded or not; it is kept without padding."""
    if value is None:
        return None
    day = read_day(value, known.date_order)
    if day is None:
        raise Invalid("is invalid", malformed=not isinstance(value, str))
    return show_day(day, known.date_order)


def read_day(value: Any, order: str) -> date | None:
    """Return the day of a text like 1/23/2017, None if it is none."""
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    first, second, year = (int(part) for part in match.groups())
    month, day = (first, second) if order == "MDY" else (second, first)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def show_day(day: date, order: str) -> str:
    """Return a day as the API shows it, without padding."""
    first, second = (day.month, day.day) if order == "MDY" else (day.day, day.month)
    return f"{first}/{second}/{day.year}"


EMAIL_CATEGORIES: Final = ("work", "personal", "other")
emails = listed("email", EMAIL_CATEGORIES)
phone_numbers = listed("number", ("work", "mobile", "home", "other"))
websites = listed("url", ("work", "personal", "other"))
socials = listed(
    "url",
    (
        "linkedin",
        "twitter",
        "googleplus",
        "facebook",
        "youtube",
        "quora",
        "foursquare",
        "klout",
        "gravatar",
        "other",
    ),
)
