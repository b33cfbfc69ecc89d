from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import Malformed
from crawler.model import Claim, Ecosystem, ProjectKey
from feeds.npm.packument import read_packument

NOW = datetime(2026, 11, 22, tzinfo=UTC)
GHOST = ProjectKey(ecosystem=Ecosystem.NPM, name="zz-ghost")
URL = "https://registry.npm.example/zz-ghost"
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
_DIST = {
    "tarball": "https://registry.npm.example/zz-ghost/-/zz-ghost-1.0.0.tgz",
    "integrity": "sha512-" + "A" * 86 + "==",
    "shasum": "ab" * 20,
}
_GOOD = {
    "name": "zz-ghost",
    "_rev": "1-a",
    "dist-tags": {"latest": "1.0.0"},
    "repository": {"url": "https://github.example/zz/ghost"},
    "versions": {"1.0.0": {"repository": "zz/ghost", "dist": _DIST}},
    "time": {"created": "2026-01-01T00:00:00Z", "1.0.0": "2026-01-02T00:00:00Z"},
}
_PLACES: list[tuple[str, ...]] = [
    *((key,) for key in _GOOD),
    ("dist-tags", "latest"),
    ("repository", "url"),
    ("versions", "1.0.0"),
    ("versions", "1.0.0", "dist"),
    *(("versions", "1.0.0", "dist", key) for key in _DIST),
    ("time", "created"),
    ("time", "1.0.0"),
    ("time", "unpublished"),
]


def _replaced(value: object, place: tuple[str, ...], new: object) -> object:
    if not place:
        return new
    assert isinstance(value, dict)
    return value | {place[0]: _replaced(value.get(place[0], {}), place[1:], new)}


@given(place=st.sampled_from(_PLACES), wrong=_JSON)
def test_a_packument_with_any_field_of_another_type_is_read_or_refused(
    place: tuple[str, ...], wrong: object
) -> None:
    body = json.dumps(_replaced(_GOOD, place, wrong)).encode()

    try:
        reading = read_packument("npm-changes", GHOST, URL, body, None, NOW)
    except Malformed:
        return

    assert {a.claim for a in reading.record.assertions} <= {Claim.LISTED, Claim.REMOVED}
    assert {a.subject.project for a in reading.record.assertions} == {GHOST}
    assert all(a.valid_from <= NOW for a in reading.record.assertions)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_packument_or_refused(body: bytes) -> None:
    try:
        reading = read_packument("npm-changes", GHOST, URL, body, None, NOW)
    except Malformed:
        return

    assert reading.record.assertions
