"""The token server: exchanges a code or a refresh token, by GET. Each refresh token works once."""

from typing import Any, Final

from starlette.responses import Response

from sandbox.call import Call, Refusal, json_answer

from .applications import CLIENT_ID, CLIENT_SECRET, Applications
from .portal import INTEGRATION_USER, MEMBER_ID

_TEXTS: Final = {
    "invalid_request": "Invalid request",
    "invalid_client": "Invalid client",
    "invalid_grant": "Invalid grant",
}


def exchange(call: Call, applications: Applications, url: str) -> Response:
    """Answer one call of the token server; raises Refusal with its error form."""
    given = dict(call.query)
    if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        raise _refused("invalid_client")
    kind = given.get("grant_type")
    if kind == "authorization_code":
        if given.get("code") not in applications.codes:
            raise _refused("invalid_grant")
        applications.codes.discard(given["code"])
    elif kind != "refresh_token":
        raise _refused("invalid_request")
    elif not applications.refresh_token or given.get("refresh_token") != applications.refresh_token:
        raise _refused("invalid_grant")
    return json_answer(200, _tokens(applications, url))


def _refused(code: str) -> Refusal:
    return Refusal(json_answer(400, {"error": code, "error_description": _TEXTS[code]}))


def _tokens(applications: Applications, url: str) -> dict[str, Any]:
    access = applications.new_access()
    return {
        "access_token": access,
        "expires": int(applications.now()) + applications.lifetime_s,
        "expires_in": applications.lifetime_s,
        "refresh_token": applications.new_refresh(),
        "scope": "crm,task,user",
        "domain": url.partition("://")[2],
        "server_endpoint": f"{url}/rest/",
        "client_endpoint": f"{url}/rest/",
        "member_id": MEMBER_ID,
        "status": "L",
        "user_id": INTEGRATION_USER,
    }
