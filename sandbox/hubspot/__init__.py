"""An emulated HubSpot account, after docs/connectors/hubspot.md."""

from sandbox.contract import Crm, Services
from sandbox.hubspot.crm import HubSpot


def create(services: Services) -> Crm:
    """Return a HubSpot account with the default people, pipelines and properties."""
    return HubSpot(services)
