"""The list of a cgit that changes and misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from crawler.errors import Defer, GhostcrawlError, Gone, Private, Refused, Retry, TooLarge
from crawler.hosts.cgit import Cgit
from crawler.hosts.interface import HostKind, HostSettings, Lister, ListPage
from crawler.model import LineSpan
from tests.servers.api import Reply
from tests.servers.cgit_pages import CgitPages, html_reply, row
from tests.servers.stage import TOKEN, Script, Stage

_COMMIT = "c" * 40


def _cgit(on: Stage) -> Cgit:
    settings = HostSettings(
        name="git.example",
        kind=HostKind.GIT,
        web_url=f"{on.server.base_url}/cgit",
        api_url="https://git.example/git",
        token=TOKEN,
        trusted=True,
    )
    return Cgit(settings, on.http)


def _pages(host: Lister) -> Iterator[ListPage]:
    page = host.list(None)
    yield page
    while page.next_cursor is not None:
        page = host.list(page.next_cursor)
        yield page


def test_a_repository_is_found_by_its_link_and_cloned_from_where_we_say(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(CgitPages(names=["team/app.git", "d e", "<b>&.git", "odd%20name", "u\u00e9"]))

    page = _cgit(on).list(None)

    assert [(r.path, r.clone_url) for r in page.repositories] == [
        ("<b>&.git", "https://git.example/git/%3Cb%3E%26.git"),
        ("d e", "https://git.example/git/d%20e"),
        ("odd%20name", "https://git.example/git/odd%2520name"),
        ("team/app.git", "https://git.example/git/team/app.git"),
        ("u\u00e9", "https://git.example/git/u%C3%A9"),
    ]
    assert (page.next_cursor, page.skipped) == (None, ())
    assert len(on.server.asked) == 1
    assert "authorization" not in on.server.asked[0].headers


@pytest.mark.parametrize("per_page", [2, 3, 10, 11, 20, 21, 50])
def test_every_repository_is_listed_once_whatever_the_size_of_a_page(
    stage: Callable[[Script], Stage], per_page: int
) -> None:
    names = [f"r{number:02}" for number in range(21)]
    on = stage(CgitPages(names=names, per_page=per_page))

    pages = list(_pages(_cgit(on)))

    assert [r.path for page in pages for r in page.repositories] == names
    assert [page.skipped for page in pages if page.skipped] == []


def test_a_repository_that_vanishes_meanwhile_hides_no_other(
    stage: Callable[[Script], Stage],
) -> None:
    cgit = CgitPages(names=[f"r{number:02}" for number in range(40)], per_page=10)
    host = _cgit(stage(cgit))

    first = host.list(None)
    del cgit.names[:4]
    second = host.list(first.next_cursor)

    assert [r.path for r in second.repositories][:2] == ["r10", "r11"]
    assert second.skipped == ()


def test_a_list_that_shrinks_by_much_says_what_may_be_lost(
    stage: Callable[[Script], Stage],
) -> None:
    cgit = CgitPages(names=[f"r{number:02}" for number in range(40)], per_page=10)
    host = _cgit(stage(cgit))

    first = host.list(None)
    del cgit.names[:9]
    second = host.list(first.next_cursor)

    assert second.repositories[0].path == "r14"
    assert [s.context for s in second.skipped] == ["entries before 6"]


def test_a_link_that_leads_elsewhere_is_said_and_not_followed(
    stage: Callable[[Script], Stage],
) -> None:
    links = [
        "https://evil.example/a/",
        "//evil.example/a/",
        "javascript:alert(1)",
        "/cgit/../etc/",
        "/cgit/%2e%2e/etc/",
        "/cgit/",
        "/cgit/?url=a.git",
        "/cgit/%ff/",
        "/cgit/\udcff/",
        "http://[",
        "/cgit/-x/",
        "/cgit/good/",
    ]
    on = stage(lambda _: html_reply(CgitPages.page("".join(map(row, links)))))

    page = _cgit(on).list(None)

    assert [r.path for r in page.repositories] == ["good"]
    assert [s.context for s in page.skipped] == [f"entry {n} of the list" for n in range(1, 12)]


def test_a_pager_that_promises_more_forever_ends_where_nothing_is_new(
    stage: Callable[[Script], Stage],
) -> None:
    pager = "<ul class='pager'><li><a href='https://evil.example/?ofs=1'>[2]</a></li></ul>"
    on = stage(lambda _: html_reply(CgitPages.page(row("/cgit/a/") + row("/cgit/b/"), pager)))

    pages = list(_pages(_cgit(on)))

    assert [[r.path for r in page.repositories] for page in pages] == [["a", "b"], []]
    assert [asked.path for asked in on.server.asked] == ["/cgit/", "/cgit/"]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(status=429, headers={"retry-after": "9"}), Defer),
        (Reply(status=503, headers={"retry-after": "99999999999"}), Defer),
        (Reply(status=500), Retry),
        (html_reply("<html>under repair</html>"), Retry),
        (html_reply("<a " * 300_000), Retry),
        (html_reply("<!--" * 300_000), Retry),
        (html_reply("<td class='" * 200_000), Retry),
        (html_reply("<a>" * 1_500_000), TooLarge),
        (html_reply("<div class='error'>No repositories found</div>", status=404), Gone),
        (Reply(status=403), Private),
        (Reply(status=302, headers={"location": "https://evil.example/"}), Refused),
    ],
)
def test_a_fault_is_a_typed_error(
    stage: Callable[[Script], Stage], reply: Reply, expected: type[GhostcrawlError]
) -> None:
    on = stage(lambda _: reply)

    with pytest.raises(expected):
        _cgit(on).list(None)

    assert len(on.server.asked) == 1
    assert TOKEN not in repr(on.server.asked)


def test_a_line_is_linked_to_at_its_commit(stage: Callable[[Script], Stage]) -> None:
    host = _cgit(stage(CgitPages()))
    base = host.settings.web_url

    link = host.permalink(
        host.repository("team/app.git"), _COMMIT, "sub dir/uv.lock", LineSpan(first=3, last=5)
    )

    assert link == f"{base}/team/app.git/tree/sub%20dir/uv.lock?id={_COMMIT}#n3"
