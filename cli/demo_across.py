"""The second conveyor of `conveyor demo`: one line across three of its CRMs, with rules and a home of its own.

It works in pipelines that the rules of the day ignore. CRMs send their webhooks to one place: to it, while it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cli.demo_crm import Crm
from cli.demo_house import DemoHouse, Listen, crm_under, start
from cli.demo_parts import Parts
from mapping.loader import load_ruleset
from sync.settings import Settings

RULES = Path(__file__).parent / "across"
HOME = "across"


@contextmanager
def open_across(day: DemoHouse, listen_at: Listen, fill: Callable[[list[Crm]], None]) -> Iterator[DemoHouse]:
    """Start it beside the conveyor of the day, and end it afterwards.

    `listen_at` opens a socket; `fill` makes the deals that are there before it comes.
    """
    rules, home = load_ruleset(RULES), day.parts.home / HOME
    home.mkdir(exist_ok=True)
    own = {"CONVEYOR_HOME": str(home), "CONVEYOR_CONFIG": str(RULES)}
    with ExitStack() as stack:
        parts = Parts(home, day.parts.stop, stack, own)
        lent = [crm for crm in day.crms if crm.name in rules.connections]
        crms = [crm_under(crm.name, crm.url, rules, stack) for crm in lent]
        fill(crms)
        listener = stack.enter_context(listen_at(0))
        house = start(parts, Settings(home=home, config=RULES), rules, crms, listener)
        for crm in crms:
            house.send_webhooks(crm)
        yield house
        for crm in lent:
            day.send_webhooks(crm)
