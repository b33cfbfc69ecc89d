import io
import json
import zipfile

from workers.demo.model import World
from workers.demo.osv import Osv
from workers.demo.web import Request, Response

_OLD = {"id": "MAL-2026-1", "modified": "2026-06-01T00:00:00Z"}
_NEW = {"id": "MAL-2026-2", "modified": "2026-06-02T00:00:00Z"}
_ELSEWHERE = {"id": "pypi/campaign/zz-ghost-one", "modified": "2026-06-03T00:00:00Z"}


def _get(path: str, **headers: str) -> Response:
    world = World(
        projects=(), journal=(), advisories=(_OLD, _NEW, _ELSEWHERE), repositories=(), truth=()
    )
    return Osv.of(world)(Request(method="GET", host="osv.example", path=path, headers=headers))


def test_the_archive_holds_every_record_of_the_dump() -> None:
    response = _get("/osv/PyPI/all.zip")

    assert isinstance(response.body, bytes)
    with zipfile.ZipFile(io.BytesIO(response.body)) as archive:
        records = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    assert records == {"MAL-2026-1.json": _OLD, "MAL-2026-2.json": _NEW}


def test_the_list_of_changes_has_the_newest_first() -> None:
    response = _get("/osv/PyPI/modified_id.csv")

    assert response.body == b"2026-06-02T00:00:00Z,MAL-2026-2\n2026-06-01T00:00:00Z,MAL-2026-1\n"


def test_one_record_can_be_asked_for() -> None:
    response = _get("/osv/PyPI/MAL-2026-2.json")

    assert isinstance(response.body, bytes)
    assert json.loads(response.body) == _NEW


def test_a_known_etag_is_answered_without_a_body() -> None:
    etag = _get("/osv/PyPI/all.zip").headers["ETag"]

    again = _get("/osv/PyPI/all.zip", **{"if-none-match": etag})

    assert (again.status, again.body) == (304, b"")


def test_what_is_not_in_the_dump_is_not_found() -> None:
    paths = ("/osv/PyPI/MAL-2026-9.json", "/all.zip", "/osv/npm/all.zip")

    assert [_get(path).status for path in paths] == [404, 404, 404]
