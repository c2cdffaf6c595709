"""JSON schemas of what the API takes and answers, made of the very types that the code uses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

from pydantic import BaseModel, TypeAdapter, create_model
from pydantic.json_schema import JsonSchemaMode

REFERENCE = "#/components/schemas/{model}"

Schemas = tuple[dict[str, Any], dict[str, Any]]
"""The schema of each name that was asked for, and the schemas that those refer to."""


def schemas(types: Mapping[str, Any], mode: JsonSchemaMode) -> Schemas:
    """The schemas of these types, by name, as they are written (`serialization`) or read (`validation`)."""
    inputs = [(name, mode, TypeAdapter(_modelled(each))) for name, each in types.items()]
    found, definitions = TypeAdapter.json_schemas(inputs, ref_template=REFERENCE)
    return {name: schema for (name, _), schema in found.items()}, definitions.get("$defs", {})


def _modelled(kind: Any) -> Any:
    """A type with a model in place of each TypedDict: pydantic reads those of the standard library from 3.12 on."""
    if is_typeddict(kind):
        return _model(kind)
    inside = get_args(kind)
    if not inside:
        return kind
    made = tuple(_modelled(each) for each in inside)
    if get_origin(kind) in (Union, UnionType):
        return Union[made]  # noqa: UP007 - of as many as there are
    return get_origin(kind)[made] if isinstance(get_origin(kind), type) else kind


@cache
def _model(view: Any) -> type[BaseModel]:
    fields: dict[str, Any] = {name: (_modelled(kind), ...) for name, kind in get_type_hints(view).items()}
    return create_model(view.__name__, __doc__=view.__doc__, **fields)
