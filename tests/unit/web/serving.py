"""The web application as tests talk to it: real rules, real connectors, real HTTP, in a thread of the test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import requests

from connectors.local import MemoryGrants, NoBudget
from mapping.loader import load_ruleset
from store import inbox
from store.database import Store
from sync import rollout
from sync.access import accounts
from sync.access.signing_in import Attempt, sign_in
from sync.access.viewer import Profile
from sync.actions import NotPossible
from sync.listening import listen
from sync.runtime import Connectors, Runtime
from sync.settings import Settings
from sync.wake import Wake
from web.access import cookies
from web.app import create_app
from web.server import Server

CONFIG = Path(__file__).parents[3] / "config"
SECRET = "the-app's-own-secret"
APPLICATION_TOKEN = "the-portal's-own-token"
ENVIRONMENT = {
    "HUBSPOT_TOKEN": "pat-na1-test",
    "HUBSPOT_CLIENT_SECRET": SECRET,
    "BITRIX24_WEBHOOK_URL": "https://portal.example.com/rest/1/code/",
    "BITRIX24_APP_TOKEN": APPLICATION_TOKEN,
}
PASSWORD = "the password of everybody here"
PATIENCE_S = 20.0


class NoWake:
    """Nobody works here, so there is nobody to wake; it remembers who was meant."""

    def __init__(self) -> None:
        self.woken: list[str] = []

    def deals(self, deal_ids: Collection[str]) -> None:
        self.woken += deal_ids

    def poll(self, connection: str) -> None:
        self.woken.append(connection)

    def backfill(self, connection: str) -> None:
        self.woken.append(connection)


@dataclass
class Served:
    """A running web application and what it stores."""

    runtime: Runtime
    server: Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, timeout=PATIENCE_S)

    def page(self, path: str) -> requests.Response:
        """A page of the console as an admin sees it."""
        return self.sign_in("admin@acme.example").get(self.url + path, timeout=PATIENCE_S)

    def sign_in(self, email: str, profile: Profile = Profile.ADMIN) -> requests.Session:
        """Make an account, and a browser in which its person is signed in."""
        with suppress(NotPossible):  # they have one already
            accounts.add(self.runtime, email, profile, PASSWORD, by="test")
        browser = requests.Session()
        browser.cookies.set(cookies.SESSION, sign_in(self.runtime, Attempt(email, PASSWORD, "127.0.0.1")))
        return browser

    def post(self, name: str, body: bytes, headers: dict[str, str] | None = None) -> requests.Response:
        return requests.post(f"{self.url}/webhooks/{name}", body, headers=headers, timeout=PATIENCE_S)

    def post_hubspot(self, body: bytes) -> requests.Response:
        """A delivery with HubSpot's signature, version 3."""
        return self.post("hubspot", body, self.sign(body))

    def sign(
        self, body: bytes, *, secret: str = SECRET, age_s: float = 0, url: str | None = None
    ) -> dict[str, str]:
        """The headers of a delivery that HubSpot signed some time ago, for the address that it knows."""
        stamp = str(int((time.time() - age_s) * 1000))
        signed = f"POST{url or self.url + '/webhooks/hubspot'}".encode() + body + stamp.encode()
        signature = base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()
        own = {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": stamp}
        return {"content-type": "application/json", **own}

    def pending(self) -> int:
        """How many events are stored and wait."""
        with self.runtime.store.read() as tx:
            return inbox.counts(tx, self.runtime.now()).pending

    def answered(self, connection: str, answer: str) -> int:
        """How many deliveries got an answer, as the metrics tell."""
        return int(self.metric(f'conveyor_deliveries_total{{answer="{answer}",connection="{connection}"}}'))

    def metric(self, name: str) -> float:
        """One line of the metrics; 0 if it is not there."""
        lines = self.get("/metrics").text.splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0.0)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.server.port), PATIENCE_S)


def make_runtime(
    store: Store, *, wake: Wake | None = None, environment: dict[str, str] = ENVIRONMENT
) -> Runtime:
    """The parts of a house without workers; no rules are active yet."""
    connectors = Connectors(
        grants=lambda _: MemoryGrants(), budget=lambda *_: NoBudget(), environment=environment
    )
    return Runtime(store, wake if wake is not None else NoWake(), connectors)


def apply_example(runtime: Runtime, folder: Path = CONFIG) -> None:
    """Put the example rules, or those of another folder, in force."""
    rollout.activate(runtime, load_ruleset(folder), by="test", message=None)


@contextmanager
def serving(runtime: Runtime, *, trusted_proxies: str = "") -> Iterator[Served]:
    """The application in a thread, on a free port; who is trusted as the setting says it."""
    ready = threading.Event()
    trusted = Settings.model_validate({"trusted_proxies": trusted_proxies}).trusted_proxies
    server = Server(
        create_app(runtime), listen("127.0.0.1", 0), lambda _: ready.set(), trusted_proxies=trusted
    )
    thread = threading.Thread(target=server.run, name="web")
    thread.start()
    try:
        assert ready.wait(PATIENCE_S), "the web application did not start"
        yield Served(runtime, server)
    finally:
        server.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "the web application did not end"


def deal_events(*object_ids: object, first_event: int = 1) -> bytes:
    """A HubSpot batch: one stage change for each deal."""
    events = [
        {
            "eventId": first_event + number,
            "subscriptionId": 4849550,
            "portalId": 50687303,
            "appId": 25681700,
            "occurredAt": 1765043528476 + first_event + number,
            "attemptNumber": 0,
            "subscriptionType": "deal.propertyChange",
            "objectId": object_id,
            "propertyName": "dealstage",
            "propertyValue": "qualifiedtobuy",
            "changeSource": "CRM_UI",
            "sourceId": "userId:10202051",
        }
        for number, object_id in enumerate(object_ids)
    ]
    return json.dumps(events).encode()


def until(what: Callable[[], bool], why: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, why
        time.sleep(0.01)


def together(calls: Sequence[Callable[[], None]]) -> None:
    """Make calls at the same time; returns when all are done."""
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
