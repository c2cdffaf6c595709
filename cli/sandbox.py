"""`conveyor sandbox`: emulated CRMs on this machine, to try everything without an account anywhere."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import RUN, command
from cli.given import Given
from cli.listening import address_of, opened
from cli.output import say
from cli.trouble import USAGE, Failed

if TYPE_CHECKING:
    from sync.supervise import Child

HOST = "127.0.0.1"
CLOSE_SIGNATURE_KEY = "5a" * 32
"""Close signs with a key in hexadecimal digits."""


@dataclass(frozen=True)
class SandboxCrm:
    """One emulated CRM; the lines of `.env` that connect it hold `{url}`."""

    name: str
    port: int
    secret: str
    settings: tuple[str, ...]


SANDBOXES = (
    SandboxCrm(
        "hubspot",
        9201,
        "sandbox-app-secret",
        (
            "HUBSPOT_TOKEN=pat-na1-sandbox",
            "HUBSPOT_CLIENT_SECRET=sandbox-app-secret",
            "HUBSPOT_BASE_URL={url}",
        ),
    ),
    SandboxCrm(
        "bitrix24",
        9202,
        "sandbox-app-token",
        ("BITRIX24_WEBHOOK_URL={url}/rest/99/sandboxcode/", "BITRIX24_APP_TOKEN=sandbox-app-token"),
    ),
    SandboxCrm(
        "zoho",
        9203,
        "sandbox-channel-token",
        (
            "ZOHO_ID=1000.SANDBOXCLIENT",
            "ZOHO_SECRET=sandbox-client-secret",
            "ZOHO_REFRESH=1000.sandbox.refresh",
            "ZOHO_WEBHOOK_TOKEN=sandbox-channel-token",
            "ZOHO_BASE_URL={url}",
        ),
    ),
    SandboxCrm(
        "copper",
        9204,
        "sandbox-webhook-token",
        (
            "COPPER_KEY=copper-sandbox-key",
            "COPPER_EMAIL=integration@acme.example",
            "COPPER_WEBHOOK_SECRET=sandbox-webhook-token",
            "COPPER_BASE_URL={url}",
        ),
    ),
    SandboxCrm(
        "close",
        9205,
        CLOSE_SIGNATURE_KEY,
        (
            "CLOSE_KEY=api_SandboxKey000000000000.SandboxSecret000000000",
            f"CLOSE_SIGNATURE_KEY={CLOSE_SIGNATURE_KEY}",
            "CLOSE_BASE_URL={url}",
        ),
    ),
)


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, RUN, json=False)(sandbox)


def sandbox(
    given: Given,
    crms: Annotated[
        list[str] | None, typer.Argument(help="Only these: hubspot, bitrix24, zoho, copper, close.")
    ] = None,
    webhooks: Annotated[
        str | None, typer.Option(help="Where the conveyor runs, for their webhooks.", metavar="URL")
    ] = None,
    any_port: Annotated[bool, typer.Option("--any-port", help="Take any free ports.")] = False,
) -> None:
    """Emulated CRMs, to try everything out.

    They keep nothing: what is in them is gone with Ctrl-C.
    """
    import threading

    from sync.supervise import Supervisor, stopping_on_signals

    conveyor = (webhooks or f"http://{HOST}:{given.settings.port}").rstrip("/")
    chosen = _chosen(crms or [])
    stop = threading.Event()
    with stopping_on_signals(stop), ExitStack() as stack:
        listeners = {crm: stack.enter_context(opened(HOST, 0 if any_port else crm.port)) for crm in chosen}
        urls = {crm: address_of(HOST, listener) for crm, listener in listeners.items()}
        for crm in chosen:
            say(f"{crm.name}: {urls[crm]}/")
        say(f"Webhooks go to {conveyor}/webhooks/<crm>. To connect, put this into .env, then `conveyor up`:")
        for crm in chosen:
            for line in crm.settings:
                say("  " + line.format(url=urls[crm]))
        Supervisor([_child(*each, conveyor) for each in listeners.items()], say, stop).run()
    say("Stopped.")


def _chosen(names: list[str]) -> list[SandboxCrm]:
    known = {crm.name: crm for crm in SANDBOXES}
    for name in names:
        if name not in known:
            raise Failed(f"There is no sandbox for {name!r}; there are: {', '.join(known)}.", USAGE)
    return [known[name] for name in dict.fromkeys(names)] or list(SANDBOXES)


def _child(crm: SandboxCrm, listener: socket.socket, conveyor: str) -> Child:
    from sync.supervise import Child

    where = ["--listener", str(listener.fileno())]
    events = ["--webhook-url", f"{conveyor}/webhooks/{crm.name}", "--secret", crm.secret]
    arguments = [sys.executable, "-P", "-m", "sandbox", crm.name, *where, *events]
    return Child(f"The {crm.name} sandbox", arguments, silent=True, listener=listener)
