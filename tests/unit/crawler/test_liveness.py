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


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://devpi.example/root/dev/+f/abc/zz-1.0.tar.gz#sha256=ab", True),
        ("http://devpi.example/packages/zz_ghost-1.0-py3-none-any.whl", True),
        ("https://devpi.example/zz-1.0.zip", True),
        ("https://devpi.example/root/dev/", False),
        ("https://devpi.example/root/+logout", False),
        ("https://devpi.example/root/?next=/a/zz-1.0.tar.gz", False),
        ("https://devpi.example/a%20b/zz-1.0.tar.gz", False),
        ("https://devpi.example:8443/f/zz-1.0.tar.gz", False),
        ("ftp://devpi.example/f/zz-1.0.tar.gz", False),
        ("https://evil.example/f/zz-1.0.tar.gz", False),
        ("http://files.index.example/f/zz-1.0.tar.gz", False),
        (f"http://files.index.example/packages/ab/ab/{HEX}/zz-1.0.tar.gz", False),
    ],
)
def test_a_further_registry_may_keep_a_distribution_at_any_plain_path(
    url: str,
    asked: bool,  # noqa: FBT001 - a column
) -> None:
    assert safe_url(url, HOSTS, {"devpi.example"}) == (url.partition("#")[0] if asked else None)
