"""The secret box: rotation of keys, and a key of its own where none is given."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from store.secrets import SecretBox, Undecryptable, UnusableKey


def new_key() -> str:
    return Fernet.generate_key().decode()


def test_a_secret_comes_back(tmp_path: Path) -> None:
    box = SecretBox(new_key(), tmp_path)
    token = box.encrypt(b"secret")
    assert b"secret" not in token
    assert box.decrypt(token) == b"secret"
    assert list(tmp_path.iterdir()) == []


def test_a_new_key_is_put_in_front_of_the_old_one(tmp_path: Path) -> None:
    old, new = new_key(), new_key()
    token = SecretBox(old, tmp_path).encrypt(b"secret")
    both = SecretBox(f"{new}, {old}", tmp_path)
    assert both.decrypt(token) == b"secret"
    assert SecretBox(new, tmp_path).decrypt(both.encrypt(b"fresh")) == b"fresh"
    with pytest.raises(Undecryptable, match="CONVEYOR_SECRET_KEY"):
        SecretBox(new, tmp_path).decrypt(token)


@pytest.mark.parametrize("key", [None, "", " , "])
def test_without_a_key_one_is_made_and_kept(tmp_path: Path, key: str | None) -> None:
    home = tmp_path / "var"
    token = SecretBox(key, home).encrypt(b"secret")
    (kept,) = home.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert SecretBox(key, home).decrypt(token) == b"secret"


def test_processes_that_start_together_share_the_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        first, *others = list(pool.map(lambda _: SecretBox(None, tmp_path), range(8)))
    assert all(box.decrypt(first.encrypt(b"secret")) == b"secret" for box in others)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_bad_key_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(UnusableKey) as raised:
        SecretBox("hunter2", tmp_path)
    assert "hunter2" not in str(raised.value)
