"""Repositories named by their folder."""

from __future__ import annotations

import pytest

from crawler.errors import Refused
from crawler.hosts.folders import folder_repository, quoted_folder
from crawler.hosts.interface import HostKind, HostSettings

_SETTINGS = HostSettings(name="git.example", kind=HostKind.GIT, web_url="https://git.example/cgit")


def test_a_repository_keeps_the_name_that_the_host_gives_it() -> None:
    repository = folder_repository(_SETTINGS, "https://git.example/git", "team/app.git")

    assert repository.path == "team/app.git"
    assert repository.clone_url == "https://git.example/git/team/app.git"
    assert repository.host == "git.example"


@pytest.mark.parametrize(
    ("path", "quoted"),
    [
        ("a", "a"),
        ("a/b/c.git", "a/b/c.git"),
        ("x+y~z.git", "x+y~z.git"),
        ("d e.git", "d%20e.git"),
        ("odd%20name", "odd%2520name"),
        ("u\u00e9", "u%C3%A9"),
        ("<b>&;?#'", "%3Cb%3E%26%3B%3F%23%27"),
    ],
)
def test_a_name_is_percent_encoded_for_a_url(path: str, quoted: str) -> None:
    assert quoted_folder(path) == quoted


@pytest.mark.parametrize(
    "path",
    ["", "/", "/etc", "a/", "a//b", "..", "a/../b", "a/./b", "a/.git", "-a", "a/--upload-pack=x",
     " a", "a ", "a\\b", "a\nb", "a\x1bb", "a\u202eb", "\udcff", "x" * 256, "\u00e9" * 128,
     "a/" * 20 + "a"],
)  # fmt: skip
def test_a_name_that_is_more_than_a_folder_is_refused(path: str) -> None:
    with pytest.raises(Refused):
        quoted_folder(path)
