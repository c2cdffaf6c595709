"""`conveyor demo`: a scripted day of sales on the sandbox CRMs, told as it happens and checked in the CRMs."""

from __future__ import annotations

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
    from cli.demo_crm import Crm
    from cli.demo_house import DemoHouse
    from cli.demo_scene import Scene, Wish
    from mapping.ruleset import Ruleset
    from sync.settings import Settings

    Playing = tuple[Scene, Iterator[Wish]]

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

    from cli.demo_house import open_demo
    from cli.demo_parts import Stopped
    from cli.versions import checked_rules
    from sync.supervise import stopping_on_signals

    settings, rules, stop = _settings(given), checked_rules(given), threading.Event()
    _must_be_the_example(rules, settings)
    day = Day({member.email: member.name for member in rules.team.values()})
    say("Starting two sandbox CRMs and a conveyor: receiver, workers, scheduler, broker, database.")
    try:
        with (
            stopping_on_signals(stop),
            open_demo(settings, rules, _any_port if once else _usual_port, stop, day.prepare) as house,
        ):
            all_found = _tell(house, day.play(house))
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


class Day:
    """The stories of a day, each in every CRM."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names
        self._cast: list[tuple[str, list[Playing]]] = []
        self._before: list[Scene] = []

    def prepare(self, crms: list[Crm]) -> None:
        """What is there before the conveyor comes."""
        from cli.demo_scene import Scene
        from cli.demo_stories import STORIES, THERE_BEFORE

        for crm in crms:
            scene = Scene(crm, self._names)
            for title, stage, owner in THERE_BEFORE:
                scene.given(title, stage, by=owner)
            self._before.append(scene)
        for story in STORIES:
            playing = [(scene, story(scene)) for scene in (Scene(crm, self._names) for crm in crms)]
            for _, teller in playing:
                next(teller)
            self._cast.append(((story.__doc__ or "").rstrip("."), playing))

    def play(self, house: DemoHouse) -> Iterator[Played]:
        """Play one story after the other, each in all CRMs at once."""
        from cli.demo_account import Played
        from cli.demo_house import send_webhooks

        self._look_at_the_past(house)
        yield Played("All deals are read and placed; nobody is judged for the past", self._before, {})
        send_webhooks(house)
        for title, playing in self._cast:
            yield _played(house, title, playing)

    def _look_at_the_past(self, house: DemoHouse) -> None:
        for scene in self._before:
            house.poll(scene.crm.name)
        house.rest()
        for scene in self._before:
            cards = [scene.crm.card(deal["id"]) for deal in scene.crm.ask("GET", "/deals")]
            scene.happening(f"{house.deals[scene.crm.name]} deals are read, and placed as they are")
            scene.find("nobody has a note or a task for the past", not any(c.notes or c.tasks for c in cards))
            scene.find("nothing was written", scene.crm.writes() == 0)


def _played(house: DemoHouse, title: str, playing: list[Playing]) -> Played:
    from cli.demo_account import Played, seconds_taken, story_of
    from cli.demo_scene import Wish

    scenes, left = [scene for scene, _ in playing], playing
    while left:
        wishes = {scene.crm.name: next(teller, None) for scene, teller in left}
        for name in (name for name, wish in wishes.items() if wish is Wish.POLL):
            house.poll(name)
        left = [(scene, teller) for scene, teller in left if wishes[scene.crm.name] is not None]
        if not house.rest():
            for scene in scenes:
                scene.find("the conveyor came to rest", False)
    store = house.runtime.store
    return Played(title, scenes, {s.crm.name: seconds_taken(s, story_of(store, s)) for s in scenes})


def _tell(house: DemoHouse, stories: Iterator[Played]) -> bool:
    """Print each story as it was played, and a summary; True if all was found."""
    from cli.demo_account import summary, tell

    out, played = console(), []
    for number, story in enumerate(stories, 1):
        played.append(story)
        tell(out, number, story, house.runtime.store)
    summary(out, played, [crm.name for crm in house.crms])
    _sum_up(house, played)
    return all(story.ok for story in played)


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
        f"Its story: CONVEYOR_HOME={house.parts.home} {sys.argv[0]} explain {example.name}:<id>."
        " Ctrl-C stops everything."
    )
