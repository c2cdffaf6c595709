"""What a test may set of the org: credentials, edition, zone, and what the documentation leaves open."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCOPES = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.notifications.ALL",
    "ZohoCRM.coql.READ",
    "ZohoCRM.change_owner.CREATE",
    "ZohoCRM.bulk.ALL",
    "ZohoCRM.composite_requests.CUSTOM",
    "ZohoSearch.securesearch.READ",
)
Edition = Literal["free", "standard", "professional", "enterprise", "ultimate"]


class Transition(BaseModel):
    """One step of a Blueprint; stages by id, actual or display value; `users` null means everybody."""

    model_config = ConfigDict(extra="forbid")

    name: str
    start: str
    end: str
    fields: list[str] = Field(default_factory=list)
    type: Literal["manual", "automatic"] = "manual"
    criteria_matched: bool = True
    users: list[str] | None = None


class BlueprintSettings(BaseModel):
    """Which deals are in a Blueprint on Stage: of a pipeline, of some stages, or of these ids.

    Without `transitions` each stage leads to the next one of its pipeline.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = "Sales process"
    pipeline: str | None = None
    stages: list[str] | None = None
    deals: list[str] | None = None
    transitions: list[Transition] | None = None
    status: int = 400  # the HTTP status of RECORD_IN_BLUEPRINT is not documented


class Workflow(BaseModel):
    """A field update that follows every API write of a deal, unless its `trigger` leaves workflows out."""

    model_config = ConfigDict(extra="forbid")

    field: str
    value: Any
    delay_s: float = 0


class Settings(BaseModel):
    """PUT /sandbox/credentials changes any of it."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    client_id: str = "1000.SANDBOXCLIENT"
    client_secret: str = "sandbox-client-secret"
    refresh_token: str = "1000.sandbox.refresh"
    code: str = "1000.sandbox.code"
    expires_in: int = 3600
    scopes: list[str] = list(SCOPES)
    throttle_status: Literal[200, 400] = 400

    time_zone: str = "Europe/Sofia"
    pipelines_enabled: bool = True
    multi_currency: bool = True
    edition: Edition = "enterprise"
    credits: int | None = None  # null: what the edition has
    call_ms: int = 5  # how long a call counts as in flight, while limits are on
    search_lag_s: float = 2
    unique_fields: list[str] = ["Conveyor_Key"]  # names of text fields that an admin makes unique

    failed_status: int | None = None  # status when every record failed; null: 400, or 412
    stage_mismatch: Literal["INVALID_DATA", "MAPPING_MISMATCH"] = "INVALID_DATA"
    missing_status: Literal[204, 400] = 204  # a single read of what is not there
    since_is_inclusive: bool = False  # whether If-Modified-Since includes that second
    coql_max: int = 2000
    coql_offset_max: int = 100_000
    notification_type: str = "application/json;charset=UTF-8"

    blueprint: BlueprintSettings | None = None
    workflow: Workflow | None = None
    locked: list[str] = Field(default_factory=list)  # deals locked by a person
    hidden: list[str] = Field(default_factory=list)  # deals the API user may not see
    hidden_fields: list[str] = Field(default_factory=list)  # of deals, by the API user's profile
    forbidden: list[str] = Field(default_factory=list)  # calls without permission: parts of "METHOD /path"
    expire_access: bool = False  # given as true: all access tokens die now
