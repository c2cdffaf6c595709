"""What must hold when everything has come to rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from mapping.loader import load_files
from mapping.model import Link
from mapping.translate import agrees, same
from store import deals, handoffs, inbox, leases

from .crm import Made, SimulatedCrm
from .rules import FILES
from .world import World

RULES = load_files(FILES)


class Broken(AssertionError):
    """A law does not hold."""


def check(world: World) -> None:
    """Raise `Broken` with the first thing that is wrong."""
    before = _effects(world)
    world.calm_down(12)
    must(_effects(world) == before, "quiet: the conveyor goes on writing", before, _effects(world))
    for crm in world.crms.values():
        must(crm.trampled == 0, "a person's edit was overwritten unseen", crm.name, crm.trampled)
        must(not crm.needless, "a card was moved for nothing", crm.needless)
        keys = Counter((made.key, kind) for kind, shelf in _shelves(crm) for made in shelf.values())
        must(not keys or max(keys.values()) == 1, "a task or note was doubled", keys)
    _check_deals(world)


def _shelves(crm: SimulatedCrm) -> tuple[tuple[str, Mapping[str, Made]], ...]:
    return (("task", crm.tasks), ("note", crm.notes))


def _effects(world: World) -> list[tuple[int, int, int, int]]:
    return [(c.writes, c.creates, len(c.tasks), len(c.notes)) for c in world.crms.values()]


def _check_deals(world: World) -> None:
    with world.store.read() as tx:
        rows = list(deals.listing(tx))
        counts = handoffs.counts(tx, world.now())
        pending = inbox.counts(tx, world.now())
        due = leases.due_deals(tx, world.now(), 100)
    must(not due and pending.pending == 0 and pending.dead == 0, "work is left", due, pending)
    must(counts.offered == counts.accepted + counts.returned + counts.open, "hand-offs are lost", counts)
    made = world.crms["north"].people_made
    must(len(rows) == made, "deals were doubled or lost", made, [row.deal for row in rows])
    linked = {(link.connection, link.remote_id) for row in rows for link in row.links if link.remote_id}
    real = {(name, remote_id) for name, crm in world.crms.items() for remote_id in crm.rows}
    must(linked == real, "records without a deal, or doubled", linked ^ real)
    for row in rows:
        for link in row.links:
            _check_link(world, row, link)


def _check_link(world: World, row: deals.DealRow, link: Link) -> None:
    deal, connection, remote_id = row.deal, link.connection, str(link.remote_id)
    values = world.crms[connection].rows[remote_id].values
    mapping = RULES.mappings[connection]
    mapped = any(stage.means == deal.stage for p in mapping.pipelines for stage in p.stages)
    # By design: a deal that people move again and again is left to a person, wherever its records stand.
    left_alone = deal.correction is not None and deal.correction.kind == "loop"
    if deal.stage and (mapped or connection == deal.home) and not left_alone:
        must(agrees(mapping, deal.stage, values["stage"]), "stage differs", connection, deal, values)
    for name in ("title", "amount", "note"):
        ok = same(deal.fields.get(name), values.get(name))
        must(ok, "field differs", name, connection, deal.fields, values)
    if connection == "north":
        wrote = world.last_title[remote_id]
        must(values["title"] == wrote, "a person's edit was undone", values["title"], wrote)


def must(holds: bool, what: str, *details: object) -> None:
    """Raise `Broken` with what is wrong, unless it holds."""
    if not holds:
        raise Broken(f"{what}: {details}")
