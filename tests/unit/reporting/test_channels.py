"""Where each desk is told: by what is known of it, and by nothing that was guessed."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.model import Repository
from crawler.reporting.channels import CHANNELS, channel_of
from tests.unit.reporting.hostile import TRAPS
from tests.unit.reporting.letters import confirmed, found, letter
from tests.values import REPOSITORY


def on(host: str, path: str = "acme/task") -> Repository:
    return Repository(host=host, path=path, clone_url=f"https://{host}/{path}.git")


def test_the_form_of_github_is_filled_in() -> None:
    link = urlsplit(channel_of(on("github.com", "a&b/x?y")).how)

    assert link.hostname == "github.com"
    assert parse_qs(link.query) == {
        "content_url": ["https://github.com/a&b/x?y"],
        "report": ["a&b (user)"],
    }


@pytest.mark.parametrize(
    ("host", "address"),
    [("gitlab.com", "abuse@gitlab.com"), ("codeberg.org", "abuse@codeberg.org")],
)
def test_a_desk_that_takes_mail_has_its_address(host: str, address: str) -> None:
    channel = channel_of(on(host))

    assert channel.address == address
    assert f"mail to {address}" in channel.how


@pytest.mark.parametrize(
    "host",
    [
        "github.com",
        "bitbucket.org",
        "git.sr.ht",
        "gitee.com",
        "dev.azure.com",
        "git.launchpad.net",
        "pagure.io",
        "forgejo.example",
        "gitlab.example",
    ],
)
def test_no_mail_goes_where_no_source_of_the_host_names_an_address(host: str) -> None:
    assert channel_of(on(host)).address is None


@pytest.mark.parametrize(
    ("host", "desk"),
    [
        ("git.sr.ht", "sourcehut"),
        ("gitee.com", "Gitee"),
        ("dev.azure.com", "Azure DevOps"),
        ("git.launchpad.net", "Launchpad"),
        ("pagure.io", "Pagure"),
    ],
)
def test_a_desk_of_which_nothing_is_known_is_named_with_the_places_to_look(
    host: str, desk: str
) -> None:
    assert channel_of(on(host)).how == (
        f"the abuse desk of {desk}: no address known; look for "
        f"https://{host}/.well-known/security.txt and the abuse contact of the site"
    )


def test_a_site_of_its_own_may_have_a_report_button() -> None:
    how = channel_of(on("code.example:3000")).how

    assert "https://code.example:3000/.well-known/security.txt" in how
    assert "on a Forgejo, the report button" in how


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("ssh://git@code.example:22/a/b.git", "https://code.example/.well-known/security.txt"),
        ("git://code.example/a/b.git", "https://code.example/.well-known/security.txt"),
        ("https://me:pass@code.example/a/b.git", "https://code.example/.well-known/security.txt"),
        ("https://[bad/a/b.git", "its security.txt"),
        ("https://code.example)[x](javascript:1/a/b.git", "its security.txt"),
    ],
)
def test_the_place_to_look_is_a_plain_address_of_the_host(url: str, place: str) -> None:
    how = channel_of(replace(REPOSITORY, clone_url=url)).how

    assert f"look for {place} and" in how


def test_every_row_says_where_it_was_seen_or_that_nothing_is_known() -> None:
    for channel in CHANNELS.values():
        assert channel.source or "no address known" in channel.how
        assert channel.source or (channel.address, channel.form, channel.asks) == (None, None, None)


def test_the_letter_says_what_the_desk_asks_for() -> None:
    said = letter(found(confirmed(), repository=on("gitlab.com")))

    assert (
        "To: mail to abuse@gitlab.com, or 'Report abuse' on the profile\n"
        "The desk asks for: a detailed report; one with insufficient information is closed\n"
        "Case: "
    ) in said


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("host", ["github.com", "gitlab.com", "git.example"])
def test_a_hostile_path_stays_on_its_line(host: str, trap: str) -> None:
    how = channel_of(on(host, f"o{trap}/x")).how

    assert how.isprintable()
