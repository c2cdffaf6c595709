"""Encrypts what the database keeps secret: grants and webhook keys."""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

KEY_FILE = "secret.key"


class UnusableKey(Exception):
    """CONVEYOR_SECRET_KEY holds something that is not a key."""


class Undecryptable(Exception):
    """A stored secret was encrypted under a key that we do not have."""


class SecretBox:
    """Encrypts under the first key and decrypts under any; without a key it keeps one in `home`.

    `key` is CONVEYOR_SECRET_KEY: one key or several parted by commas, so that a new one can be put first.
    """

    def __init__(self, key: str | None, home: Path) -> None:
        keys = [part.strip() for part in (key or "").split(",") if part.strip()]
        keys = keys or [_own_key(home / KEY_FILE)]
        self._box = MultiFernet([_fernet(part) for part in keys])
        self._first = keys[0].encode()

    def pseudonym(self, plain: str) -> str:
        """Return what stands for a text: the same under the same first key, and telling nobody without it."""
        return hmac.digest(self._first, b"pseudonym\0" + plain.encode(), "sha256").hex()[:16]

    def encrypt(self, plain: bytes) -> bytes:
        """Return the token to store."""
        return self._box.encrypt(plain)

    def decrypt(self, token: bytes) -> bytes:
        """Return what was encrypted. Raises Undecryptable."""
        try:
            return self._box.decrypt(token)
        except InvalidToken as error:
            raise Undecryptable(
                "A stored secret cannot be decrypted: CONVEYOR_SECRET_KEY (or the key file) is not the one it"
                " was encrypted under. Put the old key back, behind the new one, or connect the CRM again."
            ) from error


def _fernet(key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        # The original exception is left out: it could show a part of the key.
        raise UnusableKey(
            "CONVEYOR_SECRET_KEY holds something that is not a key. A key is 32 random bytes in URL-safe"
            " base64, 44 characters long; several keys are parted by commas."
        ) from None


def _own_key(path: Path) -> str:
    """Return the key kept in a file; whoever comes first makes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        draft.touch(mode=0o600)
        draft.write_bytes(Fernet.generate_key())
        try:
            os.link(draft, path)  # unlike a rename it never replaces a key that is in use
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
