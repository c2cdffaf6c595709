"""The base of every table in the YAML files: fixed keys, no guessing of types, a known place."""

from __future__ import annotations

from typing import Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationInfo,
    model_validator,
)

from mapping.document import Path, Table


class Block(BaseModel):
    """A table of the YAML with fixed keys; `path` says where in the file it stands."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    _path: Path = PrivateAttr(default=())

    @property
    def path(self) -> Path:
        return self._path

    @model_validator(mode="wrap")
    @classmethod
    def _remember_place(cls, data: Any, build: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """Keep the path, and leave the keys known here for whoever explains an unknown one."""
        if not isinstance(data, Table):
            return build(data)
        if isinstance(info.context, dict):
            info.context[data.path] = cls.known_keys()
        block = build(data)
        block._path = data.path
        return block

    @classmethod
    def known_keys(cls) -> tuple[str, ...]:
        """The keys as the admin writes them."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())
