"""`conveyor init`: looks into a live CRM and drafts the YAML files for it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import RULES, command
from cli.given import Given
from cli.init_ask import ask_for, keep, known, which_crms
from cli.init_show import NEXT, show, view
from cli.output import print_json, say
from cli.trouble import USAGE, Failed
from sync.drafting.credentials import CREDENTIALS
from sync.drafting.templates import ALIASES, TEMPLATES

if TYPE_CHECKING:
    from sync.drafting.begin import Begun, Wish

_CHOICES = " | ".join([*ALIASES, *TEMPLATES])
_ABOUT = "\n\n".join(
    ["Templates:", *(f"{template.name}: {template.about}." for template in TEMPLATES.values())]
)


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, RULES)(init)


def init(
    given: Given,
    crm: Annotated[
        str | None,
        typer.Argument(
            help="hubspot, zoho, bitrix24, copper, close; left out: all whose credentials are there."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the connection; that of the CRM if left out.", metavar="NAME")
    ] = None,
    template: Annotated[
        str | None, typer.Option(help=f"Structure of a new line: {_CHOICES}.", metavar="TEMPLATE")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="A sandbox or a proxy instead of the real CRM.", metavar="URL")
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="Region of a Zoho account: us, eu, in, au, jp, cn, ca, sa, uk.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Draft a mapping anew that is there already: it is overwritten.")
    ] = False,
) -> None:
    """Look into a live CRM and draft the YAML files: pipelines, stages, people, fields, structure.

    Credentials come from the environment or .env, else they are asked for and kept in .env. Each guess stands in the
    files with its reason; search them for "unsure:". A further CRM is added to what is there, which stays as it is.
    Only reads in the CRM.
    """
    begun: list[Begun] = []
    try:
        for done in _begin_each(given, _wishes(given, crm, name, template, base_url, region, force=force)):
            begun.append(done)
    finally:
        if begun:  # also those before one that failed
            _tell(given, begun)


init.__doc__ = f"{inspect.cleandoc(init.__doc__ or '')}\n\n{_ABOUT}"


def _tell(given: Given, begun: list[Begun]) -> None:
    if given.json:
        print_json({"drafts": [view(given.settings.config, each) for each in begun], "next": NEXT})
    else:
        show(given.settings.config, begun)


def _wishes(
    given: Given,
    crm: str | None,
    name: str | None,
    template: str | None,
    base_url: str | None,
    region: str | None,
    *,
    force: bool,
) -> list[Wish]:
    """What is to be drafted: the CRM that was named, or each whose credentials are there and that was not yet."""
    from mapping.parsed import CONVEYOR
    from sync.drafting.begin import Wish
    from sync.drafting.files import mapping_file

    folder = given.settings.config
    if template is not None and template not in {*ALIASES, *TEMPLATES}:
        raise Failed(f"There is no template {template!r}; there are: {_CHOICES}.", USAGE)
    if template is not None and (folder / CONVEYOR).exists():
        raise Failed(f"{folder / CONVEYOR} is there already: --template is for a new line.", USAGE)
    if name is not None and not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", name):
        raise Failed(f"{name!r} cannot name a connection: use a-z, 0-9, _ and -.", USAGE)
    drafted = [each for each in CREDENTIALS if (folder / mapping_file(each)).exists() and not force]
    chosen = [known(crm)] if crm else which_crms(drafted, alone=bool(name or base_url or region))
    return [Wish(each, name or each, template, base_url, region, force) for each in chosen]


def _begin_each(given: Given, wishes: list[Wish]) -> Iterator[Begun]:
    """Draft one CRM after the other, each beside the files of those before, and write each as soon as it is done."""
    from sync.drafting.begin import begin, refuse_to_overwrite
    from sync.drafting.folder import read_folder, write_folder

    folder = given.settings.config
    for wish in wishes:
        refuse_to_overwrite(folder, read_folder(folder), wish)
    asked = {wish.connection: ask_for(wish, read_folder(folder)) for wish in wishes}
    with given.house() as runtime:
        for wish in wishes:
            secrets = asked[wish.connection]
            runtime.connectors.environment = {**runtime.connectors.environment, **secrets}
            if not given.json:
                say(f"Looking into {wish.connection} ...")
            done = begin(runtime, read_folder(folder), wish)
            write_folder(folder, done.files)
            keep(secrets)
            yield done
