"""How a repository is called that a redirect inside its host led to."""

from __future__ import annotations

import pytest

from crawler.git.moves import renamed
from crawler.model import Repository


@pytest.mark.parametrize(
    ("path", "before", "after", "called"),
    [
        ("a/b", "https://git.example/a/b", "https://git.example/a/b.git", "a/b"),
        ("a/b", "https://git.example/a/b.git", "https://git.example/c/d.git", "c/d"),
        ("a/b", "https://git.example/a/b/", "https://git.example/c/d", "c/d"),
        ("a/b", "https://git.example/cgit/a/b", "https://git.example/cgit/c", "c"),
        ("a/b", "https://git.example/cgit/a/b", "https://git.example/other/c", "a/b"),
        ("b", "https://git.example/a-b", "https://git.example/c", "b"),
    ],
)
def test_the_path_follows_the_url_where_the_url_ends_with_it(
    path: str, before: str, after: str, called: str
) -> None:
    repository = Repository(host="git.example", path=path, clone_url=before)

    assert renamed(repository, after) == Repository(
        host="git.example", path=called, clone_url=after
    )
