"""Settings come from our own variables only: a shell's HOME and a host's PORT mean something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from sync.settings import Settings


def test_variables_of_others_are_not_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CONVEYOR_HOME", "CONVEYOR_PORT", "CONVEYOR_HOST", "CONVEYOR_CONFIG", "CONVEYOR_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/elsewhere", "PORT": "1", "HOST": "0.0.0.0", "THREADS": "99"}.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert (settings.home, settings.port, settings.host, settings.threads) == (
        Path("var"),
        8080,
        "127.0.0.1",
        8,
    )


def test_our_own_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVEYOR_HOME", "/srv/conveyor")
    monkeypatch.setenv("CONVEYOR_PORT", "9000")
    monkeypatch.setenv("DATABASE_URL", "postgresql://host/name")
    settings = Settings()
    assert (settings.home, settings.port) == (Path("/srv/conveyor"), 9000)
    assert settings.database == "postgresql://host/name"


def test_they_can_be_given_by_name() -> None:
    assert Settings(home=Path("there")).home == Path("there")


def test_proxies_are_trusted_by_address_and_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVEYOR_TRUSTED_PROXIES", "10.0.0.1, 192.168.0.0/16,2001:db8::/32 ")
    assert [str(each) for each in Settings().trusted_proxies] == [
        "10.0.0.1/32",
        "192.168.0.0/16",
        "2001:db8::/32",
    ]
    monkeypatch.setenv("CONVEYOR_TRUSTED_PROXIES", "")
    assert Settings().trusted_proxies == ()


@pytest.mark.parametrize("given", ["*", "proxy.example", "10.0.0.1/8", "10.0.0.1 10.0.0.2", "127.0.0.1,all"])
def test_a_proxy_that_is_no_address_is_refused_and_not_ignored(
    monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("CONVEYOR_TRUSTED_PROXIES", given)
    with pytest.raises(ValidationError, match="CONVEYOR_TRUSTED_PROXIES"):
        Settings()
