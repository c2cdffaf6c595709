"""Calls, classification and redaction against a socket that misbehaves on request."""

from __future__ import annotations

import socket
import threading

import pytest

from connectors.errors import (
    AuthFailed,
    Conflict,
    ConnectorError,
    Missing,
    RateLimited,
    Rejected,
    Transient,
    Unreadable,
)
from connectors.http import Answer, Http, classify, redact, retry_after, short

from .broken_server import answering, saying, server


def answer(status: int, body: str = "", **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body.encode())


def test_an_answer_comes_back_whatever_its_status() -> None:
    with server(saying("HTTP/1.1 418 x\r\nContent-Length: 7\r\nX-A: b\r\n\r\n[1, 2]\n")) as url:
        got = Http().call("GET", url)
    assert (got.status, got.headers["x-a"], got.json()) == (418, "b", [1, 2])


def test_a_redirect_is_not_followed() -> None:
    with server(saying("HTTP/1.1 302 x\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")) as url:
        got = Http().call("GET", url)
    assert isinstance(classify(got), Unreadable)


def test_a_refused_connection_surely_had_no_effect() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Transient) as caught:
        Http().call("POST", f"http://127.0.0.1:{port}/rest/1/secretsecret/", json={})
    assert caught.value.uncertain is False
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1,",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,",
    ],
    ids=["hung up", "half a body", "half a chunked body"],
)
def test_a_broken_answer_may_have_had_an_effect_and_is_not_repeated(text: str) -> None:
    calls: list[int] = []

    def behave(connection: socket.socket) -> None:
        calls.append(1)
        connection.sendall(text.encode())

    with server(behave) as url, pytest.raises(Transient) as caught:
        Http().call("POST", url, json={})
    assert caught.value.uncertain is True
    assert len(calls) == 1


def test_silence_ends_at_the_time_out() -> None:
    quiet = threading.Event()
    with server(lambda connection: (quiet.wait(5) and None) or None) as url:
        with pytest.raises(Transient) as caught:
            Http(timeout=(1, 0.1)).call("GET", url)
        quiet.set()
    assert caught.value.uncertain is True


def test_each_thread_has_a_session_of_its_own() -> None:
    with server(answering(200, "{}")) as url:
        http = Http()
        sessions: list[object] = []

        def work() -> None:
            http.call("GET", url)
            sessions.append(http._session())

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert len(sessions) == 2
    assert sessions[0] is not sessions[1]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, None),
        (207, None),
        (302, Unreadable),
        (400, Rejected),
        (401, AuthFailed),
        (403, AuthFailed),
        (404, Missing),
        (409, Conflict),
        (422, Rejected),
        (429, RateLimited),
        (500, Transient),
        (503, Transient),
        (524, Transient),
        (700, Unreadable),
    ],
)
def test_a_status_names_what_to_do_next(status: int, kind: type[ConnectorError] | None) -> None:
    error = classify(answer(status, '{"message": "because"}'))
    assert (type(error) if error else None) is kind
    if error:
        assert error.status == status
        assert "because" in str(error)


def test_a_crm_overrides_rows_and_may_look_into_the_body() -> None:
    table = {200: lambda got: Rejected("odd") if b"odd" in got.body else None, 409: Rejected}
    assert classify(answer(200, "fine"), table) is None
    assert isinstance(classify(answer(200, "odd"), table), Rejected)
    assert type(classify(answer(409), table)) is Rejected
    assert isinstance(classify(answer(503), table), Transient)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({}, 7.0), ({"Retry-After": "30"}, 30.0), ({"Retry-After": "-3"}, 0.0), ({"Retry-After": "soon"}, 7.0),
     ({"Retry-After": "nan"}, 7.0), ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0)],
)  # fmt: skip
def test_retry_after_is_read_with_suspicion(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(Answer(429, headers, b""), 7.0) == seconds


def test_html_and_half_a_document_are_unreadable() -> None:
    for body in ("<html>", '{"a": 1', "", "[" * 100_000):
        with pytest.raises(Unreadable):
            answer(200, body).json()


@pytest.mark.parametrize(
    "secret",
    [
        "Authorization: Bearer abcdef123456",
        "pat-eu1-12345678-aaaa-bbbb-cccc-1234567890ab",
        '{"refresh_token":"na1-1234abcd-zzzz"}',
        "grant_type=x&client_secret=1234abcd&code=77777777",
        "https://b24.example/rest/12/1234abcd9876zzzz/crm.deal.get",
        "e-mail олена@пример.укр and a.b+c@mail.example.com",
        "call +380 (44) 123-45-67 now",
        "Authorization: Zoho-oauthtoken 1000.1234abcd",
        "{'x-pw-accesstoken': '1234abcd', 'accept': '*/*'}",
        "findbycomm?type=EMAIL&values[0]=1234abcd%40acme.example&x=1",
    ],
)
def test_secrets_and_personal_data_are_not_said_aloud(secret: str) -> None:
    said = redact(f"before {secret} after")
    assert said.startswith("before ")
    assert said.endswith(" after")
    for hidden in ("1234abcd", "abcdef123456", "12345678-aaaa", "77777777", "@", "123-45"):
        assert hidden not in said


def test_words_are_short_and_on_one_line() -> None:
    assert short("a\n  b") == "a b"
    assert len(short("x" * 9999)) == 400
