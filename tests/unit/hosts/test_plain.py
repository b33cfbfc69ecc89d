"""A list of URLs becomes repositories."""

from __future__ import annotations

from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.plain import PlainGit
from crawler.model import LineSpan

_HOST = PlainGit(HostSettings(name="git.example", kind=HostKind.GIT, web_url="https://git.example"))


def test_urls_and_paths_become_repositories_once_each() -> None:
    lines = ["# mine", "", "https://git.example/team/app.git", "https://git.example/team/app/", "x"]

    page = _HOST.from_lines(lines)

    assert [(r.path, r.clone_url) for r in page.repositories] == [
        ("team/app", "https://git.example/team/app.git"),
        ("x", "https://git.example/x"),
    ]
    assert page.skipped == ()


def test_every_line_that_is_no_repository_of_the_host_is_said() -> None:
    lines = [
        "https://other.example/a/b",
        "https://git.example.evil.example/a",
        "https://git.example@evil.example/a",
        "ssh://git.example/a",
        "git@git.example:a/b",
        "ext::sh -c id",
        "file:///etc",
        "/etc/passwd",
        "https://git.example/../a",
        "https://git.example/a/%2e%2e/b",
        "https://git.example/a?b",
        "https://git.example/-a",
        "a b",
        "a\\b",
        "\u0430/b",
        "x" * 3000,
        "https://git.example/",
    ]

    page = _HOST.from_lines(lines)

    assert page.repositories == ()
    assert [s.context for s in page.skipped] == [f"line {n}" for n in range(1, 18)]


def test_a_password_in_a_list_is_not_repeated() -> None:
    page = _HOST.from_lines(["https://me:s3cret@git.example/a"])

    assert "s3cret" not in repr(page)


def test_a_line_is_named_beside_the_clone_url() -> None:
    link = _HOST.permalink(
        _HOST.repository("team/app.git"), "a" * 40, "sub dir/uv.lock", LineSpan(first=3, last=5)
    )

    assert link == f"https://git.example/team/app.git {'a' * 40} sub%20dir/uv.lock:3-5"
