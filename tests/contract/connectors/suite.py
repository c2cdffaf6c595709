"""What every connector must do alike, told against the sandbox of its CRM over real HTTP.

A CRM subclasses `ConnectorContract` in about twenty lines, see `test_hubspot.py`: name, settings, how its sandbox
is told where webhooks go, and which of its fields and stages to use. The tests know no CRM.
"""

from __future__ import annotations

from .deliveries import DeliveriesContract
from .listing import ListingContract
from .reading import ReadingContract
from .trouble import TroubleContract
from .writing import WritingContract


class ConnectorContract(
    ReadingContract, ListingContract, WritingContract, TroubleContract, DeliveriesContract
):
    """The contract; subclass it with a name that begins with `Test`."""
