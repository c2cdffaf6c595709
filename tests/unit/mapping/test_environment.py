"""Names of environment variables become their values, or are named as missing."""

from __future__ import annotations

from mapping.environment import Unresolved, resolve, resolve_text

SETTINGS = {"auth": {"token": "${TOKEN}"}, "base_url": "${BASE}", "region": "eu", "limit": 5}


def test_values_are_put_in() -> None:
    resolved = resolve(SETTINGS, {"TOKEN": "t${X}", "BASE": "http://127.0.0.1:1"})
    assert resolved == {
        "auth": {"token": "t${X}"},
        "base_url": "http://127.0.0.1:1",
        "region": "eu",
        "limit": 5,
    }


def test_an_optional_setting_is_absent() -> None:
    assert resolve(SETTINGS, {"TOKEN": "t"}) == {"auth": {"token": "t"}, "region": "eu", "limit": 5}


def test_missing_names_are_listed_once() -> None:
    settings = {"auth": {"id": "${A}", "secret": "${B}/${A}"}, "webhook": {"token": "${C}"}}
    assert resolve(settings, {"C": "", "B": "b"}) == Unresolved(("A", "C"))


def test_a_part_of_a_text() -> None:
    assert resolve_text("https://${HOST}/x", {"HOST": "a.example"}) == "https://a.example/x"
    assert resolve_text("https://${HOST}/x", {}) is None
    assert resolve_text(None, {}) is None
