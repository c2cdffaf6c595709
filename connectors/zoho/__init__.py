"""Zoho CRM by its REST API version 8, over plain HTTP. See docs/connectors/zoho.md."""

from connectors.zoho.connector import Connector
from connectors.zoho.settings import Settings

__all__ = ["Connector", "Settings"]
