"""A plan that was kept in a file: read again, and refused where the rules or the deals are others since."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.trouble import PROBLEMS, USAGE, Failed

if TYPE_CHECKING:
    from sync.planning.plan import Plan


@dataclass(frozen=True)
class KeptPlan:
    """What a plan was made from: the rules, the version in force then, and where the deals stood."""

    file: Path
    rules: str
    version: int | None
    state: str


def read_plan(file: Path) -> KeptPlan:
    """The plan in a file that `conveyor plan --json` wrote."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return KeptPlan(file, str(content["rules"]), content["version"], str(content["state"]))
    except OSError as error:
        raise Failed(f"The plan {file} cannot be read: {error.strerror}.", USAGE) from error
    except (ValueError, KeyError, TypeError) as error:
        message = f"{file} is no plan; `conveyor plan --json > {file}` writes one."
        raise Failed(message, USAGE) from error


def refuse_outdated(plan: Plan, kept: KeptPlan) -> None:
    """End the command, saying why, unless the plan made now is the one that was kept."""
    from sync.planning.kept import Kept, outdated

    if found := outdated(plan, Kept(kept.rules, kept.version, kept.state)):
        raise Failed(
            f"The plan in {kept.file} does not hold any more: {', and '.join(found)}. Nothing was changed; look at "
            "`conveyor plan` again.",
            PROBLEMS,
        )
