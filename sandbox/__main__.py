"""`python -m sandbox <crm> --port N`: serves one emulated CRM until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys

import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from sandbox.application import build, known_crms
from sandbox.contract import Options
from sandbox.front import Protocol


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="An emulated CRM for tests and demos."
    )
    parser.add_argument("crm", choices=known_crms())
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--listener", type=int, metavar="FD", help="a socket that listens already, by its descriptor"
    )
    parser.add_argument("--webhook-url", help="where webhooks are delivered")
    parser.add_argument("--secret", help="the secret or token that webhooks carry")
    parser.add_argument("--seed-file", help="JSON with people, pipelines, fields and deals")
    parser.add_argument(
        "--ids-after",
        type=int,
        default=0,
        metavar="N",
        help="begin ids N later, to share none with a sandbox before",
    )
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_serve(parser.parse_args()))


async def _serve(arguments: argparse.Namespace) -> None:
    if arguments.listener is None:
        listener = socket.create_server((arguments.host, arguments.port))
    else:
        listener = socket.socket(fileno=arguments.listener)
    url = f"http://{arguments.host}:{listener.getsockname()[1]}"
    options = Options(url, arguments.webhook_url, arguments.secret, arguments.seed_file, arguments.ids_after)
    config = uvicorn.Config(
        build(arguments.crm, options),
        http=Protocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    json.dump({"crm": arguments.crm, "url": url}, sys.stdout)
    print(flush=True)
    await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    main()
