"""Random tokens that browsers and scripts hold: made, hashed for the database, and what follows from one. Pure."""

from __future__ import annotations

import hashlib
import hmac
import secrets

API_PREFIX = "conveyor_"
"""By which people, and programs that look for leaked secrets, know a token of ours."""


def new_token(prefix: str = "") -> str:
    """A token that nobody can guess."""
    return prefix + secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What the database keeps of a token; a plain hash is enough for something so random."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(token: str) -> str:
    """What the forms of a session carry: follows from its token, and does not lead back to it."""
    return hmac.digest(token.encode(), b"forms of this session", "sha256").hex()


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())
