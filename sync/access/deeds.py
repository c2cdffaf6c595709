"""Notes who did what on the console and by the API, for the audit."""

from __future__ import annotations

from mapping.model import Values
from store import audit
from store.audit import Deed
from sync.access.viewer import Viewer
from sync.runtime import Runtime


def note(
    runtime: Runtime,
    viewer: Viewer,
    action: str,
    subject: str | None = None,
    *,
    address: str | None = None,
    data: Values | None = None,
) -> None:
    """Note that a viewer did something; never with a secret or personal data of a customer. Raises `Unavailable`."""
    with runtime.store.begin() as tx:
        audit.add(tx, Deed(runtime.now(), viewer.email, action, subject, address, data or {}))
