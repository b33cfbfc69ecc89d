"""The list of repositories against a loopback GitHub whose answers change underneath."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from crawler.errors import Defer, GhostcrawlError, Malformed, Refused, Retry
from crawler.hosts.github.graphql import SweepBy, SweepPlan
from crawler.model import Skipped
from tests.servers.api import Asked, Reply, json_reply, variables_of
from tests.servers.stage import Script, Stage

_DAY = SweepPlan(
    since=datetime(2026, 5, 1, tzinfo=UTC), until=datetime(2026, 5, 1, 0, 0, 9, tzinfo=UTC)
)


def _node(name: str, **more: object) -> dict[str, object]:
    branch = {"name": "main", "target": {"oid": "d" * 40}}
    root: dict[str, object] = {"__typename": "Tree", "entries": []}
    plain = {"databaseId": 1, "nameWithOwner": name, "defaultBranchRef": branch, "root": root}
    return plain | more


def _root(*entries: tuple[str, int]) -> dict[str, object]:
    """A root folder of files and modes; every one has 5 bytes."""
    listed = [{"name": n, "mode": mode, "oid": "a" * 40, "size": 5} for n, mode in entries]
    return {"__typename": "Tree", "entries": listed}


def _wanted(name: str) -> bool:
    return name.endswith((".lock", ".toml"))


def _by_count(asked: Asked, count: Callable[[str], int], *nodes: object) -> Reply:
    """A page of `nodes`, with the number of repositories that `count` gives each range."""
    variables = variables_of(asked)
    rungs = {k: {"repositoryCount": count(str(v))} for k, v in variables.items() if k[0] == "w"}
    listed: dict[str, object] = {}
    if "query" in variables:
        page = {"hasNextPage": False, "endCursor": None}
        number = count(str(variables["query"]))
        listed = {"search": {"repositoryCount": number, "pageInfo": page, "nodes": nodes}}
    return json_reply({"data": listed | rungs})


def _page(*nodes: object, count: int | None = None, end: str | None = None) -> Reply:
    found = {
        "repositoryCount": len(nodes) if count is None else count,
        "pageInfo": {"hasNextPage": end is not None, "endCursor": end},
        "nodes": nodes,
    }
    return json_reply({"data": {"search": found}})


def _windows(on: Stage) -> list[str]:
    return [
        re.sub(r"2026-05-01T00:00:|Z", "", str(variables_of(a)["query"])) for a in on.server.asked
    ]


def test_a_page_lists_all_locks_at_the_root_in_one_request(
    stage: Callable[[Script], Stage],
) -> None:
    files = (("uv.lock", 0o100644), ("pylock.dev.toml", 0o100755), ("README.md", 0o100644))
    node = _node(
        "o/a",
        root=_root(*files),
        createdAt="2026-05-01T00:00:00Z",
        isArchived=True,
        parent={"nameWithOwner": "up/a"},
    )
    on = stage(lambda _: _page(node))

    page = on.github(plan=_DAY).sweep.page(None, _wanted)

    (repository,) = page.listed.repositories
    assert (repository.path, repository.native_id, repository.fork_of) == ("o/a", "1", "up/a")
    assert (repository.created_at, repository.archived) == ("2026-05-01T00:00:00Z", True)
    assert [(k.path, k.oid, k.size) for k in page.probes[0].locks] == [
        ("uv.lock", "a" * 40, 5),
        ("pylock.dev.toml", "a" * 40, 5),
    ]
    assert page.listed.next_cursor is None
    assert _windows(on) == ["is:public fork:true created:00..09"]


def test_links_submodules_and_odd_names_are_said_and_folders_are_not_locks(
    stage: Callable[[Script], Stage],
) -> None:
    entries = (
        ("a.lock", 0o120000),
        ("b.lock", 0o160000),
        ("c.lock", 0o40000),
        ("d/x.lock", 0o100644),
    )
    on = stage(lambda _: _page(_node("o/a", root=_root(*entries))))

    page = on.github(plan=_DAY).sweep.page(None, _wanted)

    assert page.probes[0].locks == ()
    assert [(s.context, s.reason) for s in page.probes[0].skipped] == [
        ("a.lock", "a symbolic link, which is followed over git only"),
        ("b.lock", "not a file"),
        ("d/x.lock", "invalid name: expected that of a file at the root"),
    ]


@pytest.mark.parametrize(
    "root",
    [None, {"__typename": "Tree", "entries": None}, {"__typename": "Blob"}, {"__typename": "Tree"}],
)
def test_a_root_that_was_left_out_is_said_and_never_taken_for_empty(
    stage: Callable[[Script], Stage], root: object
) -> None:
    on = stage(lambda _: _page(_node("o/a", root=root)))

    page = on.github(plan=_DAY).sweep.page(None, _wanted)

    assert [r.path for r in page.listed.repositories] == ["o/a"]
    assert page.probes == ()
    assert [s.context for s in page.listed.skipped] == ["search.nodes[0]"]


@pytest.mark.parametrize(
    "refusal",
    [
        json_reply({}, status=502),
        json_reply({}, status=504),
        json_reply({"errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "too much"}]}),
        json_reply({"errors": [{"message": "Something went wrong while executing your query."}]}),
    ],
)
def test_a_page_too_heavy_for_the_host_is_asked_again_small_and_by_names_and_that_is_said(
    stage: Callable[[Script], Stage], refusal: Reply
) -> None:
    lock = {"__typename": "Blob", "oid": "a" * 40, "byteSize": 5}
    on = stage(
        lambda a: _page(_node("o/a", root=None, l0=lock)) if b"first: 25" in a.body else refusal
    )

    page = on.github(plan=_DAY).sweep.page(None, _wanted)

    (probe,) = page.probes
    assert [lock.path for lock in probe.locks] == ["uv.lock"]
    assert "only the usual names" in probe.skipped[0].reason
    assert "only the usual names" in page.listed.skipped[0].reason
    assert len(on.server.asked) == 2


def test_pages_are_put_together_up_to_the_first_error(stage: Callable[[Script], Stage]) -> None:
    def script(asked: Asked) -> Reply:
        after = variables_of(asked)["after"]
        if after == "Y":
            return json_reply({}, status=429)
        return _page(_node(f"o/{after}"), count=250, end="Y" if after else "X")

    on = stage(script)
    sweep = on.github(plan=_DAY).sweep

    page = sweep.pages(None, _wanted)

    assert [r.path for r in page.listed.repositories] == ["o/None", "o/X"]
    assert len(page.probes) == 2
    with pytest.raises(Defer):
        sweep.pages(page.listed.next_cursor, _wanted)


def test_a_blocked_parent_is_said_and_does_not_hide_its_fork(
    stage: Callable[[Script], Stage],
) -> None:
    def script(_: Asked) -> Reply:
        reply = _page(_node("o/a", parent=None))
        fault = b',"errors":[{"path":["search","nodes",0,"parent"],"message":"blocked"}]}'
        return Reply(body=reply.body[:-1] + fault)

    page = stage(script).github(plan=_DAY).sweep.page(None, _wanted)

    assert [p.repository.path for p in page.probes] == ["o/a"]
    assert [s.context for s in page.listed.skipped] == ["search.nodes.0.parent"]


def test_a_disabled_repository_is_not_listed_and_said(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: _page(_node("o/a", isDisabled=True)))

    page = on.github(plan=_DAY).sweep.page(None, _wanted)

    assert page.listed.repositories == ()
    assert [s.reason for s in page.listed.skipped] == ["blocked by the host (disabled)"]


def test_an_open_sweep_ends_now(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: _page())
    plan = SweepPlan(by=SweepBy.PUSHED, since=datetime(2026, 5, 31, tzinfo=UTC))

    on.github(plan=plan).list(None)

    assert variables_of(on.server.asked[0])["query"] == (
        "is:public fork:true pushed:2026-05-31T00:00:00Z..2026-06-01T00:00:00Z"
    )


def test_a_window_over_the_cap_is_replaced_by_those_that_the_counts_tell(
    stage: Callable[[Script], Stage],
) -> None:
    def count(query: str) -> int:
        first, last = (int(end[-3:-1]) for end in query.partition("created:")[2].split(".."))
        return 150 * (last - first + 1)

    on = stage(lambda asked: _by_count(asked, count))
    host = on.github(plan=_DAY)

    cursor = host.list(None).next_cursor
    while cursor is not None:
        cursor = host.list(cursor).next_cursor

    listed = [variables_of(a)["query"] for a in on.server.asked if "query" in variables_of(a)]
    assert [str(q).replace("2026-05-01T00:00:", "").rpartition(":")[2] for q in listed] == [
        "00Z..09Z",
        "00Z..04Z",
        "05Z..09Z",
    ]
    assert len(on.server.asked) == 4


def test_a_host_that_counts_one_way_and_lists_another_comes_to_an_end(
    stage: Callable[[Script], Stage],
) -> None:
    def script(asked: Asked) -> Reply:
        rungs = [name for name in variables_of(asked) if name.startswith("w")]
        data: dict[str, object] = {name: {"repositoryCount": 1} for name in rungs}
        return json_reply({"data": data | {"search": {"repositoryCount": 5000, "nodes": []}}})

    on = stage(script)
    host = on.github(plan=_DAY)

    cursor = host.list(None).next_cursor
    while cursor is not None:
        cursor = host.list(cursor).next_cursor

    assert len(on.server.asked) < 60


def test_pages_of_a_window_are_followed(stage: Callable[[Script], Stage]) -> None:
    on = stage(
        lambda a: (
            _page(_node("o/b"), count=2)
            if variables_of(a)["after"]
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
            _node("o/a"), count=next(counts), end=None if variables_of(a)["after"] else "X"
        )
    )
    host = on.github(plan=_DAY)

    cursor = host.list(None).next_cursor
    skipped: list[Skipped] = []
    while cursor is not None:
        page = host.list(cursor)
        cursor = page.next_cursor
        skipped += page.skipped

    assert [variables_of(a)["after"] for a in on.server.asked] == [None, "X", None, "X"]
    assert skipped == []


def test_a_window_that_never_stands_still_ends_and_is_said(
    stage: Callable[[Script], Stage],
) -> None:
    counts = iter(range(900, 0, -1))
    on = stage(
        lambda a: _page(
            _node("o/a"), count=next(counts), end=None if variables_of(a)["after"] else "X"
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

    page = on.github(plan=_DAY).sweep.page(None, _wanted)

    assert [r.path for r in page.listed.repositories] == ["o/a"]
    assert page.probes[0].head is None
    assert len(page.listed.skipped) == 5


def test_a_lock_that_could_not_be_looked_up_is_said_and_gives_no_probe(
    stage: Callable[[Script], Stage],
) -> None:
    def script(_: Asked) -> Reply:
        reply = _page(_node("o/a"), _node("o/b"))
        fault = b',"errors":[{"path":["search","nodes",1,"root"],"message":"timeout"}]}'
        return Reply(body=reply.body[:-1] + fault)

    page = stage(script).github(plan=_DAY).sweep.page(None, _wanted)

    assert [r.path for r in page.listed.repositories] == ["o/a", "o/b"]
    assert [p.repository.path for p in page.probes] == ["o/a"]
    assert [s.context for s in page.unsure] == ["search.nodes.1.root"]
    assert page.listed.skipped == ()


def test_a_fault_of_a_repository_that_did_not_come_is_left_out_for_good(
    stage: Callable[[Script], Stage],
) -> None:
    def script(_: Asked) -> Reply:
        reply = _page(_node("o/a"), None)
        fault = b',"errors":[{"path":["search","nodes",1],"message":"timeout"}]}'
        return Reply(body=reply.body[:-1] + fault)

    page = stage(script).github(plan=_DAY).sweep.page(None, _wanted)

    assert [r.path for r in page.listed.repositories] == ["o/a"]
    assert page.unsure == ()
    assert [s.context for s in page.listed.skipped] == ["search.nodes[1]", "search.nodes.1"]


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


def test_what_was_pushed_to_since_a_time_is_listed_by_that_date_to_its_end(
    stage: Callable[[Script], Stage],
) -> None:
    def script(asked: Asked) -> Reply:
        return _by_count(asked, lambda found: 3 if ".." in found else 0, _node("o/a"))

    on = stage(script)
    host = on.github(plan=_DAY)
    page = host.list(host.since(datetime(2026, 5, 31, tzinfo=UTC)))
    while page.next_cursor is not None:
        page = host.list(page.next_cursor)

    asked = {str(value) for a in on.server.asked for value in variables_of(a).values()}
    assert all("pushed:" in one and "created:" not in one for one in asked if ":" in one)
    assert any("pushed:2026-05-30T23:45:00Z..2026-06-01T00:00:00Z" in one for one in asked)


@pytest.mark.parametrize("date", ['"stars"', "1", "[]", '"pushed","pushed"'])
def test_a_cursor_of_another_date_is_refused(stage: Callable[[Script], Stage], date: str) -> None:
    on = stage(lambda _: _page())

    with pytest.raises(Refused):
        on.github().list(f"[[0,9,10,0],null,9,null,0,0,{date}]")

    assert on.server.asked == []
