"""Every call that we make: method, path, and the rate that it counts towards.

Paths end with a slash, always (docs/connectors/close.md#addresses).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.base import Rate
from connectors.errors import Missing

PER_SECOND = 10
"""Half of the one limit that Close documents, as an example (docs/connectors/close.md#limits)."""

_ID = re.compile(r"\w{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Call:
    """One endpoint."""

    method: str
    path: str
    rate: str

    @property
    def writes(self) -> bool:
        """Whether it changes a record."""
        return self.method != "GET" and self.path != "/data/search/"

    def at(self, id: str) -> str:
        """The path with an id in it; `Missing` for what cannot be an id."""
        if "{id}" in self.path and not is_id(id):
            raise Missing("Close has no such record: that is no id of Close's.")
        return self.path.replace("{id}", id)


def is_id(text: str) -> bool:
    """Whether a text may be an id of Close's."""
    return _ID.fullmatch(text) is not None


ME = Call("GET", "/me/", "account")
ORGANIZATION = Call("GET", "/organization/{id}/", "account")
USERS = Call("GET", "/user/", "account")
PIPELINES = Call("GET", "/pipeline/", "account")
FIELDS = Call("GET", "/custom_field_schema/opportunity/", "account")

DEALS = Call("GET", "/opportunity/", "deals")
DEAL = Call("GET", "/opportunity/{id}/", "deals")
CREATE_DEAL = Call("POST", "/opportunity/", "deal writes")
UPDATE_DEAL = Call("PUT", "/opportunity/{id}/", "deal writes")

LEAD = Call("GET", "/lead/{id}/", "people")
CREATE_LEAD = Call("POST", "/lead/", "people")
CREATE_CONTACT = Call("POST", "/contact/", "people")
SEARCH = Call("POST", "/data/search/", "people")

MOVES = Call("GET", "/activity/status_change/opportunity/", "history")
EVENTS = Call("GET", "/event/", "history")

TASKS = Call("GET", "/task/", "activities")
TASK = Call("GET", "/task/{id}/", "activities")
CREATE_TASK = Call("POST", "/task/", "activities")
UPDATE_TASK = Call("PUT", "/task/{id}/", "activities")
COMMENTS = Call("GET", "/comment/", "activities")
CREATE_COMMENT = Call("POST", "/comment/", "activities")
NOTES = Call("GET", "/activity/note/", "activities")
CREATE_NOTE = Call("POST", "/activity/note/", "activities")

WEBHOOKS = Call("GET", "/webhook/", "account")
WEBHOOK = Call("GET", "/webhook/{id}/", "account")
CREATE_WEBHOOK = Call("POST", "/webhook/", "account")
UPDATE_WEBHOOK = Call("PUT", "/webhook/{id}/", "account")
DELETE_WEBHOOK = Call("DELETE", "/webhook/{id}/", "account")

_GROUPS = ("deals", "deal writes", "history", "people", "activities", "account")

RATES = tuple(Rate(group, calls=PER_SECOND, per_s=1.0, burst=PER_SECOND) for group in _GROUPS)
"""Close counts path by path; calls that come together are counted together here, which is never too little."""
