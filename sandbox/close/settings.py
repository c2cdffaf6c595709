"""What this account accepts and how it answers where the real one's answer is not known; set by control API."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

KEY_ID = "api_SandboxKey000000000000"
API_KEY = f"{KEY_ID}.SandboxSecret000000000"
PERMISSIONS = (
    "bulk_edit",
    "delete_own_opportunities",
    "delete_others_opportunities",
    "export",
    "manage_customizations",
    "manage_opportunities",
    "manage_organization",
    "manage_others_opportunities",
    "merge_leads",
    "view_all_leads",
)


class Settings(BaseModel):
    """PUT /sandbox/credentials changes any of it; PUT of an empty object changes nothing."""

    model_config = ConfigDict(extra="forbid")

    # Who may call
    api_key: str = API_KEY
    api_key_id: str | None = None  # as events show it; null: the key up to its dot
    role: str = "admin"
    permissions: list[str] = list(PERMISSIONS)
    client_id: str = "oa2client_sandbox"
    client_secret: str = "sandbox-client-secret"
    redirect_uri: str = "http://127.0.0.1/callback"
    code: str = "sandbox-code"
    refresh_token: str = "sandbox-refresh-token"
    expires_in: int = 3600
    expire_access: bool = False  # true: every access token handed out so far has expired

    # Answers that are documented in two ways, or not at all
    missing_slash: Literal["redirect", "serve", "refuse"] = "redirect"
    rate_header: Literal["semicolons", "commas", "retry_after"] = "semicolons"
    unknown_keys: Literal["refuse", "ignore"] = "refuse"
    content_type_status: Literal[400, 415] = 400
    webhook_created_status: Literal[200, 201] = 200
    list_shows_signature_key: bool = False
    retries_are_signed_anew: bool = True
    former_owner: Literal["refuse", "accept"] = "refuse"
    forbidden_field_status: Literal[400, 403] = 400
    only_documented_updates_are_told: bool = False  # not those of owner, note and custom fields alone
    unchanged_update_counts: bool = False  # moves date_updated and tells an event
    won_sets_confidence: bool = False
    reopening_clears_date_lost: bool = True
    used_status_can_be_deleted: bool = False
    default_tz_hours: float = -7.0  # for callers that send no x-tz-offset

    # Time that passes inside Close, in seconds
    consolidation_s: float = 0.0
    consolidates_actors: bool = False
    search_lag_s: float = 0.0
    event_retention_s: float = 30 * 86_400
    search_cursor_s: float = 30.0
    export_s: float = 0.0

    def shown_key_id(self) -> str:
        """Return the id of the API key as events name it."""
        return self.api_key_id or self.api_key.partition(".")[0]
