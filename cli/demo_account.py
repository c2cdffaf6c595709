"""The account that `conveyor demo` prints: what people did, what the conveyor made of it, what is in the CRM now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.demo_scene import Act, Scene
from cli.demo_webhooks import event_name, is_about
from mapping.model import Ref
from store import deals, ledger
from store.database import Store
from store.ledger import Entry

if TYPE_CHECKING:
    from rich.console import Console

WRITES = {
    "update": "the deal",
    "create": "a new deal",
    "task": "a task",
    "note": "a note",
    "close_task": "a task closed",
}
SILENT = frozenset({"written", "placed", "first_seen"})
"""Ledger lines that are told in another way, or go without saying."""


@dataclass(frozen=True)
class Told:
    """What came of a story in one CRM."""

    crm: str
    ok: bool
    seconds: float  # from what somebody did to the last write
    lines: Sequence[tuple[str, str, str]]  # label, words, style


@dataclass(frozen=True)
class Played:
    """A story that was played: in each CRM."""

    title: str
    told: Sequence[Told]

    @property
    def ok(self) -> bool:
        return all(each.ok for each in self.told)


def account(scene: Scene, store: Store) -> Told:
    """The account of a story in one CRM, as its deal stands there now."""
    story = _story_of(store, scene)
    return Told(scene.crm.name, scene.ok, _seconds_taken(scene, story), list(_lines(scene, story)))


def tell(out: Console, number: int, played: Played) -> None:
    """Print the account of one story."""
    out.print(f"\n[bold]{number:2}  {played.title}[/]")
    for told in played.told:
        for label, words, style in told.lines:
            out.print(f"      {label:22}", _text(words, style), soft_wrap=True)


def _story_of(store: Store, scene: Scene) -> list[Entry]:
    """The ledger of a scene's deal."""
    with store.read() as tx:
        deal = deals.find_by_ref(tx, Ref(scene.crm.name, scene.deal))
        return ledger.story(tx, [deal.id]) if deal else []


def _seconds_taken(scene: Scene, story: Sequence[Entry]) -> float:
    """The longest time from something that somebody did to the last write that followed."""
    return max((_last_write(story, *span) for _, *span in _spans(scene)), default=0.0)


def _lines(scene: Scene, story: Sequence[Entry]) -> Iterator[tuple[str, str, str]]:
    journal = scene.crm.webhooks()
    for act, start, end in _spans(scene):
        yield scene.crm.name, act.words, ""
        decided = [e for e in _within(story, start, end) if e.kind not in SILENT]
        # Later ones are the echo of what we wrote.
        until = min([end, *(entry.at.timestamp() for entry in decided)])
        yield from _webhooks(scene, journal, start, until)
        for entry in decided:
            rule = f"  [{entry.rule_file}:{entry.rule_line}]" if entry.rule_file else ""
            yield _label("decision", entry.at.timestamp() - start), entry.summary + rule, ""
        if act.by and any(entry.kind == "moved" and entry.actor != act.by for entry in decided):
            yield (
                "  not told",
                f"{scene.crm.name} does not say who did that, so nobody's role is judged",
                "dim",
            )
        yield from _write_back(story, start, end)
    if scene.deal:
        card = scene.card
        owner = scene.who(card.owner) if card.owner else "nobody"
        where = "  in the CRM" if scene.acts else scene.crm.name
        yield where, f"{scene.crm.label(card.column)}, {owner}", ""
    yield from _findings(scene)


def _findings(scene: Scene) -> Iterator[tuple[str, str, str]]:
    missed = [finding.what for finding in scene.findings if not finding.found]
    if missed:
        yield "  NOT FOUND", "; ".join(missed), "bold red"
    else:
        yield "  found", "; ".join(finding.what for finding in scene.findings), "green"


def _webhooks(
    scene: Scene, journal: Iterable[Mapping[str, Any]], start: float, end: float
) -> Iterator[tuple[str, str, str]]:
    told = [line for line in journal if start <= line["at"] < end and is_about(scene.deal, line["events"])]
    if not told:
        return
    names = dict.fromkeys(event_name(scene.crm.name, event) for line in told for event in line["events"])
    lost = "" if any(line["outcome"] == "sent" for line in told) else " - lost on its way"
    yield _label("webhook", told[0]["at"] - start), f"{', '.join(names)}{lost}", "dim"


def _write_back(story: Iterable[Entry], start: float, end: float) -> Iterator[tuple[str, str, str]]:
    made = [entry for entry in _within(story, start, end) if entry.kind == "written"]
    if made:
        what = ", ".join(WRITES.get(str(entry.data.get("write")), "something") for entry in made)
        yield _label("write-back", made[-1].at.timestamp() - start), what, ""


def _last_write(story: Iterable[Entry], start: float, end: float) -> float:
    made = [e.at.timestamp() for e in _within(story, start, end) if e.kind == "written"]
    return max(made) - start if made else 0.0


def _within(story: Iterable[Entry], start: float, end: float) -> Iterator[Entry]:
    return (entry for entry in story if start <= entry.at.timestamp() < end)


def _spans(scene: Scene) -> list[tuple[Act, float, float]]:
    """Each thing that somebody did, and from when to when what follows is its consequence."""
    ends = [act.at for act in scene.acts[1:]] + [float("inf")]
    return [(act, act.at, end) for act, end in zip(scene.acts, ends, strict=False)]


def _label(what: str, seconds: float) -> str:
    return f"  {what:11}+{max(0.0, seconds):5.2f} s"


def _text(words: str, style: str) -> Any:
    from rich.text import Text

    return Text(words, style=style)
