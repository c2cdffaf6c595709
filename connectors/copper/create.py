"""Creates a deal with its contact and company; each is looked for first, so repeating doubles nothing.

Facts: docs/connectors/copper.md#creating
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from connectors.base import Grants, Lane
from connectors.copper import people, read, stages
from connectors.copper.account import KEY_LABEL, NUMBER_LABEL, OPPORTUNITY, Account, Facts
from connectors.copper.answers import Item, own_id, rows_of
from connectors.copper.client import Client
from connectors.copper.records import Reading
from connectors.copper.unsure import Unsure
from connectors.copper.update import CURRENCY, receipt, to_body, to_raw
from connectors.errors import AuthFailed, Missing, Rejected
from mapping.model import PEOPLE_FIELDS, CreateDeal, Receipt

NEWEST = 10  # of the deals of a contact or company that a repeat looks at, one call each

DEFINITIONS: Mapping[str, str] = {KEY_LABEL: "String", NUMBER_LABEL: "Float"}
"""Our own fields: the key in full, and a number made of it, for texts cannot be searched."""


def create_deal(client: Client, unsure: Unsure, reading: Reading, body: CreateDeal, attempt: int) -> Receipt:
    """Create the deal, or find the one with our key. The account must have our fields, see `ensure_fields`.

    Raises Rejected for values that Copper cannot hold, Transient while an earlier attempt may still turn up.
    """
    raw = _raw(reading, body)
    known = _found(client, reading, body) or (_related(client, reading, body) if attempt > 1 else None)
    if known is not None:
        return receipt(reading, known)
    unsure.wait(body.deal_key)
    company = people.company_for(client, body)
    contact = people.contact_for(client, body, company, attempt)
    raw |= {"company_id": company} if company is not None else {}
    with unsure.sending(body.deal_key):
        if contact is not None:
            return receipt(reading, _post(client, {**raw, "primary_contact_id": contact}))
        return receipt(reading, _without_contact(client, body, raw, company, attempt))


def ensure_fields(client: Client, account: Account, grants: Grants) -> None:
    """Make our fields if the account does not have them, one process at a time.

    Raises Rejected with what to do by hand if our user may not make them.
    """
    if _lacking(account.facts(Lane.WRITE)):
        with grants.lock():
            account.forget()
            for label in _lacking(account.facts(Lane.WRITE)):
                _define(client, label)
            account.forget()


def deal_number(key: str) -> int:
    """A number of nine digits for a key: several keys may share one, so what is found by it is compared."""
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % 10**9


# --- what is written ---


def _raw(reading: Reading, body: CreateDeal) -> dict[str, object]:
    stage = body.values.get("stage")
    if stage is None:
        raise Rejected("A deal without a stage would land on Copper's first pipeline: it needs a stage.")
    if not body.values.get("title"):
        raise Rejected("A deal in Copper needs a name: it has no title.")
    raw = stages.to_raw(stage, None, reading.facts.pipelines)
    if raw["status"] == stages.OPEN:  # which it is by itself
        del raw["status"]
    for name, value in body.values.items():
        if name != "stage" and name not in PEOPLE_FIELDS and value is not None:
            raw |= to_raw(reading, name, value)
    key, number = reading.facts.key, reading.facts.number
    assert key is not None and number is not None
    return {**raw, key.name: body.deal_key, number.name: deal_number(body.deal_key)}


def _without_contact(
    client: Client, body: CreateDeal, raw: dict[str, object], company: int | None, attempt: int
) -> Item:
    """A deal for nobody; where the account takes none, for somebody named like the company or the deal."""
    try:
        return _post(client, raw)
    except Rejected as error:
        if error.status != 422:
            raise
    person = people.stand_in(client, body, company, str(raw["name"]), attempt)
    return _post(client, {**raw, "primary_contact_id": person})


def _post(client: Client, raw: dict[str, object]) -> Item:
    """Make the deal; without its currency where the account does not take one."""
    try:
        return client.post("/opportunities", to_body(raw))
    except Rejected as error:
        if error.status != 422 or CURRENCY not in raw:
            raise
    return client.post("/opportunities", to_body({key: each for key, each in raw.items() if key != CURRENCY}))


# --- what is there already ---


def _found(client: Client, reading: Reading, body: CreateDeal) -> Item | None:
    """The deal with our key by the search, which lags: that it finds none means little."""
    assert reading.facts.number is not None
    condition = {
        "custom_field_definition_id": int(reading.facts.number.name),
        "value": deal_number(body.deal_key),
    }
    query = {"custom_fields": [condition], "sort_by": "date_created", "sort_direction": "asc"}
    rows = client.found("opportunities", query, Lane.WRITE)
    ours = [own_id(row) for row in rows if reading.deal_key(row) == body.deal_key]
    return next(_deals(client, ours), None)


def _related(client: Client, reading: Reading, body: CreateDeal) -> Item | None:
    """The deal with our key by the relations of its contact and company, which know it at once."""
    for path in people.paths_of(client, body):
        related = rows_of(client.get(f"{path}/related/opportunities", Lane.WRITE))
        newest = sorted((own_id(row) for row in related), key=int, reverse=True)[:NEWEST]
        for deal in _deals(client, newest):
            if reading.deal_key(deal) == body.deal_key:
                return deal
    return None


def _deals(client: Client, ids: Iterable[str]) -> Iterator[Item]:
    for deal_id in ids:
        try:
            yield read.deal(client, deal_id, Lane.WRITE)
        except Missing:  # deleted since it was found
            continue


# --- our own fields ---


def _lacking(facts: Facts) -> list[str]:
    return [label for label, field in ((KEY_LABEL, facts.key), (NUMBER_LABEL, facts.number)) if field is None]


def _define(client: Client, label: str) -> None:
    definition = {
        "name": label,
        "data_type": DEFINITIONS[label],
        "available_on": [OPPORTUNITY],
        "is_filterable": True,
    }
    try:
        client.post("/custom_field_definitions", definition)
    except (Rejected, AuthFailed) as error:
        if error.status == 401:
            raise
        raise Rejected(
            f"To make deals, the conveyor needs the opportunity field {label!r} of type "
            f"{DEFINITIONS[label]} in Copper and may not add it itself: add it in Settings, or give the user of "
            f"the API key administrator rights. {error}",
            status=error.status,
        ) from error
