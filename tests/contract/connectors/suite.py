"""What every connector must do alike, told against the sandbox of its CRM over real HTTP.

A CRM subclasses `ConnectorContract` in about twenty lines, see `test_hubspot.py`: name, settings, how its sandbox
is told where webhooks go, and which of its fields and stages to use. The tests know no CRM.
"""

from __future__ import annotations

from .access import AccessContract
from .between import BetweenContract
from .broken import BrokenContract
from .deliveries import DeliveriesContract
from .gone import GoneContract
from .grown import GrownContract
from .listing import ListingContract
from .pages import PagesContract
from .reading import ReadingContract
from .repeats import RepeatsContract
from .subscribing import SubscribingContract
from .trouble import TroubleContract
from .values import ValuesContract
from .writing import WritingContract


class ConnectorContract(
    ReadingContract,
    ValuesContract,
    GoneContract,
    ListingContract,
    PagesContract,
    WritingContract,
    RepeatsContract,
    BetweenContract,
    TroubleContract,
    BrokenContract,
    AccessContract,
    GrownContract,
    SubscribingContract,
    DeliveriesContract,
):
    """The contract; subclass it with a name that begins with `Test`."""
