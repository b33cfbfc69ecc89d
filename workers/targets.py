"""Which repositories a person names: clone URLs of any configured host, or of any Git server."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from crawler.errors import GiveUp, Malformed, UsageError
from crawler.model import Repository, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from workers.wiring import Wiring

__all__ = ["repositories_of"]

_UNDECODED = "\N{REPLACEMENT CHARACTER}"


def repositories_of(
    wiring: Wiring, lines: Iterable[str]
) -> tuple[Mapping[str, Sequence[Repository]], Sequence[Skipped]]:
    """Return the repositories of a list per host, and the lines that name none, with the reason.

    A line is a clone URL; `#` starts a comment line. Only https, or http where a host is configured so.
    What could not be decoded is U+FFFD here, and in no URL.
    """
    found: dict[str, dict[str, Repository]] = defaultdict(dict)
    skipped = []
    for number, line in enumerate(lines, start=1):
        url = line.strip()
        if not url or url.startswith("#"):
            continue
        try:
            if _UNDECODED in url:
                raise Malformed("not UTF-8")
            repository = _repository(wiring, url)
        except (GiveUp, UsageError, ValueError) as error:
            skipped.append(Skipped(context=f"line {number}", reason=str(error)))
        else:
            found[repository.host].setdefault(repository.path, repository)
    return {host: list(of_one.values()) for host, of_one in found.items()}, skipped


def _repository(wiring: Wiring, url: str) -> Repository:
    """Return what `url` names; where a host would write it differently, what it most likely means.

    Raises GiveUp or UsageError for what names nothing.
    """
    url = url.removesuffix("/")
    others: list[Repository] = []
    refused: list[GiveUp] = []
    for name, path in _places(wiring, url):
        for spelling in _spellings(path):
            try:
                repository = wiring.hosts.named(name).repository(spelling)
            except GiveUp as error:
                refused.append(error)
                continue
            if repository.clone_url == url:
                return repository
            others.append(repository)
    if others:
        return others[0]
    if refused:
        raise refused[0]
    return _on_any_host(wiring, url)


def _places(wiring: Wiring, url: str) -> Iterator[tuple[str, str]]:
    """Yield the configured hosts that `url` may lie on, and where, the longest address first.

    Some clone from below their `api_url`.
    """
    bases = {
        (f"{address.rstrip('/')}/", name)
        for name, section in wiring.settings.hosts.items()
        for address in (section.web_url, section.api_url)
        if address
    }
    for base, name in sorted(bases, key=lambda place: (-len(place[0]), place[1])):
        if url.startswith(base):
            yield name, url.removeprefix(base)


def _spellings(path: str) -> Mapping[str, None]:
    """Return the names that the end of a clone URL may stand for, in the order of trust.

    To some hosts `.git` at the end, or what is percent-encoded, is part of the name, to others it is how
    URLs are written: the clone URL that a host makes of a name tells.
    """
    names = (path, unquote(path))
    return dict.fromkeys(
        spelling for name in names for spelling in (name, name.removesuffix(".git"))
    )


def _on_any_host(wiring: Wiring, url: str) -> Repository:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.netloc != parts.hostname:
        msg = "no https clone URL; a host behind http or another port must be configured first"
        raise UsageError(msg)
    return wiring.hosts.named(parts.netloc).repository(parts.path.strip("/"))
