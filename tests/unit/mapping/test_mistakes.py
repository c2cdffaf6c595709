"""Each kind of mistake is found once, at its exact place, in plain words, and causes no other error.

In a row, `§` marks where the problem is to be reported.
"""

from __future__ import annotations

import pytest

from mapping.loader import check_files

Row = tuple[str, str, str, str, str]
"""File, text, what it is replaced by (with the mark), code, message."""

CONVEYOR, CONNECTIONS, TEAM, CASES, HUBSPOT = (
    "conveyor.yaml",
    "connections.yaml",
    "team.yaml",
    "cases.yaml",
    "mappings/hubspot.yaml",
)

YAML: list[Row] = [
    (CONVEYOR, "title: Sales manager", "title: §no", "yaml-boolean", "no without quotes is true or false to"),
    (
        CONVEYOR,
        "title: Sales manager",
        "title: §Yes",
        "yaml-boolean",
        "Yes without quotes is true or false to",
    ),
    (CONVEYOR, "required: true", "required: §on", "yaml-boolean", "on without quotes is true or false to"),
    (CONVEYOR, "growth: {}", "§off: {}", "yaml-boolean", "the key off is true or false to some programs"),
    (CONVEYOR, '"09:00"', "§12:30", "yaml-time", "12:30 without quotes is a number of minutes"),
    (CONVEYOR, "at_least: 1000", "at_least: §1_000", "yaml-number", "1_000 without quotes is another number"),
    (HUBSPOT, '"9912"', "§0012", "yaml-number", "0012 without quotes is another number"),
    (
        CONVEYOR,
        "  head:  ",
        "  §scout: {}\n  head:  ",
        "duplicate-key",
        "duplicate key 'scout': it stands in line 7",
    ),
    (CONVEYOR, "due: 1d, required", "due: 1d, §due: 2d, required", "duplicate-key", "duplicate key 'due'"),
    (CONVEYOR, "    title: Lead generation", "§\ttitle: Lead generation", "tab", "a tab in the indentation"),
    (CONVEYOR, "mode: enforce", "mode: §\tenforce", "tab", "a tab where YAML allows none"),
    (CONVEYOR, "  hunter: {title", "  hunter: §&one {title", "anchor", "the anchor &one"),
    (CONVEYOR, "title: Sales manager", "title: §!!str Sales", "tag", "the tag tag:yaml.org,2002:str"),
    (CONVEYOR, "growth: {}", "growth: {§<<: {}}", "merge-key", "the merge key <<"),
    (CONVEYOR, "\ngrowth:", "\n§---\ngrowth:", "several-documents", "a second document begins here"),
    (CONVEYOR, "name: Acme", "? §[a, b]\n: c\nname: Acme", "key-not-text", "a key must be a word"),
    (CONVEYOR, "growth: {}", "§true: {}", "key-not-text", "the key true means true or false"),
    (CONVEYOR, "mode: enforce", "mode: enforce§: x", "syntax", "mapping values are not allowed here"),
    (CONVEYOR, "mode: enforce", "§mode:", "empty-value", "'mode' has no value"),
    (CONVEYOR, "requires: [amount]", "§requires: ", "empty-value", "'requires' has no value"),
    (CONVEYOR, "title: Sales manager", "title: Sa§\x07les", "unreadable-character", "an invisible control"),
    (CONVEYOR, "title: Sales manager", 'title: §"\\ud800"', "unreadable-character", "an escape that stands"),
    (
        CONVEYOR,
        "growth: {}",
        "§grоwth: {}",
        "look-alike-letters",
        "'grоwth' mixes Latin letters with look-alikes",
    ),
    (HUBSPOT, "is: won", "is: §wоn", "look-alike-letters", "'wоn' mixes Latin letters with look-alikes"),
    (TEAM, "roles: [scout]", "roles: [§sсоut]", "look-alike-letters", "'sсоut' mixes Latin letters"),
]

SHAPE: list[Row] = [
    (CONVEYOR, "mode: enforce", "mode: §enforced", "unknown-word", "unknown mode 'enforced' - did you mean 'enforce'?"),
    (CONVEYOR, "    accept_within: 4h", "    §acept_within: 4h", "unknown-key", "unknown key 'acept_within' - did you mean 'accept_within'?"),
    (CONVEYOR, "at_least: 1000", "§atleast: 1000", "unknown-key", "unknown key 'atleast' - did you mean 'at_least'?"),
    (CONVEYOR, "- name: Scout to hunter\n    from: lead_generation\n", "- §name: Scout to hunter\n", "missing-key", "'from' is missing here"),
    (CONVEYOR, "name: Acme sales conveyor\ntimezone: Europe/Sofia\n", "§name: Acme\n", "missing-key", "'timezone' is missing here"),
    (CONVEYOR, "roles: [scout]", "roles: §scout", "list-expected", "expected a list, such as [a, b], found the text 'scout'"),
    (CONVEYOR, "roles: [scout]", "roles: §[]", "empty-list", "'roles' is empty"),
    (CONVEYOR, "at_least_once_in: 30d}", "at_least_once_in: 30d}\n\nhandoff: []".replace("handoff", "§handoff"), "unknown-key", "unknown key 'handoff' - did you mean 'handoffs'?"),
    (CONVEYOR, "meeting: {}", "meeting: §[a]", "table-expected", "expected a table with keys, found a list"),
    (CONVEYOR, "title: Sales manager", "title: §12", "text-expected", "expected text, found the number 12"),
    (CONVEYOR, "title: Sales manager", 'title: §" "', "empty-value", "an empty text"),
    (CONVEYOR, "required: true", 'required: §"true"', "true-or-false-expected", "expected true or false, found the text"),
    (TEAM, "capacity: 40", 'capacity: §"40"', "number-expected", "expected a whole number, found the text '40'"),
    (TEAM, "capacity: 40", "capacity: §-1", "number-out-of-range", "'capacity': input should be greater than"),
    (CONVEYOR, "deals: 50, percent: 5}", "deals: 50, percent: §500}", "number-out-of-range", "'percent'"),
    (CONVEYOR, "accept_within: 4h", "accept_within: §4 hours", "bad-duration", "'4 hours' is not a duration: write 30m, 4h"),
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
    (CONVEYOR, "one_of: [referral]", 'matches: §"("', "bad-pattern", "this pattern cannot be used: "),
    (CONVEYOR, "one_of: [referral]", 'matches: §"(?=x)"', "bad-pattern", "this pattern cannot be used: look-around"),
    (CONVEYOR, "one_of: [referral]", "before: §soon", "bad-moment", "'soon' is not a date or a duration"),
    (CONVEYOR, "requires: [amount]", "requires: [§[amount]]", "condition-expected", "expected a field, a test of a field"),
    (CONVEYOR, "requires: [amount]", "requires: [§{amount: {}, currency: {}}]", "one-field-each", "one condition names one"),
    (CONVEYOR, "requires: [amount]", 'requires: [§"a b"]', "bad-name", "'a b' is not a name"),
    (CONVEYOR, "days: [mon, tue", "days: [mon, §tues", "unknown-word", "unknown days 'tues' - did you mean 'tue'?"),
    (CONVEYOR, "name: Acme sales conveyor", "name: Acme\nlanguage: §ua", "unknown-word", "unknown language 'ua'"),
    (CONNECTIONS, "crm: zoho", "crm: §zohoo", "unknown-word", "unknown crm 'zohoo' - did you mean 'zoho'?"),
    (CONNECTIONS, "  zoho:\n    crm: zoho\n", "  §zoho:\n", "missing-key", "'crm' is missing here"),
    (CONNECTIONS, "region: eu", "region: §europe", "unknown-word", "unknown region 'europe'"),
    (CONNECTIONS, "    poll_every: 5m", "    §region: eu", "unknown-key", "unknown key 'region'"),
    (CONNECTIONS, '"${HUBSPOT_TOKEN}"', "§pat-eu1-1234", "secret-in-file", "a secret must not stand in the file"),
    (CONNECTIONS, '"${HUBSPOT_TOKEN}"', '§"${HUBSPOT TOKEN}"', "bad-reference", "a variable of the environment is written"),
    (HUBSPOT, "id: closedwon", "id: §[closedwon]", "text-expected", "expected text, found a list"),
    (HUBSPOT, "section: conveyor_section", "§sektion: conveyor_section", "unknown-key", "unknown key 'sektion' - did you"),
    (CASES, "then: returned", "then: §return", "unknown-word", "unknown then 'return' - did you mean 'returned'?"),
]  # fmt: skip

ACROSS: list[Row] = [
    (HUBSPOT, "is: qualification", "is: §qualificaton", "unknown-stage", "unknown stage 'qualificaton' - did you mean 'qualification'?"),
    (HUBSPOT, "is: won", "is: §ѕсоре", "unknown-stage", "unknown stage 'ѕсоре'"),
    (HUBSPOT, "             is: won}", "             is: won, §ignore: true}", "mapped-and-ignored", "the stage 'Closed won' has a meaning"),
    (HUBSPOT, '- {crm: Old stage,                id: "9912",                ignore: true}', '- §{crm: Old stage, id: "9912"}', "stage-without-meaning", "the stage 'Old stage' is neither mapped nor ignored"),
    (HUBSPOT, 'id: "9912"', "id: §contractsent", "duplicate-stage-id", "the stage 'contractsent' stands in line 10 already"),
    (HUBSPOT, 'id: "77"', "id: §default", "duplicate-pipeline", "the pipeline 'default' stands in line 3 already"),
    (HUBSPOT, '- {pipeline: {crm: Partner deals, id: "77"}, ignore: true}', '- §{pipeline: {crm: Partner deals, id: "77"}}', "pipeline-without-stages", "the pipeline 'Partner deals' has no stages"),
    (HUBSPOT, "    stages:", "    §ignore: true\n    stages:", "mapped-and-ignored", "the pipeline 'Sales Pipeline' is ignored, and has"),
    (HUBSPOT, "connection: hubspot", "connection: §hubspott", "unknown-connection", "unknown connection 'hubspott' - did you mean 'hubspot'?"),
    (HUBSPOT, "connection: hubspot", "connection: §zoho", "file-name", "the mapping of 'zoho' belongs into mappings/zoho.yaml"),
    (HUBSPOT, "  budget: budget__c", "  budget: budget__c\n  §owner: hubspot_owner_id", "reserved-field", "'owner' needs no line"),
    (HUBSPOT, "section: conveyor_section", "section: §budget__c", "write-back-over-field", "'budget__c' is read as 'budget'"),
    (CONVEYOR, "roles: [farmer]", "roles: [§farmr]", "unknown-role", "unknown role 'farmr' - did you mean 'farmer'?"),
    (CONVEYOR, "  retention:\n", "  retention:\n    crm: §hubspott\n", "unknown-connection", "unknown connection 'hubspott'"),
    (CONVEYOR, "  retention:\n", "  retention:\n    crm: §hubspot\n", "section-not-in-crm", "'hubspot' maps no stage of 'retention'"),
    (CONVEYOR, "      growth: {}", "      §won: {}", "duplicate-stage", "the stage 'won' stands in line 28 already"),
    (CONVEYOR, "Europe/Sofia", "§Europe/Sophia", "unknown-timezone", "unknown time zone 'Europe/Sophia' - did you mean 'Europe/Sofia'?"),
    (CONVEYOR, '"18:00"', '§"08:00"', "bad-hours", "work ends before it begins"),
    (CONVEYOR, "holidays: BG", "holidays: §BGR-99", "unknown-holidays", "no holidays are known for 'BGR-99'"),
    (CONVEYOR, "  head:  ", "  §closer: {}\n  head:  ", "role-without-people", "nobody on the team is a closer"),
    (CONVEYOR, "    to: conversion", "    to: §conversation", "unknown-section", "unknown section 'conversation' - did you mean 'conversion'?"),
    (CONVEYOR, "    to: conversion", "    to: §lead_generation", "same-section", "a hand-off leads into another section"),
    (CONVEYOR, "\ngrowth:", "  - §{from: conversion, to: retention, assign: {to: farmer, by: round_robin}}\n\ngrowth:", "duplicate-handoff", "line 55 has a rule from 'conversion' to 'retention' already"),
    (CONVEYOR, "\ngrowth:", "  - {from: conversion, to: lead_generation, on: §won, assign: {to: scout, by: round_robin}}\n\ngrowth:", "duplicate-handoff", "line 55 says already what happens on won"),
    (CONVEYOR, "assign: {to: hunter", "assign: {to: §hunters", "unknown-role", "unknown role 'hunters' - did you mean 'hunter'?"),
    (CONVEYOR, "assign: {to: hunter, by: least_loaded", "§assign: {to: hunter, by: person", "person-missing", "which person?"),
    (CONVEYOR, "assign: {to: hunter, by: least_loaded", "assign: {to: hunter, by: least_loaded, person: §ivan@acme.example", "person-unused", "nothing here assigns"),
    (CONVEYOR, "assign: {to: hunter, by: least_loaded", "assign: {to: hunter, by: person, person: §ivo@acme.example", "unknown-member", "unknown member 'ivo@acme.example' - did you mean 'ivan@acme.example'?"),
    (CONVEYOR, "assign: {to: hunter, by: least_loaded", "assign: {to: hunter, by: person, person: §olena@acme.example", "person-without-role", "olena@acme.example is not a hunter"),
    (CONVEYOR, "- {budget: {", "- {§budgett: {", "unmapped-field", "the field 'budgett' is mapped nowhere - did you mean 'budget'?"),
    (CONVEYOR, "requires: [lost_reason]", "requires: [§why_lost]", "unmapped-field", "the field 'why_lost' is mapped nowhere"),
    (CONVEYOR, "[contact_phone, contact_email]", "[contact_phone, §contact_mail]", "unmapped-field", "the field 'contact_mail' is mapped nowhere - did you mean 'contact_email'?"),
    (CONVEYOR, "[{source: {", "[{§sourse: {", "unmapped-field", "the field 'sourse' is mapped nowhere - did you mean 'source'?"),
    (CONVEYOR, "carry: [amount, contract_end]", "carry: [amount, §contract_ends]", "unmapped-field", "the field 'contract_ends' is mapped"),
    (CONVEYOR, "before: contract_end", "before: §contract_ends", "unmapped-field", "the field 'contract_ends' is mapped nowhere"),
    (CONVEYOR, "maker {decision_maker}.", "maker §{decision_makr}.", "unknown-placeholder", "unknown placeholder {decision_makr} - did you mean {decision_maker}?"),
    (CONVEYOR, "{at_least: 1000, ask", "{at_least: 1000, at_most: §10, ask", "impossible-condition", "nothing is at least 1000 and at most 10"),
    (CONVEYOR, "open: renewal", "open: §renewals", "unknown-stage", "unknown stage 'renewals' - did you mean 'renewal'?"),
    (CONVEYOR, "- {open: renewal, before: contract_end, ", "- §{open: renewal, ", "growth-anchor", "exactly one of `before` and `after`"),
    (CONVEYOR, "before: contract_end", "before: §won", "growth-anchor", "nobody knows beforehand when a deal is won"),
    (CONVEYOR, "stage: referral", "stage: §referal", "unknown-stage", "unknown stage 'referal' - did you mean 'referral'?"),
    (TEAM, "roles: [scout]", "roles: [scout, §huntr]", "unknown-role", "unknown role 'huntr' - did you mean 'hunter'?"),
    (TEAM, "petar@acme.example", "§Olena@acme.example", "duplicate-member", "olena@acme.example stands in line 2 already"),
    (TEAM, "covered_by: ivan@", "covered_by: §ivo@", "unknown-member", "unknown member 'ivo@acme.example' - did you mean 'ivan@acme.example'?"),
    (TEAM, "covered_by: ivan@", "covered_by: §petar@", "covers-themselves", "nobody covers for themselves"),
    (TEAM, "until: 2027-01-02", "until: §2025-01-02", "bad-period", "this absence ends before it begins"),
    (TEAM, "accounts: {bitrix24", "accounts: {§bitrix", "unknown-connection", "unknown connection 'bitrix' - did you mean 'bitrix24'?"),
    (CONNECTIONS, 'auth: {token: "${HUBSPOT_TOKEN}"}', "§auth: {}", "auth-shape", "no credentials"),
    (CONNECTIONS, 'auth: {token: "${HUBSPOT_TOKEN}"}', '§auth: {token: "${A}", client_id: x}', "auth-shape", "two kinds of credentials at once"),
    (CONNECTIONS, 'auth: {token: "${HUBSPOT_TOKEN}"}', '§auth: {client_id: x, client_secret: "${A}"}', "auth-shape", "refresh_token missing"),
    (CONNECTIONS, "https://conveyor.example.com", "§conveyor.example.com", "bad-url", "'conveyor.example.com' is not an address"),
    (CASES, "stage: qualification", "stage: §qualify", "unknown-stage", "unknown stage 'qualify'"),
    (CASES, "moved_to: meeting", "moved_to: §meting", "unknown-stage", "unknown stage 'meting' - did you mean 'meeting'?"),
    (CASES, "by: scout", "by: §scoot", "unknown-role", "unknown role 'scoot' - did you mean 'scout'?"),
    (CASES, "by: scout", "by: §ole@acme.example", "unknown-member", "unknown member 'ole@acme.example'"),
    (CASES, "budget: 500", "§budgett: 500", "unmapped-field", "the field 'budgett' is mapped nowhere"),
]  # fmt: skip

WARNINGS: list[Row] = [
    (CONVEYOR, "name: Acme", "§\ufeffname: Acme", "byte-order-mark", "this file begins with an invisible byte order"),
    (CONVEYOR, "- name: Hunter to farmer\n    from: conversion\n    to: retention\n    on: won\n    assign: {to: farmer, by: same_as_before, else: round_robin}\n    accept_within: 1d\n", "- §from: conversion\n    to: retention\n    assign: {to: farmer, by: round_robin}\n    if_late: [escalate]\n", "no-deadline", "there is no deadline"),
    (CONVEYOR, "  retention:\n", "  §retention:\n", "stage-not-mapped", "no CRM maps any stage of 'retention'"),
    (CONVEYOR, "      meeting: {}", "      meeting: {}\n      §demo: {}", "stage-not-mapped", "no CRM maps the stage 'demo'"),
    (CONVEYOR, "  conversion:\n    roles", "  §conversion:\n    roles", "no-handoff", "no hand-off leads from"),
    (HUBSPOT, "is: negotiation}", "is: negotiation, §write_back: false}", "nothing-to-write", "nothing may be written for 'negotiation'"),
    (HUBSPOT, "lost_reason: closed_lost_reason", "lost_reason: §budget__c", "same-crm-field", "'budget__c' is 'budget' already"),
    (CONNECTIONS, "  zoho:", "  §zoho:", "no-mapping", "mappings/zoho.yaml is missing: no deal of 'zoho' is on the line"),
]  # fmt: skip


def _changed(files: dict[str, str], row: Row) -> str:
    """Put the mistake in; returns how its problem begins, place and all."""
    file, old, new, _, message = row
    assert old in files[file], f"{old!r} is not in {file}"
    text = files[file].replace(old, new, 1)
    before, mark, after = text.partition("§")
    assert mark, "the row does not say where"
    files[file] = before + after
    return f"{file}:{before.count(chr(10)) + 1}:{len(before.rpartition(chr(10))[2]) + 1}: {message}"


@pytest.mark.parametrize("row", [*YAML, *SHAPE, *ACROSS], ids=lambda row: f"{row[3]}-{row[4][:30]}")
def test_a_mistake_is_the_only_error(files: dict[str, str], row: Row) -> None:
    expected = _changed(files, row)
    ruleset, problems = check_files(files)
    errors = [problem for problem in problems if problem.severity == "error"]
    assert [(problem.code, str(problem)[: len(expected)]) for problem in errors] == [(row[3], expected)]
    assert ruleset is None


@pytest.mark.parametrize("row", WARNINGS, ids=lambda row: row[3])
def test_a_warning_stops_nothing(files: dict[str, str], row: Row) -> None:
    expected = _changed(files, row)
    if row[3] == "no-handoff":
        files[CONVEYOR] = files[CONVEYOR].replace("from: lead_generation", "from: retention")
    ruleset, problems = check_files(files)
    found = [str(problem) for problem in problems if problem.code == row[3] and problem.severity == "warning"]
    assert any(text.startswith(expected) for text in found), found
    assert ruleset is not None
