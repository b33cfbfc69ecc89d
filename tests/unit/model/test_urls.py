from __future__ import annotations

import pytest

from crawler.model.urls import normalize, redact, redact_text

PLAIN = "https://files.index.example/packages/ab/zz-1.0.tar.gz"


@pytest.mark.parametrize(
    "url",
    [
        PLAIN,
        "https://files.index.example/pack\tages/ab/zz-1.0.tar.gz",
        "https://files.index.example/pack\r\nages/ab/zz-1.0.tar.gz",
        "ht\ttps://files.index.example/packages/ab/zz-1.0.tar.gz",
        "  https://files.index.example/packages/ab/zz-1.0.tar.gz\n",
        "https:\\\\files.index.example\\packages\\ab\\zz-1.0.tar.gz",
        "https:files.index.example/packages/ab/zz-1.0.tar.gz",
        "https:////files.index.example/packages/ab/zz-1.0.tar.gz",
        "https://files.index.example/x/../packages/./ab/zz-1.0.tar.gz",
        "https://files.index.example/../packages/ab/zz-1.0.tar.gz",
        "https://files.index.example/x/%2e%2E/packages/ab/zz-1.0.tar.gz",
        "HTTPS://FILES.Index.EXAMPLE/packages/ab/zz-1.0.tar.gz",
        "https://files.index.example:443/packages/ab/zz-1.0.tar.gz",
        "https://files.index.example:0443/packages/ab/zz-1.0.tar.gz",
        "https://files.index.example:/packages/ab/zz-1.0.tar.gz",
        "https://files.index.example./packages/ab/zz-1.0.tar.gz",
        "https://files\u3002index.example/packages/ab/zz-1.0.tar.gz",
        "https://\uff46iles.index.example/packages/ab/zz-1.0.tar.gz",
        "https://files%2Eindex.example/packages/ab/zz-1.0.tar.gz",
        "https://user:pw@files.index.example/packages/ab/zz-1.0.tar.gz",
        "https://a@b@files.index.example/packages/ab/zz-1.0.tar.gz",
        "https://files.index.example/%70ackages/ab/zz-1.0.tar.gz",
        "https://files.index.example/packages/ab/zz-1.0.tar.gz?x=1#sha256=00",
        "https://files.index.example/packages/ab/zz-1.0.tar.gz#a?b",
    ],
)
def test_every_spelling_an_installer_takes_is_one_url(url: str) -> None:
    assert normalize(url) == PLAIN


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://index.example:80/", "http://index.example/"),
        ("http://index.example:443/", "http://index.example:443/"),
        ("https://index.example", "https://index.example/"),
        ("https://[::1]:8443/a", "https://[::1]:8443/a"),
        ("https://index.example/a/..", "https://index.example/"),
        ("https://index.example/a%2Bb", "https://index.example/a+b"),
        ("git+https://git.example/zz.git#abc", "git+https://git.example/zz.git"),
        ("vendor/zz.whl?x", "vendor/zz.whl"),
        ("", ""),
    ],
)
def test_other_urls_keep_what_makes_them_different(url: str, expected: str) -> None:
    assert normalize(url) == expected


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (PLAIN, PLAIN),
        ("https://user:pw@index.example/simple", "https://index.example/simple"),
        ("https://token@index.example/simple", "https://index.example/simple"),
        ("https://${USER}:${PASS}@index.example/a", "https://index.example/a"),
        ("https://a@b:c@index.example/a", "https://index.example/a"),
        ("https:\\\\user:pw@index.example/a", "https:\\\\index.example/a"),
        ("https:user:pw@index.example/a", "https:index.example/a"),
        ("git+ssh://git@git.example/zz.git", "git+ssh://git.example/zz.git"),
        ("https://index.example/@scope/a", "https://index.example/@scope/a"),
        (
            "https://index.example/a?private_token=s3cret&x=1",
            "https://index.example/a?private_token=***&x=1",
        ),
        ("https://index.example/a?x=1#sha256=00", "https://index.example/a?x=1#sha256=00"),
        ("git.example:zz/a@b.git", "git.example:zz/a@b.git"),
    ],
)
def test_credentials_are_taken_out_and_the_rest_stays(url: str, kept: str) -> None:
    assert redact(url) == kept


def test_a_flood_of_query_marks_is_redacted_in_one_pass() -> None:
    url = "https://t@index.example/" + "?" * 1_000_000

    kept = redact(url)

    assert kept == "https://index.example/" + "?" * 1_000_000


def test_all_urls_of_a_line_are_redacted() -> None:
    line = 'a = "https://u:p@index.example/a", b = "x@y", c = "https://t@index.example/c"'

    assert (
        redact_text(line)
        == 'a = "https://index.example/a", b = "x@y", c = "https://index.example/c"'
    )
