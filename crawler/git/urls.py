"""Which repository URLs may be opened at all; anything else is refused before anything is started."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from crawler.errors import Refused

__all__ = ["RepositoryUrl", "parse_repository_url"]

_LONGEST = 2_048
_LONGEST_HOST = 253
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?(?P<path>/[A-Za-z0-9._~+@%/-]+)",
    re.ASCII,
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_ESCAPE = re.compile(r"%(?:[0-9A-Fa-f]{2})?")
_UNSAFE_BYTES = frozenset({*range(0x20), 0x2F, 0x5C, 0x7F})
_HTTPS_PORT = 443
_FIRST_USER_PORT = 1_024
_LAST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryUrl:
    """A clone URL that was taken apart and put together again from its checked parts."""

    scheme: str
    host: str
    """Lower-case."""
    port: int | None
    path: str
    """Begins with `/`, ends without one."""

    @property
    def authority(self) -> str:
        """`host` or `host:port`."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """What all repositories of one host share: `https://git.example`."""
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        """Write the whole URL."""
        return f"{self.origin}{self.path}"


def parse_repository_url(url: str, trusted_hosts: Collection[str] = ()) -> RepositoryUrl:
    """Return the parts of a clone URL.

    Only https on a DNS name; plain http, addresses and low ports only where `trusted_hosts` names
    the `host` or `host:port`. Everything git itself would accept besides (`ext::`, `file://`, paths,
    `ssh://`, `user@host:path`, words that look like options) raises Refused, and so do credentials.
    """
    match = _URL.fullmatch(url) if len(url) <= _LONGEST else None
    if match is None:
        raise Refused(f"{_shown(url)} is not the https URL of a repository")
    host = match["host"].lower()
    port = None if match["port"] is None else int(match["port"])
    parsed = RepositoryUrl(
        scheme=match["scheme"], host=host, port=port, path=_checked_path(match["path"], url)
    )
    if not {host, parsed.authority} & {name.lower() for name in trusted_hosts}:
        _check_public(parsed, url)
    if port is not None and not 0 < port <= _LAST_PORT:
        raise Refused(f"{_shown(url)}: port {port} does not exist")
    return parsed


def _check_public(parsed: RepositoryUrl, url: str) -> None:
    if parsed.scheme != "https":
        raise Refused(f"{_shown(url)}: plain http only on hosts configured as trusted")
    labels = parsed.host.split(".")
    if (
        len(parsed.host) > _LONGEST_HOST
        or len(labels) < 2  # noqa: PLR2004 - a public name has a top-level domain
        or not all(_LABEL.fullmatch(label) for label in labels)
    ):
        raise Refused(f"{_shown(url)}: invalid host: expected a public DNS name")
    if not labels[-1].isalpha() and not labels[-1].startswith("xn--"):
        raise Refused(f"{_shown(url)}: an address instead of a name only on trusted hosts")
    if any(label.startswith("xn--") for label in labels):
        raise Refused(f"{_shown(url)}: internationalised names only on trusted hosts")
    if (parsed.port or _HTTPS_PORT) != _HTTPS_PORT and (parsed.port or 0) < _FIRST_USER_PORT:
        raise Refused(f"{_shown(url)}: port {parsed.port} belongs to another service")


def _checked_path(path: str, url: str) -> str:
    for escape in _ESCAPE.findall(path):
        if len(escape) == 1 or int(escape[1:], 16) in _UNSAFE_BYTES:
            raise Refused(f"{_shown(url)}: a forbidden percent escape in the path")
    path = path.removesuffix("/")
    for segment in path.split("/")[1:]:
        plain = segment.replace("%2e", ".").replace("%2E", ".")
        if plain in {"", ".", ".."} or segment.startswith(("-", "%2d", "%2D")):
            raise Refused(f"{_shown(url)}: a forbidden part in the path")
    return path


def _shown(url: str) -> str:
    """Quote a hostile URL for a message: short, printable, no credentials."""
    return ascii(re.sub(r"//[^/@]*@", "//***@", url)[:120])
