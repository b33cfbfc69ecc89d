"""Which versions the ranges of OSV records mean."""

from __future__ import annotations

import pytest

from crawler.model import Ecosystem
from feeds.osv.record import ECOSYSTEM_NAMES, OsvReading, read_record

NPM, PYPI = Ecosystem.NPM, Ecosystem.PYPI


def reading(ecosystem: Ecosystem, *affected: dict[str, object]) -> OsvReading:
    package = {"ecosystem": ECOSYSTEM_NAMES[ecosystem], "name": "zz-ghost"}
    document = {
        "id": "MAL-2026-1",
        "modified": "2026-05-02T00:00:00Z",
        "affected": [{"package": package} | one for one in affected],
    }
    return read_record(document, "osv-mal", ecosystem)


def versions(read: OsvReading) -> list[str | None]:
    return [said.subject.version for said in read.record.assertions]


def ranges(*many: list[dict[str, str]], kind: str = "SEMVER") -> dict[str, object]:
    return {"ranges": [{"type": kind, "events": events} for events in many]}


@pytest.mark.parametrize("ecosystem", [NPM, PYPI])
@pytest.mark.parametrize(
    "affected",
    [
        {},
        {"versions": [], "ranges": []},
        {"ranges": [{"type": "ECOSYSTEM"}]},
        ranges([]),
        ranges([{"introduced": "0"}]),
        ranges([{"introduced": "0.0.0"}], kind="ECOSYSTEM"),
        ranges([{"introduced": "0.0.0-0"}]),
        ranges([{"introduced": "v0.0"}]),
        ranges([{"introduced": "0"}, {"limit": "*"}]),
        ranges([{"limit": "*"}, {"introduced": "0"}, {"limit": "2.0.0"}]),
        ranges([{"introduced": "1.0.0"}], [{"introduced": "0"}]),
    ],
)
def test_every_version_is_meant_however_it_is_written(
    ecosystem: Ecosystem, affected: dict[str, object]
) -> None:
    read = reading(ecosystem, affected)

    assert (versions(read), read.skipped) == ([None], ())


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        ([{"introduced": "0"}, {"last_affected": "1.23.0"}], "vers:npm/>=0|<=1.23.0"),
        ([{"introduced": "1.0.0"}, {"fixed": "1.0.1"}], "vers:npm/>=1.0.0|<1.0.1"),
        ([{"fixed": "1.0.1"}, {"introduced": "1.0.0"}], "vers:npm/>=1.0.0|<1.0.1"),
        ([{"introduced": "1.0.0", "fixed": "1.0.1"}], "vers:npm/>=1.0.0|<1.0.1"),
        (
            [{"introduced": "0"}, {"fixed": "1.0.0"}, {"introduced": "1.5.0"}],
            "vers:npm/>=0|<1.0.0|>=1.5.0",
        ),
        ([{"introduced": "1.0.0"}, {"limit": "2.0.0"}], "vers:npm/>=1.0.0|<2.0.0"),
        ([{"introduced": "0"}, {"limit": "2.0.0"}], "vers:npm/>=0|<2.0.0"),
        ([{"introduced": "2.0"}, {"last_affected": "2.9"}], "vers:npm/>=2.0|<=2.9"),
    ],
)
def test_a_range_of_some_versions_is_kept(events: list[dict[str, str]], kept: str) -> None:
    read = reading(NPM, ranges(events))

    assert (versions(read), read.skipped) == ([kept], ())


def test_several_ranges_are_a_union() -> None:
    first, second = [{"introduced": "1.0.0"}, {"fixed": "1.2.0"}], [{"introduced": "3.0.0"}]
    single = [{"introduced": "2.0.0"}, {"last_affected": "2.0.0"}]

    read = reading(NPM, ranges(first, single, second))

    assert versions(read) == ["2.0.0", "vers:npm/>=1.0.0|<1.2.0|>=3.0.0"]


def test_a_version_that_a_range_names_stands_beside_every_version() -> None:
    single = [{"introduced": "2.0"}, {"last_affected": "2.0"}]

    read = reading(PYPI, ranges([{"introduced": "0"}], single, kind="ECOSYSTEM"))

    assert versions(read) == ["2.0", None]


def test_python_orders_by_its_own_rules() -> None:
    events = [{"introduced": "1.0rc1"}, {"last_affected": "1!0.1.post2"}]

    read = reading(PYPI, ranges(events, kind="ECOSYSTEM"))

    assert versions(read) == ["vers:pypi/>=1.0rc1|<=1!0.1.post2"]


def test_ranges_of_npm_say_more_than_the_versions_beside_them() -> None:
    events = [{"introduced": "1.0.0"}, {"fixed": "2.0.0"}]

    beside = reading(NPM, ranges(events) | {"versions": ["1.0.0 ", "3.0.0"]})
    python = reading(PYPI, ranges(events, kind="ECOSYSTEM") | {"versions": ["1.0.0"]})
    all_of_it = reading(NPM, ranges([{"introduced": "0"}]) | {"versions": ["1.0.0"]})
    endless = reading(NPM, ranges([{"introduced": "1.0.0"}]) | {"versions": ["1.0.0"]})

    assert versions(beside) == ["1.0.0", "3.0.0", "vers:npm/>=1.0.0|<2.0.0"]
    assert [versions(one) for one in (python, all_of_it, endless)] == [["1.0.0"]] * 3


def test_each_affected_entry_speaks_for_itself() -> None:
    read = reading(PYPI, {"versions": ["1.0.0"]}, ranges([{"introduced": "0"}]))

    assert versions(read) == ["1.0.0", None]


@pytest.mark.parametrize(
    "events",
    [
        [{"introduced": "latest"}],
        [{"introduced": "0"}, {"fixed": "soon"}],
        [{"fixed": "1.0.0"}],
        [{"introduced": "1.0.0"}, {"fixed": "1.0.0"}],
        [{"introduced": "../1"}],
        [{"introduced": "9" * 300}],
        [{"introduced": str(n)} for n in range(1, 1_100)],
    ],
)
def test_what_is_no_range_is_told_and_the_others_are_kept(events: list[dict[str, str]]) -> None:
    alone, beside = (
        reading(NPM, ranges(events)),
        reading(NPM, ranges(events, [{"introduced": "7.0.0"}])),
    )

    assert (versions(alone), len(alone.skipped)) == ([], 1)
    assert versions(beside) == ["vers:npm/>=7.0.0"]


def test_a_range_of_commits_names_no_version() -> None:
    read = reading(NPM, ranges([{"introduced": "0"}], kind="GIT"))

    assert (versions(read), len(read.skipped)) == ([], 1)


def test_many_stretches_are_kept_as_several_ranges() -> None:
    stretches = [[{"introduced": f"{n}.0.0"}, {"fixed": f"{n}.0.5"}] for n in range(1, 200)]

    read = reading(NPM, ranges(*stretches))

    kept = versions(read)
    assert len(kept) > 1
    assert all(stated is not None and len(stated) <= 1_000 for stated in kept)
    assert sum(str(stated).count(">=") for stated in kept) == 199
