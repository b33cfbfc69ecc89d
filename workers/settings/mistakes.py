"""What is wrong in the settings, in words: where it stands, and which name was probably meant."""

from __future__ import annotations

import difflib
import os
import tomllib
from typing import TYPE_CHECKING, Any, get_args

import pydantic

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["problems_in"]

_MISSING, _UNKNOWN = "missing", "extra_forbidden"
_HOSTS, _BY_DEFAULT = "hosts", ("github.com",)


def problems_in(
    error: pydantic.ValidationError,
    root: type[pydantic.BaseModel],
    files: Sequence[Path],
    given: Collection[str],
) -> Iterator[str]:
    """Yield `PLACE: hosts.githb: ...` for all that `error` says of settings of the class `root`.

    The place is the command line (`given` are its settings), a variable, or one of `files`.
    """
    read = [(file, _table(file)) for file in files]
    for one in error.errors(include_url=False, include_input=False):
        path = [str(part) for part in one["loc"] if part != "[key]"]
        name = ".".join(path)
        where = _place(path, read, given)
        if (
            one["type"] == _MISSING
            and path[0] == _HOSTS
            and (meant := _close(path[1], _BY_DEFAULT))
        ):
            yield f"{where}: {'.'.join(path[:2])}: unknown section; did you mean {meant}?"
        elif one["type"] == _UNKNOWN:
            what = f"unknown {'section' if _is_table(path, read) else 'setting'}"
            meant = _close(path[-1], _names(root, path[:-1]))
            yield f"{where}: {name}: {what}" + (f"; did you mean {meant}?" if meant else "")
        else:
            yield f"{where}: {name}: {one['msg'].removeprefix('Value error, ')}"


def _close(name: str, names: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(name, names, n=1)), None)


def _table(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _found(table: object, path: Sequence[str]) -> object:
    for part in path:
        if not isinstance(table, dict) or part not in table:
            return None
        table = table[part]
    return table


def _is_table(path: Sequence[str], read: Sequence[tuple[Path, Mapping[str, Any]]]) -> bool:
    return any(isinstance(_found(table, path), dict) for _, table in read)


def _place(
    path: Sequence[str], read: Sequence[tuple[Path, Mapping[str, Any]]], given: Collection[str]
) -> str:
    """Return where the setting at `path` stands, or, where it is missing, what it is missing in."""
    if path[:1] and path[0] in given:
        return f"--{path[0].replace('_', '-')}"
    variable = f"GHOSTCRAWL_{'__'.join(path)}".upper()
    if any(name.upper() == variable for name in os.environ):
        return variable
    for end in range(len(path), 0, -1):
        for file, table in read:
            if _found(table, path[:end]) is not None:
                return str(file)
    return str(read[0][0]) if read else "the environment"


def _names(model: object, path: Sequence[str]) -> Sequence[str]:
    """Return the names that may stand in the section at `path`."""
    for part in path:
        if isinstance(model, type) and issubclass(model, pydantic.BaseModel):
            field = model.model_fields.get(part)
            model = None if field is None else field.annotation
        else:
            model = next(iter(get_args(model)[1:]), None)  # the values of a mapping
    if isinstance(model, type) and issubclass(model, pydantic.BaseModel):
        return list(model.model_fields)
    return []
