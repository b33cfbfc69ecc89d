"""Where each desk is told: by what is known of it, and by nothing that was guessed."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.hosts.interface import HostKind
from crawler.model import Repository
from crawler.reporting.channels import CHANNELS, channel_of
from tests.unit.reporting.hostile import TRAPS
from tests.unit.reporting.letters import confirmed, found, letter
from tests.values import REPOSITORY


def on(host: str, path: str = "acme/task") -> Repository:
    return Repository(host=host, path=path, clone_url=f"https://{host}/{path}.git")


def test_the_form_of_github_is_filled_in() -> None:
    link = urlsplit(channel_of(on("github.com", "a&b/x?y"), {}).form or "")

    assert link.hostname == "github.com"
    assert parse_qs(link.query) == {
        "content_url": ["https://github.com/a&b/x?y"],
        "report": ["a&b (user)"],
    }


UNKNOWN = (
    ", no address known: look for https://{0}/.well-known/security.txt; abuse@{0} is what RFC 2142 "
    "suggests, and nobody has confirmed that it is read"
)


DESKS = (
    ("github.com", "github", "GitHub's form for reports, filled in", None),
    (
        "gitlab.com",
        "gitlab",
        "mail to abuse@gitlab.com, or 'Report abuse' on the profile",
        "abuse@gitlab.com",
    ),
    (
        "codeberg.org",
        "forgejo",
        "the 'Report content' button, else mail to abuse@codeberg.org",
        "abuse@codeberg.org",
    ),
    (
        "bitbucket.org",
        "bitbucket",
        (
            "the abuse desk of Atlassian; notes of third parties say abuse@atlassian.com, so look whether its "
            "own pages confirm that"
        ),
        None,
    ),
    (
        "dev.azure.com",
        "azure",
        "the abuse portal of Microsoft, https://msrc.microsoft.com/report/abuse, 'URL - Malware'",
        None,
    ),
    (
        "git.sr.ht",
        "sourcehut",
        (
            "the support contact that https://man.sr.ht/terms.md names; ask there for an address that is not "
            "public"
        ),
        None,
    ),
    (
        "git.launchpad.net",
        "launchpad",
        (
            "a question at https://answers.launchpad.net/launchpad, which is public: ask there for a private "
            "contact"
        ),
        None,
    ),
    ("gitee.com", "gitee", "the abuse desk of Gitee" + UNKNOWN, None),
    ("pagure.io", "pagure", "the abuse desk of Pagure" + UNKNOWN, None),
    ("code.example", "github", "the administrators of this GitHub server" + UNKNOWN, None),
    (
        "code.example",
        "gitlab",
        "'Report abuse' on the owner's profile, which the administrators of this GitLab read; else they"
        + UNKNOWN,
        None,
    ),
    (
        "code.example",
        "forgejo",
        "the report button of this Forgejo, where its operator has switched moderation on; else the "
        "operator" + UNKNOWN,
        None,
    ),
    *(
        ("code.example", kind, "the operator of this host" + UNKNOWN, None)
        for kind in HostKind
        if kind not in {HostKind.GITHUB, HostKind.GITLAB, HostKind.FORGEJO}
    ),
    ("code.example", None, "the operator of this host" + UNKNOWN, None),
)


@pytest.mark.parametrize(("host", "software", "how", "address"), DESKS)
def test_each_host_is_told_by_what_is_known_of_it_and_of_what_it_runs(
    host: str, software: str | None, how: str, address: str | None
) -> None:
    channel = channel_of(on(host), {} if software is None else {host: software})

    assert (channel.how, channel.address) == (how.format(host), address)


def test_no_host_of_the_channel_data_is_missing_above() -> None:
    assert {host for host, *_ in DESKS} == {*CHANNELS, "code.example"}


SUGGESTED = (
    "; abuse@code.example is what RFC 2142 suggests, and nobody has confirmed that it is read"
)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (
            "https://code.example:3000/a/b.git",
            f"https://code.example:3000/.well-known/security.txt{SUGGESTED}",
        ),
        (
            "ssh://git@code.example:22/a/b.git",
            f"https://code.example/.well-known/security.txt{SUGGESTED}",
        ),
        ("git://code.example/a/b.git", f"https://code.example/.well-known/security.txt{SUGGESTED}"),
        (
            "https://me:pass@code.example/a/b.git",
            f"https://code.example/.well-known/security.txt{SUGGESTED}",
        ),
        ("https://192.0.2.7/a/b.git", "https://192.0.2.7/.well-known/security.txt"),
        ("https://[2001:db8::7]/a/b.git", "its security.txt"),
        ("https://[bad/a/b.git", "its security.txt"),
        ("https://code.example)[x](javascript:1/a/b.git", "its security.txt"),
    ],
)
def test_the_places_to_look_are_plain_addresses_of_the_host(url: str, place: str) -> None:
    how = channel_of(replace(REPOSITORY, clone_url=url), {}).how

    assert how == f"the operator of this host, no address known: look for {place}"


def test_every_row_says_where_it_was_seen_or_that_nothing_is_known() -> None:
    for channel in CHANNELS.values():
        assert channel.source or (channel.address, channel.form, channel.asks) == (None, None, None)


@pytest.mark.parametrize("host", ["gitlab.com", "git.example", "bitbucket.org"])
def test_a_letter_is_addressed_to_the_desk_and_has_no_notes_for_its_sender(host: str) -> None:
    said = letter(found(confirmed(), repository=on(host)))

    assert f"\nTo: the abuse desk of `{host}`\nCase: " in said
    assert re.search("asks for|no address known|RFC 2142|third parties|mail to", said) is None


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("host", ["github.com", "gitlab.com", "git.example"])
def test_a_hostile_path_stays_on_its_line(host: str, trap: str) -> None:
    channel = channel_of(on(host, f"o{trap}/x"), {})

    assert (channel.how + (channel.form or "")).isprintable()
