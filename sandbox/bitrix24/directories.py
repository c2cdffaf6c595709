"""What a portal is made of: pipelines, stages, currencies, people, and the system methods."""

import operator
from collections.abc import Callable
from typing import Any, Final

from . import clock
from .applications import CLIENT_ID
from .communications import find_by_communication
from .context import Answer, Context, Method
from .errors import RestError, error
from .fields import COMPANY, CONTACT, DEAL
from .paging import PAGE
from .php import is_true, pairs_of, to_int, values_of
from .pipelines import Category
from .portal import Person, Portal

SCOPES: Final = ("crm", "task", "user", "user_basic")
_COMPARE: Final[tuple[tuple[str, Callable[[Any, Any], bool]], ...]] = (
    (">=", operator.ge),
    ("<=", operator.le),
    (">", operator.gt),
    ("<", operator.lt),
    ("!", operator.ne),
    ("=", operator.eq),
)


def _categories(context: Context) -> list[Category]:
    kind = to_int(context.params.get("entityTypeId"))
    if kind not in context.portal.schemas:
        raise error("type_unknown")
    if kind != DEAL:
        name = {CONTACT: "CONTACT", COMPANY: "COMPANY"}[kind]
        raise RestError(400, "ENTITY_TYPE_NOT_SUPPORTED", f"Entity type {name} is not supported")
    return context.portal.categories


def category_list(context: Context) -> Answer:
    """crm.category.list"""
    categories = _categories(context)
    return Answer({"categories": [category.shown() for category in categories]}, len(categories))


def category_get(context: Context) -> Answer:
    """crm.category.get"""
    id = to_int(context.params.get("id"))
    category = next((one for one in _categories(context) if one.id == id), None)
    if category is None:
        raise error("element_unknown")
    return Answer({"category": category.shown()})


def status_list(context: Context) -> Answer:
    """crm.status.list"""
    rows = [row for category in context.portal.categories for row in category.rows()]
    for key, wanted in pairs_of(context.param("filter")).items():
        accepted, name = {str(value) for value in values_of(wanted)}, key.lstrip("=")
        rows = [row for row in rows if name not in row or str(row[name]) in accepted]
    for key, direction in reversed(pairs_of(context.param("order")).items()):
        if key in ("SORT", "ID", "NAME", "STATUS_ID", "ENTITY_ID"):
            down = str(direction).upper() == "DESC"
            rows.sort(key=lambda row: _number_or_text(row[key]), reverse=down)
    return Answer(rows[:PAGE], len(rows))


def _number_or_text(text: str) -> tuple[int, str]:
    return (int(text), "") if text.isdigit() else (0, text)


def status_types(context: Context) -> Answer:
    """crm.status.entity.types"""
    others = [{"ID": "SOURCE", "NAME": "Sources"}, {"ID": "DEAL_TYPE", "NAME": "Deal type"}]
    return Answer([*others, *(category.directory() for category in context.portal.categories)])


def status_items(context: Context) -> Answer:
    """crm.status.entity.items"""
    rows = [row for one in context.portal.categories for row in one.rows()]
    wanted = context.params.get("entityId")
    return Answer(
        [
            {"NAME": row["NAME"], "SORT": int(row["SORT"]), "STATUS_ID": row["STATUS_ID"]}
            for row in rows
            if row["ENTITY_ID"] == wanted
        ]
    )


def currency_list(context: Context) -> Answer:
    """crm.currency.list, whose total is always 0."""
    stamp = clock.show(1706524120, context.portal.zone)
    rows = [
        {
            "CURRENCY": code,
            "AMOUNT_CNT": "1",
            "AMOUNT": "1.0000",
            "SORT": str(100 * number),
            "BASE": "Y" if number == 1 else "N",
            "FULL_NAME": code,
            "LID": "en",
            "FORMAT_STRING": f"# {code}",
            "DEC_POINT": ".",
            "THOUSANDS_SEP": "&nbsp;",
            "DECIMALS": "2",
            "DATE_UPDATE": stamp,
        }
        for number, code in enumerate(context.portal.currencies, start=1)
    ]
    return Answer(rows, 0)


def _profile(portal: Portal, person: Person) -> dict[str, Any]:
    return {
        "ID": str(person.id),
        "ACTIVE": person.active,
        "NAME": person.name.partition(" ")[0],
        "LAST_NAME": person.name.partition(" ")[2],
        "SECOND_NAME": "",
        "EMAIL": person.email,
        "LAST_LOGIN": clock.show(portal.seconds(), portal.zone),
        "DATE_REGISTER": clock.show(1706486400, portal.zone),
        "TIME_ZONE": "",
        "IS_ONLINE": "N",
        # Documented oddity: an empty object, which a PHP server shows so.
        "TIMESTAMP_X": {},
        "LAST_ACTIVITY_DATE": {},
        "PERSONAL_GENDER": "",
        "WORK_POSITION": "",
        "UF_EMPLOYMENT_DATE": "",
        "UF_DEPARTMENT": [1],
        "USER_TYPE": "employee",
    }


def user_get(context: Context) -> Answer:
    """user.get"""
    people = [one for one in sorted(context.portal.people.values(), key=lambda one: one.id) if not one.hidden]
    conditions = pairs_of(context.param("FILTER")) | {
        key: value
        for key, value in context.params.items()
        if key.lstrip(">=<!@").upper() in ("ID", "EMAIL", "ACTIVE")
    }
    for key, wanted in conditions.items():
        people = [one for one in people if _fits(one, key, wanted)]
    if str(context.param("ORDER", "ASC")).upper() == "DESC":
        people.reverse()
    start = to_int(context.param("start"))
    page = [_profile(context.portal, person) for person in people[max(start, 0) :][:PAGE]]
    if start < 0:
        return Answer(page, 0)
    return Answer(page, len(people), start + PAGE if start + PAGE < len(people) else None)


def _fits(person: Person, key: str, wanted: Any) -> bool:
    name = key.lstrip(">=<!@").upper()
    if name == "ACTIVE":
        return person.active == is_true(wanted)
    if name == "EMAIL":
        return person.email in [str(value) for value in values_of(wanted)]
    if name != "ID":
        return True
    compare = next((test for prefix, test in _COMPARE if key.startswith(prefix)), operator.eq)
    return any(compare(person.id, to_int(value)) for value in values_of(wanted))


def user_current(context: Context) -> Answer:
    """user.current"""
    return Answer(_profile(context.portal, context.portal.people[context.user_id]))


def server_time(context: Context) -> Answer:
    """server.time"""
    return Answer(clock.show(context.portal.seconds(), context.portal.zone))


def scope(context: Context) -> Answer:
    """scope"""
    return Answer(list(SCOPES))


def feature_get(context: Context) -> Answer:
    """feature.get"""
    code = context.param("CODE")
    if not code:
        raise error("feature_code")
    return Answer({"value": "Y" if code in ("rest_offline_extended", "rest_auth_connector") else "N"})


def app_info(context: Context) -> Answer:
    """app.info, which refuses webhooks."""
    if context.by_webhook:
        raise error("application_only")
    return Answer(
        {
            "ID": 5,
            "CODE": CLIENT_ID,
            "VERSION": 1,
            "STATUS": "L",
            "INSTALLED": True,
            "PAYMENT_EXPIRED": "N",
            "DAYS": None,
            "LANGUAGE_ID": "en",
            "LICENSE": "en_pro100",
            "LICENSE_TYPE": "pro100",
            "LICENSE_FAMILY": "pro",
        }
    )


def find_by_comm(context: Context) -> Answer:
    """crm.duplicate.findbycomm"""
    type_ = str(context.params.get("type") or "").upper()
    if not type_:
        raise error("comm_type")
    if type_ not in ("EMAIL", "PHONE"):
        text = f"Communication type '{type_}' is not supported in current context"
        raise RestError(400, text, text)
    values = [str(value) for value in values_of(context.params.get("values"))][:20]
    if not values:
        raise error("comm_values")
    wanted = str(context.params.get("entity_type") or "").upper()
    kinds = [kind for kind, name in ((CONTACT, "CONTACT"), (COMPANY, "COMPANY")) if wanted in ("", name)]
    found = find_by_communication(context.portal, type_, values, kinds)
    return Answer(found or [])


METHODS: Final[dict[str, Method]] = {
    "crm.category.list": category_list,
    "crm.category.get": category_get,
    "crm.status.list": status_list,
    "crm.status.entity.types": status_types,
    "crm.status.entity.items": status_items,
    "crm.currency.list": currency_list,
    "crm.duplicate.findbycomm": find_by_comm,
    "user.get": user_get,
    "user.current": user_current,
    "server.time": server_time,
    "scope": scope,
    "feature.get": feature_get,
    "app.info": app_info,
}
