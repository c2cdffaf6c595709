"""Settings from the environment or `.env`, read once at the entry points."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, IPvAnyNetwork
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _parted(given: Any) -> Any:
    """What stands between commas."""
    return [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) else given


Networks = Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_parted)]
"""Addresses and networks, parted by commas; a single address is a network of one."""


class Settings(BaseSettings):
    """Where things are. Every value has a default that works on one machine."""

    # Without the prefix, `populate_by_name` would read a shell's HOME and a host's PORT as ours.
    model_config = SettingsConfigDict(
        env_file=".env", env_prefix="CONVEYOR_", extra="ignore", populate_by_name=True
    )

    config: Path = Field(default=Path("config"), validation_alias="CONVEYOR_CONFIG")
    home: Path = Field(default=Path("var"), validation_alias="CONVEYOR_HOME")
    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    redis_url: str | None = Field(default=None, validation_alias="REDIS_URL")
    secret_key: str | None = Field(default=None, validation_alias="CONVEYOR_SECRET_KEY")
    host: str = Field(default="127.0.0.1", validation_alias="CONVEYOR_HOST")
    port: int = Field(default=8080, validation_alias="CONVEYOR_PORT")
    processes: int = Field(default=1, ge=1, validation_alias="CONVEYOR_PROCESSES")
    threads: int = Field(default=8, ge=1, validation_alias="CONVEYOR_THREADS")
    trusted_proxies: Networks = Field(default=(), validation_alias="CONVEYOR_TRUSTED_PROXIES")

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{(self.home / 'conveyor.db').resolve()}"
