"""The rules that the tests of the core start from: a three-tier line in one CRM, and one over two CRMs."""

from __future__ import annotations

from functools import cache

from mapping.loader import load_files
from mapping.ruleset import Ruleset

Swap = tuple[str, str]
"""A text of the configuration, and what stands there instead."""

CONNECTIONS = """
connections:
  crm: {crm: hubspot, auth: {token: "${TOKEN}"}}
"""

CONVEYOR = """
name: Test line
timezone: Europe/Sofia
working_hours: {days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00"}
mode: enforce
outsiders: judge
roles:
  scout: {title: Lead hunter}
  hunter: {title: Sales manager}
  farmer: {title: Account manager}
  head: {title: Head of sales, may_move: anywhere}
sections:
  leads:
    roles: [scout]
    stages:
      prospecting: {}
      qualification: {}
  sales:
    roles: [hunter]
    stages:
      meeting: {}
      proposal: {requires: [amount]}
      negotiation: {}
      won: {status: won, requires: [{amount: {at_least: 1}}]}
      lost: {status: lost, requires: [lost_reason]}
  care:
    roles: [farmer]
    stages:
      onboarding: {}
      renewal: {}
handoffs:
  - name: Scout to hunter
    from: leads
    to: sales
    requires:
      - {decision_maker: {ask: "Who signs?"}}
      - {budget: {at_least: 1000, ask: "What can they spend this quarter?"}}
      - {any_of: [contact_phone, contact_email]}
    unless: [{source: {one_of: [referral]}}]
    assign: {to: hunter, by: least_loaded}
    accept_within: 4h
    brief: "{title} for {amount} {currency} - decision maker {decision_maker}, phone {contact_phone}."
  - name: Hunter to farmer
    from: sales
    to: care
    on: won
    assign: {to: farmer, by: round_robin}
safety: {moves_per_deal: 3 per 1h}
"""

TEAM = """
team:
  - {name: Olena K., email: olena@acme.example, roles: [scout]}
  - {name: Omar T., email: omar@acme.example, roles: [scout]}
  - {name: Petar D., email: petar@acme.example, roles: [hunter]}
  - {name: Hana V., email: hana@acme.example, roles: [hunter]}
  - {name: Maria S., email: maria@acme.example, roles: [farmer]}
  - {name: Mila R., email: mila@acme.example, roles: [farmer]}
  - {name: Ivan P., email: ivan@acme.example, roles: [head]}
"""

MAPPING = """
connection: crm
pipelines:
  - pipeline: {crm: Sales, id: P}
    stages:
      - {crm: Prospecting, id: PROSPECTING, is: prospecting}
      - {crm: Qualification, id: QUALIFICATION, is: qualification}
      - {crm: Meeting, id: MEETING, is: meeting}
      - {crm: Proposal, id: PROPOSAL, is: proposal}
      - {crm: Proposal sent again, id: PROPOSAL_AGAIN, is: proposal, write_back: false}
      - {crm: Negotiation, id: NEGOTIATION, is: negotiation}
      - {crm: Won, id: WON, is: won}
      - {crm: Lost, id: LOST, is: lost}
      - {crm: Old, id: OLD, ignore: true}
      - {crm: Onboarding, id: ONBOARDING, is: onboarding, write_back: false}
  - {pipeline: {crm: Partners, id: Z}, ignore: true}
fields:
  budget: budget_field
  decision_maker: decision_maker_field
  lost_reason: lost_reason_field
write_back:
  section: section_field
  accept_by: accept_by_field
"""

FILES = {
    "connections.yaml": CONNECTIONS,
    "conveyor.yaml": CONVEYOR,
    "team.yaml": TEAM,
    "mappings/crm.yaml": MAPPING,
}

TWO_CONNECTIONS = """
connections:
  north: {crm: hubspot, auth: {token: "${TOKEN}"}}
  south: {crm: hubspot, auth: {token: "${TOKEN}"}}
"""

TWO_CONVEYOR = """
name: A line over two CRMs
timezone: Europe/Sofia
mode: enforce
roles:
  scout: {title: Scout}
  hunter: {title: Hunter}
sections:
  leads:
    roles: [scout]
    crm: north
    stages:
      fresh: {}
      qualified: {}
  sales:
    roles: [hunter]
    crm: south
    stages:
      meeting: {}
      proposal: {}
handoffs:
  - name: North to south
    from: leads
    to: sales
    requires: [budget]
    assign: {to: hunter, by: round_robin}
    accept_within: 4h
"""

TWO_TEAM = """
team:
  - {name: Sam, email: sam@acme.example, roles: [scout]}
  - {name: Hugo, email: hugo@acme.example, roles: [hunter]}
"""

NORTH = """
connection: north
pipelines:
  - pipeline: {crm: Leads, id: NORTH}
    stages:
      - {crm: Fresh, id: FRESH, is: fresh}
      - {crm: Qualified, id: QUALIFIED, is: qualified}
      - {crm: Handed over, id: DOOR, is: meeting}
fields: {budget: budget_of_north, only_north: a_field}
"""

SOUTH = """
connection: south
pipelines:
  - pipeline: {crm: Sales, id: SOUTH}
    stages:
      - {crm: Meeting, id: MEETING, is: meeting}
      - {crm: Proposal, id: PROPOSAL, is: proposal}
fields: {budget: budget_of_south}
"""

TWO_FILES = {
    "connections.yaml": TWO_CONNECTIONS,
    "conveyor.yaml": TWO_CONVEYOR,
    "team.yaml": TWO_TEAM,
    "mappings/north.yaml": NORTH,
    "mappings/south.yaml": SOUTH,
}


@cache
def house(*swaps: Swap) -> Ruleset:
    """The rules of the line in one CRM, with these texts swapped; each must stand in exactly one file."""
    return load_files(_swapped(FILES, swaps))


@cache
def two_houses(*swaps: Swap) -> Ruleset:
    """The rules of the line over two CRMs, `north` and `south`."""
    return load_files(_swapped(TWO_FILES, swaps))


def _swapped(files: dict[str, str], swaps: tuple[Swap, ...]) -> dict[str, str]:
    texts = dict(files)
    for old, new in swaps:
        [file] = [name for name, text in texts.items() if old in text]
        texts[file] = texts[file].replace(old, new)
    return texts
