"""An emulated Zoho CRM org (API v8), after docs/connectors/zoho.md."""

from sandbox.contract import Crm, Services
from sandbox.zoho.crm import Zoho


def create(services: Services) -> Crm:
    """Return a Zoho CRM org with the default people, pipelines and fields."""
    return Zoho(services)
