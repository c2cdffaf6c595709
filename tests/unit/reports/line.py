"""A small line for reports: two connections, two sections with norms, quotas, growth and a practice."""

from __future__ import annotations

from functools import cache

from mapping.loader import load_files
from mapping.ruleset import Ruleset

OLENA, PETAR, HANA, MARIA = (f"{name}@acme.example" for name in ("olena", "petar", "hana", "maria"))

CONNECTIONS = """
connections:
  hubspot: {crm: hubspot, auth: {token: "${TOKEN}"}}
  zoho: {crm: hubspot, auth: {token: "${TOKEN}"}}
"""

CONVEYOR = """
name: Counted line
timezone: Europe/Sofia
working_hours: {days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00"}
mode: enforce
roles:
  scout: {title: Lead hunter}
  hunter: {title: Sales manager}
  farmer: {title: Account manager}
sections:
  leads:
    roles: [scout]
    stages:
      fresh: {follow_up_after: 1d}
      qualified: {}
  sales:
    roles: [hunter]
    stages:
      meeting: {follow_up_after: 2d}
      proposal: {}
      won: {status: won}
      lost: {status: lost}
  care:
    roles: [farmer]
    stages:
      onboarding: {}
      referral: {}
handoffs:
  - name: Scout to hunter
    from: leads
    to: sales
    assign: {to: hunter, by: round_robin}
    accept_within: 4h
    if_late: [return]
    return_reasons: [not ready, no budget]
  - name: Hunter to farmer
    from: sales
    to: care
    on: won
    assign: {to: farmer, by: round_robin}
practices:
  - {name: Referral asked, stage: referral, at_least_once_in: 5d}
"""

TEAM = """
team:
  - {name: Olena K., email: olena@acme.example, roles: [scout]}
  - {name: Petar D., email: petar@acme.example, roles: [hunter], quota: {amount: 10000, currency: EUR, per: month}}
  - {name: Hana V., email: hana@acme.example, roles: [hunter]}
  - {name: Maria S., email: maria@acme.example, roles: [farmer]}
"""

STAGES = ("fresh", "qualified", "meeting", "proposal", "won", "lost", "onboarding", "referral")

MAPPING = """
connection: {name}
pipelines:
  - pipeline: {{crm: Sales, id: P}}
    stages:
{stages}
"""


def _mapping(name: str) -> str:
    stages = "\n".join(
        f"      - {{crm: {stage.title()}, id: {stage.upper()}, is: {stage}}}" for stage in STAGES
    )
    return MAPPING.format(name=name, stages=stages)


@cache
def rules() -> Ruleset:
    """The rules of this line."""
    return load_files(
        {
            "connections.yaml": CONNECTIONS,
            "conveyor.yaml": CONVEYOR,
            "team.yaml": TEAM,
            "mappings/hubspot.yaml": _mapping("hubspot"),
            "mappings/zoho.yaml": _mapping("zoho"),
        }
    )
