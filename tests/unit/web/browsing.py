"""The console as a browser uses it: pages, and the forms that stand on them."""

from __future__ import annotations

import re

import requests

from .serving import PASSWORD, PATIENCE_S

IVAN = "ivan@acme.example"


class Browser(requests.Session):
    """A browser that has the log-in form open, or the page that it looked at last."""

    def __init__(self, url: str, path: str = "/login") -> None:
        super().__init__()
        self.base = url
        self.page = self.get(url + path, timeout=PATIENCE_S)

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.page.text)
        assert found, self.page.text
        return found[1]

    def log_in(
        self, password: str = PASSWORD, headers: dict[str, str] | None = None, **form: str
    ) -> requests.Response:
        fields = {"csrf": self.csrf(), "email": IVAN, "password": password, "next": "/", **form}
        return self.submit("/login", fields, headers)

    def submit(
        self, path: str, form: dict[str, str], headers: dict[str, str] | None = None
    ) -> requests.Response:
        return self.post(
            self.base + path, form, headers=headers or {}, timeout=PATIENCE_S, allow_redirects=False
        )

    def look(self, path: str) -> requests.Response:
        return self.get(self.base + path, timeout=PATIENCE_S, allow_redirects=False)
