"""Bitrix24, cloud and self-hosted, by its REST interface version 2."""

from connectors.bitrix24.connector import Connector
from connectors.bitrix24.settings import Settings

__all__ = ["Connector", "Settings"]
