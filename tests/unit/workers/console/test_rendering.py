"""Every value that a template shows passes one filter; only what says so itself becomes a link."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from jinja2 import UndefinedError

from crawler.model import CaseState
from workers.console.rendering import FOLDER, make_environment


def shown(template: str, **values: object) -> str:
    return make_environment().from_string(template).render(**values)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("<b>&", "&lt;b&gt;&amp;"),
        ("see https://evil.example/x", "see hxxps://evil[.]example/x"),
        ("a\u202eb\x1b[31m", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[31m"),
        (None, "\N{EN DASH}"),
        (True, "yes"),
        (0, "0"),
        (CaseState.NEEDS_LOOK, "needs-look"),
        (datetime(2026, 11, 22, 12, tzinfo=UTC), "2026-11-22 12:00:00 UTC"),
    ],
)
def test_a_value_is_shown_as_harmless_text(value: object, text: str) -> None:
    assert shown("{{ value }}", value=value) == text
    assert shown("<a title='{{ value }}'>", value=value) == f"<a title='{text}'>"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        'https://host.example/"onclick="x',
        "https://user@evil.example",
        "//evil.example",
        None,
    ],
)
def test_what_is_no_plain_web_address_becomes_no_link(url: str | None) -> None:
    assert shown("{{ outward(url, 'uv.lock <1>') }}", url=url) == "uv.lock &lt;1&gt;"


def test_a_link_outward_tells_nothing_of_us() -> None:
    assert shown("{{ outward('https://host.example/a?b&c', 'there') }}") == (
        '<a href="https://host.example/a?b&amp;c" rel="noreferrer noopener nofollow external">there</a>'
    )


@pytest.mark.parametrize(
    ("sentence", "html"),
    [
        ("`ghostcrawl verify` asks", "<code>ghostcrawl verify</code> asks"),
        ("a `b` c `d`", "a <code>b</code> c <code>d</code>"),
        ("one ` alone <b>", "one ` alone &lt;b&gt;"),
        (
            "`<script>` of https://evil.example",
            "<code>&lt;script&gt;</code> of hxxps://evil[.]example",
        ),
        (None, "\N{EN DASH}"),
    ],
)
def test_a_command_in_a_sentence_is_code_and_stays_harmless(
    sentence: str | None, html: str
) -> None:
    assert shown("{{ sentence | commands }}", sentence=sentence) == html


def test_a_name_that_nothing_was_loaded_for_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        shown("{{ missing }}")


def test_no_template_writes_a_bare_none_which_would_be_shown_as_that_word() -> None:
    templates = sorted((FOLDER / "templates").glob("*.html"))

    assert [one.name for one in templates if "{{ none }}" in one.read_text("utf-8")] == []
