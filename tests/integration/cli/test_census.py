"""`ghostcrawl census`: tables, one document, one page. It asks nobody."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

from tests.integration.conftest import Played
from tests.servers.terminal import Terminal

_LOADS = {"script", "link", "img", "iframe", "object", "embed", "base", "form", "audio", "video"}


class _Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.attributes = set[str](), set[tuple[str, str]]()
        self.captions, self.row_headings = 0, 0
        self.style, self._in_style = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update((name, value or "") for name, value in attrs)
        self.captions += tag == "caption"
        self.row_headings += ("scope", "row") in attrs
        self._in_style = tag == "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.style += data

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False


def read(page: str) -> _Page:
    found = _Page()
    found.feed(page)
    return found


def test_the_census_of_a_played_world_is_a_table_a_document_and_a_page(
    played: Played, tmp_path: Path
) -> None:
    user = played.go_on(tmp_path / "user").user
    before = played.stage.server.traffic()

    shown, told, page = (user("census", "--format", s) for s in ("table", "json", "html"))

    assert (shown.code, told.code, page.code) == (0, 0, 0)
    assert played.stage.server.traffic() == before
    (document,) = told.rows
    named = [row for row in document["months"] if row["happening"] == "named"]
    assert sum(row["projects"] for row in named) > 1
    ways = {row["way"]: row["repositories"] for row in document["pinning"]["ways"]}
    assert ways["list"]["of"] > ways["list"]["hits"] > 0
    every = document["pinning"]["repositories"]
    assert every["of"] == sum(share["of"] for share in ways.values())
    served = document["still_served"]["files"]
    assert served["of"] > 0
    row = rf"^pinned files +{served['hits']} +{served['of']} "
    assert re.search(row, shown.out, re.MULTILINE)
    assert "no way of finding repositories is one" in shown.out.lower()


def test_the_page_loads_nothing_and_its_policy_allows_its_own_style_only(seeded: Terminal) -> None:
    page = read(seeded("census", "--format", "html").out)

    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    policy = next(value for name, value in page.attributes if value.startswith("default-src"))
    assert not page.tags & _LOADS
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in policy
    assert not {name for name, _ in page.attributes} & {"style", "src", "href", "srcset"}
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "url(" not in page.style
    assert "@import" not in page.style
    assert "prefers-color-scheme: dark" in page.style


def test_every_chart_says_what_it_shows_and_has_a_table_beside_it(seeded: Terminal) -> None:
    page = read(seeded("census", "--format", "html").out)

    assert "svg" in page.tags
    assert ("role", "img") in page.attributes
    labels = {value for name, value in page.attributes if name == "aria-labelledby"}
    assert labels <= {value for name, value in page.attributes if name == "id"}
    assert page.captions >= 4
    assert page.row_headings >= 4
    assert ("lang", "en") in page.attributes


def test_nothing_is_known_of_a_new_ledger_and_that_is_said(terminal: Terminal) -> None:
    shown = terminal("census")
    page = terminal("census", "--format", "html")

    assert (shown.code, page.code) == (0, 0)
    assert "nothing to count" in shown.out
    assert "no journal of an index" in shown.out
    assert "No file was asked yet" in page.out


def test_the_query_names_accused_projects_and_the_table_that_is_asked_for(seeded: Terminal) -> None:
    ran = seeded("census", "--print-sql", "--since", "2026-01-02", "--table", "mine.copy.downloads")

    assert ran.code == 0
    assert "FROM `mine.copy.downloads`" in ran.out
    assert "timestamp >= TIMESTAMP('2026-01-02')" in ran.out
    assert "details.installer.name" in ran.out
    assert re.findall(r"'(zz-[a-z-]+)'", ran.out)
    assert "`ghostcrawl census --downloads FILE`" in ran.err


def test_the_result_of_the_query_is_counted_by_installer(seeded: Terminal, tmp_path: Path) -> None:
    result = tmp_path / "result.jsonl"
    result.write_text(
        '{"name": "zz-ghost-wallet", "version": "1.0.0", "installer": "uv", "month": "2026-11", "downloads": "12"}\n'
        '{"name": "zz-ghost-wallet", "version": "1.0.0", "installer": "pip", "month": "11/2026", "downloads": "3"}\n'
    )

    told = seeded("census", "--format", "json", "--downloads", str(result))
    page = seeded("census", "--format", "html", "--downloads", str(result)).out

    (document,) = told.rows
    (installer,) = document["downloads"]["installers"]
    assert (installer["installer"], installer["downloads"], installer["releases"]) == ("uv", 12, 1)
    assert len(document["downloads"]["skipped"]) == 1
    assert "Rows that could not be read: 1." in page


def test_a_file_that_is_no_result_is_refused_with_the_missing_columns(
    seeded: Terminal, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("name,version\nzz-ghost-wallet,1.0.0\n")

    ran = seeded("census", "--downloads", str(wrong))

    assert (ran.code, ran.out) == (5, "")
    assert "expected a CSV header with installer, month, downloads" in ran.err


def test_a_sample_of_files_is_asked_about_by_head_alone(played: Played, tmp_path: Path) -> None:
    user = played.go_on(tmp_path / "user").user
    before = played.stage.requests("files.index.example")

    told = user("census", "--format", "json", "--sample", "5")

    (document,) = told.rows
    sampled = document["sampled"]
    assert sampled["known"] > 5
    assert sampled["served"]["of"] + sampled["not_answered"] == 5
    assert sampled["served"]["hits"] > 0
    assert played.stage.requests("files.index.example") - before == sampled["served"]["of"]
    assert played.stage.server.traffic().file_downloads == 0


def test_a_wrong_table_a_wrong_span_and_options_without_the_query_end_with_2(
    seeded: Terminal,
) -> None:
    table = seeded("census", "--print-sql", "--table", "a`; DROP TABLE b; --")
    span = seeded("census", "--print-sql", "--since", "2099-01-01")
    alone = seeded("census", "--since", "2026-01-01")

    assert (table.code, span.code, alone.code) == (2, 2, 2)
    assert "expected project.dataset.table" in table.err
    assert "invalid span" in span.err
    assert (table.out, span.out, alone.out) == ("", "", "")


def test_the_document_is_one_line_of_json_with_every_number(seeded: Terminal) -> None:
    told = json.loads(seeded("census", "--format", "json").out)

    assert set(told) == {
        "made_at",
        "projects",
        "months",
        "stays",
        "flash_ghosts",
        "journal",
        "pinning",
        "still_served",
        "lifetimes",
        "sampled",
        "downloads",
    }
