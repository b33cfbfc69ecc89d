"""The list of a gitweb that misbehaves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.errors import Defer, GhostcrawlError, Gone, Private, Refused, Retry
from crawler.hosts.gitweb import Gitweb
from crawler.hosts.interface import HostKind, HostSettings
from crawler.model import LineSpan
from tests.servers.api import Reply
from tests.servers.cgit_pages import html_reply
from tests.servers.stage import TOKEN, Script, Stage

_COMMIT = "c" * 40


def _gitweb(on: Stage) -> Gitweb:
    settings = HostSettings(
        name="git.example",
        kind=HostKind.GIT,
        web_url=f"{on.server.base_url}/gitweb",
        api_url="https://git.example/git",
        token=TOKEN,
        trusted=True,
    )
    return Gitweb(settings, on.http)


def _index(body: bytes) -> Reply:
    """As git 2.39.5 sends it, but for a space that HTTP allows before `;`."""
    return Reply(
        headers={
            "content-type": "text/plain ; charset=utf-8",
            "content-disposition": 'inline; filename="index.aux"',
        },
        body=body,
    )


def test_names_are_decoded_and_owners_are_dropped(stage: Callable[[Script], Stage]) -> None:
    body = b"plain some+body\nteam/deep/d+e.git x\nx%2By%7Ez.git x\nu%C3%A9.git x\nodd%2520name x\n"
    on = stage(lambda _: _index(body))

    page = _gitweb(on).list(None)

    assert [(r.path, r.clone_url) for r in page.repositories] == [
        ("plain", "https://git.example/git/plain"),
        ("team/deep/d e.git", "https://git.example/git/team/deep/d%20e.git"),
        ("x+y~z.git", "https://git.example/git/x+y~z.git"),
        ("u\u00e9.git", "https://git.example/git/u%C3%A9.git"),
        ("odd%20name", "https://git.example/git/odd%2520name"),
    ]
    assert (page.next_cursor, page.skipped) == (None, ())
    assert "body" not in repr(page)
    assert on.server.asked[0].query == {"a": "project_index"}
    assert "authorization" not in on.server.asked[0].headers


def test_a_line_that_is_no_repository_is_said_and_the_rest_is_listed(
    stage: Callable[[Script], Stage],
) -> None:
    lines = [b"../evil x", b"%2e%2e/evil x", b"a%0ab x", b"a%ZZ x", b"\xff x", b"%ff x", b" x"]
    on = stage(lambda _: _index(b"\n".join([*lines, b"good x", b"good y", b"bare\r", b""])))

    page = _gitweb(on).list(None)

    assert [r.path for r in page.repositories] == ["good", "bare"]
    assert [s.context for s in page.skipped] == [f"line {n} of the list" for n in range(1, 8)]


def test_an_empty_list_is_a_list(stage: Callable[[Script], Stage]) -> None:
    page = _gitweb(stage(lambda _: _index(b""))).list(None)

    assert (page.repositories, page.skipped) == ((), ())


def test_a_list_beyond_all_reason_is_cut_and_that_is_said(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda _: _index(b"a x\n" * 100_002))

    page = _gitweb(on).list(None)

    assert [r.path for r in page.repositories] == ["a"]
    assert [s.context for s in page.skipped] == ["lines 100001 to 100002 of the list"]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(status=429, headers={"retry-after": "9"}), Defer),
        (Reply(status=500), Retry),
        (html_reply("<html>under repair</html>"), Retry),
        (Reply(body=b"a x\n"), Retry),
        (html_reply("404 - No such project", status=404), Gone),
        (Reply(status=403), Private),
        (Reply(status=302, headers={"location": "https://evil.example/"}), Refused),
    ],
)
def test_a_fault_is_a_typed_error(
    stage: Callable[[Script], Stage], reply: Reply, expected: type[GhostcrawlError]
) -> None:
    on = stage(lambda _: reply)

    with pytest.raises(expected):
        _gitweb(on).list(None)

    assert len(on.server.asked) == 1


def test_there_is_no_second_page(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: _index(b""))

    with pytest.raises(Refused):
        _gitweb(on).list("1")

    assert on.server.asked == []


def test_a_line_is_linked_to_at_its_commit(stage: Callable[[Script], Stage]) -> None:
    host = _gitweb(stage(lambda _: _index(b"")))
    base = host.settings.web_url

    link = host.permalink(
        host.repository("x+y.git"), _COMMIT, "sub dir/a;b/uv.lock", LineSpan(first=3, last=5)
    )

    assert link == f"{base}/?p=x%2By.git;a=blob;f=sub%20dir/a%3Bb/uv.lock;hb={_COMMIT}#l3"
