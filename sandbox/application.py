"""Puts one sandbox together: finds the CRM's folder, wires the common parts, applies the seed."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import Field
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

import sandbox
from sandbox.board import Board
from sandbox.contract import (
    ControlError,
    Crm,
    DealField,
    Edit,
    Model,
    NewDeal,
    NewPerson,
    Options,
    Pipeline,
    Services,
)
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.front import Front
from sandbox.journal import Journal
from sandbox.webhooks import Deliveries


class Seed(Model):
    """A seed file: what is there at the start, on top of the CRM's own defaults."""

    people: list[NewPerson] = Field(default_factory=list)
    pipelines: list[Pipeline] = Field(default_factory=list)
    fields: list[DealField] = Field(default_factory=list)
    deals: list[NewDeal] = Field(default_factory=list)


class FaultPeople:
    """Carries out the edits and deletions that faults plan, as people of the CRM."""

    def __init__(self, crm: Crm, journal: Journal) -> None:
        self._crm = crm
        self._journal = journal

    def edit(self, deal_id: str, edit: dict[str, Any]) -> None:
        """Edit a deal."""
        self._try(deal_id, lambda: self._crm.edit_deal(deal_id, Edit.model_validate(edit)))

    def delete(self, deal_id: str) -> None:
        """Delete a deal."""
        self._try(deal_id, lambda: self._crm.delete_deal(deal_id, None))

    def _try(self, deal_id: str, action: Callable[[], None]) -> None:
        """Do it; what has become impossible since it was planned is noted, not an error of the API call."""
        try:
            action()
        except ControlError as error:
            self._journal.add("fault", deal=deal_id, outcome=str(error))


def known_crms() -> list[str]:
    """Return the names of the folders that emulate a CRM."""
    return sorted(module.name for module in pkgutil.iter_modules(sandbox.__path__) if module.ispkg)


def build(name: str, options: Options) -> ASGIApp:
    """Return the application of one sandbox. Must be called with its event loop running."""
    journal, faults = Journal(), Faults()
    services = Services(journal, faults, Deliveries(journal, faults), options)
    crm: Crm = importlib.import_module(f"sandbox.{name}").create(services)
    faults.people = FaultPeople(crm, journal)
    seed = _read_seed(options.seed_file)

    def restart() -> None:
        services.deliveries.reset()
        faults.clear()
        crm.reset()
        _apply(seed, crm)
        journal.reset()

    restart()
    front = Front(crm, services)
    control = Starlette(
        routes=[*Board(crm, services).routes(), *Control(crm, services, front, restart).routes()]
    )
    return _split(control, front)


def _split(control: ASGIApp, front: ASGIApp) -> ASGIApp:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        own = path == "/" or path == "/sandbox" or path.startswith("/sandbox/")
        await (control if own else front)(scope, receive, send)

    return application


def _read_seed(path: str | None) -> Seed:
    return Seed() if path is None else Seed.model_validate_json(Path(path).read_bytes())


def _apply(seed: Seed, crm: Crm) -> None:
    for person in seed.people:
        crm.add_person(person)
    if seed.pipelines:
        crm.replace_pipelines(seed.pipelines)
    for field in seed.fields:
        crm.add_field(field)
    for deal in seed.deals:
        crm.create_deal(deal)
