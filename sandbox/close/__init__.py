"""An emulated Close organization, after docs/connectors/close.md.

Started with `--webhook-url`, it has one subscription to the usual events; `--secret` is its signature key in
hex. PUT /sandbox/credentials takes the fields of settings.Settings: credentials, the role of the key's user,
and how to answer where Close's own answer is documented in two ways. PUT /sandbox/webhooks takes those of
webhooks.InterfaceSettings.
"""

from sandbox.close.crm import Close
from sandbox.contract import Crm, Services


def create(services: Services) -> Crm:
    """Return an organization with the default people, pipelines and custom fields."""
    return Close(services)
