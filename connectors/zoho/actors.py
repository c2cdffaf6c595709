"""Who is behind a change, by what Zoho's timeline notes as its source. Facts: docs/connectors/zoho.md#actors"""

from __future__ import annotations

from mapping.model import UNKNOWN_ACTOR, Actor, ActorKind

BY_HAND = frozenset({"crm_ui", "crm_mobile"})
PEOPLE = BY_HAND | {
    "blueprint", "mass_update", "mass_update_via_blueprint", "import", "convert", "massconvert", "macro",
    "mass_transfer", "change_owner", "sheet_view", "canvas_view", "bulk_action", "bulk_action_revert",
    "wizard", "kiosk", "findandmerge", "deduplication", "approval_manual", "approval_reject",
    "review_process", "mass_addition_via_ui", "outlook", "gmail",
}  # fmt: skip
AUTOMATION = frozenset({
    "workflow", "email_workflow", "connected_workflow", "custom_function", "assignment_rules",
    "case_escalation", "approval_auto", "approval_process", "approval_reject_action", "scoringrule",
    "system_generated", "mass_update_via_scheduler", "mass_change_owner_via_scheduler", "orchestration",
    "pathfinder", "cadences", "commandcenter_service", "zia_agent", "automatic_deal_creation",
    "rollup_summary", "field_of_lookup", "threshold_reallocation", "assignment_restriction", "prediction",
    "series_config", "record_locking_configuration",
})  # fmt: skip
AUTOMATIC_ACTIONS = frozenset({"automatic_transition", "automatic_transition_action"})
UNTOLD = frozenset({"", "unknown"})


def actor(user: str | None, source: str, action: str, me: str) -> Actor:
    """The actor of an entry of the timeline.

    A workflow runs under the name of whoever set it off, ours too, so the source is looked at first. What our
    own user does by hand in the CRM is done by a person.
    """
    if source in AUTOMATION or action in AUTOMATIC_ACTIONS:
        return Actor(ActorKind.AUTOMATION)
    if user == me and source not in BY_HAND:
        return Actor(ActorKind.OURS, me)
    if source in PEOPLE and user:
        return Actor(ActorKind.PERSON, user)
    if source in PEOPLE or source in UNTOLD:
        return UNKNOWN_ACTOR
    return Actor(ActorKind.INTEGRATION)


def named(user: str | None, me: str) -> Actor:
    """The actor where only a user is named, as in `Created_By` and `Modified_By`."""
    if user is None:
        return UNKNOWN_ACTOR
    return Actor(ActorKind.OURS if user == me else ActorKind.PERSON, user)
