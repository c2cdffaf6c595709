"""The HubSpot connector. See docs/connectors/hubspot.md."""

from connectors.hubspot.connector import Connector
from connectors.hubspot.settings import Settings

__all__ = ["Connector", "Settings"]
