"""The registry finds folders and says what it knows when asked for something else."""

from __future__ import annotations

import pytest

from connectors import registry


def test_connectors_are_found_by_folder() -> None:
    assert "hubspot" in registry.names()


def test_a_package_exports_a_connector_and_its_settings() -> None:
    package = registry.load("hubspot")
    assert {"Connector", "Settings"} <= set(dir(package))


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(LookupError, match="hubspot"):
        registry.load("salesfarce")
