"""What the pipelines mean that the CRMs begin with: their names say little, their use is known. Pure.

Only names count: an admin who renames a stage keeps its id, so ids prove nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync.drafting.words import words

ENOUGH = 0.6
"""The part of a default's stages that must be there, and of the stages that are there."""

_BITRIX24 = ("prospecting", "qualification", "meeting", "proposal", "negotiation")

_DEFAULTS: tuple[tuple[str, Mapping[str, str]], ...] = (
    (
        "HubSpot",
        {
            "appointment scheduled": "prospecting",
            "qualified to buy": "qualification",
            "presentation scheduled": "meeting",
            "decision maker bought in": "proposal",
            "contract sent": "negotiation",
        },
    ),
    (
        "Zoho CRM",
        {
            "qualification": "prospecting",
            "needs analysis": "qualification",
            "value proposition": "meeting",
            "identify decision makers": "meeting",
            "id decision makers": "meeting",
            "proposal price quote": "proposal",
            "negotiation review": "negotiation",
        },
    ),
    (
        "Copper",
        {
            "qualified": "prospecting",
            "follow up": "qualification",
            "presentation": "meeting",
            "contract sent": "proposal",
            "negotiation": "negotiation",
        },
    ),
    (
        "Close",
        {"demo completed": "meeting", "proposal sent": "proposal", "contract sent": "negotiation"},
    ),
    *(
        ("Bitrix24", dict(zip(names, _BITRIX24, strict=True)))
        for names in (
            ("new", "document preparation", "prepayment invoice", "in progress", "final invoice"),
            ("новая", "подготовка документов", "счёт на предоплату", "в работе", "финальный счёт"),
            ("нова", "підготовка документів", "рахунок на передоплату", "в роботі", "фінальний рахунок"),
            ("нова", "подготовка на документи", "фактура за авансово плащане", "в процес", "крайна фактура"),
        )
    ),
)


def default_of(open_names: Sequence[str]) -> tuple[str, Mapping[str, str]] | None:
    """The CRM whose first pipeline these open stages are, and what those that belong to it mean, by name."""
    for crm, known in _DEFAULTS:
        meanings = {words(name): meaning for name, meaning in known.items()}
        found = {name: meanings[words(name)] for name in open_names if words(name) in meanings}
        if not open_names or meanings.get(words(open_names[0])) != next(iter(known.values())):
            continue  # with another stage before them they mean something else
        told = set(found.values())
        if len(found) >= ENOUGH * len(open_names) and len(told) >= ENOUGH * len(set(meanings.values())):
            return crm, found
    return None
