"""Repositories named by their folder."""

from __future__ import annotations

import pytest

from crawler.errors import Refused
from crawler.hosts.checked_names import checked_folder, quoted_folder


def test_a_repository_keeps_the_name_that_the_host_gives_it() -> None:
    assert checked_folder("team/app.git") == "team/app.git"


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
    for refuse in (checked_folder, quoted_folder):
        with pytest.raises(Refused, match="invalid repository path"):
            refuse(path)
