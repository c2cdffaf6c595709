"""What must hold when everything has come to rest."""

from __future__ import annotations

from collections import Counter

from mapping.loader import load_files
from mapping.translate import agrees, same
from store import deals, handoffs, inbox, leases

from .rules import FILES
from .world import World

RULES = load_files(FILES)


class Broken(AssertionError):
    """A law does not hold."""


def check(world: World) -> None:
    """Raise `Broken` with the first thing that is wrong."""
    before = _effects(world)
    world.calm_down(12)
    _must(_effects(world) == before, "quiet: the conveyor goes on writing", before, _effects(world))
    for crm in world.crms.values():
        _must(crm.trampled == 0, "a person's edit was overwritten unseen", crm.name, crm.trampled)
        _must(not crm.needless, "a card was moved for nothing", crm.needless)
        keys = Counter((made.key, kind) for kind, shelf in _shelves(crm) for made in shelf.values())
        _must(not keys or max(keys.values()) == 1, "a task or note was doubled", keys)
    _check_deals(world)


def _shelves(crm: object) -> tuple[tuple[str, dict[str, object]], ...]:
    return (("task", crm.tasks), ("note", crm.notes))  # type: ignore[attr-defined]


def _effects(world: World) -> list[tuple[int, int, int, int]]:
    return [(c.writes, c.creates, len(c.tasks), len(c.notes)) for c in world.crms.values()]


def _check_deals(world: World) -> None:
    with world.store.read() as tx:
        rows = list(deals.listing(tx))
        counts = handoffs.counts(tx, world.now())
        pending = inbox.counts(tx, world.now())
        due = leases.due_deals(tx, world.now(), 100)
    _must(not due and pending.pending == 0 and pending.dead == 0, "work is left", due, pending)
    _must(counts.offered == counts.accepted + counts.returned + counts.open, "hand-offs are lost", counts)
    made = world.crms["north"].people_made
    _must(len(rows) == made, "deals were doubled or lost", made, [row.deal for row in rows])
    linked = {(link.connection, link.remote_id) for row in rows for link in row.links if link.remote_id}
    real = {(name, remote_id) for name, crm in world.crms.items() for remote_id in crm.rows}
    _must(linked == real, "records without a deal, or doubled", linked ^ real)
    for row in rows:
        for link in row.links:
            _check_link(world, row, link)


def _check_link(world: World, row: deals.DealRow, link: object) -> None:
    deal, connection, remote_id = row.deal, link.connection, link.remote_id  # type: ignore[attr-defined]
    values = world.crms[connection].rows[remote_id].values
    mapping = RULES.mappings[connection]
    mapped = any(stage.means == deal.stage for p in mapping.pipelines for stage in p.stages)
    # By design: a deal that people move again and again is left to a person, wherever its records stand.
    left_alone = deal.correction is not None and deal.correction.kind == "loop"
    if deal.stage and (mapped or connection == deal.home) and not left_alone:
        _must(agrees(mapping, deal.stage, values["stage"]), "stage differs", connection, deal, values)
    for name in ("title", "amount", "note"):
        ok = same(deal.fields.get(name), values.get(name))
        _must(ok, "field differs", name, connection, deal.fields, values)
    if connection == "north":
        wrote = world.last_title[remote_id]
        _must(values["title"] == wrote, "a person's edit was undone", values["title"], wrote)


def _must(holds: bool, what: str, *details: object) -> None:
    if not holds:
        raise Broken(f"{what}: {details}")
