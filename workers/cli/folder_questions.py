"""What lies around the locks of a folder of this machine: names, and what its READMEs say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from crawler import lockfiles, pipeline
from crawler.errors import GiveUp
from crawler.model import Confidence
from crawler.sandbox.files import read_file
from workers import files

if TYPE_CHECKING:
    from crawler.model import Finding

__all__ = ["asked_in_folder"]

_LARGEST_README = 1024 * 1024
"""Bytes; of a larger one nothing is known."""


def asked_in_folder(root: Path, found: Sequence[Finding], named: str = "") -> list[Finding]:
    """Return the findings of the folder `root` with what the surroundings of their locks ask.

    Only what would be told to others is asked about. Paths of locks begin with `named`.
    """
    prefix = f"{named.rstrip('/')}/" if named else ""
    sure = [one for one in found if one.match.confidence is Confidence.CONFIRMED]
    if not sure or not root.is_dir():
        return list(found)
    near = lockfiles.Neighbourhood({one.sighting.path.removeprefix(prefix) for one in sure})
    seen = {one.path: one for one in files.find(root, near.wants) if isinstance(one, files.Found)}
    readmes = {path: text for path in seen if near.wants_text(path) for text in _read(seen[path])}
    ghosts = len({one.match.verdict.subject.project for one in found if one.match.verdict})
    asked = {one.key: _asked(one, prefix, seen, readmes, ghosts) for one in sure}
    return [asked.get(one.key, one) for one in found]


def _asked(
    one: Finding,
    prefix: str,
    seen: Mapping[str, object],
    readmes: Mapping[str, str],
    ghosts: int,
) -> Finding:
    """Return the finding with its questions; files are told apart by their path, as nothing is hashed."""
    below = replace(one.sighting, path=one.sighting.path.removeprefix(prefix))
    names = {path: path for path in seen}
    around = pipeline.surroundings(replace(one, sighting=below), names, readmes, ghosts)
    return pipeline.with_questions(one, around)


def _read(found: files.Found) -> Iterator[str]:
    try:
        yield read_file(found.file, _LARGEST_README).decode("utf-8", "replace")
    except (OSError, GiveUp):
        return
