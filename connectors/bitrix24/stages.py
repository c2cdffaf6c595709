"""Stage ids of Bitrix24: unique in the portal, with the prefix of their pipeline."""

from __future__ import annotations

from connectors.bitrix24.values import id_text


def full_stage_id(category: object, stage: object) -> str | None:
    """The STATUS_ID with its prefix, `C7:NEW`; only the default pipeline 0 has none. `None` without a stage.

    One of the vendor's tutorials shows a bare `NEW` in pipeline 7 (docs/connectors/bitrix24.md#stages).
    """
    if not isinstance(stage, str) or not stage:
        return None
    number = id_text(category)
    return stage if number in (None, "0") or ":" in stage else f"C{number}:{stage}"


def stage_value(category: object, stage: object) -> list[str] | None:
    """`[pipeline id, stage id]` as the house has it; `None` without a stage."""
    full = full_stage_id(category, stage)
    return None if full is None else [id_text(category) or "0", full]
