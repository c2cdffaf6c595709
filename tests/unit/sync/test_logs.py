"""Logs: one line an action, in either form, and nothing secret or private in any of them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from sync import logs
from sync.logs import HIDDEN, redact


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged; afterwards logging is as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setenv(logs.FORMAT, "json")
    logs.configure(stream)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


def read(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_one_action_is_one_line_of_json(lines: io.StringIO) -> None:
    structlog.get_logger().info("write_done", deal="d1", connection="hubspot", attempts=2)
    [line] = read(lines)
    assert (line["event"], line["deal"], line["attempts"], line["level"]) == ("write_done", "d1", 2, "info")
    assert str(line["timestamp"]).endswith("Z")


def test_libraries_and_exceptions_are_one_line_too(lines: io.StringIO) -> None:
    try:
        raise RuntimeError("no answer for olena@acme.example with token=abcdef123")
    except RuntimeError:
        logging.getLogger("dramatiq.worker").exception("Failed to process %s", "drain_deal('d1')")
    [line] = read(lines)
    assert line["event"] == "Failed to process drain_deal('d1')"
    assert "RuntimeError: no answer for [e-mail] with token=[hidden]" in str(line["exception"])


def test_debugging_is_off(lines: io.StringIO) -> None:
    structlog.get_logger().debug("noise")
    logging.getLogger("urllib3.connectionpool").info("more of it")
    assert read(lines) == []


def test_people_get_plain_lines(monkeypatch: pytest.MonkeyPatch, lines: io.StringIO) -> None:
    monkeypatch.setenv(logs.FORMAT, "console")
    plain = io.StringIO()
    logs.configure(plain)
    structlog.get_logger().info("polled", connection="hubspot", found=3)
    assert "polled" in plain.getvalue()
    assert "connection=hubspot found=3" in plain.getvalue()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("sent to Maria.S+crm@acme.co.example now", "sent to [e-mail] now"),
        ("redis://:hunter2@127.0.0.1:6379/0 is away", f"redis://{HIDDEN}@127.0.0.1:6379/0 is away"),
        ("postgresql://me:pass@db/x", f"postgresql://{HIDDEN}@db/x"),
        ("Authorization: Bearer abc.def-123", f"Authorization: Bearer {HIDDEN}"),
        (
            "https://b24.example/rest/17/a1b2c3d4/crm.item.get",
            f"https://b24.example/rest/{HIDDEN}/crm.item.get",
        ),
        ("token pat-na1-0123-4567-89ab is refused", f"token {HIDDEN} is refused"),
        ("refresh_token=abcd1234&x=1", f"refresh_token={HIDDEN}&x=1"),
        ("{'client_secret': 'abcd1234'}", f"{{'client_secret': '{HIDDEN}'}}"),
        ("?hapikey=abcd1234", f"?hapikey={HIDDEN}"),
        ("deal 17 moved from qualification to meeting", "deal 17 moved from qualification to meeting"),
        ("https://app.hubspot.example/contacts/1/deal/2", "https://app.hubspot.example/contacts/1/deal/2"),
    ],
)
def test_secrets_and_addresses_are_hidden_by_their_look(said: str, shown: str) -> None:
    assert redact(None, "info", {"event": said, "why": [said]}) == {"event": shown, "why": [shown]}


@pytest.mark.parametrize("name", ["access_token", "client_secret", "password", "apiKey", "Authorization"])
def test_fields_that_hold_secrets_are_hidden_by_their_name(name: str) -> None:
    line = redact(None, "info", {"event": "x", name: "whatever", "inner": {name: ["whatever"]}})
    assert line == {"event": "x", name: HIDDEN, "inner": {name: HIDDEN}}


def test_numbers_stay_numbers() -> None:
    line = {"event": "x", "took_ms": 12.5, "ok": True, "none": None, "tokens_left": 7}
    assert redact(None, "info", dict(line)) == line
