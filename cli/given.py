"""What every command is given: where the configuration is, whether to print JSON, and the house if it asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cli.trouble import USAGE, Failed

if TYPE_CHECKING:
    from sync.runtime import Runtime
    from sync.settings import Settings


@dataclass(frozen=True)
class Given:
    """The options that all commands share."""

    config: Path | None = None
    json: bool = False

    @cached_property
    def settings(self) -> Settings:
        """The settings of the environment and `.env`, with `--config` over them."""
        from pydantic import ValidationError

        from sync.settings import Settings

        try:
            settings = Settings()
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found)
            raise Failed(f"A setting of the environment or .env is wrong: {said}.", USAGE) from error
        return settings if self.config is None else settings.model_copy(update={"config": self.config})

    @contextmanager
    def house(self, *, service: bool = False) -> Iterator[Runtime]:
        """The opened house, closed at the end; a service logs what it does and needs a broker."""
        import logging

        from sync import logs
        from sync.house import open_house

        logs.configure(level=logging.INFO if service else logging.ERROR)
        try:
            runtime = open_house(self.settings, needs_broker=service)
        except ValueError as error:
            raise Failed(str(error), USAGE) from error
        try:
            yield runtime
        finally:
            runtime.store.close()
