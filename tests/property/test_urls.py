"""The short way through `normalize` gives what the long one gives."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import example, given

from crawler.model.urls import _normalized, normalize

_SPELLED = st.text("abzAZ09.-_+~/:@%?#\\ \t", max_size=40)


@given(scheme=st.sampled_from(["http", "https", "HTTPS"]), rest=_SPELLED)
@example(scheme="https", rest="files.index.example/packages/ab/zz-1.0.tar.gz")
@example(scheme="https", rest="files.index.example/a/../b")
@example(scheme="https", rest="files.index.example./a")
@example(scheme="https", rest="files.index.example//a/.b/c.")
def test_a_plain_url_is_given_back_as_the_long_way_would(scheme: str, rest: str) -> None:
    url = f"{scheme}://{rest}"

    assert normalize(url) == _normalized(url)
