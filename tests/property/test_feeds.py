from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import FeedError, Malformed
from crawler.model import Ecosystem
from feeds.imports.file import FileFeed
from feeds.interface import PollRequest
from feeds.osv.dump import entries
from feeds.osv.record import read_record
from tests.generated import examples
from tests.servers.torn_archives import CONTENT, packed

NOW = datetime(2026, 11, 22, tzinfo=UTC)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
_GOOD: dict[str, object] = {
    "id": "MAL-2026-1",
    "published": "2026-05-01T00:00:00Z",
    "modified": "2026-05-02T00:00:00Z",
    "withdrawn": "2026-05-03T00:00:00Z",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "zz"},
            "versions": ["1"],
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
            "database_specific": {
                "indicators": {
                    "package_integrity": [{"filename": "zz-1.whl", "hashes": {"sha256": "a" * 64}}]
                }
            },
        }
    ],
    "references": [{"type": "WEB", "url": "https://forge.example/1"}],
    "database_specific": {"malicious-packages-origins": [{"source": "x", "import_time": "1"}]},
}


def _places(value: object, at: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    items: list[tuple[object, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [at, *(place for key, inner in items for place in _places(inner, (*at, key)))]


def _replaced(value: object, place: tuple[object, ...], new: object) -> object:
    if not place:
        return new
    if isinstance(value, dict):
        return {k: _replaced(v, place[1:], new) if k == place[0] else v for k, v in value.items()}
    assert isinstance(value, list)
    return [_replaced(v, place[1:], new) if i == place[0] else v for i, v in enumerate(value)]


@given(place=st.sampled_from(_places(_GOOD)), wrong=_JSON)
def test_a_record_with_any_field_of_another_type_is_read_or_refused(
    place: tuple[object, ...], wrong: object
) -> None:
    document = _replaced(_GOOD, place, wrong)

    try:
        reading = read_record(document, "osv-mal", Ecosystem.PYPI)
    except Malformed:
        return

    assert reading.record.assertions or reading.skipped


@given(lines=st.lists(st.binary(max_size=40) | _JSON.map(lambda v: json.dumps(v).encode())))
def test_a_file_of_anything_gives_pages_or_says_why_not(lines: list[bytes]) -> None:
    with TemporaryDirectory() as directory:
        path = Path(directory) / "rows.jsonl"
        path.write_bytes(b"\n".join(lines))

        try:
            pages = list(FileFeed(path).poll(PollRequest(cursor=None, now=NOW)))
        except FeedError:
            return

    assert any(page.records for page in pages)


_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_ARCHIVES = tuple(packed(method) for method in _METHODS)


@given(
    archive=st.sampled_from(_ARCHIVES),
    places=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=4),
    put=st.binary(min_size=1, max_size=8),
)
@examples(500)
def test_an_archive_with_bytes_overwritten_anywhere_is_read_or_refused(
    archive: bytes, places: list[float], put: bytes
) -> None:
    torn = bytearray(archive)
    for place in places:
        start = int(place * len(torn))
        torn[start : start + len(put)] = put

    try:
        rows = list(entries(io.BytesIO(bytes(torn)), "osv-mal", ("MAL-",)))
    except FeedError:
        return

    assert {content for _, content in rows} <= {CONTENT}
