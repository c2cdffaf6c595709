"""Write the tables of docs/reference that the code knows best. Run by `make docs`; a test says when it is due.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; all else in these files is written by hand.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import typer
from typer.core import TyperArgument, TyperCommand, TyperOption

from cli.application import application
from cli.sandbox import SANDBOXES
from cli.trouble import KNOWN
from connectors import errors, registry
from connectors.base import Capabilities
from connectors.errors import ConnectorError
from connectors.local import MemoryGrants, NoBudget
from mapping.loader import load_ruleset
from mapping.mistakes import KINDS, examples
from reports.definitions import documented
from sync.doctor.abilities import ABILITIES
from sync.failures import Consequence, failure_of
from sync.runtime import Connectors

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
CONFIG = ROOT / "config"
TWO = ("hubspot", "close")
OURS = ("connectors", "mapping", "store", "sync")
TABLE = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)

CONSEQUENCES = {
    Consequence.TRY_AGAIN: "it is tried again, with pauses of seconds up to an hour; after three days a person looks",
    Consequence.PAUSE: "the whole connection waits; no attempt is spent",
    Consequence.WAIT: "this piece of work waits for its turn; no attempt is spent",
    Consequence.LOOK_AGAIN: "the deal is looked at again, and decided anew",
    Consequence.PARK: "it is set aside with the CRM's words, until `conveyor dead retry` or `drop`",
}


def commands() -> Iterator[str]:
    """Every command with its arguments and options."""
    for name, command in typer.main.get_command(application()).commands.items():  # type: ignore[attr-defined]
        yield from one_command(f"conveyor {name}", command)


def one_command(name: str, command: TyperCommand) -> Iterator[str]:
    """A command, and those below it."""
    below = getattr(command, "commands", {})
    arguments = [each for each in command.params if isinstance(each, TyperArgument)]
    options = [each for each in command.params if isinstance(each, TyperOption) and not each.hidden]
    words = [name, *(argument_word(each) for each in arguments)]
    if below:
        words.append("COMMAND")
    yield f"### `{' '.join(words)}`\n"
    yield f"{command.help}\n"
    rows: list[tuple[str, str | None]] = [(argument_word(each), each.help) for each in arguments if each.help]
    rows += [(option_word(each), each.help) for each in options if each.name not in ("config", "help")]
    if rows:
        yield from ["| | |", "| --- | --- |", *(f"| `{word}` | {text or ''} |" for word, text in rows), ""]
    for below_name, each in below.items():
        yield from one_command(f"{name} {below_name}", each)


def argument_word(argument: TyperArgument) -> str:
    """An argument as it is typed."""
    word = argument.metavar or (argument.name or "").upper()
    return (word if argument.required else f"[{word}]") + ("..." if argument.nargs == -1 else "")


def option_word(option: TyperOption) -> str:
    """An option as it is typed."""
    word = ", ".join(option.opts)
    return word if option.is_flag else f"{word} {option.metavar or (option.name or '').upper()}"


def error_classes() -> Iterator[str]:
    """Every error of a connector, and what the engine does."""
    yield from ("| error | what happened | what follows |", "| --- | --- | --- |")
    for name, kind in sorted(vars(errors).items()):
        if isinstance(kind, type) and issubclass(kind, ConnectorError):
            yield f"| `{name}` | {kind.__doc__} | {CONSEQUENCES[failure_of(kind()).consequence]} |"


def connectors() -> Iterator[str]:
    """The CRMs that can be connected."""
    yield from (f"- [{name}](../connectors/{name}.md)" for name in registry.names())


def capabilities() -> Iterator[str]:
    """What each CRM can do, in words, with the credentials of the example in `config/`."""
    found = example_capabilities()
    yield f"| | {' | '.join(found)} | what it means |"
    yield f"| --- | {'--- | ' * len(found)}--- |"
    for row in ABILITIES:
        answers = " | ".join(row.answer(can) for can in found.values())
        yield f"| {row.question} | {answers} | {row.meaning} |"


def example_capabilities() -> dict[str, Capabilities]:
    """The capabilities of each CRM that the example connects, under the settings that its sandbox prints."""
    lines = [line.format(url="https://crm.example") for crm in SANDBOXES for line in crm.settings]
    connectors = Connectors(
        grants=lambda name: MemoryGrants(),
        budget=lambda name, crm: NoBudget(),
        environment=dict(line.split("=", 1) for line in lines),
    )
    rules = load_ruleset(ROOT / "config")
    return {
        each.crm: connectors.get(each.name, rules).capabilities
        for each in sorted(rules.connections.values(), key=lambda each: each.crm)
        if each.crm in registry.names()
    }


def mistakes(kind: str) -> Callable[[], Iterator[str]]:
    """Every mistake of a kind that `conveyor check` tells, with an example and what is said of it."""

    def table() -> Iterator[str]:
        yield from ("| code | example | what is said | what to do |", "| --- | --- | --- | --- |")
        for line, problem in ((each.line, each.problem) for each in examples(kind, example_of_two())):
            code = f"`{problem.code}`" + ("" if problem.severity == "error" else f" ({problem.severity})")
            shown = f"`{in_cell(line)}`" if line else ""
            yield f"| {code} | {shown} | {in_cell(problem.message)} | {in_cell(problem.hint or '')} |"

    return table


def in_cell(text: str) -> str:
    """A text as it may stand in a cell: invisible letters are named."""
    visible = "".join(letter if letter.isprintable() else f"U+{ord(letter):04X}" for letter in text)
    return visible.replace("|", "\\|")


def example_of_two() -> dict[str, str]:
    """The configuration that ships, with two of its connections."""
    files = {path.relative_to(CONFIG).as_posix(): path.read_text() for path in CONFIG.rglob("*.yaml")}
    head, *blocks = re.split(r"\n(?=  \w+:\n)", files["connections.yaml"])
    kept = [block for block in blocks if block.split(":")[0].strip() in TWO]
    wanted = {"conveyor.yaml", "team.yaml", "cases.yaml", *(f"mappings/{name}.yaml" for name in TWO)}
    texts = {name: text for name, text in files.items() if name in wanted}
    return texts | {"connections.yaml": "\n".join([head, *kept])}


def trouble() -> Iterator[str]:
    """What ends a command, but for mistakes in the YAML."""
    yield from ("| trouble | what happened | exit code |", "| --- | --- | --- |")
    for path, (code, _) in KNOWN.items():
        module, _, name = path.rpartition(".")
        found = getattr(importlib.import_module(module), name)
        if module.split(".")[0] in OURS:
            what = (found.__doc__ or "").splitlines()[0]
            yield f"| `{name}` | {in_cell(what)} | {code} |"


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "commands": commands,
    "errors": error_classes,
    "reports": documented,
    "connectors": connectors,
    "capabilities": capabilities,
    "trouble": trouble,
    **{f"mistakes-{kind}": mistakes(kind) for kind in KINDS},
}


def renewed(text: str) -> str:
    """A file with its tables as they have to be."""
    return TABLE.sub(lambda m: m[1] + "\n".join(TABLES[m[2]]()).rstrip("\n") + "\n" + m[3], text)


def main() -> None:
    """Write every file whose tables changed."""
    for file in sorted(REFERENCE.glob("*.md")):
        before = file.read_text()
        after = renewed(before)
        if after != before:
            file.write_text(after)
            print(f"Wrote {file.name}.")


if __name__ == "__main__":
    main()
