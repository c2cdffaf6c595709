"""Writes a drafted `mappings/<connection>.yaml`. Text out; guesses nothing."""

from __future__ import annotations

from collections.abc import Iterator

from mapping.document import Plain
from mapping.editing.writing import flow
from sync.drafting.draft import Draft, PipelineDraft, StageDraft
from sync.drafting.texts import Line, columns, comment, laid_out, plain, table

HEAD = """\
# What the stages and fields of {account} mean on the line. Drafted by `conveyor init`.
#
# Behind each guess stand how sure it is and why. Look at every line with "unsure:" - put it right or delete the
# comment - then run `conveyor check --online`. Won and lost are what the CRM itself counts so, by whatever name.

connection: {connection}

pipelines:
"""

LOOKED_FOR = ("budget", "decision_maker", "contract_end", "lost_reason")
WRITTEN = {"conveyor_section": "section", "conveyor_accept_by": "accept_by"}


def mapping_text(draft: Draft) -> str:
    """The whole file."""
    head = HEAD.format(account=plain(draft.account), connection=flow(draft.connection))
    parts = [laid_out(list(_pipeline(one))) for one in draft.pipelines]
    return head + "".join(parts) + _fields(draft) + _write_back(draft)


def _pipeline(draft: PipelineDraft) -> Iterator[Line]:
    guess = draft.guess
    name: Plain = {"crm": guess.name, "id": guess.id}
    said = comment(guess.confidence, guess.reason, guess.unsure)
    if guess.ignored:
        yield f"  - {table({'pipeline': name, 'ignore': True})}", said
        return
    yield f"  - pipeline: {flow(name)}", said
    yield "    stages:", None
    rows = [_stage(stage) for stage in draft.stages]
    widths = columns(rows)
    for row, stage in zip(rows, draft.stages, strict=True):
        yield f"      - {table(row, widths)}", comment(stage.confidence, stage.reason, stage.unsure)


def _stage(stage: StageDraft) -> dict[str, Plain]:
    row: dict[str, Plain] = {"crm": stage.name, "id": stage.id}
    if stage.stage is None:
        return {**row, "ignore": True}
    return {**row, "is": stage.stage} | ({} if stage.write_back else {"write_back": False})


def _fields(draft: Draft) -> str:
    found = {guess.field: guess for guess in draft.fields if guess.field in LOOKED_FOR}
    missing = [name for name in LOOKED_FOR if name not in found]
    lines: list[Line] = [
        (f"  {name}: {flow(guess.remote)}", comment(guess.confidence, guess.reason, guess.unsure))
        for name, guess in found.items()
    ]
    told = f"  # nothing looks like: {', '.join(missing)}\n" if missing else ""
    if not lines:
        return f"\n# fields:  # field of the line: field of the CRM\n{told.replace('  #', '#', 1)}"
    return f"\nfields:  # field of the line: field of the CRM\n{laid_out(lines)}{told}"


def _write_back(draft: Draft) -> str:
    lines: list[Line] = [
        (
            f"  {WRITTEN[guess.field]}: {flow(guess.remote)}",
            comment(guess.confidence, guess.reason, guess.unsure),
        )
        for guess in draft.fields
        if guess.field in WRITTEN
    ]
    return (
        f"\nwrite_back:  # what the conveyor knows, for the CRM's own views\n{laid_out(lines)}"
        if lines
        else ""
    )
