"""How times, ages, money and numbers look in the reader's language and the line's time zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

from babel.core import UnknownLocaleError
from babel.dates import format_skeleton, format_timedelta, get_timezone
from babel.numbers import format_currency, format_decimal
from babel.numbers import format_percent as babel_percent
from jinja2 import pass_context
from jinja2.runtime import Context

NOTHING = "–"
_LOCALES = {"en": "en_GB"}
_THIS_YEAR, _ANY_YEAR = "MMMd", "yMMMd"

Moment = datetime | str | None


def filters(language: str) -> Mapping[str, Callable[..., Any]]:
    """The filters that the templates of one language use."""
    locale = _LOCALES.get(language, language)
    return {
        "moment": pass_context(partial(_in_zone, locale=locale)),
        "iso": iso,
        "instant": instant,
        "with_query": with_query,
        "span": partial(span, locale=locale),
        "money": partial(money, locale=locale),
        "number": partial(number, locale=locale),
        "percent": partial(percent, locale=locale),
    }


def instant(at: Moment) -> datetime | None:
    """A time, from itself or from ISO 8601."""
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def is_time(said: object) -> bool:
    """Whether a text is a time in ISO 8601, with its date: what a CRM says may be anything."""
    try:
        return isinstance(said, str) and "T" in said and datetime.fromisoformat(said).tzinfo is not None
    except ValueError:
        return False


def iso(at: Moment) -> str:
    """A time as machines read it, for the `datetime` of a `<time>`."""
    found = instant(at)
    return "" if found is None else found.astimezone(UTC).isoformat(timespec="seconds")


def moment(at: Moment, zone: str, now: datetime | None = None, *, locale: str) -> str:
    """A time in the line's time zone, to the minute; without the year where it is this one."""
    found = instant(at)
    if found is None:
        return NOTHING
    there = found.astimezone(get_timezone(zone))
    this_year = now is not None and there.year == now.astimezone(get_timezone(zone)).year
    day = format_skeleton(_THIS_YEAR if this_year else _ANY_YEAR, there, locale=locale)
    return f"{day}, {there:%H:%M}"


def span(seconds: float | timedelta | None, *, locale: str) -> str:
    """How long something is, in its largest unit: `3 hr`, `2 days`."""
    if seconds is None:
        return NOTHING
    found = seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
    return format_timedelta(found, threshold=1.2, format="short", locale=locale)


def money(amount: object, currency: str | None = None, *, locale: str) -> str:
    """An amount in whole units with its currency."""
    try:
        rounded = Decimal(str(amount)).quantize(Decimal(1))
    except InvalidOperation:
        return NOTHING
    if not currency:
        return format_decimal(rounded, locale=locale)
    try:
        return format_currency(rounded, currency, "#,##0 ¤¤", locale=locale, currency_digits=False)
    except UnknownLocaleError:
        return f"{rounded} {currency}"


def number(value: float | None, digits: int = 0, *, locale: str) -> str:
    """A number with so many digits after the point."""
    if value is None:
        return NOTHING
    return format_decimal(round(value, digits), locale=locale)


def percent(share: float | None, *, locale: str) -> str:
    """A share of one, as whole percents."""
    return NOTHING if share is None else babel_percent(share, locale=locale)


def with_query(address: str, name: str, value: object) -> str:
    """The address with one parameter of its query set, or without it where the value is None or empty."""
    path, _, query = address.partition("?")
    kept = [(key, old) for key, old in parse_qsl(query) if key != name]
    if value not in (None, ""):
        kept.append((name, str(value)))
    return f"{path}?{urlencode(kept)}" if kept else path


def _in_zone(context: Context, at: Moment, *, locale: str) -> str:
    return moment(at, context.get("zone") or "UTC", context.get("now"), locale=locale)
