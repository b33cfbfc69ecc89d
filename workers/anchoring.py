"""Relative paths in settings, made absolute: where they were written says what they are relative to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel

__all__ = ["anchored", "anchored_url"]

_SQLITE = re.compile(
    r"(?P<start>sqlite(?:\+\w+)?:///(?:file:)?)(?!file:)(?P<path>[^/?:][^?]*)(?P<query>.*)",
    re.DOTALL,
)
"""A database file by a relative path, as SQLAlchemy writes it: three slashes, not four."""
_FILES = frozenset(
    (
        *("sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir", "passfile"),
        *("ssl_certfile", "ssl_keyfile", "ssl_ca_certs", "ssl_ca_path"),
    )
)
"""Parameters of URLs that name files; see libpq, "Parameter Key Words", and redis-py, `SSLConnection`."""
_SYSTEM_CERTIFICATES = "system"
"""The one value of `sslrootcert` that is no path."""


def anchored(model: type[BaseModel], data: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return `data` for `model`, its paths now below `folder`; what has a wrong type is left as it is."""
    fields = model.model_fields
    return {
        name: _value(fields[name].annotation, value, folder) if name in fields else value
        for name, value in data.items()
    }


def _value(annotation: object, value: object, folder: Path) -> object:
    if isinstance(value, str) and value and _is_path(annotation):
        return str(folder / value)
    if isinstance(value, dict) and get_origin(annotation) is dict:
        entry = get_args(annotation)[1]
        return {name: _value(entry, inner, folder) for name, inner in value.items()}
    if (
        isinstance(value, dict)
        and isinstance(annotation, type)
        and issubclass(annotation, BaseModel)
    ):
        return anchored(annotation, value, folder)
    return value


def _is_path(annotation: object) -> bool:
    """Say whether `annotation` is a path, also one that is annotated or may be None."""
    return annotation is Path or any(_is_path(inner) for inner in get_args(annotation))


def anchored_url(url: str, folder: Path) -> str:
    """Return the URL of a database or broker, the files that it names now below `folder`."""
    if found := _SQLITE.fullmatch(url):
        return f"{found['start']}{folder / found['path']}{found['query']}"
    address, mark, query = url.partition("?")
    parameters = parse_qsl(query, keep_blank_values=True)
    if not any(name in _FILES for name, _ in parameters):
        return url
    absolute = [
        (name, str(folder / value) if _names_file(name, value) else value)
        for name, value in parameters
    ]
    return f"{address}{mark}{urlencode(absolute)}"


def _names_file(name: str, value: str) -> bool:
    return name in _FILES and value not in {"", _SYSTEM_CERTIFICATES}
