"""`conveyor doctor`: what works in each connection, what does not, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import CRMS, command
from cli.connections import Connection, chosen
from cli.given import Given
from cli.output import console, print_json, say
from cli.trouble import PROBLEMS, UNREACHABLE, Failed

if TYPE_CHECKING:
    from connectors.base import Description
    from mapping.ruleset import Ruleset
    from sync.doctor.check import Check, Found
    from sync.drift.proposal import Proposal
    from sync.runtime import Runtime

_STYLES = {
    "fine": ("ok", "green"),
    "warning": ("warning", "yellow"),
    "problem": ("problem", "bold red"),
    "unreachable": ("no answer", "bold red"),
}


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, CRMS)(doctor)


def doctor(
    given: Given,
    connection: Connection = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Write the patch into the YAML files; then `conveyor apply` it.")
    ] = False,
) -> None:
    """Examine each connection: what works, what does not, what to do.

    Credentials, permissions, clock, webhooks, rate budget, drift between YAML and CRM, and what each rule amounts to
    there. Looks at the version in force, before the first one at the files. Where the files drifted away from a CRM,
    the patch that mends them is shown. Changes nothing anywhere; with --fix the files, and nothing else.
    """
    from sync.doctor.budget import shared_budgets
    from sync.doctor.check import view
    from sync.doctor.examine import examine

    with given.house() as runtime:
        rules = _rules(given, runtime)
        names = chosen(rules, connection)
        seen: dict[str, Description] = {}
        budgets = shared_budgets(given.settings)
        found = examine(runtime, rules, names, budget_of=budgets, on_description=seen.__setitem__)
    proposal = _proposal(given, seen)
    if fix and proposal is not None:
        _write(given, proposal)
    if given.json:
        print_json({**view(found), "patch": proposal.patch if proposal is not None else None})
    else:
        _show(found)
        _show_proposal(given, found, proposal, fixed=fix)
    if code := _exit_code(found):
        raise typer.Exit(code)


def _rules(given: Given, runtime: Runtime) -> Ruleset:
    """The rules in force; before there are any, those of the files. Says so if the two differ."""
    from mapping.loader import check_folder, load_ruleset
    from sync.runtime import NotConfigured

    folder = given.settings.config
    try:
        active = runtime.rules.get()
    except NotConfigured:
        return load_ruleset(folder)
    written, _ = check_folder(folder)
    if not given.json and (written is None or written.hash != active.hash):
        say(f"This is about the version in force; the files in {folder} differ, see `conveyor apply`.")
    return active


def _proposal(given: Given, seen: dict[str, Description]) -> Proposal | None:
    """How the files would be mended; None where they have errors, so nobody knows what they mean."""
    from mapping.loader import check_folder
    from sync.drift.proposal import propose

    rules, _ = check_folder(given.settings.config)
    if rules is None:
        return None
    return propose(rules, {name: account for name, account in seen.items() if name in rules.mappings})


def _write(given: Given, proposal: Proposal) -> None:
    from sync.drafting.folder import NotWritable, write_folder

    try:
        write_folder(given.settings.config, proposal.changed)
    except NotWritable as error:
        raise Failed(str(error)) from error


def _show_proposal(given: Given, found: Found, proposal: Proposal | None, *, fixed: bool) -> None:
    folder = given.settings.config
    if proposal is None:
        say(f"No patch is proposed: the files in {folder} have errors, see `conveyor check`.")
        return
    drifted = any(check.name == "drift" and not check.ok for checks in found.values() for check in checks)
    if drifted and not proposal.mended and not proposal.left:
        say(f"\nThe files in {folder} agree with the CRMs already: `conveyor apply` puts them in force.")
    if proposal.patch:
        files = ", ".join(proposal.changed)
        say(f"\nWrote {files} in {folder}:" if fixed else f"\nWhat would mend {files} in {folder}:")
        say(proposal.patch.rstrip("\n"))
        say(
            "Now see `conveyor plan`, then `conveyor apply`."
            if fixed
            else "`conveyor doctor --fix` writes it."
        )
    if proposal.left:
        say("\nLeft to you:")
    for left in proposal.left:
        problem = left.difference.problem
        say(f"  {problem.file}:{problem.line}: {problem.message}; {left.why}")


def _exit_code(found: Found) -> int:
    """Problems come before CRMs that gave no answer."""
    states = {str(check.state) for checks in found.values() for check in checks}
    if "problem" in states:
        return PROBLEMS
    return UNREACHABLE if "unreachable" in states else 0


def _show(found: Found) -> None:
    from rich.text import Text

    out = console()
    for name, checks in found.items():
        width = max(len(check.name) for check in checks)
        out.print(Text.assemble((name, "bold"), f": {_sum(checks)}"), soft_wrap=True)
        for check in checks:
            word, style = _STYLES[check.state]
            first, *more = check.message.splitlines()
            head = Text.assemble("  ", (f"{word:10}", style), f"{check.name:{width}}  {first}")
            out.print(head, soft_wrap=True)
            for line in more:
                out.print(Text(f"{'':{width + 14}}{line}"), soft_wrap=True)


def _sum(checks: Sequence[Check]) -> str:
    counts = Counter(str(check.state) for check in checks)
    if counts["unreachable"] and not counts["problem"]:
        return "no answer"
    problems, warnings = counts["problem"] + counts["unreachable"], counts["warning"]
    said = [
        f"{n} {word}{'' if n == 1 else 's'}"
        for n, word in ((problems, "problem"), (warnings, "warning"))
        if n
    ]
    return ", ".join(said) or "fine"
