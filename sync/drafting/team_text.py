"""Writes a drafted `team.yaml`, or the people to add to one. Text out; guesses nothing."""

from __future__ import annotations

from mapping.document import Plain
from sync.drafting.draft import Draft
from sync.drafting.people import PersonGuess
from sync.drafting.texts import columns, comment, laid_out, plain, table

HEAD = """\
# The people, found in each CRM by e-mail. Drafted by `conveyor init`: roles are guessed from the deals that people
# own and the moves that they make. Look at every line with "unsure:".

team:
"""

LEFT = "\n# Left out; add those who work on the line:\n"


def team_text(draft: Draft) -> str:
    """The whole file."""
    rows = [member(person) for person in draft.people]
    widths = columns(rows)
    lines = [
        (f"  - {table(row, widths)}", said_of(person)) for row, person in zip(rows, draft.people, strict=True)
    ]
    left = "".join(f"# - {plain(sentence)}\n" for sentence in draft.left_out)
    return HEAD + laid_out(lines) + (LEFT + left if left else "")


def member(person: PersonGuess) -> dict[str, Plain]:
    """Somebody as an entry of the team."""
    return {"name": person.name, "email": person.email, "roles": list(person.roles)}


def said_of(person: PersonGuess) -> str:
    """The comment behind somebody."""
    return comment(person.confidence, person.reason, person.unsure)
