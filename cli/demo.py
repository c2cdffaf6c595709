"""`conveyor demo`: a scripted day of sales on the sandbox CRMs, told as it happens and checked in the CRMs."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import RUN, command
from cli.given import Given
from cli.output import console, say
from cli.trouble import PROBLEMS, Failed

if TYPE_CHECKING:
    from cli.demo_account import Played
    from cli.demo_day import Day
    from cli.demo_house import DemoHouse
    from mapping.ruleset import Ruleset
    from sync.settings import Settings

HOME = Path("var/demo")


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, RUN, json=False)(demo)


def demo(
    given: Given,
    once: Annotated[
        bool, typer.Option("--once", help="End by itself; exit code 0 only if all was found in the CRMs.")
    ] = False,
) -> None:
    """A day of sales on the sandbox CRMs, told as it happens.

    Needs no account anywhere. Runs the example configuration in a home of its own (CONVEYOR_HOME, else var/demo),
    and stays up afterwards, to be tried by hand.
    """
    import threading

    from cli.demo_day import Day
    from cli.demo_house import open_demo
    from cli.demo_parts import Stopped
    from cli.versions import checked_rules
    from sync.supervise import stopping_on_signals

    settings, rules, stop = _settings(given), checked_rules(given), threading.Event()
    _must_be_the_example(rules, settings)
    day = Day({member.email: member.name for member in rules.team.values()})
    say("Starting five sandbox CRMs and a conveyor: receiver, workers, scheduler, broker, database.")
    try:
        with (
            stopping_on_signals(stop),
            open_demo(settings, rules, _at_any_port if once else _at_usual_port, stop, day.prepare) as house,
        ):
            all_found = _tell(house, _stories(house, day))
            if not once:
                _tell_where(house)
                house.wait_until_stopped()
    except Stopped:
        raise Failed("Stopped before the day was over.") from None
    if not all_found:
        raise typer.Exit(PROBLEMS)


def _settings(given: Given) -> Settings:
    """The settings, with a home of the demo's own where none was chosen."""
    settings = given.settings
    return settings if "home" in settings.model_fields_set else settings.model_copy(update={"home": HOME})


def _must_be_the_example(rules: Ruleset, settings: Settings) -> None:
    from cli.sandbox import SANDBOXES

    missing = {crm.name for crm in SANDBOXES} - rules.mappings.keys()
    if missing:
        raise Failed(
            f"The demo plays the example configuration, and {settings.config} has no connection"
            f" {' and '.join(sorted(missing))}. Name the folder of the example with --config."
        )


def _stories(house: DemoHouse, day: Day) -> Iterator[Played]:
    """The day in each CRM, then the journey of one customer across three of them."""
    from cli.demo_across import open_across
    from cli.demo_journey import Journey

    yield from day.play(house)
    say("\nNow one customer goes through three CRMs, on a line with rules and a home of its own.")
    journey = Journey(day.names)
    with open_across(house, _at_any_port, journey.prepare) as across:
        yield from journey.play(across)
        deal = journey.deals.get("hubspot", "<id>")
        say(f"\nIts whole story: CONVEYOR_HOME={across.parts.home} {sys.argv[0]} explain hubspot:{deal}")


def _at_any_port(usual: int) -> socket.socket:
    from cli.listening import opened
    from cli.sandbox import HOST

    return opened(HOST, 0)


def _at_usual_port(usual: int) -> socket.socket:
    from cli.listening import opened
    from cli.sandbox import HOST

    try:
        return opened(HOST, usual)
    except Failed:
        return opened(HOST, 0)


def _tell(house: DemoHouse, stories: Iterator[Played]) -> bool:
    """Print each story as it was played, and a summary; True if all was found and no call was wrong."""
    from cli import demo_summary
    from cli.demo_account import tell

    out, played = console(), []
    for number, story in enumerate(stories, 1):
        played.append(story)
        tell(out, number, story)
    demo_summary.abilities(out, house.capabilities())
    demo_summary.stories(out, played, [crm.name for crm in house.crms])
    all_right = demo_summary.calls(out, {crm.name: crm.counts() for crm in house.crms})
    _sum_up(house, played)
    return all_right and all(story.ok for story in played)


def _sum_up(house: DemoHouse, played: list[Played]) -> None:
    from store import handoffs

    with house.runtime.store.read() as tx:
        count = handoffs.counts(tx, house.runtime.now())
    say(
        f"\nHand-offs in this home: {count.offered} offered = {count.accepted} accepted"
        f" + {count.returned} returned + {count.open} open."
    )
    found = sum(story.ok for story in played)
    say(f"{found} of {len(played)} stories were found in the CRMs as they should be.")
    if found < len(played):
        say(f"What went wrong is told above, and in {house.parts.log_path}.")


def _tell_where(house: DemoHouse) -> None:
    from cli.demo_accounts import give_accounts

    example = next(crm for crm in house.crms)
    say(f"\nThe conveyor stays up. Console: {house.url}/")
    for account in give_accounts(house.runtime):
        say(f"  log in as {account.email} ({account.profile}), password {account.password}")
    for crm in house.crms:
        say(
            f"{crm.name}, as its people see it: {crm.url}/ - choose a person and a column there, and move a deal."
        )
    say(
        f"Its story: CONVEYOR_HOME={house.parts.home} {sys.argv[0]} explain {example.name}:<id>."
        " Ctrl-C stops everything."
    )
