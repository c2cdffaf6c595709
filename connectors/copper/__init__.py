"""Copper (formerly ProsperWorks), by its Developer API version 1."""

from connectors.copper.connector import Connector
from connectors.copper.settings import Settings

__all__ = ["Connector", "Settings"]
