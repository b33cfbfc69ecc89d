"""What a feed's texts of versions name."""

from __future__ import annotations

import pytest

from crawler.errors import Malformed
from crawler.model import Ecosystem, ProjectKey, Subject
from feeds.subjects import release_of

GHOST = ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-ghost")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.0", "1.0"),
        (" 1.0\n", "1.0"),
        ("1!2.0-RC1", "1!2.0rc1"),
        ("build-7", "build-7"),
        ("*", None),
    ],
)
def test_a_version_or_every_one(text: str, version: str | None) -> None:
    assert release_of(GHOST, text, "record") == Subject(project=GHOST, version=version)


@pytest.mark.parametrize(
    "text",
    [">=1.0", "<2.0", "~=1.4", "^1.0.0", "=1.0", "1.*", "1.0,2.0", "1.0 || 2.0", "vers:pypi/>=1.0"],
)
def test_a_range_where_a_version_is_expected_is_told(text: str) -> None:
    with pytest.raises(Malformed, match=r"expected (?:a version|printable)"):
        release_of(GHOST, text, "record")
