"""Where a liveness check may go: to the registry's own files, and nowhere else."""

from __future__ import annotations

import pytest

from crawler.liveness import check, safe_url
from crawler.net import Http
from tests.values import NOW, URL

HOSTS = {"files.index.example"}
HEX = "ab" * 30


def test_a_file_of_the_registry_is_asked_about_as_it_is() -> None:
    assert safe_url(URL, HOSTS) == URL


def test_a_mirror_keeps_the_folder_before_the_packages() -> None:
    url = f"https://mirror.example/pypi/web/packages/ab/ab/{HEX}/zz-1.0.tar.gz"

    assert safe_url(url, {"mirror.example"}) == url


@pytest.mark.parametrize(
    "url",
    [
        f"https://files.index.example/packages/ab/ab/{HEX}/zz-1.0.tar.gz?token=1#x",
        f"https://user:secret@files.index.example/packages/ab/ab/{HEX}/zz-1.0.tar.gz",
        f"https://FILES.index.example:443/packages/ab/ab/{HEX}/zz-1.0.tar.gz",
        f"https://files.index.example./packages/ab/ab/{HEX}/zz-1.0.tar.gz",
        f"https://files\N{IDEOGRAPHIC FULL STOP}index.example/packages/ab/ab/{HEX}/zz-1.0.tar.gz",
        f"https:\\\\files.index.example/x/../packages/ab/ab/{HEX}/zz-1.0.tar.gz",
        f"https://files.index\t.example/packages/ab/ab/{HEX}/zz-1.0\n.tar.gz",
        f"https://files.index.example/%70ackages/ab/ab/{HEX}/zz-1.0.tar.gz",
    ],
)
def test_every_spelling_of_a_registry_file_is_rebuilt_into_one(url: str) -> None:
    assert safe_url(url, HOSTS) == f"https://files.index.example/packages/ab/ab/{HEX}/zz-1.0.tar.gz"


@pytest.mark.parametrize(
    "url",
    [
        f"http://files.index.example/packages/ab/ab/{HEX}/zz-1.0.tar.gz",
        f"https://files.index.example:8443/packages/ab/ab/{HEX}/zz-1.0.tar.gz",
        f"https://cdn.example/packages/ab/ab/{HEX}/zz-1.0.tar.gz",
        f"https://files.index.example@cdn.example/packages/ab/ab/{HEX}/zz-1.0.tar.gz",
        f"https://127.0.0.1/packages/ab/ab/{HEX}/zz-1.0.tar.gz",
        f"https://[::1]/packages/ab/ab/{HEX}/zz-1.0.tar.gz",
        f"file:///packages/ab/ab/{HEX}/zz-1.0.tar.gz",
        "https://files.index.example/packages/ab/ab/abc/zz-1.0.tar.gz",
        "https://files.index.example/simple/zz/",
        f"https://files.index.example/packages/ab/ab/{HEX}/",
        f"https://files.index.example/packages/ab/ab/{HEX}/../../x",
        f"https://files.index.example/packages/ab/ab/{HEX}/zz%0d%0aHost:x",
        f"https://files.index.example/packages/ab/ab/{HEX}/%2e%2e%2fx",
        f"https://files.index.example/a b/packages/ab/ab/{HEX}/zz-1.0.tar.gz",
        "",
        "zz-1.0.tar.gz",
    ],
)
def test_nothing_else_is_ever_asked(url: str) -> None:
    assert safe_url(url, HOSTS) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (
            f"https://cdn.example/packages/ab/ab/{HEX}/zz-1.0.tar.gz",
            "its host is neither a file host of the registry nor a known mirror",
        ),
        (
            "https://files.index.example/zz/-/zz-1.0.tgz",
            "its address does not have the form of a file in the index",
        ),
        (
            f"http://files.index.example/packages/ab/ab/{HEX}/zz-1.0.tar.gz",
            "its address is not https",
        ),
    ],
)
def test_what_is_not_asked_says_why(url: str, why: str) -> None:
    answer = check(Http(agent="test"), url, HOSTS, NOW)

    assert answer.status is None
    assert answer.why == f"not asked: {why}"
