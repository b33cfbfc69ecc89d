"""A crawl that lacks something says what, and never looks like one that found nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.terminal import OFFLINE, Terminal

_HOSTS = """
[hosts."github.example"]
kind = "github"
web_url = "https://github.example"
api_url = "https://api.github.example"
graphql_url = "https://api.github.example/graphql"
token_env = "ZZ_TOKEN"

[hosts."srht.example"]
kind = "sourcehut"
web_url = "https://git.srht.example"
token_env = "ZZ_TOKEN"
owners = ["~zz"]

[hosts."forge.example"]
kind = "forgejo"
web_url = "https://forge.example"
"""


@pytest.fixture
def user(seeded: Terminal) -> Terminal:
    """Someone who knows a ghost, and has hosts without any token."""
    file = seeded.folder / "ghostcrawl.toml"
    file.write_text(file.read_text("utf-8") + _HOSTS, "utf-8")
    return seeded


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (
            ["github.example", "--strategy", "code-search"],
            "github.example: no token; set ZZ_TOKEN: code search needs one",
        ),
        (
            ["srht.example"],
            "srht.example: no token; set ZZ_TOKEN: its list of repositories needs one",
        ),
        (["git.example"], "git.example: the host does not list its repositories"),
        (
            ["elsewhere.example"],
            "elsewhere.example: not configured: `ghostcrawl hosts add elsewhere.example --kind KIND",
        ),
        (
            ["forge.example", "--strategy", "code-search"],
            "forge.example: the host has no code search; add --strategy list",
        ),
    ],
)
def test_a_crawl_that_can_ask_nobody_ends_with_4_and_says_what_is_missing(
    words: list[str], missing: str, user: Terminal
) -> None:
    ran = user("crawl", *words)

    assert (ran.code, ran.out) == (4, "")
    assert f"nothing to crawl: {missing}" in ran.err


def test_a_crawl_of_all_hosts_without_any_ends_with_4(seeded: Terminal) -> None:
    file = seeded.folder / "ghostcrawl.toml"
    text = file.read_text("utf-8").replace(
        '[hosts."git.example"]\nkind = "git"\nweb_url = "https://git.example"\n', "[hosts]\n"
    )
    file.write_text(text, "utf-8")

    ran = seeded("crawl", "all")

    assert (ran.code, ran.out) == (4, "")
    assert "nothing to crawl: neither a configured host nor a list names any repository" in ran.err


def test_a_search_without_anything_to_search_for_ends_with_5(tmp_path: Path) -> None:
    user = Terminal.at(tmp_path, OFFLINE + _HOSTS, ZZ_TOKEN="zz-token")

    ran = user("crawl", "github.example", "--strategy", "code-search")

    assert (ran.code, ran.out) == (5, "")
    assert "nothing is known to search for; run seed --from all" in ran.err


def test_a_list_that_names_nothing_ends_with_4(user: Terminal, tmp_path: Path) -> None:
    (tmp_path / "urls.txt").write_text("# nothing yet\n\n", "utf-8")

    ran = user("crawl", "--repos", str(tmp_path / "urls.txt"))

    assert ran.code == 4
    assert "nothing to crawl" in ran.err


def test_lines_that_name_no_repository_are_said_and_end_with_3(
    user: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "urls.txt").write_text("ftp://git.example/zz/one\n", "utf-8")

    ran = user("crawl", "--repos", str(tmp_path / "urls.txt"), "--workers", "1")

    assert ran.code == 3
    assert "line 1: " in ran.err


def test_a_list_may_begin_with_a_byte_order_mark(user: Terminal, tmp_path: Path) -> None:
    (tmp_path / "urls.txt").write_bytes(b"\xef\xbb\xbf# a comment\n")

    ran = user("crawl", "--repos", str(tmp_path / "urls.txt"))

    assert "line 1" not in ran.err
