"""Per format: parse and match, against the bare parser of its syntax on the same bytes. CPU time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import tomli
import yaml

from benchmarks.measure import interleaved
from benchmarks.table import Row
from crawler import lockfiles, pipeline
from crawler.model import Ecosystem, LockBlob, Registry
from crawler.pipeline import Lookup, Parse
from workers import files

__all__ = ["Asking", "Lock", "corpus", "formats"]

Lock = tuple[str, bytes]
"""Path and bytes."""
Asking = Callable[[], AbstractContextManager[Lookup]]
"""Opens a watch index that has everything in memory; one scan has one of it."""
_Load = Callable[[str], Any]

_ROUNDS = 3
_ENOUGH = 4_000_000
"""Bytes of one format, after which more of the same tells nothing new."""
_REGISTRIES = {
    Ecosystem.PYPI: Registry(
        ecosystem=Ecosystem.PYPI,
        index_url="https://index.example/simple/",
        file_hosts=frozenset({"files.index.example"}),
    )
}


def _yaml(text: str) -> object:
    return yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 - the base loader makes strings only


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bare:
    """What reads a syntax and nothing else."""

    name: str
    load: _Load


_BARE: Mapping[str, _Bare] = {
    **dict.fromkeys(("uv", "pylock", "poetry", "pdm"), _Bare(name="tomli", load=tomli.loads)),
    **dict.fromkeys(("pnpm", "pixi", "condalock", "pubspec"), _Bare(name="C YAML", load=_yaml)),
}


def corpus(folder: Path) -> Mapping[str, Sequence[Lock]]:
    """Return the locks below `folder` by format, those that their bare parser accepts."""
    found: dict[str, list[Lock]] = {}
    for file in files.find(folder):
        blob = files.read(file) if isinstance(file, files.Found) else file
        parser = lockfiles.parser_for(blob.path) if isinstance(blob, LockBlob) else None
        if isinstance(blob, LockBlob) and parser and _plain(parser.format, blob.data):
            found.setdefault(parser.format, []).append((blob.path, blob.data))
    return found


def _plain(kind: str, data: bytes) -> bool:
    try:
        _BARE[kind].load(data.decode())
    except (KeyError, ValueError, yaml.YAMLError, RecursionError):
        return False
    return True


def formats(source: str, locks: Mapping[str, Sequence[Lock]], asking: Asking) -> Iterator[Row]:
    """Yield one row per format: a full read of every lock, matched with the watch index."""
    with asking() as lookup:
        yield from _formats(source, locks, lookup)


def _formats(source: str, locks: Mapping[str, Sequence[Lock]], lookup: Lookup) -> Iterator[Row]:
    for kind in sorted(set(locks) & set(_BARE)):
        some = _enough(locks[kind])
        bare = _BARE[kind]
        taken = interleaved(
            {
                "ours": partial(_inspect, some, lookup, lockfiles.parse),
                "parse": partial(_parse, some),
                "bare": partial(_load, some, bare.load),
            },
            _ROUNDS,
        )
        yield Row(
            what=f"{source}: {kind}, parse and match : bare {bare.name}",
            ours=_rate(some, taken["ours"]),
            other=_rate(some, taken["bare"]),
            figure=taken["bare"] / taken["ours"],
            note=f"parse alone {taken['bare'] / taken['parse']:.2g}; "
            f"{len(some)} files, {_size(some) / 1e6:.1f} MB",
        )


def _inspect(locks: Sequence[Lock], lookup: Lookup, parse: Parse) -> None:
    for path, data in locks:
        pipeline.inspect(LockBlob(oid="", path=path, data=data), lookup, _REGISTRIES, parse)


def _parse(locks: Sequence[Lock]) -> None:
    for path, data in locks:
        lockfiles.parse(path, data)


def _load(locks: Sequence[Lock], load: _Load) -> None:
    for _, data in locks:
        load(data.decode())


def _enough(locks: Sequence[Lock]) -> Sequence[Lock]:
    total, some = 0, []
    for lock in locks:
        some.append(lock)
        total += len(lock[1])
        if total >= _ENOUGH:
            break
    return some


def _size(locks: Sequence[Lock]) -> int:
    return sum(len(data) for _, data in locks)


def _rate(locks: Sequence[Lock], seconds: float) -> str:
    return f"{_size(locks) / seconds / 1e6:.1f} MB/s, {len(locks) / seconds:.0f} files/s"
