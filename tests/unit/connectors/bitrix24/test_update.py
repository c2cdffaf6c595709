"""When a value counts as the one that is there already."""

from __future__ import annotations

import pytest

from connectors.comparing import equal
from mapping.model import Value


@pytest.mark.parametrize(
    ("left", "right", "are"),
    [
        ("1200", "1200", True),
        ("1200", "1200.4", False),  # a cent is a change, though a CRM may round
        ("1200", None, False),
        (None, "", True),
        (None, [], True),
        ("Ofis  2", " Ofis 2", True),
        ("e\u0301", "\u00e9", True),
        ("Ofis", "ofis", False),
        (["0", "NEW"], ["0", "NEW"], True),
        (["0", "NEW"], ["5", "C5:NEW"], False),
        (True, False, False),
    ],
)
def test_equal(left: Value, right: Value, are: bool) -> None:
    assert equal(left, right) is are
    assert equal(right, left) is are
