"""The rules of a whole line for properties: in order, playbooks, ladders, follow-ups, growth, room, absences.

Its three sections live in one CRM, or in two, where the first shows the stages of the others too.
"""

from __future__ import annotations

from functools import cache

from mapping.loader import load_files
from mapping.ruleset import Ruleset

from .line import Swap

CONNECTIONS = """
connections:
  crm:  {crm: hubspot, auth: {token: "${TOKEN}"}}
  rear: {crm: hubspot, auth: {token: "${TOKEN}"}}
"""

CONVEYOR = """
name: Whole line
timezone: Europe/Sofia
working_hours: {days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00"}
mode: enforce
outsiders: judge
roles:
  scout: {title: Scout}
  hunter: {title: Hunter}
  farmer: {title: Farmer}
  head: {title: Head, may_move: anywhere}
sections:
  leads:
    roles: [scout]
    stages:
      fresh: {follow_up_after: 2d, playbook: [{task: "Call them", due: 1d, required: true}]}
      qualified: {follow_up_after: 3d, playbook: [{task: "Look around", due: 1d}]}
  sales:
    roles: [hunter]
    in_order: true
    stages:
      meeting: {follow_up_after: 2d}
      proposal: {requires: [amount], playbook: [{task: "Sign", due: 2d, required: true}]}
      won: {status: won, requires: [{amount: {at_least: 1}}]}
      lost: {status: lost, requires: [lost_reason]}
  care:
    roles: [farmer]
    stages:
      onboarding: {playbook: [{task: "Welcome call", due: 1d, required: true}]}
      growing: {follow_up_after: 5d}
      renewal: {follow_up_after: 5d}
      referral: {}
handoffs:
  - name: Leads to sales
    from: leads
    to: sales
    requires: [{budget: {at_least: 1000, ask: "How much?"}}, decision_maker]
    unless: [{source: {one_of: [referral]}}]
    assign: {to: hunter, by: least_loaded, if_nobody: wait}
    accept_within: 4h
    remind_at: [50%, 90%]
    if_late: [reassign, escalate, return]
    return_reasons: [not ready, wrong fit]
  - name: Sales to care
    from: sales
    to: care
    on: won
    assign: {to: farmer, by: same_as_before, else: weighted}
    accept_within: 1d
    remind_at: [50%]
    if_late: [escalate, reassign]
    carry: [amount, contract_end]
growth:
  - {open: renewal, before: contract_end, by: 60d}
  - {open: referral, after: won, by: 30d}
safety: {moves_per_deal: 3 per 1h}
"""

TEAM = """
team:
  - {name: Olena K., email: olena@acme.example, roles: [scout]}
  - {name: Omar T., email: omar@acme.example, roles: [scout]}
  - {name: Petar D., email: petar@acme.example, roles: [hunter], capacity: 1}
  - name: Hana V.
    email: hana@acme.example
    roles: [hunter]
    away: [{from: 2026-03-05, until: 2026-03-09, covered_by: petar@acme.example}]
  - {name: Maria S., email: maria@acme.example, roles: [farmer], weight: 2, capacity: 3}
  - {name: Mila R., email: mila@acme.example, roles: [farmer], language: uk}
  - {name: Ivan P., email: ivan@acme.example, roles: [head]}
"""

CRM = """
connection: crm
pipelines:
  - pipeline: {crm: Sales, id: P}
    stages:
      - {crm: Fresh, id: FRESH, is: fresh}
      - {crm: Qualified, id: QUALIFIED, is: qualified}
      - {crm: Meeting, id: MEETING, is: meeting}
      - {crm: Meeting again, id: MEETING_AGAIN, is: meeting, write_back: false}
      - {crm: Proposal, id: PROPOSAL, is: proposal}
      - {crm: Won, id: WON, is: won}
      - {crm: Lost, id: LOST, is: lost}
      - {crm: Old, id: OLD, ignore: true}
      - {crm: Onboarding, id: ONBOARDING, is: onboarding}
      - {crm: Growing, id: GROWING, is: growing}
      - {crm: Renewal, id: RENEWAL, is: renewal}
      - {crm: Referral, id: REFERRAL, is: referral}
fields:
  budget: budget_field
  decision_maker: decision_maker_field
  lost_reason: lost_reason_field
  contract_end: contract_end_field
  return_reason: return_reason_field
write_back: {section: section_field, accept_by: accept_by_field}
"""

REAR = """
connection: rear
pipelines:
  - pipeline: {crm: Care, id: P}
    stages:
      - {crm: Back, id: QUALIFIED, is: qualified}
      - {crm: Meeting, id: MEETING, is: meeting}
      - {crm: Proposal, id: PROPOSAL, is: proposal}
      - {crm: Won, id: WON, is: won}
      - {crm: Lost, id: LOST, is: lost}
      - {crm: Onboarding, id: ONBOARDING, is: onboarding}
      - {crm: Growing, id: GROWING, is: growing}
      - {crm: Renewal, id: RENEWAL, is: renewal}
      - {crm: Referral, id: REFERRAL, is: referral}
fields: {contract_end: contract_end_field, lost_reason: lost_reason_field}
write_back: {section: section_field}
"""

FILES = {
    "connections.yaml": CONNECTIONS,
    "conveyor.yaml": CONVEYOR,
    "team.yaml": TEAM,
    "mappings/crm.yaml": CRM,
    "mappings/rear.yaml": REAR,
}

CARE_ELSEWHERE = ("    roles: [farmer]\n    stages:", "    roles: [farmer]\n    crm: rear\n    stages:")
SALES_ELSEWHERE = ("    roles: [hunter]\n    in_order", "    roles: [hunter]\n    crm: rear\n    in_order")
LEADS_HERE = ("    roles: [scout]\n    stages:", "    roles: [scout]\n    crm: crm\n    stages:")
PATIENT = ("moves_per_deal: 3 per 1h", "moves_per_deal: 1000 per 1h")
OTHER_TIMES = ('from: "09:00", to: "18:00"', 'from: "08:00", to: "14:00"')


@cache
def whole_line(*swaps: Swap) -> Ruleset:
    """The rules with these texts of the conveyor swapped."""
    text = CONVEYOR
    for old, new in swaps:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return load_files({**FILES, "conveyor.yaml": text})


@cache
def over_two_crms(*swaps: Swap) -> Ruleset:
    """The same line, where sales and care live in the second CRM."""
    return whole_line(LEADS_HERE, SALES_ELSEWHERE, CARE_ELSEWHERE, *swaps)
