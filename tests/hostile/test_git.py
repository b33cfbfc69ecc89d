"""Every hostile remote and URL, read by the real reader and by the git program: measured, and judged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile.git_corpus import MODES, Range, Visited, firing_range, ways
from tests.hostile.git_measuring import Way
from tests.hostile.git_modes import Mode
from tests.hostile.git_urls import urls
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit

_FEW = frozenset(
    {
        "A2-deltas-byte-by-byte",
        "A4-zlib-bomb-3-gib",
        "A6-name-of-10-mb-150000-times",
        "A7-folder-traversal",
        "A8-symlink-to-passwd",
        "A22-400000-pull-refs",
        "A23-flood-interim-answers",
        "A24-progress-escape",
        "A25-flood-empty-bands",
        "A25-flood-empty-lines",
        "A30-302-to-another-port",
        "A36-packfile-uris",
        "A39-reset-in-the-pack",
    }
)
"""What once had no end, and one of each kind; the fast tier has time for no more."""
_PORT = 1


@pytest.fixture(scope="module")
def shooting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Range]:
    with firing_range(tmp_path_factory.mktemp("hostile-git")) as running:
        yield running


def marks(mode: Mode, way: Way) -> tuple[pytest.MarkDecorator, ...]:
    return () if mode.id in _FEW and way is Way.READER else (pytest.mark.slow,)


def judged(mode: Mode, way: Way, visited: Visited) -> list[str]:
    """Return what of the verdict is not as the table says."""
    seen = visited.seen
    allowed = mode.reader if way is Way.READER else mode.program
    much = way is Way.READER and seen.cpu_seconds > mode.cpu_seconds
    unread = set(mode.reads) - set(seen.read) if seen.verdict.startswith("visited") else set[str]()
    return [
        *(f"not read: {path}" for path in sorted(unread)),
        *([f"{seen.cpu_seconds:.1f} s of CPU"] if much else []),
        *([] if allowed == "*" or seen.verdict in allowed.split("|") else [f"{seen}"]),
    ]


@pytest.mark.parametrize(
    ("mode", "way"),
    [
        pytest.param(mode, way, id=f"{mode.id}-{way}", marks=marks(mode, way))
        for mode in MODES
        for way in ways(mode)
    ],
)
def test_a_hostile_remote_ends_in_a_typed_verdict_within_its_bounds(
    mode: Mode, way: Way, shooting: Range
) -> None:
    visited = shooting.visit(mode, way)
    if judged(
        mode, way, visited
    ):  # the limits that spare the tests a wait are short for a busy machine
        visited = shooting.visit(mode, way, patient=True)

    assert visited.faults(shooting.trap) == []
    assert judged(mode, way, visited) == []


@pytest.mark.slow
@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("label", urls("marker", _PORT))
def test_a_hostile_url_is_refused_before_anything_is_started_or_asked(
    label: str, way: Way, shooting: Range
) -> None:
    url = urls(str(shooting.trap.marker), shooting.lure.port)[label]

    visited = shooting.open(url, way)

    assert visited.faults(shooting.trap) == []
    assert (visited.seen.verdict, visited.seen.commands) == ("Refused", frozenset())
    assert "s3cret" not in visited.seen.reason


@pytest.mark.parametrize("way", Way)
def test_an_honest_remote_is_read_within_the_same_bounds(
    way: Way, shooting: Range, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("honest")
    commit(bare(root / "r.git"), {"uv.lock": b"lock", "a/uv.lock": b"another", "b/x": b"x"})

    with GitHttpServer(root) as server:
        visited = shooting.ask(server.url("r.git"), server.authority, way)

    assert visited.faults(shooting.trap) == []
    assert (visited.seen.verdict, visited.seen.read) == ("visited whole", ("a/uv.lock", "uv.lock"))


def test_the_processes_of_a_visit_are_seen(shooting: Range) -> None:
    mode = next(mode for mode in MODES if mode.id == "A22-endless-empty-lines")

    visited = shooting.visit(mode, Way.PROGRAM)

    assert any("ls-remote" in line for line in visited.seen.commands)
    assert visited.seen.child_mib > 1


def test_the_corpus_is_as_large_as_the_list_it_comes_from() -> None:
    numbers = {mode.id.partition("-")[0] for mode in MODES}

    assert len({mode.id for mode in MODES}) == len(MODES) >= 150
    assert {mode.id for mode in MODES} > _FEW
    assert len(numbers) >= 30
    assert len(urls("marker", _PORT)) >= 70
