"""What requires what in a package-lock.json of version 2 or 3: as Node looks for a package, folder by folder.

Source: npm, "package-lock.json", and `@npmcli/arborist`, `lib/node.js` (`resolve`). An override needs no look:
what it puts in a place is called there as it is required. What comes inside of the archive of another
package, and what lies below one with a lock of its own, is the matter of those.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from crawler.errors import Malformed
from crawler.lockfiles.documents.document import decode
from crawler.lockfiles.javascript.npm_bundles import bundlers
from crawler.lockfiles.requiring import Release, Requirements, table_of

__all__ = ["requirements_of_npm"]

_FOLDER = "node_modules/"
_DEEPEST = 200
"""Folders inside of folders; what lies deeper is not judged."""
_NEEDS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_Entry: TypeAlias = Mapping[str, Any]


def requirements_of_npm(data: bytes) -> Requirements[str, str] | None:
    """Return what requires what in the package-lock.json `data`; None where it has no root. Raises GiveUp."""
    text = decode(data)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(str(error)[:200]) from error
    packages = table_of(value if isinstance(value, dict) else {}, "packages")
    entries = {place: one for place, one in packages.items() if isinstance(one, dict)}
    if "" not in entries:
        return None
    below: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for place in entries:
        folder, _, name = place.rpartition(_FOLDER)
        below[folder][name] = place
    judged = {place for place, one in entries.items() if _is_judged(place, one, entries)}
    return Requirements(
        releases={place: _release(place, entries[place]) for place in judged},
        roots={*(entries.keys() - judged), *bundlers(entries.items())},
        needs=lambda place: _needed(place, entries.get(place, {}), below),
        meant=lambda place: (place,),
    )


def _is_judged(place: str, entry: _Entry, entries: Mapping[str, _Entry]) -> bool:
    """Say whether somebody would have to require this, as far as it is installed as a package of its own.

    Folders of the project are not, and neither is what npm itself calls extraneous.
    """
    if _FOLDER not in place or entry.get("link") or entry.get("extraneous"):
        return False
    if "version" not in entry or place.count("/") > _DEEPEST:
        return False
    around = place
    while around := around.rpartition(f"/{_FOLDER}")[0]:
        if entries.get(around, {}).get("hasShrinkwrap"):
            return False
    return True


def _release(place: str, entry: _Entry) -> Release:
    return str(entry.get("name") or place.rpartition(_FOLDER)[2]), str(entry.get("version"))


def _needed(place: str, entry: _Entry, below: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield the places of what the entry at `place` requires: each in the nearest folder that has it."""
    if entry.get("link"):
        yield str(entry.get("resolved"))
        return
    folders = [below[folder] for folder in _around(place) if folder in below]
    for name in {name for key in _NEEDS for name in table_of(entry, key)}:
        found = next((folder[name] for folder in folders if name in folder), None)
        if found is not None:
            yield found


def _around(place: str) -> Iterator[str]:
    """Yield the folders that may hold `node_modules` for what lies at `place`, the nearest first."""
    parts = place.split("/")[:_DEEPEST]
    for length in range(len(parts), 0, -1):
        yield "/".join(parts[:length]) + "/"
    yield ""
