"""Which OAuth scopes open which calls."""

from __future__ import annotations

from collections.abc import Collection

from sandbox.call import Call

VERBS = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE", "PATCH": "UPDATE", "DELETE": "DELETE"}


def allowed(call: Call, granted: Collection[str]) -> bool:
    """Say whether the granted scopes open this call."""
    verb = VERBS.get(call.method, "ALL")
    return any(
        f"{area}.{right}" in granted for area in _areas(call) for right in (verb, "ALL", *_extra(call))
    )


def _areas(call: Call) -> tuple[str, ...]:
    """Return the areas of which one is enough."""
    parts = call.path.removeprefix("/crm/v8/").split("/")
    first, last = parts[0], parts[-1]
    if first == "settings":
        return ("ZohoCRM.settings", f"ZohoCRM.settings.{parts[1] if len(parts) > 1 else ''}")
    if last in ("change_owner", "search", "watch"):
        return {
            "change_owner": ("ZohoCRM.change_owner",),
            "search": ("ZohoSearch.securesearch",),
            "watch": ("ZohoCRM.notifications",),
        }[last]
    plain = {
        "users": "ZohoCRM.users",
        "org": "ZohoCRM.org",
        "coql": "ZohoCRM.coql",
    }
    if first in plain:
        return (plain[first],)
    return ("ZohoCRM.modules", f"ZohoCRM.modules.{first}", f"ZohoCRM.modules.{first.lower()}")


def _extra(call: Call) -> tuple[str, ...]:
    """Return rights under other names than the method suggests."""
    return ("READ",) if call.path == "/crm/v8/coql" else ()
