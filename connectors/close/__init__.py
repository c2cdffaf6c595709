"""Close, by version 1 of its REST interface."""

from connectors.close.connector import Connector
from connectors.close.settings import Settings

__all__ = ["Connector", "Settings"]
