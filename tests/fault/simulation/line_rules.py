"""The rules of the whole line: three sections in three CRMs, deadlines, playbooks, growth; and how they change."""

from __future__ import annotations

from mapping.loader import load_files
from mapping.ruleset import Ruleset

CONNECTIONS = """
connections:
  front:  {crm: hubspot, auth: {token: "${TOKEN}"}}
  middle: {crm: hubspot, auth: {token: "${TOKEN}"}}
  rear:   {crm: hubspot, auth: {token: "${TOKEN}"}}
"""

CONVEYOR = """
name: Whole line
timezone: Europe/Sofia
working_hours: {days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00"}
mode: enforce
roles:
  scout: {title: Scout}
  hunter: {title: Hunter}
  farmer: {title: Farmer}
  head: {title: Head, may_move: anywhere}
sections:
  leads:
    title: Leads
    roles: [scout]
    crm: front
    stages:
      fresh: {follow_up_after: 2d, playbook: [{task: "Call them", due: 1d, required: true}]}
      qualified: {follow_up_after: 3d}
  sales:
    title: Sales
    roles: [hunter]
    crm: middle
    stages:
      negotiation: {follow_up_after: 2d, playbook: [{task: "Send the offer", due: 1d}]}
      proposal: {playbook: [{task: "Sign", due: 2d, required: true}]}
      won: {status: won}
      lost: {status: lost}
  care:
    title: Care
    roles: [farmer]
    crm: rear
    stages:
      onboarding: {playbook: [{task: "Welcome call", due: 1d, required: true}]}
      growing: {follow_up_after: 5d}
      renewal: {follow_up_after: 5d}
      referral: {}
handoffs:
  - name: Leads to sales
    from: leads
    to: sales
    requires: [{amount: {at_least: 10, ask: "How much?"}}]
    assign: {to: hunter, by: least_loaded, if_nobody: wait}
    accept_within: 4h
    remind_at: [50%, 90%]
    if_late: [reassign, escalate, return]
    return_reasons: [not ready, wrong fit]
  - name: Sales to care
    from: sales
    to: care
    on: won
    assign: {to: farmer, by: same_as_before, else: round_robin}
    accept_within: 1d
    remind_at: [50%]
    if_late: [reassign, escalate]
    carry: [amount, contract_end]
growth:
  - {open: renewal, before: contract_end, by: 60d}
  - {open: referral, after: won, by: 30d}
safety: {moves_per_deal: 4 per 1h}
"""

TEAM = """
team:
  - {name: Sam, email: sam@acme.example, roles: [scout]}
  - {name: Sue, email: sue@acme.example, roles: [scout]}
  - {name: Hana, email: hana@acme.example, roles: [hunter], away: [{from: 2026-03-03, until: 2026-03-06}]}
  - {name: Hugo, email: hugo@acme.example, roles: [hunter], capacity: 2, timezone: America/Toronto}
  - {name: Fay, email: fay@acme.example, roles: [farmer], weight: 2, capacity: 3}
  - name: Finn
    email: finn@acme.example
    roles: [farmer]
    working_hours: {days: [mon, tue, wed, sat], from: "07:00", to: "13:00"}
    away: [{from: 2026-03-02, until: 2026-03-05, covered_by: fay@acme.example}]
  - {name: Hedy, email: hedy@acme.example, roles: [head]}
"""

FRONT = """
connection: front
pipelines:
  - pipeline: {crm: Leads, id: p}
    stages:
      - {crm: New, id: f1, is: fresh}
      - {crm: Hot, id: f2, is: fresh, write_back: false}
      - {crm: Qualified, id: f3, is: qualified}
      - {crm: Handed over, id: f4, is: negotiation}
      - {crm: Lost, id: f5, is: lost}
      - {crm: Odd, id: f9, ignore: true}
fields: {note: note, contract_end: contract_end}
"""

MIDDLE = """
connection: middle
pipelines:
  - pipeline: {crm: Sales, id: q}
    stages:
      - {crm: Back to leads, id: m1, is: qualified}
      - {crm: Talking, id: m2, is: negotiation}
      - {crm: Talking again, id: m3, is: negotiation, write_back: false}
      - {crm: Offer, id: m4, is: proposal}
      - {crm: Won, id: m5, is: won}
      - {crm: Lost, id: m6, is: lost}
fields: {note: note, contract_end: contract_end}
write_back: {section: c_section, accept_by: c_accept_by}
"""

REAR = """
connection: rear
pipelines:
  - pipeline: {crm: Care, id: r}
    stages:
      - {crm: Welcome, id: r1, is: onboarding}
      - {crm: Growing, id: r2, is: growing}
      - {crm: Renewing, id: r3, is: renewal}
      - {crm: Asked, id: r4, is: referral}
fields: {note: note, contract_end: contract_end}
"""

FILES = {
    "connections.yaml": CONNECTIONS,
    "conveyor.yaml": CONVEYOR,
    "team.yaml": TEAM,
    "mappings/front.yaml": FRONT,
    "mappings/middle.yaml": MIDDLE,
    "mappings/rear.yaml": REAR,
}

OTHER_TIMES = {
    'from: "09:00", to: "18:00"': 'from: "08:00", to: "14:00"',
    "accept_within: 4h": "accept_within: 6h",
    "follow_up_after: 2d": "follow_up_after: 1d",
}
"""A new version: shorter days, more time to accept, less patience with silence."""

STAGES = {
    "front": ("p", ["f1", "f2", "f3", "f4", "f4", "f5"]),
    "middle": ("q", ["m1", "m2", "m3", "m4", "m5", "m5", "m6"]),
    "rear": ("r", ["r1", "r2", "r3", "r4"]),
}
ONWARD = {
    "f1": "f3",
    "f2": "f3",
    "f3": "f4",
    "m1": "m2",
    "m2": "m4",
    "m3": "m4",
    "m4": "m5",
    "r1": "r2",
    "r2": "r3",
}
"""Where whoever works there moves a deal next; the last of a CRM hands it on."""
PEOPLE = ("sam", "sue", "hana", "hugo", "fay", "finn", "hedy")
AT_WORK = {"front": ("sam", "sue"), "middle": ("hana", "hugo"), "rear": ("fay", "finn")}


def versions() -> tuple[Ruleset, Ruleset]:
    """The rules that the history begins with, and those that come and go."""
    other = CONVEYOR
    for before, after in OTHER_TIMES.items():
        assert before in other
        other = other.replace(before, after)
    return load_files(FILES), load_files({**FILES, "conveyor.yaml": other})


RULES, OTHER = versions()


def means(connection: str) -> dict[str, str | None]:
    """What each CRM stage of a connection means on the line."""
    return {line.id: line.means for p in RULES.mappings[connection].pipelines for line in p.stages}
