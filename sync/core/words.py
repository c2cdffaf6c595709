"""What the conveyor says to people: notes, tasks and reasons, in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from mapping.model import Deal, Handoff, Value
from mapping.ruleset import HandoffRule, Ruleset

_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


def stage_title(name: str | None, rules: Ruleset) -> str:
    """A stage as people call it."""
    stage = rules.conveyor.stages.get(name or "")
    return stage.title if stage else (name or "no stage")


def section_title(name: str | None, rules: Ruleset) -> str:
    """A section as people call it."""
    section = rules.conveyor.section_by_name.get(name or "")
    return section.title if section else (name or "no section")


def person(email: str | None, rules: Ruleset) -> str:
    """A member by name."""
    member = rules.team.get(email or "")
    return member.name if member else (email or "nobody")


def roles(names: Iterable[str], rules: Ruleset) -> str:
    """Role titles, joined with `or`."""
    titles = [rules.conveyor.roles[n].title if n in rules.conveyor.roles else n for n in names]
    return " or ".join(titles) or "nobody"


def local_time(moment: datetime, rules: Ruleset) -> str:
    """A moment on the line's own clock, for people."""
    zone = rules.conveyor.timezone
    return f"{moment.astimezone(ZoneInfo(zone)):%a %d %b %Y %H:%M} ({zone})"


def fill(text: str, deal: Deal, rules: Ruleset) -> str:
    """Put the deal's values into a brief; what is not filled in shows as a dash."""
    values: dict[str, Value] = {**deal.fields, "owner": person(deal.owner, rules), "stage": deal.stage}

    return _PLACEHOLDER.sub(lambda match: plain(values.get(match.group(1))) or "-", text)


def plain(value: Value) -> str:
    """A value as people read it; nothing for an empty one."""
    if isinstance(value, list):
        return ", ".join(value)
    return str(value) if value is not None else ""


def title_of(deal: Deal) -> str:
    """The deal's title, or something to call it by."""
    title = deal.fields.get("title")
    return str(title) if title else "this deal"


def sentence(reasons: Sequence[str]) -> str:
    """Reasons as the end of a sentence, with its full stop unless a question ends it."""
    text = "; ".join(dict.fromkeys(reasons))
    return text if text.endswith(("?", "!", ".")) else f"{text}."


def moved_back(back_to: str, reasons: Sequence[str], rules: Ruleset) -> str:
    """The note on a deal that was moved back."""
    return f"Moved back to {stage_title(back_to, rules)}: {sentence(reasons)}"


def owner_put_back(owner: str | None, reasons: Sequence[str], rules: Ruleset) -> str:
    """The note on a deal whose owner was put back."""
    return f"Owner put back to {person(owner, rules)}: {sentence(reasons)}"


def let_through(reasons: Sequence[str]) -> str:
    """The note on a violation that is only told."""
    return f"Please put this right: {sentence(reasons)}"


def breaker(limit: int, per: str, reasons: Sequence[str]) -> str:
    """The note when the conveyor stops moving a deal."""
    return (
        f"The conveyor moved this deal {limit} times within {per} and leaves it alone now, "
        f"so as not to fight. A person should look: {sentence(reasons)}"
    )


def handed_over(handoff: Handoff, rules: Ruleset) -> str:
    """The note on a hand-off."""
    to = person(handoff.to_member, rules)
    text = f"{handoff.rule}: handed to {to} ({handoff.reason})."
    if handoff.due_at:
        text += f" To be accepted by {local_time(handoff.due_at, rules)}."
    if handoff.defects:
        text += f" Let through although {sentence(handoff.defects)}"
    return text


def opened(deal: Deal, handoff: Handoff, rules: Ruleset) -> str:
    """The ledger's line on a deal that begins where another was won."""
    to = f"handed to {person(handoff.to_member, rules)}" if handoff.to_member else "waiting for somebody"
    where = f"{stage_title(deal.stage, rules)}, {deal.home}"
    return f"{handoff.rule}: the customer goes on in {where}, {to} ({handoff.reason})."


def because(deal: Deal) -> str:
    """The note on a deal that the conveyor opened."""
    return f"Opened by the conveyor: {deal.because}."


def waits(handoff: Handoff, rules: Ruleset) -> str:
    """The note on a hand-off that nobody is free for."""
    return (
        f"{handoff.rule}: nobody can take this deal in "
        f"{section_title(handoff.to_section, rules)} right now ({handoff.reason}). It waits in the queue."
    )


def task_subject(handoff: Handoff, deal: Deal) -> str:
    """The subject of the receiver's task."""
    return f"{handoff.rule}: {title_of(deal)}"


def nobody_is_free(handoff: Handoff, deal: Deal) -> str:
    """The subject of the task for `head` while a hand-off waits."""
    return f"{handoff.rule}: nobody is free for {title_of(deal)}"


def reminder(handoff: Handoff, deal: Deal) -> str:
    """The subject of a reminder."""
    return f"Reminder - {task_subject(handoff, deal)}"


def reminds(handoff: Handoff, percent: int, rules: Ruleset) -> str:
    """The text of a reminder."""
    until = local_time(handoff.due_at, rules) if handoff.due_at else "soon"
    return (
        f"{percent}% of the time to accept this deal is over; it is due by {until}. "
        "Complete the task of the hand-off, or simply work on the deal, to accept it."
    )


def late(handoff: Handoff, deal: Deal) -> str:
    """The subject of the task for `head` when a hand-off is late."""
    return f"Late - {task_subject(handoff, deal)}"


def is_late(handoff: Handoff, rules: Ruleset) -> str:
    """The text of the task for `head` when a hand-off is late."""
    return (
        f"{person(handoff.to_member, rules)} has not accepted this deal from "
        f"{section_title(handoff.from_section, rules)} in time. Please see to it, or give it to somebody else: "
        "whoever of the role you make its owner receives it."
    )


def asks_reason(handoff: Handoff, deal: Deal) -> str:
    """The subject of the task for whoever returned a deal without a reason."""
    return f"Why was it returned? {title_of(deal)}"


def which_reasons(handoff: Handoff, rule: HandoffRule | None, can_be_filled_in: bool) -> str:
    """The text of the task for whoever returned a deal without a reason."""
    where = "in the field for the return reason" if can_be_filled_in else "in a note on the deal"
    text = f"This deal went back to the one before without a reason. Please say why {where}, then complete this task."
    return f"{text} Reasons: {', '.join(rule.return_reasons)}." if rule and rule.return_reasons else text


def follow_up(deal: Deal) -> str:
    """The subject of a follow-up."""
    return f"Follow up: {title_of(deal)}"


def stands_still(deal: Deal, since: datetime, rules: Ruleset) -> str:
    """The text of a follow-up."""
    return f"Nothing happened with this deal in {stage_title(deal.stage, rules)} since {local_time(since, rules)}."


def task_body(handoff: Handoff, rule: HandoffRule | None, deal: Deal, rules: Ruleset) -> str:
    """The receiver's brief."""
    lines = [fill(rule.brief, deal, rules).strip()] if rule and rule.brief else []
    lines.append(
        f"From {section_title(handoff.from_section, rules)}, {person(handoff.from_member, rules)}. "
        "Complete this task, or simply work on the deal, to accept it."
    )
    if handoff.defects:
        lines.append(f"Still missing: {sentence(handoff.defects)}")
    return "\n".join(lines)
