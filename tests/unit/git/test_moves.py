"""How a repository is called that a redirect inside its host led to."""

from __future__ import annotations

import pytest

from crawler.errors import Refused
from crawler.git.moves import moved, renamed
from crawler.git.urls import parse_repository_url
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


@pytest.mark.parametrize("place", ["git.example:8443", "other.example"])
def test_a_redirect_to_another_trusted_origin_is_refused(place: str) -> None:
    trusted = {"git.example", "git.example:8443", "other.example"}
    asked = parse_repository_url("https://git.example/a/b", trusted)
    end = "/info/refs?service=git-upload-pack"
    refused = Refused("a redirect", asked=f"{asked}{end}", location=f"https://{place}/a/b.git{end}")

    with pytest.raises(Refused):
        moved(asked, refused, trusted)
