"""What requires what in a uv.lock: members of the workspace, `[manifest]`, groups, extras, dependencies.

Source: uv, `crates/uv-resolver/src/lock/mod.rs`: whatever is locked is reached from a member or from a
requirement of the manifest. A dependency states version and source where several packages have its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from crawler.lockfiles.documents.document import check_limits, decode, parse_table
from crawler.lockfiles.requiring import Release, Requirements, table_of, tables_in
from crawler.model import Ecosystem, normalize_name

__all__ = ["requirements_of_uv"]

_LOCAL = ("virtual", "editable", "directory")
_Table: TypeAlias = Mapping[str, Any]
_Need: TypeAlias = "tuple[str | None, str | None, str | None]"
"""Name, version and source as they are stated; None for what is not."""


def requirements_of_uv(data: bytes) -> Requirements[int, _Need] | None:
    """Return what requires what in the uv.lock `data`; None where it has no root. Raises GiveUp."""
    text = decode(data)
    check_limits(text)
    table = parse_table(text)
    packages = tables_in(table, "package") or tables_in(table, "distribution")
    manifest = table_of(table, "manifest")
    members = manifest.get("members")
    named = {str(name) for name in members} if isinstance(members, list) else set()
    roots = [
        number
        for number, package in enumerate(packages)
        if package.get("name") in named or _is_project(package)
    ]
    stated = [*tables_in(manifest, "requirements"), *tables_in(manifest, "overrides")]
    stated += _grouped(manifest, "dependency-groups")
    if not roots and not stated:
        return None
    called: defaultdict[_Need, list[int]] = defaultdict(list)
    for number, package in enumerate(packages):
        name, version, source = _need(package)
        for need in {
            (name, None, None),
            (name, version, None),
            (name, None, source),
            (name, version, source),
        }:
            called[need].append(number)
    return Requirements(
        releases={number: _release(package) for number, package in enumerate(packages)},
        roots=[*roots, *(number for need in set(map(_need, stated)) for number in called[need])],
        needs=lambda number: map(_need, _required(packages[number])),
        meant=lambda need: called[need],
    )


def _need(table: _Table) -> _Need:
    source = table.get("source")
    return _text(table, "name"), _text(table, "version"), None if source is None else str(source)


def _text(table: _Table, key: str) -> str | None:
    value = table.get(key)
    return None if value is None else str(value)


def _release(package: _Table) -> Release:
    name = str(package.get("name"))
    return normalize_name(Ecosystem.PYPI, name) or name, _text(package, "version")


def _required(package: _Table) -> Iterator[_Table]:
    yield from tables_in(package, "dependencies")
    yield from _grouped(package, "optional-dependencies")
    yield from _grouped(package, "dev-dependencies")


def _grouped(table: _Table, key: str) -> Iterator[_Table]:
    groups = table_of(table, key)
    return (one for group in groups for one in tables_in(groups, group))


def _is_project(package: _Table) -> bool:
    source = table_of(package, "source")
    return any(source.get(key) == "." for key in _LOCAL)
