"""Names with more or other parts than owner/name."""

from __future__ import annotations

import pytest

from crawler.errors import Refused
from crawler.git.urls import parse_repository_url
from crawler.hosts.checked_names import checked_nested_path, checked_project_and_name


@pytest.mark.parametrize(
    "path", ["a/b", "a/b/c", "_a/.b/c-d_e.f", "/".join("abcdefghijklmnopqrstu")]
)
def test_a_project_lies_up_to_twenty_groups_deep(path: str) -> None:
    assert checked_nested_path(path) == path
    assert parse_repository_url(f"https://git.example/{path}.git").path == f"/{path}.git"


@pytest.mark.parametrize(
    "path",
    ["", "a", "a/", "/a", "a//b", "a/../b", "a/./b", "../a", "a/b.git", "a.git/b", "a/b.atom",
     "-a/b", "a/-/b", "a/b?x", "a/b#c", "a b/c", "a/b\n", "a/%2e%2e/b", "\u0430/b", "a\\b/c",
     "a/b@c", "x" * 256 + "/y", "/".join("abcdefghijklmnopqrstuv")],
)  # fmt: skip
def test_a_hostile_project_path_is_refused(path: str) -> None:
    with pytest.raises(Refused):
        checked_nested_path(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("web/shop", ("web", "shop")),
        ("My Project/my repo (old)", ("My Project", "my repo (old)")),
        ("web/_git/shop", ("web", "shop")),
        ("\u043f\u0440\u043e\u0435\u043a\u0442/caf\u00e9 100%", ("\u043f\u0440\u043e\u0435\u043a\u0442", "caf\u00e9 100%")),
        ("x" * 64 + "/y", ("x" * 64, "y")),
    ],
)  # fmt: skip
def test_a_project_and_its_repository_may_hold_blanks(path: str, expected: tuple[str, str]) -> None:
    assert checked_project_and_name(path) == expected


@pytest.mark.parametrize(
    "path",
    ["", "a", "a/", "/a", "a/b/c", "a/../b", "../b", "a/..", "./b", "_git/b", "a/_b", ".a/b", "a/b.",
     "-a/b", " a/b", "a/b ", "a/b\n", "a\t/b", "a/b?c", "a/b#c", "a/b*", "a/b:c", "a/b\\c", "a/<b>",
     "a/b\u202ec", "a/b\u200bc", "a/b\u00a0c", "a/\ud800", "a/b;c", "a/b=c", "x" * 65 + "/y"],
)  # fmt: skip
def test_a_hostile_project_or_repository_name_is_refused(path: str) -> None:
    with pytest.raises(Refused):
        checked_project_and_name(path)
