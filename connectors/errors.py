"""What can go wrong with a CRM, named by what to do next; the consequence is the engine's (`sync/core/retry.py`).

Each docstring is the default message. Messages are for the admin and never hold a secret or personal data.
"""

from __future__ import annotations


class ConnectorError(Exception):
    """The CRM could not do what was asked."""

    def __init__(self, message: str | None = None, *, status: int | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())
        self.status = status


class Transient(ConnectorError):
    """The CRM did not answer properly; the same call is tried again."""

    def __init__(
        self, message: str | None = None, *, uncertain: bool = True, status: int | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.uncertain = uncertain  # the request may have taken effect; False only if it was never sent


class RateLimited(ConnectorError):
    """The CRM asks us to slow down; the connection waits."""

    def __init__(
        self, message: str | None = None, *, retry_after_s: float = 10.0, status: int | None = None
    ) -> None:
        super().__init__(message, status=status)
        self.retry_after_s = retry_after_s


class CallRefused(RateLimited):
    """Our own rate budget is used up for this lane; the call was not made, and other lanes go on."""


class AuthFailed(ConnectorError):
    """The CRM refuses our credentials or permissions; the connection waits for the admin."""


class Conflict(ConnectorError):
    """Somebody changed the record after we looked; it is looked at again."""


class Rejected(ConnectorError):
    """The CRM refuses this write; it is parked with the CRM's own words."""


class Missing(Rejected):
    """The CRM has no such record."""


class Unreadable(ConnectorError):
    """The CRM's answer or delivery is not in its documented form."""
