"""Where an abuse desk takes reports, against which of its rules it may check one, and what it asks for.

A row holds what its source says and nothing else: no address is guessed, and none is looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from crawler.model import Ecosystem
from crawler.reporting.text import web_link

if TYPE_CHECKING:
    from crawler.model import Repository

__all__ = ["CHANNELS", "PACKAGE_CHANNELS", "Channel", "channel_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """How one host wants to be told."""

    how: str
    """For the person who sends a letter."""
    clause: str = "the host's rules on malware"
    asks: str | None = None
    """What the desk says that a report needs, or that its sender should expect; None where it says nothing."""
    address: str | None = None
    """Where the desk takes mail; None where it does not, or where no source of its own says so."""
    form: str | None = None
    """A form that can be filled in: the link of one repository, in `CHANNELS` with `{url}` and `{owner}`."""
    source: str | None = None
    """Where this was seen; None where nothing is known."""


def _unknown(desk: str) -> Channel:
    return Channel(how=f"the abuse desk of {desk}: no address known")


CHANNELS: Mapping[str, Channel] = MappingProxyType(
    {
        "github.com": Channel(
            how="the form",
            form="https://github.com/contact/report-content?content_url={url}&report={owner}+%28user%29",
            clause="GitHub Acceptable Use Policies, 'Active Malware or Exploits'",
            source="the link of the form as GitHub's pages of repositories have it; github/docs, "
            "reporting-abuse-or-spam.md",
        ),
        "gitlab.com": Channel(
            how="mail to abuse@gitlab.com, or 'Report abuse' on the profile",
            address="abuse@gitlab.com",
            clause="GitLab's acceptable use policy, malware",
            asks="a detailed report; one with insufficient information is closed",
            source="GitLab's handbook, abuse-on-gitlab-com",
        ),
        "codeberg.org": Channel(
            how="the 'Report content' button, else mail to abuse@codeberg.org",
            address="abuse@codeberg.org",
            clause="Codeberg's terms of use, malware",
            asks="the clause of the terms of use that is meant; it promises no updates",
            source="Codeberg/Documentation, pull request 678",
        ),
        "bitbucket.org": Channel(
            how="the abuse desk of Atlassian; notes of third parties say abuse@atlassian.com, so look "
            "whether its own pages confirm that",
            source="two teaching notes in public repositories, nothing of Atlassian's own",
        ),
        "git.sr.ht": _unknown("sourcehut"),
        "gitee.com": _unknown("Gitee"),
        "dev.azure.com": _unknown("Azure DevOps"),
        "git.launchpad.net": _unknown("Launchpad"),
        "pagure.io": _unknown("Pagure"),
    }
)
"""Host -> how its desk is reached. A Forgejo of anybody's own cannot be told by its name: see `channel_of`."""

PACKAGE_CHANNELS: Mapping[Ecosystem, str] = MappingProxyType(
    {
        Ecosystem.PYPI: (
            "When the page is gone, write to the security address that the index names, and ask for "
            "the deletion of the files."
        ),
        Ecosystem.NPM: (
            "'Report malware' on the page of the package, or the support form of npm; mail does not "
            "arrive there."
        ),
    }
)
"""Ecosystem -> where the people of its index take reports. Sources: pypi/warehouse; GitHub's discussion
orgs/community 200683."""


def channel_of(repository: Repository) -> Channel:
    """Return the channel of the host that `repository` lies on, its form filled in.

    Where no address is known, `how` says where one may be found; nothing is fetched from there.
    """
    known = CHANNELS.get(repository.host.lower())
    if known is not None and known.form is not None:
        return _filled_in(known, known.form, repository)
    if known is not None and known.source is not None:
        return known
    first = (
        "the abuse or security contact of this host: no address known"
        if known is None
        else known.how
    )
    return Channel(how=f"{first}; look for {_places(repository, own=known is None)}")


def _filled_in(channel: Channel, form: str, repository: Repository) -> Channel:
    owner = repository.path.split("/", 1)[0]
    url = repository.clone_url.removesuffix(".git")
    link = form.format(
        url=quote(url, safe="", errors="replace"), owner=quote(owner, safe="", errors="replace")
    )
    return replace(channel, how=link, form=link)


def _places(repository: Repository, *, own: bool) -> str:
    """Return where a site may name its contact; `own` where it may be a Forgejo of its operator's own."""
    try:
        parts = urlsplit(repository.clone_url)
        host = (
            parts.netloc.rpartition("@")[2] if parts.scheme in {"http", "https"} else parts.hostname
        )
    except ValueError:
        host = None
    standard = web_link(f"https://{host}/.well-known/security.txt") if host else None
    button = "; on a Forgejo, the report button, where its operator has switched moderation on"
    return (
        f"{'its security.txt' if standard is None else standard} and the abuse contact of the site"
        f"{button if own else ''}"
    )
