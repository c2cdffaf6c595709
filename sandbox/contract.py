"""What a CRM folder must provide to become a sandbox, and the words the control API speaks.

How to add a CRM: make a folder `sandbox/<crm>/` whose `__init__.py` exports `create(services) -> Crm`.
Nothing else is registered anywhere; `python -m sandbox <crm>` finds the folder by its name.

- The CRM's own API is `Crm.handle(call) -> Response`: a plain synchronous function, so each call is atomic.
  Raise `Refusal(response, reason)` (sandbox/call.py) for every answer the CRM would give to a wrong call;
  the reason says how it is counted: `rate`, `malformed` or `ordinary`. Set `call.name` to the name under
  which calls are counted ("GET /crm/v3/objects/deals", "crm.item.list"); `Routes` does so for paths.
- Report what happens to `Services`: `journal.write(...)` for each record written through the API,
  `faults.shown(ids, listing=...)` when an answer contains deals, `faults.writing(id)` just before an API
  write to a deal takes effect (a planned edit by a person may happen inside that call, so read the record
  after it), and `deliveries.send(Parcel(...))` for webhooks. The common part does the rest.
- Answers that only this CRM gives can be planned too: name them in an attribute `own_faults` (a frozenset) and
  take them with `faults.take(names, text)` where they belong.
- The other methods are the control API seen from the CRM: what people do in the CRM's own user interface.
  Raise `ControlError` for an unknown person, deal, stage, ... .
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from sandbox.call import Call
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.webhooks import Deliveries

FieldType = Literal["string", "number", "date", "datetime", "bool", "enumeration"]
Failure = Literal["rate_limited", "server_error", "unauthorized"]


class ControlError(Exception):
    """A control request that names something unknown or impossible; the text is shown to the caller."""


class Model(BaseModel):
    """A body of the control API; unknown keys are refused so that a typing error is seen."""

    model_config = ConfigDict(extra="forbid")


class NewPerson(Model):
    """A user account of the CRM, as asked for."""

    email: str
    name: str
    active: bool = True


class Person(NewPerson):
    """A user account of the CRM; `id` is what deals refer to as owner, `user_id` what histories refer to."""

    id: str
    user_id: str


class Stage(Model):
    """One column of a board."""

    id: str
    label: str
    won: bool = False
    lost: bool = False


class Pipeline(Model):
    """One board with its columns in order."""

    id: str
    label: str
    stages: list[Stage]


class DealField(Model):
    """A custom property of deals."""

    name: str
    label: str
    type: FieldType = "string"
    options: list[str] = Field(default_factory=list)


class NewContact(Model):
    """The person to talk to at the customer."""

    name: str
    email: str | None = None
    phone: str | None = None


class NewCompany(Model):
    """The customer."""

    name: str
    domain: str | None = None


class NewDeal(Model):
    """A deal as a person (`by`, an e-mail) or some other automation (`by` null) creates it."""

    title: str
    pipeline: str | None = None
    stage: str | None = None
    owner: str | None = None
    amount: str | int | float | None = None
    currency: str | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    by: str | None = None
    contact: NewContact | None = None
    company: NewCompany | None = None


class Edit(Model):
    """Changes to one deal in the CRM's own user interface; only the keys that were given change."""

    by: str | None = None
    title: str | None = None
    pipeline: str | None = None
    stage: str | None = None
    owner: str | None = None
    amount: str | int | float | None = None
    fields: dict[str, Any] = Field(default_factory=dict)

    def given(self) -> dict[str, Any]:
        """Return the changes that were asked for, without `by`."""
        wanted = {"title", "pipeline", "stage", "owner", "amount", "fields"}
        return {name: getattr(self, name) for name in sorted(self.model_fields_set & wanted)}


class TaskView(Model):
    """A task of a deal. `by`, here and below: a person's e-mail, "app" (by API) or null (automation)."""

    id: str
    subject: str
    body: str
    owner: str | None
    due: str | None
    done: bool
    by: str | None


class NoteView(Model):
    """A note on the timeline of a deal."""

    id: str
    body: str
    by: str | None


class HistoryLine(Model):
    """One change of one field; `at` in ISO 8601 UTC, `source` in the CRM's own words."""

    at: str
    field: str
    value: str | None
    by: str | None
    source: str


class DealSummary(Model):
    """A card of the board."""

    id: str
    title: str
    pipeline: str | None
    stage: str | None
    owner: str | None
    amount: str | None
    deleted: bool = False


class DealView(DealSummary):
    """Everything the sandbox knows about a deal, oldest history first. `merged_into` names the survivor."""

    currency: str | None = None
    fields: dict[str, Any]
    merged_into: str | None = None
    tasks: list[TaskView]
    notes: list[NoteView]
    history: list[HistoryLine]


class CustomerView(Model):
    """A contact or company that is there, and the deals it is on; a company has no e-mail."""

    id: str
    kind: Literal["contact", "company"]
    name: str
    email: str | None = None
    deals: list[str]


@dataclass
class Options:
    """How this sandbox was started."""

    url: str = "http://127.0.0.1"
    webhook_url: str | None = None
    secret: str | None = None
    seed_file: str | None = None
    ids_after: int = 0  # added to all ids: an account that shall share none with an earlier one


@dataclass(frozen=True)
class Services:
    """What the common part gives to a CRM."""

    journal: Journal
    faults: Faults
    deliveries: Deliveries
    options: Options


class Crm(Protocol):
    """The state and the API of one emulated CRM account."""

    name: str
    title: str

    def handle(self, call: Call) -> Response:
        """Answer one call of the CRM's own API; raise Refusal for the answer to a wrong call."""
        ...

    def failure(self, kind: Failure, call: Call, retry_after: float | None) -> Response:
        """Return this CRM's own form of a failure that a fault asks for."""
        ...

    def reset(self) -> None:
        """Forget everything and put the default people, pipelines and fields back."""
        ...

    def people(self) -> list[Person]: ...

    def add_person(self, person: NewPerson) -> Person:
        """Add a user, or change name and activity of the one with this e-mail."""
        ...

    def pipelines(self) -> list[Pipeline]: ...

    def replace_pipelines(self, pipelines: Sequence[Pipeline]) -> None:
        """Make these the pipelines; deals in stages that went away keep their stage id."""
        ...

    def add_field(self, field: DealField) -> None: ...

    def deals(self) -> list[DealSummary]: ...

    def deal(self, deal_id: str) -> DealView: ...

    def customers(self) -> list[CustomerView]: ...

    def create_deal(self, deal: NewDeal) -> str: ...

    def create_many(
        self, count: int, pipeline: str | None, stage: str | None, owner: str | None
    ) -> list[str]:
        """Create deals quickly, without webhooks and journal lines; return their ids."""
        ...

    def edit_deal(self, deal_id: str, edit: Edit, *, webhooks: bool = True) -> None: ...

    def delete_deal(self, deal_id: str, by: str | None) -> None: ...

    def merge_deals(self, deal_ids: Sequence[str], by: str | None) -> str:
        """Merge as the CRM does; return the id of the surviving deal."""
        ...

    def complete_task(self, task_id: str, by: str | None) -> None: ...

    def set_webhooks(self, settings: dict[str, Any]) -> None:
        """Set what an administrator sets in the user interface: target, secret, subscriptions."""
        ...

    def set_credentials(self, settings: dict[str, Any]) -> None: ...

    def set_limits(self, enabled: bool, burst: int | None) -> None: ...
