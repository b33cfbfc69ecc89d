"""Names that may become part of a URL."""

from __future__ import annotations

import pytest

from crawler.errors import Refused
from crawler.hosts.checked_names import (
    checked_commit,
    checked_repository_path,
    quoted_file_path,
)


@pytest.mark.parametrize("path", ["octo/hello", "octo-org/.github", "a/b.c_d", "a_b/x"])
def test_an_ordinary_name_is_kept(path: str) -> None:
    assert checked_repository_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "octo", "a/b/c", "../b", "a/..", "a/.", "a/b.git", "-a/b", "a/b?x", "a/b#c", "a b/c",
     "a/b\n", "a/%2e%2e", "\u0430/b", "a//b", "a/b@c", "a\\b/c", "x" * 200 + "/y"],
)  # fmt: skip
def test_a_hostile_repository_name_is_refused(path: str) -> None:
    with pytest.raises(Refused):
        checked_repository_path(path)


@pytest.mark.parametrize("commit", ["main", "a" * 39, "A" * 40, "a" * 41, "a" * 40 + "\n"])
def test_a_commit_is_a_full_object_id(commit: str) -> None:
    with pytest.raises(Refused):
        checked_commit(commit)


def test_a_file_path_is_percent_encoded_with_its_undecodable_bytes() -> None:
    quoted = quoted_file_path("a b/#1?/\udcff\n/uv.lock")

    assert quoted == "a%20b/%231%3F/%FF%0A/uv.lock"


@pytest.mark.parametrize("path", ["../uv.lock", "a/./uv.lock", "/uv.lock", "a//b", "", "\ud800"])
def test_a_file_path_that_a_browser_would_fold_is_refused(path: str) -> None:
    with pytest.raises(Refused):
        quoted_file_path(path)
