"""Checks of `connections.yaml`: complete credentials, addresses."""

from __future__ import annotations

from collections.abc import Mapping

from mapping.document import Document
from mapping.file_types import REFERENCE
from mapping.files_connections import Bitrix24Connection, Connection, HubspotConnection
from mapping.parsed import CONNECTIONS, Parsed

_SHAPES: Mapping[type, tuple[tuple[str, ...], ...]] = {
    HubspotConnection: (("token",), ("client_id", "client_secret", "refresh_token")),
    Bitrix24Connection: (("webhook_url",), ("client_id", "client_secret", "refresh_token", "portal")),
}
"""Where a CRM can be opened in two ways: the keys of each."""


def check_connections(parsed: Parsed) -> None:
    """Report incomplete or mixed credentials, and addresses that are none."""
    model, document = parsed.connections, parsed.documents.get(CONNECTIONS)
    if model is None or document is None:
        return
    _check_url(document, ("public_url",), model.public_url)
    for block in model.connections.values():
        _check_url(document, (*block.path, "base_url"), block.base_url)
        _check_auth(document, block)


def _check_auth(document: Document, block: Connection) -> None:
    if not isinstance(block, (HubspotConnection, Bitrix24Connection)):
        return
    shapes = _SHAPES[type(block)]
    given = {key for shape in shapes for key in shape if document.has((*block.auth.path, key))}
    begun = [shape for shape in shapes if given & set(shape)]
    words = " or ".join(", ".join(shape) for shape in shapes)
    if len(begun) != 1:
        message = "two kinds of credentials at once" if begun else "no credentials"
        document.report(block.auth.path, "auth-shape", message, f"give either {words}", key=True)
        return
    missing = [key for key in begun[0] if key not in given]
    if missing:
        message = f"{', '.join(missing)} missing"
        document.report(block.auth.path, "auth-shape", message, f"give either {words}", key=True)


def _check_url(document: Document, path: tuple[str | int, ...], url: str | None) -> None:
    if url is None or url.startswith(("http://", "https://")) or REFERENCE.match(url):
        return
    message = f"{url!r} is not an address"
    document.report(path, "bad-url", message, "begin it with https://")
