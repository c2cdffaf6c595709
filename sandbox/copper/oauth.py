"""OAuth: the page that sends a code to the application by POST, and the token that never expires."""

from html import escape

from starlette.responses import HTMLResponse, Response

from sandbox.call import Call, Handler, json_answer

from .portal import Portal

SCOPE = "developer/v1/all"


class OAuth:
    """The two calls of the host `app.copper.com`, here on the same host."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the routes."""
        return [("GET", "/oauth/authorize", self.authorize), ("POST", "/oauth/token", self.token)]

    def authorize(self, call: Call) -> Response:
        """Return a page whose form posts the code, as a browser would after consent."""
        given, settings = dict(call.query), self._portal.account.settings
        wanted = {"response_type": "code", "client_id": settings.client_id, "scope": SCOPE}
        if any(given.get(name) != value for name, value in wanted.items()):
            return HTMLResponse("<h1>The request is invalid</h1>", 400)
        fields = {"code": settings.code} | ({"state": given["state"]} if "state" in given else {})
        inputs = "".join(f'<input name="{name}" value="{escape(value)}">' for name, value in fields.items())
        target = escape(given.get("redirect_uri", settings.redirect_uri))
        return HTMLResponse(f'<form method="post" action="{target}">{inputs}<button>Allow</button></form>')

    def token(self, call: Call) -> Response:
        """Exchange the code; there is no refresh token and no expiry."""
        given, settings = dict(call.form()), self._portal.account.settings
        wanted = {
            "grant_type": "authorization_code",
            "code": settings.code,
            "redirect_uri": settings.redirect_uri,
            "client_id": settings.client_id,
            "client_secret": settings.client_secret,
        }
        if given != wanted:
            return json_answer(400, {"error": "invalid_grant"})
        token = self._portal.access.issue()
        return json_answer(200, {"access_token": token, "token_type": "Bearer", "scope": SCOPE})
