"""Links to a viewer of distributions, which state the digest of a file that the index no longer lists.

The viewer of the Python index (project pypi/inspector) shows a file at
`<viewer>/project/<name>/<version>/packages/<2>/<2>/<60>/<file name>/`, with the path of the file host
inside it. Reports of malware are full of such links, most of them to a line of a file inside the archive.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from urllib.parse import unquote

from crawler.errors import Malformed
from crawler.fields import plain_name
from crawler.model import (
    Distribution,
    Ecosystem,
    ProjectKey,
    Subject,
    digest_in_path,
    normalize_name,
    normalize_version,
    project_of_file,
)

__all__ = ["viewed_files"]

_LINK = re.compile(
    r"https://[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::\d{1,5})?"
    r"/project/(?P<name>[A-Za-z0-9._-]{1,214})/(?P<version>[A-Za-z0-9.!+%_-]{1,100})"
    r"(?P<directory>/packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60})"
    r"/(?P<file>[A-Za-z0-9.!+%_-]{1,255})(?P<inside>(?:[/?#][^\s<>\"']{0,2000})?)",
    re.ASCII,
)
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?=[/?#]|\Z)", re.IGNORECASE)
"""What a browser resolves: such a link shows another path than it spells."""
_LONGEST_TEXT = 1024 * 1024
_MOST_LINKS = 500


def viewed_files(
    texts: Iterable[str], project: ProjectKey, versions: Collection[str]
) -> Iterator[Subject]:
    """Yield the files of `project` that links in `texts` state, each with its BLAKE2b-256.

    The host may be any, by https; the path must be of the viewer's shape, name `project` and one of
    `versions` (canonical; none means all), and hold a file of that release. The author of a report may
    link anything: such a subject says that a file is known, and nothing against it.
    """
    if project.ecosystem is not Ecosystem.PYPI:
        return
    links = (link for text in texts for link in _LINK.finditer(text[:_LONGEST_TEXT]))
    for link in islice(links, _MOST_LINKS):
        subject = _subject(link, project)
        if subject is not None and (not versions or subject.version in versions):
            yield subject


def _subject(link: re.Match[str], project: ProjectKey) -> Subject | None:
    version = normalize_version(project.ecosystem, unquote(link["version"]))
    filename = unquote(link["file"].rstrip("."))
    digest = digest_in_path(f"{link['directory']}/{filename}")
    if (
        digest is None
        or _DOTS.search(link["inside"])
        or normalize_name(project.ecosystem, link["name"]) != project.name
        or project_of_file(filename, expected=project.name) != (project.name, version)
    ):
        return None
    try:
        file = Distribution(filename=plain_name(filename, "file"), digests=(digest,))
    except Malformed:
        return None
    return Subject(project=project, version=version, file=file)
