"""How a function becomes a command: it gets `Given` first, and its trouble is put into words."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.given import Given
from cli.trouble import speaking

RUN = "Run"
RULES = "Rules"
CRMS = "CRMs"
LOOK = "Look"
ACT = "Put right"
"""The panels of the help page, in its order."""

Config = Annotated[
    Path | None, typer.Option(help="Folder of the YAML files.", metavar="DIR", rich_help_panel="Everywhere")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.", rich_help_panel="Everywhere")]

_CONFIG = inspect.Parameter("config", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Config)
_JSON = inspect.Parameter("json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Json)
_CONTEXT = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)


def command(
    app: typer.Typer, panel: str | None = None, *, name: str | None = None, json: bool = True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a command; `json` says whether it takes `--json`. Its docstring is the help text."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        app.command(name, rich_help_panel=panel)(_with_given(function, json=json))
        return function

    return register


def _with_given(function: Callable[..., None], *, json: bool) -> Callable[..., None]:
    """The function as Typer wants it: the options that all commands share are behind its own."""
    signature = inspect.signature(function, eval_str=True)
    own = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in list(signature.parameters.values())[1:]]

    def run(*, context: typer.Context, config: Path | None = None, json: bool = False, **own: Any) -> None:
        before: Given = context.find_root().obj or Given()
        given = Given(config or before.config, json or before.json)
        with speaking():
            function(given, **own)

    parameters = [_CONTEXT, *own, _CONFIG, *([_JSON] if json else [])]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__name__, run.__doc__ = function.__name__, function.__doc__
    return run
