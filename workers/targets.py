"""Which repositories a person names: clone URLs of any configured host, or of any Git server."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.errors import GiveUp, UsageError
from crawler.model import Repository, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from workers.wiring import Wiring

__all__ = ["repositories_of"]


def repositories_of(
    wiring: Wiring, lines: Iterable[str]
) -> tuple[Mapping[str, Sequence[Repository]], Sequence[Skipped]]:
    """Return the repositories of a list per host, and the lines that name none, with the reason.

    A line is a clone URL; `#` starts a comment line. Only https, or http where a host is configured so.
    """
    found: dict[str, dict[str, Repository]] = defaultdict(dict)
    skipped = []
    for number, line in enumerate(lines, start=1):
        url = line.strip()
        if not url or url.startswith("#"):
            continue
        try:
            repository = _repository(wiring, url)
        except (GiveUp, UsageError, ValueError) as error:
            skipped.append(Skipped(context=f"line {number}", reason=str(error)))
        else:
            found[repository.host][repository.path] = repository
    return {host: list(of_one.values()) for host, of_one in found.items()}, skipped


def _repository(wiring: Wiring, url: str) -> Repository:
    for name, section in wiring.settings.hosts.items():
        base = f"{section.web_url.rstrip('/')}/"
        if url.startswith(base):
            return wiring.host(name).repository(url.removeprefix(base).removesuffix(".git"))
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.netloc != parts.hostname:
        msg = "no https clone URL; a host behind http or another port must be configured first"
        raise UsageError(msg)
    return wiring.host(parts.netloc).repository(parts.path.strip("/"))
