"""Names that do not exist, things that stand twice, rules that cannot work: how the files fit together."""

from __future__ import annotations

from mapping.mistakes.mistake import Mistake
from mapping.parsed import CASES, CONVEYOR, TEAM

_HUBSPOT, _CLOSE = "mappings/hubspot.yaml", "mappings/close.yaml"
_LEAST_LOADED = "by: least_loaded"
_SAFETY = "\nsafety:"
_HUNTER = "roles: [hunter]"

OF_RULES = (
    Mistake("unknown-stage", _HUBSPOT, "is: qualification", "is: qualificaton"),
    Mistake("unknown-section", CONVEYOR, "to: conversion", "to: conversation"),
    Mistake("unknown-role", CONVEYOR, "roles: [farmer]", "roles: [farmr]"),
    Mistake("unknown-connection", _HUBSPOT, "connection: hubspot", "connection: hubspott"),
    Mistake("unknown-member", CONVEYOR, _LEAST_LOADED, "by: person, person: ivo@acme.example"),
    Mistake("unknown-timezone", CONVEYOR, "Europe/Sofia", "Europe/Sophia"),
    Mistake("unknown-holidays", CONVEYOR, "holidays: BG", "holidays: BGR"),
    Mistake("unknown-placeholder", CONVEYOR, "maker {decision_maker}.", "maker {decision_makr}."),
    Mistake("unmapped-field", CONVEYOR, "requires: [lost_reason]", "requires: [why_lost]"),
    Mistake("reserved-field", _HUBSPOT, "  budget:", "  owner: hubspot_owner_id\n  budget:"),
    Mistake("same-crm-field", _HUBSPOT, "closed_lost_reason", "budget__c"),
    Mistake("write-back-over-field", _HUBSPOT, "section: conveyor_section", "section: budget__c"),
    Mistake("field-not-mapped-here", _HUBSPOT, "  budget: budget__c\n", ""),
    Mistake("stage-without-meaning", _HUBSPOT, "is: negotiation}", "write_back: true}"),
    Mistake("mapped-and-ignored", _HUBSPOT, "is: negotiation}", "is: negotiation, ignore: true}"),
    Mistake("pipeline-without-stages", _HUBSPOT, 'id: "77"}, ignore: true}', 'id: "77"}}'),
    Mistake("duplicate-pipeline", _HUBSPOT, 'id: "77"', "id: default"),
    Mistake("duplicate-stage-id", _HUBSPOT, 'id: "9912"', "id: contractsent"),
    Mistake("nothing-to-write", _HUBSPOT, "is: negotiation}", "is: negotiation, write_back: false}"),
    Mistake("file-name", _HUBSPOT, "connection: hubspot", "connection: close"),
    Mistake("no-mapping", _CLOSE),
    Mistake("stage-not-mapped", CONVEYOR, "meeting: {}", "meeting: {}\n      demo: {}"),
    Mistake("section-not-in-crm", CONVEYOR, "  retention:\n", "  retention:\n    crm: hubspot\n"),
    Mistake("duplicate-stage", CONVEYOR, "growth: {}", "won: {}"),
    Mistake("role-without-people", CONVEYOR, "  head:  ", "  closer: {}\n  head:  "),
    Mistake("bad-hours", CONVEYOR, '"18:00"', '"08:00"'),
    Mistake("same-section", CONVEYOR, "to: conversion", "to: lead_generation"),
    Mistake(
        "duplicate-handoff",
        CONVEYOR,
        _SAFETY,
        f"  - {{from: conversion, to: retention, assign: {{to: farmer, by: round_robin}}}}\n{_SAFETY}",
    ),
    Mistake(
        "no-handoff",
        CONVEYOR,
        "    from: lead_generation\n    to: conversion",
        "    from: conversion\n    to: lead_generation",
    ),
    Mistake(
        "no-door",
        CONVEYOR,
        "\nhandoffs:\n",
        "  delivery:\n    crm: close\n    roles: [farmer]\n    stages: {handed: {}}\n\nhandoffs:\n"
        "  - {from: conversion, to: delivery, assign: {to: farmer, by: round_robin}}\n",
    ),
    Mistake("no-deadline", CONVEYOR, "    accept_within: 4h", "    # accept_within: 4h"),
    Mistake("won-without-stage", CONVEYOR, "{status: won, requires", "{requires"),
    Mistake("person-missing", CONVEYOR, _LEAST_LOADED, "by: person"),
    Mistake("person-unused", CONVEYOR, _LEAST_LOADED, f"{_LEAST_LOADED}, person: ivan@acme.example"),
    Mistake("person-without-role", CONVEYOR, _LEAST_LOADED, "by: person, person: olena@acme.example"),
    Mistake("impossible-condition", CONVEYOR, "{at_least: 1000,", "{at_least: 1000, at_most: 10,"),
    Mistake(
        "growth-anchor", CONVEYOR, _SAFETY, f"growth:\n  - {{open: renewal, before: won, by: 30d}}\n{_SAFETY}"
    ),
    Mistake("duplicate-member", TEAM, "petar@acme.example", "olena@acme.example"),
    Mistake(
        "duplicate-account",
        TEAM,
        "}\n  - {name: Ivan",
        ', accounts: {hubspot: "1"}}\n  - {accounts: {hubspot: "1"}, name: Ivan',
    ),
    Mistake("bad-period", TEAM, _HUNTER, f"{_HUNTER}, away: [{{from: 2026-12-24, until: 2026-12-01}}]"),
    Mistake(
        "covers-themselves",
        TEAM,
        _HUNTER,
        f"{_HUNTER}, away: [{{from: 2026-12-24, until: 2026-12-31, covered_by: petar@acme.example}}]",
    ),
    Mistake("moves-nowhere", CASES, "moved_to: meeting", "moved_to: qualification"),
)
