"""Copper as a sandbox: the route table in front, the control API behind."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from starlette.responses import Response

from sandbox.call import Call, Routes
from sandbox.contract import (
    ControlError,
    CustomerView,
    DealField,
    DealSummary,
    DealView,
    Edit,
    Failure,
    NewDeal,
    NewPerson,
    Person,
    Services,
)
from sandbox.contract import Pipeline as Board

from . import views
from .activity_calls import ActivityCalls
from .definition_calls import DefinitionCalls
from .directories import STATUS_COLUMNS, Pipeline, Stage, User
from .errors import envelope, no_path, rate_limited, refuse, unauthorized
from .interface import Interface
from .leads import Leads
from .metadata import Metadata
from .oauth import OAuth
from .portal import Portal
from .records import Records
from .relations import Relations
from .search import Searches
from .settings import Settings
from .subscription_calls import SubscriptionCalls

PREFIX: Final = "/developer_api/v1"
OWN_FAULTS: Final = frozenset({"forbidden"})  # 403: the key's user may not make that call
# Every part adds its routes; the first match wins, so what has fixed words comes before what has ids.
_PARTS: Final = (Searches, Metadata, DefinitionCalls, ActivityCalls, Leads, Records, Relations)
_TYPES: Final = {
    "string": "String",
    "number": "Float",
    "date": "Date",
    "datetime": "Date",
    "bool": "Checkbox",
    "enumeration": "Dropdown",
}


class Copper:
    """One emulated Copper account."""

    name = "copper"
    title = "Copper"
    own_faults = OWN_FAULTS

    def __init__(self, services: Services) -> None:
        self._services = services
        self._start()

    def reset(self) -> None:
        """Start again with the default account; notifications that still wait are not sent."""
        self._portal.events.close()
        self._start()

    def _start(self) -> None:
        self._portal = Portal(self._services)
        self._interface = Interface(self._portal)
        self._subscriptions = SubscriptionCalls(self._portal)
        table = [route for part in _PARTS for route in part(self._portal).routes()]
        table += self._subscriptions.routes()
        self._routes = Routes([(method, PREFIX + path, handler) for method, path, handler in table])
        self._oauth = Routes(OAuth(self._portal).routes())
        options = self._services.options
        if options.webhook_url:
            self.set_webhooks({"url": options.webhook_url, "token": options.secret})

    def handle(self, call: Call) -> Response:
        """Answer one call of Copper's API, or of its OAuth pages."""
        call.path = call.path.rstrip("/") or "/"
        without_key = self._oauth.find(call)
        if not isinstance(without_key, int):
            return without_key(call)
        handler = self._routes.find(call)
        if isinstance(handler, int):
            raise no_path()
        self._portal.access.check(call)
        if self._services.faults.take(OWN_FAULTS, call.line):
            self._services.journal.counts.totals["faults"] += 1
            raise refuse(403, "You do not have permission to do that")
        return handler(call)

    def failure(self, kind: Failure, call: Call, retry_after: float | None) -> Response:
        """Return Copper's form of a failure."""
        if kind == "unauthorized":
            return unauthorized()
        return rate_limited(retry_after) if kind == "rate_limited" else envelope(500, "Internal server error")

    def people(self) -> list[Person]:
        """Return all users."""
        return [views.person(user) for user in self._portal.account.directories.users.values()]

    def add_person(self, person: NewPerson) -> Person:
        """Add a user, or change name and activity of the one with this e-mail."""
        lists = self._portal.account.directories
        known = lists.user_of(person.email)
        id = known.id if known else max(lists.users) + 1
        lists.users[id] = User(id, person.email, person.name, person.active)
        return views.person(lists.users[id])

    def pipelines(self) -> list[Board]:
        """Return the pipelines of deals."""
        return [views.pipeline(each) for each in self._portal.account.directories.opportunity_pipelines()]

    def replace_pipelines(self, pipelines: Sequence[Board]) -> None:
        """Make these the pipelines; how a deal is closed is not a stage and needs not be given."""
        lists = self._portal.account.directories
        others = [each for each in lists.pipelines if each.type != "opportunity"]
        lists.pipelines = [*(_pipeline(board) for board in pipelines), *others]

    def add_field(self, field: DealField) -> None:
        """Add a custom field to deals; its `name` is the field key, its `label` the name."""
        definitions, data_type = self._portal.account.definitions, _TYPES[field.type]
        known = definitions.find(field.name)
        if known is None:
            definitions.add(
                field.label, data_type, ("opportunity",), key=field.name, options=tuple(field.options)
            )
        elif known.data_type != data_type:
            raise ControlError(f"the field {field.name} is there already, as {known.data_type}")
        else:
            options = definitions.new_options(tuple(field.options), known.options)
            definitions.put(replace(known, options=options))

    def deals(self) -> list[DealSummary]:
        """Return all cards."""
        return self._interface.deals()

    def deal(self, deal_id: str) -> DealView:
        """Return one deal."""
        return self._interface.deal(deal_id)

    def customers(self) -> list[CustomerView]:
        """Return all contacts and companies."""
        return self._interface.customers()

    def create_deal(self, deal: NewDeal) -> str:
        """Create a deal."""
        return self._interface.create_deal(deal)

    def create_many(
        self, count: int, pipeline: str | None, stage: str | None, owner: str | None
    ) -> list[str]:
        """Create deals as an import does."""
        return self._interface.create_many(count, pipeline, stage, owner)

    def edit_deal(self, deal_id: str, edit: Edit, *, webhooks: bool = True) -> None:
        """Edit a deal."""
        self._interface.edit_deal(deal_id, edit, webhooks=webhooks)

    def delete_deal(self, deal_id: str, by: str | None) -> None:
        """Delete a deal."""
        self._interface.delete_deal(deal_id, by)

    def merge_deals(self, deal_ids: Sequence[str], by: str | None) -> str:
        """Refuse: no merge of opportunities is documented."""
        raise ControlError("Copper merges people and companies, not deals")

    def complete_task(self, task_id: str, by: str | None) -> None:
        """Tick a task off."""
        self._interface.complete_task(task_id, by)

    def set_webhooks(self, settings: dict[str, Any]) -> None:
        """Replace the subscriptions: the fields of subscription_calls.InterfaceSettings."""
        self._subscriptions.set_in_interface(settings)

    def set_credentials(self, settings: dict[str, Any]) -> None:
        """Change any of the fields of settings.Settings."""
        account = self._portal.account
        account.settings = Settings.model_validate(account.settings.model_dump() | settings)

    def set_limits(self, enabled: bool, burst: int | None) -> None:
        """Switch the limits of calls and of webhooks on or off."""
        self._portal.access.set_limits(enabled, burst)
        for window in self._portal.events.windows:
            window.enabled = enabled
            window.reset()


def _pipeline(board: Board) -> Pipeline:
    stages = [stage for stage in board.stages if stage.id not in STATUS_COLUMNS.values()]
    wrong = [stage.id for stage in stages if not stage.id.isdigit() or stage.won or stage.lost]
    if wrong or not board.id.isdigit() or not stages:
        raise ControlError(
            "a pipeline and its stages have numbers as ids; won and lost are statuses here, "
            f"so they are the columns {', '.join(STATUS_COLUMNS.values())}"
        )
    chances = (round(100 * place / (len(stages) + 1)) for place in range(1, len(stages) + 1))
    made = (Stage(int(stage.id), stage.label, chance) for stage, chance in zip(stages, chances, strict=True))
    return Pipeline(int(board.id), board.label, tuple(made))
