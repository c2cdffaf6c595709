"""`conveyor demo`: a scripted day of sales on the sandbox CRMs, told as it happens and checked in the CRMs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import RUN, command
from cli.given import Given
from cli.output import console, say
from cli.trouble import PROBLEMS, Failed

if TYPE_CHECKING:
    from cli.demo_account import Played
    from cli.demo_crm import Crm
    from cli.demo_house import DemoHouse
    from cli.demo_scene import Teller
    from mapping.ruleset import Ruleset
    from sync.settings import Settings

HOME = Path("var/demo")
THERE_BEFORE = (
    ("Museum lights", "prospecting", "olena@acme.example"),
    ("Ferry seats", "qualification", "olena@acme.example"),
    ("Clinic beds", "meeting", "petar@acme.example"),
    ("School desks", "negotiation", "petar@acme.example"),
)
"""Title, stage and owner of deals that each CRM has before the conveyor comes."""


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

    from cli.demo_house import Stopped, open_demo
    from cli.versions import checked_rules
    from sync.supervise import stopping_on_signals

    settings, rules, stop = _settings(given), checked_rules(given), threading.Event()
    _must_be_the_example(rules, settings)
    say("Starting two sandbox CRMs and a conveyor: receiver, workers, scheduler, broker, database.")
    try:
        with (
            stopping_on_signals(stop),
            open_demo(settings, rules, _any_port if once else _usual_port, stop, _fill) as house,
        ):
            played = _day(house, rules)
            if not once:
                _tell_where(house)
                house.wait_until_stopped()
    except Stopped:
        raise Failed("Stopped before the day was over.") from None
    if not all(story.ok for story in played):
        raise typer.Exit(PROBLEMS)


def _settings(given: Given) -> Settings:
    """The settings, with a home of the demo's own where none was chosen."""
    settings = given.settings
    return settings if "home" in settings.model_fields_set else settings.model_copy(update={"home": HOME})


def _must_be_the_example(rules: Ruleset, settings: Settings) -> None:
    missing = {"hubspot", "bitrix24"} - rules.mappings.keys()
    if missing:
        raise Failed(
            f"The demo plays the example configuration, and {settings.config} has no connection"
            f" {' and '.join(sorted(missing))}. Name the folder of the example with --config."
        )


def _any_port(usual: int) -> int:
    from cli.sandbox import HOST
    from cli.up import free_port

    return free_port(HOST, 0)


def _usual_port(usual: int) -> int:
    from cli.sandbox import HOST
    from cli.up import free_port

    try:
        return free_port(HOST, usual)
    except Failed:
        return free_port(HOST, 0)


def _fill(crm: Crm) -> None:
    for title, stage, owner in THERE_BEFORE:
        crm.new_deal(stage, by=owner, owner=owner, title=title)


def _day(house: DemoHouse, rules: Ruleset) -> list[Played]:
    """Begin, play all stories, and sum up."""
    from cli.demo_account import summary, tell
    from cli.demo_stories import STORIES

    out, names = console(), {member.email: member.name for member in rules.team.values()}
    played = [_begin(house, names)]
    tell(out, 1, played[0], house.runtime.store)
    for number, story in enumerate(STORIES, 2):
        played.append(_play(house, names, story))
        tell(out, number, played[-1], house.runtime.store)
    summary(out, played, [crm.name for crm in house.crms])
    _sum_up(house, played)
    return played


def _begin(house: DemoHouse, names: dict[str, str]) -> Played:
    """The first story: what was there before is read, and placed as it is."""
    from cli.demo_account import Played
    from cli.demo_house import send_webhooks
    from cli.demo_scene import Scene

    scenes = [Scene(crm, names, house.poll) for crm in house.crms]
    for scene in scenes:
        read = house.backfill(scene.crm.name)
        house.poll(scene.crm.name)
        cards = [scene.crm.card(deal["id"]) for deal in scene.crm.ask("GET", "/deals")]
        scene.happening(f"all {read} deals of {scene.crm.name} are read and placed on the line as they are")
        scene.find("nobody has a note or a task for the past", not any(c.notes or c.tasks for c in cards))
        scene.find("every deal stands where it stood", [c.stage for c in cards] == _stages_before())
        scene.deal = scene.crm.ask("GET", "/deals")[0]["id"]
    send_webhooks(house)
    return Played("The deals that are there are read; nobody is judged for the past", scenes, {})


def _stages_before() -> list[str]:
    return [stage for _, stage, _ in THERE_BEFORE]


def _play(house: DemoHouse, names: dict[str, str], story: Teller) -> Played:
    """Play a story in all CRMs at once, step by step."""
    from cli.demo_account import Played, seconds_taken, story_of
    from cli.demo_scene import Scene

    scenes = [Scene(crm, names, house.poll) for crm in house.crms]
    tellers = [(scene, story(scene)) for scene in scenes]
    while tellers:
        tellers = [(scene, teller) for scene, teller in tellers if next(teller, scene) is None]
        if not house.rest():
            for scene in scenes:
                scene.find("the conveyor came to rest", False)
    store = house.runtime.store
    seconds = {scene.crm.name: seconds_taken(scene, story_of(store, scene)) for scene in scenes}
    return Played((story.__doc__ or "").rstrip("."), scenes, seconds)


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
    example = next(crm for crm in house.crms)
    say(f"\nThe conveyor stays up. Console: {house.url}/")
    for crm in house.crms:
        say(
            f"{crm.name}, as its people see it: {crm.url}/ - choose a person and a column there, and move a deal."
        )
    say(
        f"Its story: CONVEYOR_HOME={house.parts.home} {Path(sys.argv[0]).name} explain {example.name}:<id>."
        " Ctrl-C stops everything."
    )
