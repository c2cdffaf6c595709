"""What a stage of any sales line can mean: the words that drafts are written in."""

from __future__ import annotations

SALES_STAGES = ("prospecting", "qualification", "meeting", "proposal", "negotiation", "delivery")
KEEPING_STAGES = ("onboarding", "growth", "renewal", "referral")
OPEN_STAGES = (*SALES_STAGES, *KEEPING_STAGES)
"""In the order in which a customer travels; `delivery` is what was sold and is not won yet."""

IGNORE = "ignore"
"""What a stage means that lies aside from the line: deals are put off there."""
