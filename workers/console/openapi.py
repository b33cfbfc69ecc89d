"""The OpenAPI description of the JSON twins, made of the pages and of the dataclasses that they show.

Source: OpenAPI Specification 3.1, JSON Schema 2020-12.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

import crawler.model
from crawler import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workers.console.interface import Page, QueryField

__all__ = ["API", "describe", "open_parts", "without_kinds"]

API = "/api/v1"
_Schema: TypeAlias = dict[str, Any]
_SCALARS: dict[Any, _Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    types.NoneType: {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
    Any: {},
}
_PART = re.compile(r"\{(\w+)(?::\w+)?\}")


def without_kinds(path: str) -> str:
    """Return a path as OpenAPI writes it: `/x/{name}` for `/x/{name:path}`."""
    return _PART.sub(r"{\1}", path)


def open_parts(path: str) -> list[str]:
    """Return the names of the parts that a path leaves open."""
    return _PART.findall(path)


def describe(pages: Iterable[Page[Any]]) -> _Schema:
    """Return the description of all pages."""
    schemas: _Schema = {}
    paths = {f"{API}{without_kinds(one.path)}": {"get": _operation(one, schemas)} for one in pages}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ghostcrawl console",
            "version": __version__,
            "description": "What the pages of the console show. Reads only.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(page: Page[Any], schemas: _Schema) -> _Schema:
    path = [
        {"name": name, "in": "path", "required": True, "schema": _SCALARS[str]}
        for name in open_parts(page.path)
    ]
    content = {"application/json": {"schema": _schema(page.any_shown, schemas)}}
    refused = {"type": "object", "properties": {"error": _SCALARS[str]}, "required": ["error"]}
    return {
        "summary": page.title,
        "operationId": page.any_shown.__name__,
        "parameters": [*path, *map(_parameter, page.fields)],
        "responses": {
            "200": {"description": "What the page shows", "content": content},
            "400": {
                "description": "The query is not readable, or names what is not there",
                "content": {"application/json": {"schema": refused}},
            },
        },
    }


def _parameter(field: QueryField) -> _Schema:
    one: _Schema = dict(_SCALARS[str]) | ({"enum": list(field.values)} if field.values else {})
    return {
        "name": field.name,
        "in": "query",
        "description": field.says,
        "schema": {"type": "array", "items": one} if field.several else one,
    }


def _schema(kind: Any, schemas: _Schema) -> _Schema:  # noqa: ANN401 - a type form has no type of its own
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind in _SCALARS:
        made = _SCALARS[kind]
    elif origin in {typing.Union, types.UnionType}:
        made = {"anyOf": [_schema(one, schemas) for one in inner]}
    elif origin is tuple and inner[-1] is Ellipsis:
        made = {"type": "array", "items": _schema(inner[0], schemas)}
    elif origin is tuple:
        made = {"type": "array", "prefixItems": [_schema(one, schemas) for one in inner]}
    elif origin in {Mapping, dict}:
        made = {"type": "object", "additionalProperties": _schema(inner[1], schemas)}
    elif is_dataclass(kind):
        made = _reference(typing.cast("Any", kind), schemas)
    elif issubclass(kind, Enum):
        made = {"type": "string", "enum": [one.value for one in kind]}
    else:
        msg = f"no schema for {kind}"
        raise TypeError(msg)
    return made


def _reference(kind: Any, schemas: _Schema) -> _Schema:  # noqa: ANN401 - a dataclass, which mypy holds for unhashable
    name = kind.__name__
    if name not in schemas:
        known = {**vars(crawler.model), "datetime": datetime, "Mapping": Mapping}
        hints = typing.get_type_hints(kind, localns=known)
        properties: _Schema = {}
        schemas[name] = {
            "type": "object",
            "properties": properties,  # filled below: a value may hold others of its kind
            "required": [f.name for f in fields(kind) if not f.metadata.get("omit_default")],
        }
        for one in fields(kind):
            properties[one.name] = _schema(hints[one.name], schemas)
    return {"$ref": f"#/components/schemas/{name}"}
