"""What the numbers in each column of a report mean: what is counted, and what is not."""

from __future__ import annotations

from collections.abc import Mapping

from mapping.phrases import phrase

MEANINGS: Mapping[str, str] = {
    "section": phrase("Where the work was done: the section that the deal stood in."),
    "stage": phrase("A stage of the line, in its order."),
    "role": phrase("The role of the owner that works in that section."),
    "person": phrase("Who owned the deal then; nobody, where the owner is not on the team."),
    "source": phrase("Where the customer came from, as the CRM's field {field} says now.", field="`source`"),
    "connection": phrase("The CRM that hosted the deal then."),
    "handoff": phrase("The boundary, by the name of its rule."),
    "rule": phrase("The rule, as it is called in notes and tasks."),
    "currency": phrase("Money is told for each currency by itself."),
    "stood": phrase("Open deals that stood there when the period began."),
    "came": phrase("Deals that came there in the period, each time they did."),
    "forward": phrase("Moves further along the line, or into won."),
    "back": phrase("Moves to an earlier stage, returned hand-offs among them."),
    "lost": phrase("Deals that were lost from there."),
    "other": phrase(
        "Deals that left without a move: deleted, parked, or placed anew because the rules changed."
    ),
    "stand": phrase("Open deals there when the period ended: stood before + came - left."),
    "left": phrase("Went on + went back + lost + otherwise."),
    "conversion": phrase("Of the deals that left, the share that went on."),
    "stays": phrase("Stays that ended in the period and whose beginning the conveyor saw."),
    "median": phrase("Half of these stays were shorter."),
    "p90": phrase("Nine of ten of these stays were shorter."),
    "norm": phrase("What the rules give: {option} of the stage.", option="`follow_up_after`"),
    "in_norm": phrase("Of these stays, the share that was no longer than the norm."),
    "moves": phrase("Went on, back or lost, where the conveyor saw the stay from its beginning."),
    "touches": phrase(
        "How often somebody changed the deal, or completed one of its tasks, on the stage until it "
        "was moved, the move included; what is seen at one look counts once."
    ),
    "hours": phrase("How long the deal stood on the stage until it was moved, on average."),
    "won": phrase("Deals that were won, each time they were."),
    "amount": phrase("The sum of what was won, with the amount that the deal had then."),
    "offered": phrase("Hand-offs that were offered in the period; accepted + returned + withdrawn + open."),
    "accepted": phrase("Those of them whose receiver took the deal by the end of the period."),
    "returned": phrase("Those that came back by then, because the receiver said so or never took it."),
    "withdrawn": phrase(
        "Those that ended by themselves: the deal was won, lost, deleted, or handed over again."
    ),
    "open": phrase("Those that still waited at the end of the period."),
    "late": phrase("Open ones past their deadline at the end of the period."),
    "closed": phrase("Accepted + returned."),
    "acceptance": phrase("Of the decided ones, the share that was accepted."),
    "in_time": phrase("Of the accepted ones, the share that was accepted before the first deadline."),
    "wait": phrase("From offered to accepted; half of the accepted ones waited less."),
    "wait_p90": phrase("Nine of ten accepted ones waited less."),
    "accept_within": phrase("What the rules give: {option}.", option="`accept_within`"),
    "reason": phrase(
        "As it was given, in the words of {option} where it is one of them.", option="`return_reasons`"
    ),
    "times": phrase("How often."),
    "returns": phrase("All returned hand-offs of that boundary."),
    "share": phrase("Of all returns of that boundary."),
    "put_back": phrase("Moves and owners that broke a rule and that the conveyor put back."),
    "let_through": phrase(
        "Those that broke a rule and stood: the rule only warns or observes, or the loop breaker held."
    ),
    "defects": phrase("Deals that passed a boundary with a required step missing."),
    "exceptions": phrase(
        "Deals that passed a boundary by an exception of its rule ({option}).", option="`unless`"
    ),
    "asked": phrase("Silences that were too long, so that the owner was asked to follow up."),
    "kept": phrase("Those of them that somebody answered by working on the deal within a working day."),
    "kept_share": phrase("Of the follow-ups, the share that was kept."),
    "quota": phrase("What the team file gives for the person's period."),
    "quota_period": phrase("The week, month, quarter or year that the end of the report lies in."),
    "quota_won": phrase(
        "What the person won in that period up to the end of the report, in the quota's currency."
    ),
    "reached": phrase("Won of it, as a share of the quota."),
    "weighted": phrase(
        "Each open deal's amount times the share of deals on its stage that were won within 30 days, so far."
    ),
    "horizon": phrase("How many days of the calendar the forecast looks ahead."),
    "open_deals": phrase("Open deals with an amount in that currency."),
    "open_amount": phrase("What they would bring if all were won."),
    "unrated": phrase("Those on stages of which too little is known; they weigh nothing."),
    "measured": phrase(
        "Past forecasts, one a week, whose 30 days are over: made again from what was known then."
    ),
    "error": phrase("By how much they were wrong, up or down, as a share of what was won."),
    "bias": phrase(
        "By how much they were too high in sum (below zero: too low), as a share of what was won."
    ),
    "at": phrase("When."),
    "forecast": phrase("What was weighted then."),
    "actual": phrase("What was won of those deals within 30 days."),
    "clears_in": phrase(
        "Stand now, divided by those that left a day of the period: how long until they would have "
        "left. Empty where none left."
    ),
    "over_norm": phrase("Those that stood there longer than the norm at the end of the period."),
    "verdict": phrase("Where it takes longest, among places with at least five deals."),
    "cohort": phrase("The month in which these customers' first deal was created."),
    "customers": phrase("Customers of that month; the deals of one journey are one customer."),
    "bought": phrase("Those who won a deal with us by the end of the period."),
    "bought_share": phrase("Of the customers, the share that bought."),
    "bought_more": phrase(
        "Those of them of whom a later deal was won for more than the first, in one currency."
    ),
    "came_again": phrase("Those of them of whom another deal was won."),
    "referred": phrase(
        "Customers of that month whose source is {source}: another customer brought them. A CRM "
        "does not say which.",
        source="`referral`",
    ),
    "practice": phrase("As the line calls it."),
    "at_least_once_in": phrase("What the rules give."),
    "times_before": phrase("How often in the stretch of time before."),
    "last_at": phrase("When a deal last came onto its stage, or when the stage was first watched."),
    "fades": phrase(
        "Whether it did not happen for longer than the rules give, or happened less often than before."
    ),
    "version": phrase("The version of the rules, as {command} counts them.", command="`conveyor history`"),
    "applied_at": phrase("When it came into force."),
    "message": phrase("What was said when it was applied; told for the whole line only."),
    "when": phrase("Before: up to four weeks under the rules before. After: up to four weeks under these."),
    "days": phrase("How many days of the calendar that is."),
    "figure": phrase("What is counted, as in the tables below."),
    "value": phrase("In the period."),
    "cases": phrase("The number of cases behind it."),
    "before": phrase("In the stretch of time before that it is compared with."),
    "cases_before": phrase("The number of cases behind that."),
    "change": phrase(
        "Better or worse, by a twentieth at least, or the same; empty where it is neither, or "
        "where too few cases stand behind it."
    ),
    "unit": phrase("What the two numbers are."),
    "deal": phrase("The deal, as {form}.", form="`connection:id`"),
    "title": phrase("What the CRM calls it."),
    "from_person": phrase("Who handed it over."),
    "to_person": phrase("Who received it."),
    "due_at": phrase("The deadline that runs, or ran."),
    "late_by": phrase("How long past it at the end of the period."),
    "returned_at": phrase("When it came back."),
    "since": phrase("When that period began."),
}
"""By the names of the columns."""
