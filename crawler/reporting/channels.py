"""Where an abuse desk takes reports, and against which of its rules it may check one.

Source: facts/exports.md, "Channels" (each row names where it was seen). A host that is not listed gets
the general words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from crawler.model import Repository

__all__ = ["Channel", "channel_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """How one host wants to be told."""

    how: str
    clause: str


_GENERAL = Channel(
    how="the abuse or security contact of this host",
    clause="the host's rules on malware",
)
_BY_HOST = {
    "gitlab.com": Channel(
        how="mail to the abuse address of GitLab, or 'Report abuse' on the profile",
        clause="GitLab's acceptable use policy, malware",
    ),
    "codeberg.org": Channel(
        how="the 'Report content' button, else mail to the abuse address of Codeberg",
        clause="Codeberg's terms of use, malware",
    ),
}
_GITHUB_FORM = "https://github.com/contact/report-content"


def channel_of(repository: Repository) -> Channel:
    """Return the channel of the host that `repository` lies on."""
    if repository.host != "github.com":
        return _BY_HOST.get(repository.host, _GENERAL)
    owner = repository.path.split("/", 1)[0]
    url = quote(repository.clone_url.removesuffix(".git"), safe="", errors="replace")
    return Channel(
        how=f"{_GITHUB_FORM}?content_url={url}&report={quote(owner, errors='replace')}+%28user%29",
        clause="GitHub Acceptable Use Policies, 'Active Malware or Exploits'",
    )
