"""Ranges of records hold what the evaluation of the OSV schema holds, whatever their events."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from crawler.model import Ecosystem
from crawler.model.semver import parse_semver
from crawler.model.version_ranges import in_range, is_canonical_range, is_range
from feeds.osv.record import ECOSYSTEM_NAMES, read_record

NPM, PYPI = Ecosystem.NPM, Ecosystem.PYPI
SMALL = st.integers(min_value=0, max_value=3)
RELEASES = st.builds("{}.{}.{}".format, SMALL, SMALL, st.integers(min_value=1, max_value=3))
VERSIONS = st.one_of(RELEASES, st.builds("{}-rc.{}".format, RELEASES, SMALL))
EVENTS = st.lists(
    st.one_of(
        st.builds(lambda v: {"introduced": v}, st.one_of(st.just("0"), VERSIONS)),
        st.builds(lambda v: {"fixed": v}, VERSIONS),
        st.builds(lambda v: {"last_affected": v}, VERSIONS),
        st.builds(lambda v: {"limit": v}, st.one_of(st.just("*"), VERSIONS)),
    ),
    min_size=1,
    max_size=6,
)
Event = dict[str, str]


def order(ecosystem: Ecosystem, version: str) -> object:
    if ecosystem is NPM:
        parsed = parse_semver(version)
        assert parsed is not None
        return parsed
    return Version(version)


def is_affected(ecosystem: Ecosystem, version: str, events: Sequence[Event]) -> bool:
    """Source: OSV schema, "Evaluation"; events of one version in the order in which they stand, `last_affected` last."""
    number = order(ecosystem, version)

    def compares(stated: str) -> int:
        if stated == "0":
            return 1
        other = order(ecosystem, stated)
        return int(number > other) - int(number < other)  # type: ignore[operator]

    limits = [event["limit"] for event in events if "limit" in event]
    if limits and "*" not in limits and not any(compares(limit) < 0 for limit in limits):
        return False
    changes = [next(iter(event.items())) for event in events if "limit" not in event]
    affected = False
    for kind, stated in sorted(changes, key=lambda one: _place(ecosystem, *one)):
        if kind == "introduced" and compares(stated) >= 0:
            affected = True
        if (kind == "fixed" and compares(stated) >= 0) or (
            kind == "last_affected" and compares(stated) > 0
        ):
            affected = False
    return affected


def _place(ecosystem: Ecosystem, kind: str, stated: str) -> tuple[object, ...]:
    if stated == "0":
        return (False,)
    return True, order(ecosystem, stated), kind == "last_affected"


@given(st.sampled_from([NPM, PYPI]), st.lists(EVENTS, min_size=1, max_size=3), VERSIONS)
def test_ranges_hold_what_their_evaluation_holds(
    ecosystem: Ecosystem, ranges: list[list[Event]], version: str
) -> None:
    stated = [{"type": "SEMVER", "events": events} for events in ranges]
    package = {"ecosystem": ECOSYSTEM_NAMES[ecosystem], "name": "zz-ghost"}
    document = {
        "id": "MAL-2026-1",
        "modified": "2026-05-02T00:00:00Z",
        "affected": [{"package": package, "ranges": stated}],
    }

    read = read_record(document, "osv-mal", ecosystem)

    named = [said.subject.version for said in read.record.assertions]
    assert all(is_canonical_range(one, ecosystem) for one in named if one and is_range(one))
    held = any(
        one is None
        or (is_range(one) and in_range(one, version))
        or (not is_range(one) and order(ecosystem, one) == order(ecosystem, version))
        for one in named
    )
    assert held is any(is_affected(ecosystem, version, events) for events in ranges)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_a_range_or_none(stated: str, version: str) -> None:
    for text in (stated, f"vers:npm/{stated}", f"vers:pypi/{stated}"):
        inside = in_range(text, version)

        assert not inside or is_range(text)
