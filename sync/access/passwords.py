"""Passwords: which are good enough, and their hashes. Hashing takes a tenth of a second of one processor."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 512

# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html asks for 46 MiB and one pass;
# one lane, so that a hash keeps no more than one processor from the webhooks.
_HASHER = PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1)


class TooWeak(ValueError):
    """A password that is not taken; the text says why."""


def check_strength(password: str, email: str) -> None:
    """Raise `TooWeak` for a password that is too short, too long, or the e-mail itself."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise TooWeak(f"A password has {SHORTEST} to {LONGEST} characters.")
    if password.lower() == email:
        raise TooWeak("A password that is the e-mail is no secret.")


def hash_of(password: str) -> str:
    """The hash to store, with its parameters and salt."""
    return _HASHER.hash(password)


def fits(stored: str | None, password: str) -> bool:
    """Whether a password is the one behind a hash; without a hash it takes as long, and is no."""
    try:
        return _HASHER.verify(stored or _nobody(_HASHER), password) and stored is not None
    except (InvalidHashError, VerificationError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(stored)


@cache
def _nobody(hasher: PasswordHasher) -> str:
    """What the password of an unknown account is compared with."""
    return hasher.hash("nobody's password")
