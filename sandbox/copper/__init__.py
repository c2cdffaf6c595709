"""An emulated Copper account. What the real one does: docs/connectors/copper.md.

`PUT /sandbox/webhooks` sets subscriptions: `url` (null removes them), `token` (goes into the header
X-Conveyor-Token), `headers`, `secret`, `types`, `events`. `PUT /sandbox/credentials` sets any field of
settings.py: the key, the account, and a switch for each behaviour that the vendor does not document.
How a deal was closed is its status; the control API shows it as the columns status:Won, :Lost and :Abandoned.
"""

from sandbox.contract import Services

from .crm import Copper


def create(services: Services) -> Copper:
    """Return a fresh account."""
    return Copper(services)
