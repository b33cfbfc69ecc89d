"""The list of repositories against a loopback GitHub whose answers change underneath."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from crawler.errors import Defer, GhostcrawlError, Malformed, Refused, Retry
from crawler.hosts.github_graphql import SweepBy, SweepPlan
from crawler.model import Skipped
from tests.servers.api import Asked, Reply, json_reply
from tests.servers.stage import Script, Stage

_DAY = SweepPlan(
    since=datetime(2026, 5, 1, tzinfo=UTC), until=datetime(2026, 5, 1, 0, 0, 9, tzinfo=UTC)
)


def _node(name: str, **more: object) -> dict[str, object]:
    branch = {"name": "main", "target": {"oid": "d" * 40}}
    return {"databaseId": 1, "nameWithOwner": name, "defaultBranchRef": branch} | more


def _page(*nodes: object, count: int | None = None, end: str | None = None) -> Reply:
    found = {
        "repositoryCount": len(nodes) if count is None else count,
        "pageInfo": {"hasNextPage": end is not None, "endCursor": end},
        "nodes": nodes,
    }
    return json_reply({"data": {"search": found}})


def _windows(on: Stage) -> list[str]:
    return [
        re.sub(r"2026-05-01T00:00:|Z", "", str(a.variables()["query"])) for a in on.server.asked
    ]


def test_a_page_lists_and_probes_in_one_request(stage: Callable[[Script], Stage]) -> None:
    lock = {"__typename": "Blob", "oid": "a" * 40, "byteSize": 5}
    node = _node(
        "o/a",
        l0=lock,
        createdAt="2026-05-01T00:00:00Z",
        isArchived=True,
        parent={"nameWithOwner": "up/a"},
    )
    on = stage(lambda _: _page(node))

    page = on.github(plan=_DAY).sweep.page(None)

    (repository,) = page.listed.repositories
    assert (repository.path, repository.native_id, repository.fork_of) == ("o/a", "1", "up/a")
    assert (repository.created_at, repository.archived) == ("2026-05-01T00:00:00Z", True)
    assert [(k.path, k.oid, k.size) for k in page.probes[0].locks] == [("uv.lock", "a" * 40, 5)]
    assert page.listed.next_cursor is None
    assert _windows(on) == ["is:public fork:true created:00..09"]


def test_an_open_sweep_ends_now(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: _page())
    plan = SweepPlan(by=SweepBy.PUSHED, since=datetime(2026, 5, 31, tzinfo=UTC))

    on.github(plan=plan).list(None)

    assert on.server.asked[0].variables()["query"] == (
        "is:public fork:true pushed:2026-05-31T00:00:00Z..2026-06-01T00:00:00Z"
    )


def test_a_window_over_the_cap_is_divided_and_walked_oldest_first(
    stage: Callable[[Script], Stage],
) -> None:
    on = stage(lambda a: _page(count=1500) if "00Z..2026-05-01T00:00:09" in _query(a) else _page())
    host = on.github(plan=_DAY)

    cursor = host.list(None).next_cursor
    while cursor is not None:
        cursor = host.list(cursor).next_cursor

    assert [w.rpartition(":")[2] for w in _windows(on)] == ["00..09", "00..04", "05..09"]


def test_pages_of_a_window_are_followed(stage: Callable[[Script], Stage]) -> None:
    on = stage(
        lambda a: (
            _page(_node("o/b"), count=2)
            if a.variables()["after"]
            else _page(_node("o/a"), count=2, end="X")
        )
    )
    host = on.github(plan=_DAY)

    first = host.list(None)
    second = host.list(first.next_cursor)

    assert [r.path for p in (first, second) for r in p.repositories] == ["o/a", "o/b"]
    assert second.next_cursor is None


def test_a_window_that_shrinks_while_paged_is_read_again_from_its_start(
    stage: Callable[[Script], Stage],
) -> None:
    counts = iter([300, 299, 299, 299])
    on = stage(
        lambda a: _page(
            _node("o/a"), count=next(counts), end=None if a.variables()["after"] else "X"
        )
    )
    host = on.github(plan=_DAY)

    cursor = host.list(None).next_cursor
    skipped: list[Skipped] = []
    while cursor is not None:
        page = host.list(cursor)
        cursor = page.next_cursor
        skipped += page.skipped

    assert [a.variables()["after"] for a in on.server.asked] == [None, "X", None, "X"]
    assert skipped == []


def test_a_window_that_never_stands_still_ends_and_is_said(
    stage: Callable[[Script], Stage],
) -> None:
    counts = iter(range(900, 0, -1))
    on = stage(
        lambda a: _page(
            _node("o/a"), count=next(counts), end=None if a.variables()["after"] else "X"
        )
    )
    host = on.github(plan=_DAY)

    cursor = host.list(None).next_cursor
    page = None
    while cursor is not None:
        page = host.list(cursor)
        cursor = page.next_cursor

    assert len(on.server.asked) == 8
    assert page is not None
    assert "some may be missing" in page.skipped[0].reason


def test_a_single_second_over_the_cap_is_said(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: _page(_node("o/a"), count=1234))
    second = datetime(2026, 5, 1, tzinfo=UTC)

    page = on.github(plan=SweepPlan(since=second, until=second)).list(None)

    assert page.next_cursor is None
    assert [s.reason for s in page.skipped] == [
        "234 beyond the first 1000; not divisible any further"
    ]


def test_a_page_that_leads_to_itself_ends(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: _page(_node("o/a"), count=900, end="X"))
    host = on.github(plan=_DAY)

    second = host.list(host.list(None).next_cursor)

    assert second.next_cursor is None


def test_bad_entries_are_said_and_the_rest_is_listed(stage: Callable[[Script], Stage]) -> None:
    bad = [None, {}, _node("../evil"), _node("o/p", isPrivate=True), _node("o/x", databaseId="1")]
    on = stage(lambda _: _page(*bad, _node("o/a", defaultBranchRef=None)))

    page = on.github(plan=_DAY).sweep.page(None)

    assert [r.path for r in page.listed.repositories] == ["o/a"]
    assert page.probes[0].head is None
    assert len(page.listed.skipped) == 5


def test_a_lock_that_could_not_be_looked_up_is_said_and_gives_no_probe(
    stage: Callable[[Script], Stage],
) -> None:
    def script(_: Asked) -> Reply:
        reply = _page(_node("o/a"), _node("o/b"))
        fault = b',"errors":[{"path":["search","nodes",1,"l0"],"message":"timeout"}]}'
        return Reply(body=reply.body[:-1] + fault)

    page = stage(script).github(plan=_DAY).sweep.page(None)

    assert [r.path for r in page.listed.repositories] == ["o/a", "o/b"]
    assert [p.repository.path for p in page.probes] == ["o/a"]
    assert [s.context for s in page.listed.skipped] == ["search.nodes.1.l0"]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (json_reply({"data": None, "errors": [{"type": "RATE_LIMITED"}]}), Defer),
        (json_reply({}, status=429), Defer),
        (json_reply({}, status=500), Retry),
        (Reply(body=b"<html>"), Retry),
        (json_reply({"data": {"search": None}}), Malformed),
        (json_reply({"data": {"search": {"repositoryCount": "9"}}}), Malformed),
        (json_reply({}, status=302, location="/x"), Refused),
    ],
)
def test_a_fault_is_a_typed_error(
    stage: Callable[[Script], Stage], reply: Reply, expected: type[GhostcrawlError]
) -> None:
    on = stage(lambda _: reply)

    with pytest.raises(expected):
        on.github(plan=_DAY).list(None)


@pytest.mark.parametrize("cursor", ["", "{}", "[]", "[[],null,0,0]", '[[["a",1]],null,0,0]', "7"])
def test_a_foreign_cursor_is_refused(stage: Callable[[Script], Stage], cursor: str) -> None:
    on = stage(lambda _: _page())

    with pytest.raises(Refused):
        on.github(plan=_DAY).list(cursor)


def _query(asked: Asked) -> str:
    return str(asked.variables()["query"])
