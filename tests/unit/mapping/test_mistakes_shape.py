"""Each wrong key or value is found once, at its exact place, and causes no other error.

In a row, `§` marks where the problem is to be reported.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

Row = tuple[str, str, str, str, str]
"""File, a text in it, what that is replaced by (with the mark), the problem's code, how its message begins."""

CONVEYOR, CONNECTIONS, TEAM, CASES, HUBSPOT = (
    "conveyor.yaml",
    "connections.yaml",
    "team.yaml",
    "cases.yaml",
    "mappings/hubspot.yaml",
)

ROWS: list[Row] = [
    (
        CONVEYOR,
        "mode: enforce",
        "mode: §enforced",
        "unknown-word",
        "unknown mode 'enforced' - did you mean 'enforce'?",
    ),
    (
        CONVEYOR,
        "    accept_within: 4h",
        "    §acept_within: 4h",
        "unknown-key",
        "unknown key 'acept_within' - did you mean 'accept_within'?",
    ),
    (
        CONVEYOR,
        "at_least: 1000",
        "§atleast: 1000",
        "unknown-key",
        "unknown key 'atleast' - did you mean 'at_least'?",
    ),
    (
        CONVEYOR,
        "- name: Scout to hunter\n    from: lead_generation\n",
        "- §name: Scout to hunter\n",
        "missing-key",
        "'from' is missing here",
    ),
    (
        CONVEYOR,
        "name: Acme sales conveyor\ntimezone: Europe/Sofia\n",
        "§name: Acme\n",
        "missing-key",
        "'timezone' is missing here",
    ),
    (
        CONVEYOR,
        "roles: [scout]",
        "roles: §scout",
        "list-expected",
        "expected a list, such as [a, b], found the text 'scout'",
    ),
    (CONVEYOR, "roles: [scout]", "roles: §[]", "empty-list", "'roles' is empty"),
    (
        CONVEYOR,
        "at_least_once_in: 30d}",
        "at_least_once_in: 30d}\n\n§handoff: []",
        "unknown-key",
        "unknown key 'handoff' - did you mean 'handoffs'?",
    ),
    (CONVEYOR, "meeting: {}", "meeting: §[a]", "table-expected", "expected a table with keys, found a list"),
    (CONVEYOR, "title: Sales manager", "title: §12", "text-expected", "expected text, found the number 12"),
    (CONVEYOR, "title: Sales manager", 'title: §" "', "empty-value", "an empty text"),
    (
        CONVEYOR,
        "required: true",
        'required: §"true"',
        "true-or-false-expected",
        "expected true or false, found the text",
    ),
    (
        TEAM,
        "capacity: 40",
        'capacity: §"40"',
        "number-expected",
        "expected a whole number, found the text '40'",
    ),
    (
        TEAM,
        "capacity: 40",
        "capacity: §-1",
        "number-out-of-range",
        "'capacity': input should be greater than",
    ),
    (CONVEYOR, "deals: 50, percent: 5}", "deals: 50, percent: §500}", "number-out-of-range", "'percent'"),
    (
        CONVEYOR,
        "accept_within: 4h",
        "accept_within: §4 hours",
        "bad-duration",
        "'4 hours' is not a duration: write 30m, 4h",
    ),
    (CONVEYOR, "accept_within: 4h", "accept_within: §0h", "bad-duration", "'0h' is not a duration"),
    (CONVEYOR, "3 per 1h", "§3/h", "bad-rate", "'3/h' is not a rate: write for instance 3 per 1h"),
    (CONVEYOR, "[50%, 90%]", "[50%, §150%]", "bad-percent", "'150%' is not a percentage"),
    (CONVEYOR, '"09:00"', '§"9:00"', "bad-time", "'9:00' is not a time of day"),
    (CONVEYOR, '"09:00"', '§"24:00"', "bad-time", "'24:00' is not a time of day"),
    (TEAM, "from: 2026-12-24", "from: §2026-13-24", "bad-date", "'2026-13-24' is not a date"),
    (TEAM, "email: olena@acme.example", "email: §olena", "bad-email", "'olena' is not an e-mail address"),
    (TEAM, "currency: EUR", "currency: §Euro", "bad-currency", "'Euro' is not a currency"),
    (TEAM, "per: month", "per: §moth", "unknown-word", "unknown per 'moth' - did you mean 'month'?"),
    (CONVEYOR, "at_least: 1000", "at_least: §much", "number-expected", "'much' is not a number"),
    (CONVEYOR, "one_of: [referral]", "one_of: §referral", "list-expected", "expected a list"),
    (CONVEYOR, "one_of: [referral]", "one_of: [§[referral]]", "value-expected", "expected a text, a number"),
    (CONVEYOR, "one_of: [referral]", 'matches: §"("', "bad-pattern", "this pattern cannot be used: "),
    (
        CONVEYOR,
        "one_of: [referral]",
        'matches: §"(?=x)"',
        "bad-pattern",
        "this pattern cannot be used: look-around",
    ),
    (CONVEYOR, "one_of: [referral]", "before: §soon", "bad-moment", "'soon' is not a date or a duration"),
    (
        CONVEYOR,
        "requires: [amount]",
        "requires: [§[amount]]",
        "condition-expected",
        "expected a field, a test of a field",
    ),
    (
        CONVEYOR,
        "requires: [amount]",
        "requires: [§{amount: {}, currency: {}}]",
        "one-field-each",
        "one condition names one",
    ),
    (CONVEYOR, "requires: [amount]", 'requires: [§"a b"]', "bad-name", "'a b' is not a name"),
    (
        CONVEYOR,
        "days: [mon, tue",
        "days: [mon, §tues",
        "unknown-word",
        "unknown days 'tues' - did you mean 'tue'?",
    ),
    (
        CONVEYOR,
        "name: Acme sales conveyor",
        "name: Acme\nlanguage: §ua",
        "unknown-word",
        "unknown language 'ua'",
    ),
    (CONNECTIONS, "crm: zoho", "crm: §zohoo", "unknown-word", "unknown crm 'zohoo' - did you mean 'zoho'?"),
    (CONNECTIONS, "  zoho:\n    crm: zoho\n", "  §zoho:\n", "missing-key", "'crm' is missing here"),
    (CONNECTIONS, "region: eu", "region: §europe", "unknown-word", "unknown region 'europe'"),
    (CONNECTIONS, "    poll_every: 5m", "    §region: eu", "unknown-key", "unknown key 'region'"),
    (
        CONNECTIONS,
        '"${HUBSPOT_TOKEN}"',
        "§pat-eu1-1234",
        "secret-in-file",
        "a secret must not stand in the file",
    ),
    (
        CONNECTIONS,
        '"${HUBSPOT_TOKEN}"',
        '§"${HUBSPOT TOKEN}"',
        "bad-reference",
        "a variable of the environment is written",
    ),
    (HUBSPOT, "id: closedwon", "id: §[closedwon]", "text-expected", "expected text, found a list"),
    (
        HUBSPOT,
        "section: conveyor_section",
        "§sektion: conveyor_section",
        "unknown-key",
        "unknown key 'sektion' - did you",
    ),
    (
        CASES,
        "then: returned",
        "then: §return",
        "unknown-word",
        "unknown then 'return' - did you mean 'returned'?",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[3]}-{row[4][:30]}")
def test_it_is_the_only_error(refused: Callable[[Row], None], row: Row) -> None:
    refused(row)
