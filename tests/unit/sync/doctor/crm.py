"""A CRM in memory that answers as a test tells it, and a house that is connected to some of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.base import (
    Capabilities,
    Delivery,
    Description,
    Lane,
    Look,
    Page,
    Rate,
    Setup,
    StageChange,
    Subscription,
)
from connectors.errors import Rejected
from connectors.local import MemoryGrants, NoBudget
from mapping.loader import load_files
from mapping.model import Hint, Missing, Receipt, Record, Ref, Write
from mapping.ruleset import Ruleset
from store.database import Store
from sync.house import NoWake
from sync.runtime import Connectors, Runtime

CONFIG = Path(__file__).parents[4] / "config"
NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ABLE = Capabilities(
    conditional_write=False,
    keyed_create=True,
    names_actor=True,
    signs_webhooks=True,
    subscribes=True,
    history=True,
    batch_read=10,
    poll_overlap=timedelta(minutes=1),
    rates=(Rate("calls", 100, 10.0, burst=10),),
)
ACME = Description((), (), (), "Acme")


@dataclass
class MemoryCrm:
    """Raises what `refuses` says for a method; `hangs` says for which it never answers."""

    capabilities: Capabilities = ABLE
    description: Description = ACME
    refuses: Mapping[str, Exception] = field(default_factory=dict)
    hangs: str | None = None
    found: Sequence[Subscription] = ()
    records: tuple[Record, ...] = (Record(Ref("hubspot", "1"), {}, "1"),)
    called: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def _called(self, method: str) -> None:
        self.called.append(method)
        if method == self.hangs:
            self.released.wait(30)
        if method in self.refuses:
            raise self.refuses[method]

    def describe(self) -> Description:
        self._called("describe")
        return self.description

    def everything(self, cursor: str | None, lane: Lane = Lane.BULK) -> Iterator[Page]:
        self._called("everything")
        yield Page(self.records, "next")

    def changed(self, since: str | None, lane: Lane = Lane.POLL) -> Iterator[Page]:
        self._called("changed")
        yield Page((), "next")

    def fetch(self, looks: Sequence[Look], lane: Lane = Lane.READ) -> dict[str, Record | Missing]:
        (aspects,) = {look.aspects for look in looks}
        self._called(f"fetch {'+'.join(sorted(aspects))}".strip())
        return {look.remote_id: self.records[0] for look in looks}

    def subscriptions(self) -> list[Subscription]:
        self._called("subscriptions")
        return list(self.found)

    def subscribe(self, callback_url: str) -> list[Subscription]:
        self._called("subscribe")
        assert not self.capabilities.subscribes, "that would change something"
        raise Rejected(f"Click, and enter {callback_url}.")

    def verify(self, delivery: Delivery) -> None:
        raise NotImplementedError

    def parse(self, delivery: Delivery) -> list[Hint]:
        raise NotImplementedError

    def history(self, since: datetime) -> Iterator[StageChange]:
        raise NotImplementedError

    def write(self, write: Write, attempt: int = 1) -> Receipt:
        raise NotImplementedError

    def unsubscribe(self, subscription_id: str) -> None:
        raise NotImplementedError


def example_rules(edit: Callable[[str], str] = str, public_url: str | None = None) -> Ruleset:
    """The example's rules, with `conveyor.yaml` edited."""
    files = {path.relative_to(CONFIG).as_posix(): path.read_text() for path in CONFIG.rglob("*.yaml")}
    files["conveyor.yaml"] = edit(files["conveyor.yaml"])
    return replace(load_files(files), public_url=public_url)


def house(store: Store, crms: Mapping[str, MemoryCrm]) -> Runtime:
    """A house whose connections are these CRMs."""

    def build(crm: str, setup: Setup) -> MemoryCrm:
        return crms[setup.connection]

    names = ("HUBSPOT_TOKEN", "HUBSPOT_CLIENT_SECRET", "BITRIX24_WEBHOOK_URL", "BITRIX24_APP_TOKEN")
    connectors = Connectors(
        grants=lambda name: MemoryGrants(),
        budget=lambda name, crm: NoBudget(),
        environment=dict.fromkeys(names, "x"),
        build=build,
    )
    return Runtime(store, NoWake(), connectors, now=lambda: NOW)
