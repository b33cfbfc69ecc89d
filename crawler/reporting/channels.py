"""Where an abuse desk takes reports, against which of its rules it may check one, and what it asks for.

A row holds what its source says and nothing else: none is looked up, and what a standard suggests is called so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from crawler.model import Ecosystem
from crawler.reporting.interface import mail_address
from crawler.reporting.text import web_link

if TYPE_CHECKING:
    from crawler.model import Repository

__all__ = ["CHANNELS", "PACKAGE_CHANNELS", "Channel", "channel_of"]

_IP_V4 = re.compile(r"[0-9.]+")


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
    return Channel(how=f"the abuse desk of {desk}")


CHANNELS: Mapping[str, Channel] = MappingProxyType(
    {
        "github.com": Channel(
            how="GitHub's form for reports, filled in",
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
        "dev.azure.com": Channel(
            how="the abuse portal of Microsoft, https://msrc.microsoft.com/report/abuse, 'URL - Malware'",
            clause="Microsoft's terms of use",
            asks="at most ten addresses in one report",
            source="the portal; Microsoft's blog, whats-new-in-the-msrc-report-abuse-portal-and-api, 2024-07",
        ),
        "git.sr.ht": Channel(
            how="the support contact that https://man.sr.ht/terms.md names; ask there for an address that is "
            "not public",
            clause="sourcehut's terms of service",
            source="man.sr.ht, terms.md: a mailing list for questions, none for abuse",
        ),
        "git.launchpad.net": Channel(
            how="a question at https://answers.launchpad.net/launchpad, which is public: ask there for a "
            "private contact",
            clause="Launchpad's terms of use",
            source="Launchpad's bug 45419",
        ),
        "gitee.com": _unknown("Gitee"),
        "pagure.io": _unknown("Pagure"),
    }
)
"""Host -> how its desk is reached."""

_SERVERS: Mapping[str, str] = MappingProxyType(
    {
        "forgejo": "the report button of this Forgejo, where its operator has switched moderation on; else the "
        "operator",
        "gitlab": "'Report abuse' on the owner's profile, which the administrators of this GitLab read; else "
        "they",
        "github": "the administrators of this GitHub server",
    }
)
"""Software of a host that stands in no row above (its word in the configuration) -> who reads reports there.
Sources: Forgejo's manual, admin/advanced/moderation; GitLab's, user/report_abuse.md."""

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


def channel_of(repository: Repository, software: Mapping[str, str]) -> Channel:
    """Return the channel of the host that `repository` lies on, its form filled in.

    `software` has the word of the configuration for what each host runs. Where no address is known, `how`
    says where one may be found; nothing is fetched from there.
    """
    known = CHANNELS.get(repository.host.lower())
    if known is not None and known.form is not None:
        return _filled_in(known, known.form, repository)
    if known is not None and known.source is not None:
        return known
    server = _SERVERS.get(software.get(repository.host, ""), "the operator of this host")
    desk = server if known is None else known.how
    return Channel(how=f"{desk}, no address known: {_places(repository)}")


def _filled_in(channel: Channel, form: str, repository: Repository) -> Channel:
    owner = repository.path.split("/", 1)[0]
    url = repository.clone_url.removesuffix(".git")
    link = form.format(
        url=quote(url, safe="", errors="replace"), owner=quote(owner, safe="", errors="replace")
    )
    return replace(channel, form=link)


def _places(repository: Repository) -> str:
    """Return where a site may name its contact, and the address that a standard suggests."""
    try:
        parts = urlsplit(repository.clone_url)
        name = parts.hostname or ""
        place = parts.netloc.rpartition("@")[2] if parts.scheme in {"http", "https"} else name
    except ValueError:
        name = place = ""
    standard = web_link(f"https://{place}/.well-known/security.txt") if place else None
    look = f"look for {'its security.txt' if standard is None else standard}"
    address = None if _IP_V4.fullmatch(name) else mail_address(f"abuse@{name}")
    if address is None:
        return look
    return f"{look}; {address} is what RFC 2142 suggests, and nobody has confirmed that it is read"
