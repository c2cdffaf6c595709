"""The rules of the simulated house: two CRMs, a section in each, many CRM stages for one of the line."""

from __future__ import annotations

CONNECTIONS = """
connections:
  north: {crm: hubspot, auth: {token: "${TOKEN}"}}
  south: {crm: hubspot, auth: {token: "${TOKEN}"}}
"""

CONVEYOR = """
name: Simulated line
timezone: Europe/Sofia
mode: enforce
roles:
  scout: {title: Scout}
  hunter: {title: Hunter}
  head: {title: Head, may_move: anywhere}
sections:
  leads:
    title: Leads
    roles: [scout]
    crm: north
    stages:
      fresh: {}
      qualified: {}
  sales:
    title: Sales
    roles: [hunter]
    crm: south
    stages:
      negotiation: {}
      proposal: {}
      won: {status: won}
handoffs:
  - name: Leads to sales
    from: leads
    to: sales
    requires: [{amount: {at_least: 20, ask: "How much?"}}]
    assign: {to: hunter, by: least_loaded}
    accept_within: 4h
safety: {moves_per_deal: 4 per 1h}
"""

TEAM = """
team:
  - {name: Sam, email: sam@acme.example, roles: [scout], accounts: {north: n-sam, south: s-sam}}
  - {name: Hana, email: hana@acme.example, roles: [hunter], accounts: {north: n-hana, south: s-hana}}
  - {name: Hugo, email: hugo@acme.example, roles: [hunter], accounts: {north: n-hugo, south: s-hugo}}
  - {name: Hedy, email: hedy@acme.example, roles: [head], accounts: {north: n-hedy, south: s-hedy}}
"""

NORTH = """
connection: north
pipelines:
  - pipeline: {crm: Leads, id: p}
    stages:
      - {crm: New, id: n1, is: fresh}
      - {crm: Hot, id: n2, is: fresh, write_back: false}
      - {crm: Qualified, id: n3, is: qualified}
      - {crm: Handed over, id: n4, is: negotiation}
      - {crm: Odd, id: n9, ignore: true}
fields: {note: note}
"""

SOUTH = """
connection: south
pipelines:
  - pipeline: {crm: Sales, id: q}
    stages:
      - {crm: Back to leads, id: s1, is: qualified}
      - {crm: Talking, id: s2, is: negotiation}
      - {crm: Talking again, id: s3, is: negotiation, write_back: false}
      - {crm: Offer, id: s4, is: proposal}
      - {crm: Offer re-sent, id: s5, is: proposal, write_back: false}
      - {crm: Won, id: s6, is: won}
fields: {note: note}
"""

FILES = {
    "connections.yaml": CONNECTIONS,
    "conveyor.yaml": CONVEYOR,
    "team.yaml": TEAM,
    "mappings/north.yaml": NORTH,
    "mappings/south.yaml": SOUTH,
}

STAGES = {"north": ("p", ["n1", "n2", "n3", "n4"]), "south": ("q", ["s1", "s2", "s3", "s4", "s5", "s6"])}
PEOPLE = ("sam", "hana", "hugo", "hedy")
