"""Keys and values that a file may not have at this place."""

from __future__ import annotations

from mapping.mistakes.mistake import Mistake
from mapping.parsed import CONNECTIONS, CONVEYOR, TEAM

_SOURCE = "one_of: [referral]"
_REQUIRES = "requires: [amount]"

OF_VALUES = (
    Mistake("unknown-key", CONVEYOR, "accept_within: 4h", "acept_within: 4h"),
    Mistake("missing-key", CONVEYOR, "timezone: Europe/Sofia\n", ""),
    Mistake("unknown-word", CONVEYOR, "mode: enforce", "mode: strict"),
    Mistake("text-expected", CONVEYOR, "title: Sales manager", "title: 12"),
    Mistake("number-expected", CONVEYOR, "at_least: 1000", "at_least: much"),
    Mistake("number-out-of-range", TEAM, "roles: [hunter]", "roles: [hunter], capacity: -1"),
    Mistake("true-or-false-expected", CONVEYOR, "stages:\n", 'in_order: "true"\n    stages:\n'),
    Mistake("list-expected", CONVEYOR, "roles: [scout]", "roles: scout"),
    Mistake("empty-list", CONVEYOR, "roles: [scout]", "roles: []"),
    Mistake("table-expected", CONVEYOR, "meeting: {}", "meeting: [amount]"),
    Mistake("value-expected", CONVEYOR, _SOURCE, "one_of: [[referral]]"),
    Mistake("condition-expected", CONVEYOR, _REQUIRES, "requires: [[amount]]"),
    Mistake("one-field-each", CONVEYOR, _REQUIRES, "requires: [{amount: {}, currency: {}}]"),
    Mistake("bad-name", CONVEYOR, "growth: {}", "up selling: {}"),
    Mistake("bad-duration", CONVEYOR, "accept_within: 4h", "accept_within: 4 hours"),
    Mistake("bad-rate", CONVEYOR, "3 per 1h", "3/h"),
    Mistake("bad-percent", CONVEYOR, "[50%, 90%]", "[50%, 150%]"),
    Mistake("bad-time", CONVEYOR, '"09:00"', '"9:00"'),
    Mistake(
        "bad-date", TEAM, "roles: [hunter]", "roles: [hunter], away: [{from: 2026-13-24, until: 2027-01-02}]"
    ),
    Mistake("bad-moment", CONVEYOR, _SOURCE, "before: soon"),
    Mistake("bad-pattern", CONVEYOR, _SOURCE, 'matches: "(?=x)"'),
    Mistake("bad-email", TEAM, "email: olena@acme.example", "email: olena"),
    Mistake(
        "bad-currency",
        TEAM,
        "roles: [hunter]",
        "roles: [hunter], quota: {amount: 5, currency: Euro, per: month}",
    ),
    Mistake("bad-reference", CONNECTIONS, "${HUBSPOT_TOKEN}", "${HUBSPOT TOKEN}"),
    Mistake("secret-in-file", CONNECTIONS, '"${HUBSPOT_TOKEN}"', "pat-eu1-1234"),
    Mistake("bad-url", CONNECTIONS, "connections:", "public_url: conveyor.example.com\nconnections:"),
    Mistake("auth-shape", CONNECTIONS, 'auth: {token: "${HUBSPOT_TOKEN}"}', "auth: {client_id: x}"),
)
