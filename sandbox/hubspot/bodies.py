"""The request bodies, as strict as the vendor's specification: unknown keys and wrong types are refused."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Operator = Literal[
    "EQ",
    "NEQ",
    "LT",
    "LTE",
    "GT",
    "GTE",
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
]


class Strict(BaseModel):
    """No unknown keys, no number where a text belongs."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ObjectId(Strict):
    """`{"id": "1"}`"""

    id: str = Field(min_length=1)


class LinkSpec(Strict):
    """One association type."""

    category: str = Field(alias="associationCategory")
    type_id: int = Field(alias="associationTypeId")


class NewLink(Strict):
    """An association to make along with a new record."""

    to: ObjectId
    types: list[LinkSpec] = Field(min_length=1)


class Properties(Strict):
    """The body of an update."""

    properties: dict[str, Any]


class NewObject(Properties):
    """The body of a creation."""

    associations: list[NewLink] = Field(default_factory=list)
    trace_id: str | None = Field(None, alias="objectWriteTraceId")


class NewObjects(Strict):
    """The body of a batch creation."""

    inputs: list[NewObject]


class ChangedObject(Properties):
    """One update of a batch."""

    id: str
    id_property: str | None = Field(None, alias="idProperty")
    trace_id: str | None = Field(None, alias="objectWriteTraceId")


class ChangedObjects(Strict):
    """The body of a batch update or upsert."""

    inputs: list[ChangedObject]


class ObjectIds(Strict):
    """The body of a batch archive."""

    inputs: list[ObjectId]


class BatchRead(ObjectIds):
    """The body of a batch read."""

    properties: list[str] = Field(default_factory=list)
    with_history: list[str] = Field(default_factory=list, alias="propertiesWithHistory")
    id_property: str | None = Field(None, alias="idProperty")


class Merge(Strict):
    """The body of a merge."""

    primary: str = Field(alias="primaryObjectId")
    other: str = Field(alias="objectIdToMerge")


class Filter(Strict):
    """One condition of a search."""

    property_name: str = Field(alias="propertyName")
    operator: Operator
    value: str | None = None
    high_value: str | None = Field(None, alias="highValue")
    values: list[str] | None = None


class FilterGroup(Strict):
    """Conditions that all hold."""

    filters: list[Filter]


class Sort(Strict):
    """The order of a search."""

    property_name: str = Field(alias="propertyName")
    direction: Literal["ASCENDING", "DESCENDING"] = "ASCENDING"


class Search(Strict):
    """The body of a search. `after` is an offset."""

    groups: list[FilterGroup] = Field(default_factory=list, alias="filterGroups")
    sorts: list[Sort | str] = Field(default_factory=list)
    query: str | None = None
    properties: list[str] = Field(default_factory=list)
    limit: int = 10
    after: str | int | None = None


class LinkRead(Strict):
    """One record whose links are asked for."""

    id: str
    after: str | None = None


class LinkReads(Strict):
    """The body of a batch read of associations."""

    inputs: list[LinkRead]


class Pair(Strict):
    """Two records to link in the default way; v3 adds a type name."""

    source: ObjectId = Field(alias="from")
    to: ObjectId
    type: str | None = None


class Pairs(Strict):
    """The body of a batch of default links."""

    inputs: list[Pair]


class TypedPair(Strict):
    """Two records to link with given types."""

    source: ObjectId = Field(alias="from")
    to: ObjectId
    types: list[LinkSpec] = Field(min_length=1)


class TypedPairs(Strict):
    """The body of a batch of links."""

    inputs: list[TypedPair]


class PairsToCut(Strict):
    """One record and those it is to be unlinked from."""

    source: ObjectId = Field(alias="from")
    to: list[ObjectId]


class Cut(Strict):
    """The body of a batch that removes links."""

    inputs: list[PairsToCut]


class NewOption(Strict):
    """One choice of an enumeration."""

    label: str
    value: str
    hidden: bool = False
    order: int = Field(-1, alias="displayOrder")
    description: str = ""


class NewProperty(Strict):
    """The body that creates a property."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)
    label: str
    type: Literal["bool", "date", "datetime", "enumeration", "number", "phone_number", "string"]
    field_type: Literal[
        "booleancheckbox",
        "checkbox",
        "date",
        "html",
        "number",
        "phonenumber",
        "radio",
        "select",
        "text",
        "textarea",
    ] = Field(alias="fieldType")
    group: str = Field(alias="groupName")
    options: list[NewOption] = Field(default_factory=list)
    description: str = ""
    unique: bool = Field(False, alias="hasUniqueValue")
    hidden: bool = False
    form_field: bool = Field(False, alias="formField")
    order: int = Field(-1, alias="displayOrder")


class Throttling(Strict):
    """How many deliveries at once."""

    max_concurrent: int = Field(alias="maxConcurrentRequests")


class WebhookSettings(Strict):
    """The body that sets the target of an app's webhooks."""

    target_url: str = Field(alias="targetUrl")
    throttling: Throttling


class NewSubscription(Strict):
    """The body that creates a subscription; it starts paused unless said otherwise."""

    event_type: str = Field(alias="eventType")
    property_name: str | None = Field(None, alias="propertyName")
    active: bool = False


class ChangedSubscription(Strict):
    """The body that pauses or resumes a subscription."""

    active: bool


class SubscriptionState(Strict):
    """One row of a batch that pauses or resumes."""

    id: int
    active: bool


class SubscriptionStates(Strict):
    """The body of that batch."""

    inputs: list[SubscriptionState]
