"""What each capability of a CRM means to the people on the line, in words. One row a question; asks nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors.base import Capabilities
from sync.doctor.clock import in_words


@dataclass(frozen=True)
class Ability:
    """A question that a CRM answers, and what follows from the answer."""

    question: str
    answer: Callable[[Capabilities], str]
    meaning: str


def _is(name: str) -> Callable[[Capabilities], str]:
    return lambda can: "yes" if getattr(can, name) else "no"


def _tolerance(can: Capabilities) -> str:
    return in_words(can.webhook_tolerance) if can.signs_webhooks else "-"


def _rates(can: Capabilities) -> str:
    return ", ".join(f"{rate.calls} in {rate.per_s:g} s ({rate.name})" for rate in can.rates)


ABILITIES = (
    Ability(
        "Is it known who moved a deal?",
        _is("names_actor"),
        "yes: moves are judged by role; no: what a rule requires holds, the role does not, and nobody is accused",
    ),
    Ability(
        "Is the history of moves kept?",
        _is("history"),
        "yes: two quick moves are judged one by one; no: they count as one",
    ),
    Ability(
        "Does the CRM itself refuse to overwrite an unseen change?",
        _is("conditional_write"),
        "no: the deal is read right before each write; only a change within those milliseconds is overwritten, and"
        " stands in the CRM's own history",
    ),
    Ability(
        "Can a new deal be found again by our key?",
        _is("keyed_create"),
        "yes: a creation that has to be repeated makes no second deal",
    ),
    Ability(
        "Are webhooks signed?",
        _is("signs_webhooks"),
        "no: they prove themselves by a token; in either case they only say where to look, and the deal is read",
    ),
    Ability(
        "How wrong may this machine's clock be?",
        _tolerance,
        "beyond that, signed webhooks are refused, and changes are found by polling only",
    ),
    Ability(
        "Does the conveyor install its webhooks itself?",
        _is("subscribes"),
        "no: `conveyor webhooks install` says what to click; other credentials may allow more, see the CRM's page",
    ),
    Ability(
        "How many deals does one call read?",
        lambda can: str(can.batch_read),
        "the more, the quicker a first reading of all deals",
    ),
    Ability(
        "How far do polls look back?",
        lambda can: in_words(can.poll_overlap),
        "because the CRM shows changes late; what was seen already is skipped",
    ),
    Ability(
        "How many calls does the CRM allow?",
        _rates,
        "shared by all processes, write-backs first; more than that waits",
    ),
)
