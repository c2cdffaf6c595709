"""What a CRM is told about its delivery, in one table. Anything but 202 makes it deliver again, or tells why not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import PlainTextResponse

from connectors.errors import AuthFailed, Unreadable
from mapping.loader import ConfigError
from store.database import Unavailable
from sync.intake import Closed, UnknownConnection
from sync.runtime import NotConfigured
from web.body import TooLarge, TooSlow
from web.group_commit import Outcome


@dataclass(frozen=True)
class Answer:
    """One answer; `name` is what the counter calls it."""

    name: str
    status: HTTPStatus
    words: str = ""
    closes: bool = False  # the connection is of no more use: part of the request was never read

    @cached_property
    def response(self) -> PlainTextResponse:
        """The answer as any number of requests get it."""
        headers = {"connection": "close"} if self.closes else None
        return PlainTextResponse(self.words, self.status, headers)


STORED = Answer("stored", HTTPStatus.ACCEPTED)
NOTHING_WANTED = Answer("nothing_wanted", HTTPStatus.ACCEPTED)
UNREADABLE = Answer("unreadable", HTTPStatus.BAD_REQUEST, "This is not a delivery as the CRM documents it.\n")
UNAVAILABLE = Answer("unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "The delivery cannot be stored now.\n")
TOO_LARGE = Answer(
    "too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A delivery may have at most 1 MiB.\n", closes=True
)

TO_OUTCOME = {
    Outcome.STORED: STORED,
    Outcome.BUSY: Answer("busy", HTTPStatus.SERVICE_UNAVAILABLE, "Too many deliveries are waiting.\n"),
    Outcome.UNAVAILABLE: UNAVAILABLE,
    Outcome.REFUSED: Answer("refused", HTTPStatus.BAD_REQUEST, "The delivery holds what cannot be stored.\n"),
}

_TO_ERROR: dict[type[Exception], Answer] = {
    TooLarge: TOO_LARGE,
    TooSlow: Answer(
        "too_slow", HTTPStatus.REQUEST_TIMEOUT, "The delivery took longer than 4 s to arrive.\n", closes=True
    ),
    UnknownConnection: Answer("unknown", HTTPStatus.NOT_FOUND, "There is no connection of this name.\n"),
    AuthFailed: Answer("forged", HTTPStatus.UNAUTHORIZED, "The delivery is not genuine or not fresh.\n"),
    Unreadable: UNREADABLE,
    Closed: Answer("closed", HTTPStatus.SERVICE_UNAVAILABLE, "This connection is not set up completely.\n"),
    NotConfigured: Answer(
        "not_configured", HTTPStatus.SERVICE_UNAVAILABLE, "There are no active rules yet.\n"
    ),
    ConfigError: Answer("not_configured", HTTPStatus.SERVICE_UNAVAILABLE, "The active rules do not load.\n"),
    Unavailable: UNAVAILABLE,
    SQLAlchemyError: UNAVAILABLE,  # no tables yet
}

EXPECTED = tuple(_TO_ERROR)


def answer_to(error: Exception) -> Answer:
    """The answer to an error of one of the kinds in `EXPECTED`."""
    return next(_TO_ERROR[kind] for kind in type(error).__mro__ if kind in _TO_ERROR)
