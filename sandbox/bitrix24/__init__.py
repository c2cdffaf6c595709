"""An emulated Bitrix24 portal. What the real one does: docs/connectors/bitrix24.md.

`PUT /sandbox/webhooks` sets the outgoing webhook: `url` (null removes it), `token`, `events` (default: all).
`PUT /sandbox/credentials` sets the account: `code` of the incoming webhook, `token` (the application's),
`oauth_code`, `expire_access` (true ends all access tokens), `access_lifetime_s`, `zone` ("+03:00"),
`date_filter` ("iso" or "plain": an offset is not honoured), `record_time_shift_s`,
`required` ({stage: [fields]}), `operating` ({"limit_s", "cost_s": {method: seconds a call}}).
"""

from sandbox.contract import Services

from .account import Account


def create(services: Services) -> Account:
    """Return a fresh portal."""
    return Account(services)
