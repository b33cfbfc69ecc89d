from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.lockfiles.artifacts import file_name
from crawler.lockfiles.plain_urls import plain_file_name
from crawler.model.urls import redact


def test_a_plain_url_gives_its_last_segment() -> None:
    url = "https://registry.npm.example/@zz/ghost/-/ghost-1.0.0.tgz"

    assert plain_file_name(url) == "ghost-1.0.0.tgz"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https://registry.npm.example",
        "https://registry.npm.example/",
        "http://registry.npm.example/a.tgz",
        "https://user:pw@registry.npm.example/a.tgz",
        "https://registry.npm.example/a.tgz?token=x",
        "https://registry.npm.example/a.tgz#sha1",
        "https://registry.npm.example/a%2etgz",
        "https://registry.npm.example/\\a.tgz",
        "https://registry.npm.example/a\t.tgz",
        "https://registry.npm.example//user@x/a.tgz",
        "https:///user@registry.npm.example/a.tgz",
    ],
)
def test_any_other_takes_a_closer_look(url: str) -> None:
    assert plain_file_name(url) is None


@given(st.text(alphabet="ab./:@?#&%=\\2e \t~", max_size=24))
@example(":@")
@example("a/b://c@d/e")
def test_what_is_plain_is_kept_as_it_is(rest: str) -> None:
    url = f"https://{rest}"
    name = plain_file_name(url)

    if name is not None:
        assert (redact(url), file_name(url)) == (url, name)
