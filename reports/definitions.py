"""What each table of a report means, in words; its columns stand in `reports.columns`."""

from __future__ import annotations

from collections.abc import Iterator

from mapping.phrases import Phrase, phrase
from reports.columns import COLUMNS
from reports.table import Row, Table

GENERAL = phrase(
    "A report counts what the ledger says, at the moment when the conveyor saw it: so the numbers of a period "
    "that is over do not change any more. Periods begin at midnight in the line's time zone, weeks on a Monday, "
    "and their end does not belong to them. Durations are working time where working hours are given, and a day "
    "of them is a working day. Money is never added across currencies. A share is told beside the number of cases it "
    "is made of; where they are fewer than five, people read it as `{share}`.",
    share=phrase("{part} of {whole}", part=2, whole=3),
)
"""What holds for all numbers."""

_FLOW = ("came", "left", "forward", "back", "lost", "other", "conversion")
_STAYS = ("stays", "median", "p90", "norm", "in_norm")
_EFFORT = ("moves", "touches", "hours")
_RECEIVED = (
    *("offered", "accepted", "returned", "withdrawn", "open", "closed"),
    *("acceptance", "in_time", "wait"),
)
_RULES = ("put_back", "let_through", "defects", "exceptions")
_FOLLOWED = ("asked", "kept", "kept_share")
_ALL = ("left", "forward", "back", "lost", "other", "conversion", "stays", "median", "p90", *_EFFORT, "won")
_WORK = (*_ALL, *_RECEIVED, *_RULES, *_FOLLOWED)

_OF_WORK = phrase(
    "Moves count for whoever had the deal, hand-offs for whoever received it; the rows add up to the line."
)

_TABLES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    (
        "summary",
        phrase("At a glance"),
        phrase(
            "The line in the period and in the stretch of time before; what got better and what got worse."
        ),
        ("figure", "value", "cases", "before", "cases_before", "change", "unit"),
    ),
    (
        "funnel",
        phrase("Funnel and conveyor"),
        phrase(
            "For each stage: how many deals came and went on, and beside it what a move took: touches, "
            "and time against the norm."
        ),
        ("section", "stage", "stood", *_FLOW, "stand", *_STAYS, *_EFFORT),
    ),
    (
        "sections",
        phrase("Sections"),
        phrase("The same for whole sections: a deal goes on when it is handed to a later section or won."),
        ("section", "stood", *_FLOW, "stand", "stays", "median", "p90"),
    ),
    (
        "work_by_section",
        phrase("Work by section"),
        phrase("What was done in each section. {adding_up}", adding_up=_OF_WORK),
        ("section", *_WORK),
    ),
    (
        "work_by_role",
        phrase("Work by role"),
        phrase("What each role did. {adding_up}", adding_up=_OF_WORK),
        ("role", *_WORK),
    ),
    (
        "work_by_person",
        phrase("Work by person"),
        phrase("What each person did. {adding_up}", adding_up=_OF_WORK),
        ("person", *_WORK),
    ),
    (
        "work_by_source",
        phrase("Work by source"),
        phrase("The same by where customers come from. {adding_up}", adding_up=_OF_WORK),
        ("source", *_WORK),
    ),
    (
        "work_by_connection",
        phrase("Work by connection"),
        phrase("The same by CRM. {adding_up}", adding_up=_OF_WORK),
        ("connection", *_WORK),
    ),
    (
        "won",
        phrase("Won"),
        phrase("Deals that were won, with their money, by section, person and currency."),
        ("section", "person", "currency", "won", "amount"),
    ),
    (
        "handoffs",
        phrase("Hand-offs"),
        phrase("The hand-offs that were offered in the period, and what became of them by its end."),
        (
            *("handoff", "offered", "accepted", "returned", "withdrawn", "open", "late", "closed"),
            *("acceptance", "in_time", "wait", "wait_p90", "accept_within"),
        ),
    ),
    (
        "passed_on",
        phrase("Passed on, by person"),
        phrase("The same hand-offs by who offered them: how much of what they pass on is accepted."),
        ("person", "offered", "accepted", "returned", "withdrawn", "open", "closed", "acceptance", "defects"),
    ),
    (
        "return_reasons",
        phrase("Why deals came back"),
        phrase("The reasons of the hand-offs that were offered in the period and returned by its end."),
        ("handoff", "reason", "times", "returns", "share"),
    ),
    (
        "rules",
        phrase("Rules"),
        phrase("What happened to moves that a rule had something against."),
        ("rule", *_RULES),
    ),
    (
        "quota",
        phrase("Quota"),
        phrase("What each person with a quota has won of it, and what their open deals may bring."),
        (
            *("person", "quota_period", "currency", "quota", "quota_won", "reached"),
            *("open_deals", "open_amount", "weighted"),
        ),
    ),
    (
        "forecast",
        phrase("Weighted forecast"),
        phrase(
            "What the open deals are likely to bring within 30 days, and how wrong such forecasts were. The rate of "
            "a stage is the share of deals that stood there at the end of a past week and were won within 30 days."
        ),
        (
            *("currency", "horizon", "open_deals", "open_amount"),
            *("unrated", "weighted", "measured", "error", "bias"),
        ),
    ),
    (
        "forecast_history",
        phrase("Past forecasts"),
        phrase("The forecasts of past weeks, made again from what was known then, and what came in."),
        ("at", "currency", "forecast", "actual"),
    ),
    (
        "bottleneck",
        phrase("Bottleneck"),
        phrase(
            "Where deals stand longest at the pace of this period. The stages of the last section, where customers "
            "stay, are no bottleneck unless they have a norm."
        ),
        ("section", "stage", "stand", "over_norm", "came", "left", "clears_in", "verdict"),
    ),
    (
        "outcomes",
        phrase("The four outcomes"),
        phrase(
            "What the line is for: customers who bought, bought for more, came again, and brought another."
        ),
        ("cohort", "customers", "bought", "bought_share", "bought_more", "came_again", "referred"),
    ),
    (
        "practices",
        phrase("Practices"),
        phrase("What must not quietly fade: how often deals came onto the stage of each practice."),
        ("practice", "stage", "at_least_once_in", "times", "times_before", "last_at", "fades"),
    ),
    (
        "versions",
        phrase("Before and after a change of the rules"),
        phrase("The latest changes of the rules, and the line before and after each."),
        (
            *("version", "applied_at", "message", "when", "days", "left", "forward", "conversion"),
            *("closed", "accepted", "acceptance", "wait", "put_back", "defects", "exceptions"),
        ),
    ),
    (
        "trend",
        phrase("Week by week"),
        phrase("The periods up to this one."),
        ("since", "came", "left", "forward", "lost", "won", "offered", "accepted", "returned"),
    ),
    (
        "late",
        phrase("Late hand-offs"),
        phrase(
            "Hand-offs that were open and past their deadline at the end of the period, the latest first."
        ),
        ("deal", "title", "handoff", "from_person", "to_person", "due_at", "late_by"),
    ),
    (
        "came_back",
        phrase("Returned hand-offs"),
        phrase("Hand-offs that were returned in the period, the latest first."),
        ("deal", "title", "handoff", "from_person", "to_person", "returned_at", "reason"),
    ),
)

TABLES: dict[str, Table] = {
    name: Table(name, title, words, tuple(COLUMNS[column] for column in columns))
    for name, title, words, columns in _TABLES
}
"""Every table by its name, without rows, in the order of a report."""


def filled(name: str, rows: list[Row], note: Phrase | None = None) -> Table:
    """A table with its rows; each has just the columns of the table."""
    empty = TABLES[name]
    ordered = tuple({column.name: row[column.name] for column in empty.columns} for row in rows)
    return Table(empty.name, empty.title, empty.definition, empty.columns, ordered, note)


def documented() -> Iterator[str]:
    """All definitions, as the reference has them."""
    yield f"{GENERAL}\n"
    for table in TABLES.values():
        yield f"### `{table.name}`: {table.title}\n"
        yield f"{table.definition} Columns: {', '.join(f'`{column.name}`' for column in table.columns)}.\n"
    yield "### What the columns mean\n"
    yield from ("| column | shown as | what it means |", "| --- | --- | --- |")
    used = {column.name: column for table in TABLES.values() for column in table.columns}
    for column in used.values():
        of = f" Made of: {COLUMNS[column.of].title.lower()}." if column.of else ""
        yield f"| `{column.name}` | {column.title} | {column.words}{of} |"
