"""What the house itself changed for many deals, as each one's story tells it: new rules, rollbacks, who leaves."""

from __future__ import annotations

from collections.abc import Mapping

from mapping.phrases import Phrase, phrase

CHANGED_SINCE: Mapping[str, Phrase] = {
    "visit": phrase("it was moved since"),
    "home": phrase("it goes on in another CRM now"),
    "stage": phrase("it stands on another stage now"),
    "owner": phrase("it has another owner now"),
    "status": phrase("its hand-off went on since"),
    "receiver": phrase("its hand-off went on since"),
}
"""Why nothing is undone where something is not as a version of the rules left it, by what that is."""

OTHER_RULES = phrase("other rules came into force since")
DELETED = phrase("it was deleted")
OPENED_STAYS = phrase("a deal that was opened for the customer stays")
STAGE_GONE = phrase("the stage where it stood is not on the line any more")
OWNER_GONE = phrase("whoever had it before is not on the team")
ONLY_OBSERVED = phrase("the rules only observe there, so nothing is written")
STAGE_UNMAPPED = phrase("its stage in the CRM is mapped nowhere, so the conveyor writes nothing there")


def account_gone(person: str, connection: str) -> Phrase:
    """Whoever had it before cannot own it any more."""
    return phrase("{person} has no account in {connection} any more", person=person, connection=connection)


def moved_by_rules(version: str) -> Phrase:
    """A version of the rules moved it by coming into force."""
    return phrase("Version {version} of the rules came into force and moved it.", version=version)


def left_by_rollback(version: str, reason: str) -> Phrase:
    """What a version moved is not undone."""
    return phrase(
        "What version {version} of the rules moved stays: {reason}.", version=version, reason=reason
    )


def rolled_back(version: str, opened: bool) -> Phrase:
    """What a version moved is undone; a deal that it opened is not."""
    text = phrase("Back to how it was before version {version} of the rules moved it.", version=version)
    return phrase("{text} The deal that was opened for the customer stays.", text=text) if opened else text


def kept_from(person: str, leaver: str, reason: str) -> Phrase:
    """Somebody leaves, and this deal does not go to who takes over."""
    return phrase(
        "Not handed on to {person}, though {leaver} leaves: {reason}.",
        person=person,
        leaver=leaver,
        reason=reason,
    )


def handed_on(person: str, leaver: str, has_handoff: bool, tasks_left: int) -> Phrase:
    """Somebody leaves, and the deal goes to who takes over."""
    text = phrase("Handed on to {person}, for {leaver} leaves.", person=person, leaver=leaver)
    if has_handoff:
        text = phrase("{text} The open hand-off goes along.", text=text)
    if tasks_left:
        text = phrase(
            "{text} Tasks of the playbook and follow-ups stay where they are: {number}.",
            text=text,
            number=tasks_left,
        )
    return text
