"""From the token that a browser or a script holds to the viewer behind it, under the rules in force."""

from __future__ import annotations

from datetime import datetime, timedelta

from mapping.loader import ConfigError
from mapping.ruleset import Ruleset
from store import api_tokens, sessions
from sync.access.tokens import hash_of
from sync.access.viewer import Profile, Viewer, viewer_for
from sync.runtime import NotConfigured, Runtime

IDLE = timedelta(hours=12)
"""A session that was not used for so long is over: whoever comes in the morning signs in."""

LASTS = timedelta(days=7)
"""A session is over after so long, used or not."""

NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is known when something was last used; more exactly would cost a write for each request."""


def idle_since(now: datetime) -> datetime:
    """Sessions last used before are over."""
    return now - IDLE


def viewer_of_session(runtime: Runtime, token: str) -> Viewer | None:
    """Who is signed in with this token, if its session goes on. Raises `Unavailable`."""
    now, token_hash = runtime.now(), hash_of(token)
    with runtime.store.read() as tx:
        session = sessions.load(tx, token_hash)
    if session is None or session.ends_at <= now or session.seen_at <= idle_since(now):
        return None
    if now - session.seen_at >= NOTED_EVERY:
        with runtime.store.begin() as tx:
            sessions.note_seen(tx, token_hash, now)
    return _viewer(runtime, session.email, session.profile)


def viewer_of_api_token(runtime: Runtime, token: str) -> Viewer | None:
    """Whom an API token stands for, unless it was revoked. Raises `Unavailable`."""
    now = runtime.now()
    with runtime.store.read() as tx:
        bearer = api_tokens.find(tx, hash_of(token))
    if bearer is None:
        return None
    if bearer.used_at is None or now - bearer.used_at >= NOTED_EVERY:
        with runtime.store.begin() as tx:
            api_tokens.note_used(tx, bearer.token_id, now)
    return _viewer(runtime, bearer.email, bearer.profile)


def _viewer(runtime: Runtime, email: str, profile: str) -> Viewer:
    return viewer_for(email, Profile(profile), rules_if_any(runtime))


def rules_if_any(runtime: Runtime) -> Ruleset | None:
    """The rules in force; without any, who sees all sees that, and nobody else sees anything."""
    try:
        return runtime.rules.get()
    except (NotConfigured, ConfigError):
        return None
