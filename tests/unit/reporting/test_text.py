"""Foreign text in documents for people."""

from __future__ import annotations

import pytest

from crawler.reporting.text import defang, prose, web_link, without_folders


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://files.index.example/a.b", "hxxps://files[.]index[.]example/a.b"),
        ("HTTPS://files.index.example/a", "hxxpS://files[.]index[.]example/a"),
        ("git+http://git.example/a", "git+hxxp://git[.]example/a"),
        ("https:\\\\files.index.example", "hxxps:\\\\files.index.example"),
    ],
)
def test_no_spelling_of_a_url_stays_a_link(url: str, shown: str) -> None:
    assert defang(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "https://advisories.example/MAL-2026-1",
        "http://advisories.example",
        "https://advisories.example:8443/a?b=c#d",
        "https://git.example/?p=o/r;a=blob;f=a%20b/uv.lock;hb=1111#l3",
    ],
)
def test_an_address_of_the_web_is_a_link(url: str) -> None:
    assert web_link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "see the ticket",
        "ftp://advisories.example/a",
        "file:///srv/list.jsonl",
        "javascript:alert(1)",
        "https://advisories.example/a b",
        "https://advisories.example/a\nhttps://evil.example",
        "https://advisories.example/>[x](https://evil.example)",
        "https://advisories.example/`a`",
        "https://advisories.example@evil.example/",
        "https://advisories.example/\N{RIGHT-TO-LEFT OVERRIDE}",
        "https://git.example/team/app.git 1111 uv.lock:3-5",
    ],
)
def test_anything_else_is_no_link(url: str | None) -> None:
    assert web_link(url) is None


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("file:/srv/feeds/own.jsonl", "file:own.jsonl"),
        ("file:own lists/own.jsonl", "file:own.jsonl"),
        ("file:///srv/own.jsonl", "file:own.jsonl"),
        ("file:/srv/feeds/", "file:feeds"),
        ("misp:/srv/events", "misp:events"),
        ("misp:6e1a5a3c-0000-4000-8000-000000000000", "misp:6e1a5a3c-0000-4000-8000-000000000000"),
        ("stix:../bundle.json", "stix:bundle.json"),
        ("bigquery:~/rows.csv", "bigquery:rows.csv"),
        ("/srv/feeds/own.jsonl", "own.jsonl"),
        ("~/own.jsonl", "own.jsonl"),
        ("../own.jsonl", "own.jsonl"),
        ("acme-labs", "acme-labs"),
        ("2026-05 campaign/zz-ghost", "2026-05 campaign/zz-ghost"),
        ("https://advisories.example/a/b", "https://advisories.example/a/b"),
    ],
)
def test_a_source_keeps_its_name_and_loses_the_folders_of_this_machine(
    source: str, shown: str
) -> None:
    assert without_folders(source) == shown


def test_a_quoted_sentence_is_shown_as_it_stands() -> None:
    told = "see [here](https://evil.example/x) <b>\n# now\x1b[31m *you*"

    assert prose(told) == (
        "see \\[here\\](hxxps://evil\\[.\\]example/x) \\<b\\>\ufffd\\# now\ufffd\\[31m \\*you\\*"
    )
