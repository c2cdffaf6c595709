"""The tasks that the conveyor makes: their subjects and texts."""

from __future__ import annotations

from datetime import datetime

from mapping.model import Deal, Handoff
from mapping.phrases import phrase
from mapping.ruleset import HandoffRule, Ruleset
from sync.core.words import fill, local_time, person, section_title, stage_title, title_of


def about(rule: str, deal: Deal) -> str:
    """The subject of a task: which rule, which deal."""
    return phrase("{rule}: {title}", rule=rule, title=title_of(deal))


def nobody_is_free(handoff: Handoff, deal: Deal) -> str:
    """The subject of the task for `head` while a hand-off waits."""
    return phrase("{rule}: nobody is free for {title}", rule=handoff.rule, title=title_of(deal))


def reminder(handoff: Handoff, deal: Deal) -> str:
    """The subject of a reminder."""
    return phrase("Reminder - {subject}", subject=about(handoff.rule, deal))


def reminds(handoff: Handoff, percent: int, rules: Ruleset) -> str:
    """The text of a reminder."""
    return phrase(
        "{percent}% of the time to accept this deal is over; it is due by {until}. "
        "To accept it, complete the task of the hand-off, or simply work on the deal.",
        percent=percent,
        until=local_time(handoff.due_at, rules) if handoff.due_at else "-",
    )


def late(handoff: Handoff, deal: Deal) -> str:
    """The subject of the task for `head` when a hand-off is late."""
    return phrase("Late - {subject}", subject=about(handoff.rule, deal))


def is_late(handoff: Handoff, rules: Ruleset) -> str:
    """The text of the task for `head` when a hand-off is late."""
    return phrase(
        "{person} has not accepted this deal from {section} in time. Please see to it, or give it to somebody "
        "else: make them the owner, and they receive it.",
        person=person(handoff.to_member, rules),
        section=section_title(handoff.from_section, rules),
    )


def asks_reason(deal: Deal) -> str:
    """The subject of the task for whoever returned a deal without a reason."""
    return phrase("Why was it returned? {title}", title=title_of(deal))


def which_reasons(rule: HandoffRule | None, can_be_filled_in: bool) -> str:
    """The text of the task for whoever returned a deal without a reason."""
    text: str = (
        phrase(
            "This deal went back without a reason. "
            "Please say why in the field for the return reason, then complete this task."
        )
        if can_be_filled_in
        else phrase(
            "This deal went back without a reason. "
            "Please say why in a note on the deal, then complete this task."
        )
    )
    if rule is None or not rule.return_reasons:
        return text
    return phrase("{text} Reasons: {reasons:stop}", text=text, reasons=", ".join(rule.return_reasons))


def follow_up(deal: Deal) -> str:
    """The subject of a follow-up."""
    return phrase("Follow up: {title}", title=title_of(deal))


def stands_still(deal: Deal, since: datetime, rules: Ruleset) -> str:
    """The text of a follow-up."""
    return phrase(
        "Nothing happened with this deal in {stage} since {since}.",
        stage=stage_title(deal.stage, rules),
        since=local_time(since, rules),
    )


def task_body(handoff: Handoff, rule: HandoffRule | None, deal: Deal, rules: Ruleset) -> str:
    """The receiver's brief."""
    lines: list[str] = [fill(rule.brief, deal, rules).strip()] if rule and rule.brief else []
    lines.append(_came_from(handoff, rules))
    lines.append(phrase("To accept the deal, complete this task, or simply work on the deal."))
    if handoff.defects:
        lines.append(phrase("Still to be put right: {reasons:reasons}", reasons=tuple(handoff.defects)))
    return phrase("{lines:lines}", lines=tuple(lines))


def _came_from(handoff: Handoff, rules: Ruleset) -> str:
    section = section_title(handoff.from_section, rules)
    if handoff.from_member is None:
        return phrase("It comes from {section:stop}", section=section)
    name = person(handoff.from_member, rules)
    return phrase("It comes from {person}, {section:stop}", person=name, section=section)
