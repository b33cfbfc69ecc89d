"""What a package in the usual layout of its tool states, told from its text without reading it as TOML.

Nearly all packages of real locks are written so: one artifact on a line, its file named as the index
names files, its hash a SHA-256. A pattern that matches all of a package proves that nothing else is in
it, and the columns of its lines are all that matching asks for; pins are made of the few that matter.
"""

from __future__ import annotations

from collections.abc import Sequence

from crawler.model import Ecosystem, Origin
from crawler.model.block import Columns, Traits

__all__ = [
    "FILE",
    "FILE_URL",
    "PLAIN",
    "REGISTRY",
    "SHA256",
    "STRING",
    "STRINGS",
    "of_files",
    "of_urls",
]

PLAIN = r"[^\x00-\x1f\x7f\"\\]"
"""A character that stands for itself between the quotes of TOML."""
STRING = rf"\"(?:{PLAIN}++|\\[\"\\])*+\""
STRINGS = rf"\[(?:{STRING}(?:, {STRING})*+)?\]"

_PART = r"[A-Za-z0-9_.]++"
_VERSION = r"[A-Za-z0-9.!+]++"
_TAGS = rf"(?:-[0-9][A-Za-z0-9_.]*+)?+-{_PART}-{_PART}-[A-Za-z0-9_.]+\.whl"
FILE = (
    rf"(([A-Za-z0-9]{_PART}-{_VERSION}){_TAGS}|[A-Za-z0-9][A-Za-z0-9_.-]*-[A-Za-z0-9.!+]+\.tar\.gz)"
)
"""The name of a wheel (PEP 427) or sdist that stands for itself in a URL; two groups.

The second is what a wheel says of project and version, which an sdist says with all of its name.
"""
FILE_URL = (
    r"https?://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)"
    rf"/packages/([0-9a-f]{{2}}/[0-9a-f]{{2}}/[0-9a-f]{{60}})/{FILE}"
)
"""A file below a path that carries its BLAKE2b-256; four groups: host, digest, and those of `FILE`."""
SHA256 = r"([0-9a-f]{64})"
REGISTRY = r"https?://[^\x00-\x20\x7f\"\\@?#%]{1,200}+"
"""An index without credentials."""

_Row = tuple[str, ...]


def of_urls(name: str, version: str, origin: Origin, rows: Sequence[_Row]) -> Columns | None:
    """Return what `rows` state; None where there are none.

    Each ends with the groups of `FILE_URL` and the SHA-256.
    """
    hosts = {row[-5] for row in rows}
    return _columns(
        name,
        version,
        rows,
        [row[-4].replace("/", "") for row in rows],
        [Traits(Ecosystem.PYPI, origin, host, True, False, ()) for host in hosts],  # noqa: FBT003
    )


def of_files(name: str, version: str, rows: Sequence[_Row]) -> Columns | None:
    """Return what `rows` state; None where there are none.

    Each ends with the groups of `FILE` and the SHA-256.
    """
    return _columns(name, version, rows, [], [])


def _columns(
    name: str, version: str, rows: Sequence[_Row], carried: Sequence[str], traits: Sequence[Traits]
) -> Columns | None:
    if not rows:
        return None
    filenames = {row[-2] or row[-3]: row[-3] for row in rows}
    own = f"{name.replace('-', '_')}-{version}"
    filenames.pop(own, None)
    filenames.pop(f"{own}.tar.gz", None)
    return Columns(
        count=len(rows),
        ecosystem=Ecosystem.PYPI,
        releases=((name, version),),
        digests=[*carried, *[row[-1] for row in rows]],
        filenames=filenames.values(),
        traits=traits,
    )
