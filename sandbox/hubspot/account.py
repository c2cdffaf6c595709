"""The state of one HubSpot account: users, pipelines, records, links. No rules of writing: see changes.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.contract import ControlError, Pipeline, Stage
from sandbox.hubspot.kinds import DEALS, Kind
from sandbox.hubspot.links import Links
from sandbox.hubspot.properties import Property, vendor_properties
from sandbox.hubspot.records import Source, Table, now_ms
from sandbox.hubspot.values import iso

PORTAL_ID = 147893286
AUTOMATION = Source("AUTOMATION_PLATFORM", "enrollmentId:2410377;actionExecutionIndex:0")
# The default pipeline (docs/connectors/hubspot.md#pipelines) with two stages that an administrator added.
DEFAULT_STAGES = (
    ("appointmentscheduled", "Appointment scheduled", 0.2),
    ("qualifiedtobuy", "Qualified to buy", 0.4),
    ("presentationscheduled", "Presentation scheduled", 0.6),
    ("decisionmakerboughtin", "Decision maker bought-in", 0.8),
    ("122178070", "Quote re-sent", 0.8),
    ("contractsent", "Contract sent", 0.9),
    ("closedwon", "Closed won", 1.0),
    ("closedlost", "Closed lost", 0.0),
    ("9912", "Old stage", 0.1),
)
PEOPLE = (
    ("olena@acme.example", "Olena K."),
    ("petar@acme.example", "Petar D."),
    ("maria@acme.example", "Maria S."),
    ("ivan@acme.example", "Ivan P."),
    ("robot@else.example", "Robot Elsewhere"),
)
PROBABILITY = {stage: probability for stage, _, probability in DEFAULT_STAGES}


@dataclass(frozen=True)
class User:
    """A user account and the owner that belongs to it: two ids that are never equal here."""

    owner_id: int
    user_id: int
    email: str
    name: str
    active: bool
    created: int
    updated: int

    @property
    def source(self) -> Source:
        """Return who changes something in the user interface."""
        return Source("CRM_UI", f"userId:{self.user_id}", self.user_id)

    def as_json(self) -> dict[str, Any]:
        """Return the owner as the owners API shows it; an archived one has no `userId`."""
        first, _, last = self.name.partition(" ")
        return {
            "id": str(self.owner_id),
            "email": self.email,
            "type": "PERSON",
            "firstName": first,
            "lastName": last,
            "userId": self.user_id if self.active else None,
            "userIdIncludingInactive": self.user_id,
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated),
            "archived": not self.active,
            "teams": [{"id": "368389", "name": "Sales Team", "primary": True}],
        }


class Account:
    """Everything one account holds."""

    def __init__(self, ids_after: int = 0) -> None:
        self.portal_id = PORTAL_ID
        self.users: dict[int, User] = {}
        self.pipelines: list[Pipeline] = []
        self.links = Links()
        self.tables: dict[Kind, Table] = {
            kind: Table(kind, properties, ids_after) for kind, properties in vendor_properties().items()
        }

    @property
    def deals(self) -> Table:
        """Return the table of deals."""
        return self.tables[DEALS]

    def put_user(self, email: str, name: str, active: bool) -> User:
        """Add a user, or change name and activity of the one with this e-mail."""
        known = next((user for user in self.users.values() if user.email == email), None)
        place = len(self.users)
        user = (
            replace(known, name=name, active=active, updated=now_ms())
            if known
            else User(
                41_629_779 + 17 * place, 9_586_504 + 13 * place, email, name, active, now_ms(), now_ms()
            )
        )
        self.users[user.owner_id] = user
        return user

    def user(self, email: str) -> User:
        """Return the user with this e-mail; raise ControlError."""
        for user in self.users.values():
            if user.email == email:
                return user
        raise ControlError(f"no user {email} in this account")

    def source(self, by: str | None) -> Source:
        """Return who changes something: the person with this e-mail, or a workflow."""
        return AUTOMATION if by is None else self.user(by).source

    def email_of_owner(self, owner_id: str | None) -> str | None:
        """Return the e-mail of an owner id."""
        user = self.users.get(int(owner_id)) if owner_id else None
        return user.email if user else None

    def email_of_user(self, user_id: int | None) -> str | None:
        """Return the e-mail of a user id."""
        return next((user.email for user in self.users.values() if user.user_id == user_id), None)

    def replace_pipelines(self, pipelines: Sequence[Pipeline]) -> None:
        """Make these the deal pipelines and the options of the two properties that name them."""
        self.pipelines = list(pipelines)
        stages = [(stage.id, stage.label) for pipeline in pipelines for stage in pipeline.stages]
        definitions = self.deals.properties
        boards = tuple((each.id, each.label) for each in pipelines)
        definitions["pipeline"] = replace(definitions["pipeline"], options=boards)
        definitions["dealstage"] = replace(definitions["dealstage"], options=tuple(stages))

    def add_property(self, kind: Kind, definition: Property) -> None:
        """Add a custom property."""
        self.tables[kind].properties[definition.name] = definition

    def pipeline(self, pipeline_id: str | None) -> Pipeline | None:
        """Return a pipeline."""
        return next((each for each in self.pipelines if each.id == pipeline_id), None)

    def stage(self, pipeline_id: str | None, stage_id: str | None) -> Stage | None:
        """Return a stage of a pipeline."""
        pipeline = self.pipeline(pipeline_id)
        stages = pipeline.stages if pipeline else []
        return next((each for each in stages if each.id == stage_id), None)

    def probability(self, pipeline: Pipeline, stage: Stage) -> float:
        """Return the chance to win that a stage stands for."""
        if stage.won or stage.lost:
            return float(stage.won)
        place = pipeline.stages.index(stage)
        return PROBABILITY.get(stage.id, round((place + 1) / (len(pipeline.stages) + 1), 1))


def new_account(ids_after: int = 0) -> Account:
    """Return an account with the default users, pipelines and custom properties."""
    account = Account(ids_after)
    for email, name in PEOPLE:
        account.put_user(email, name, True)
    stages = [
        Stage(id=id, label=label, won=id == "closedwon", lost=id == "closedlost")
        for id, label, _ in DEFAULT_STAGES
    ]
    partner = [
        Stage(id="7701", label="Introduced"),
        Stage(id="7702", label="In talks"),
        Stage(id="7703", label="Partner won", won=True),
        Stage(id="7704", label="Partner lost", lost=True),
    ]
    account.replace_pipelines(
        [
            Pipeline(id="default", label="Sales Pipeline", stages=stages),
            Pipeline(id="77", label="Partner deals", stages=partner),
        ]
    )
    for name, label, type in (
        ("budget__c", "Budget", "number"),
        ("decision_maker", "Decision maker", "string"),
        ("contract_end_date", "Contract end date", "date"),
        ("conveyor_section", "Conveyor section", "string"),
        ("conveyor_accept_by", "Conveyor accept by", "datetime"),
    ):
        account.add_property(DEALS, custom_property(DEALS, name, label, type))
    return account


FIELD_TYPES = {"number": "number", "date": "date", "datetime": "date", "bool": "booleancheckbox"}


def custom_property(
    kind: Kind, name: str, label: str, type: str, options: Sequence[str] = (), unique: bool = False
) -> Property:
    """Return the definition of a custom property."""
    field_type = "select" if type == "enumeration" else FIELD_TYPES.get(type, "text")
    pairs = tuple((option, option) for option in options)
    return Property(name, label, type, field_type, kind.group, pairs, unique=unique, defined_by_hubspot=False)
