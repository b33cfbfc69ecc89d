import json
import xmlrpc.client
from dataclasses import replace

import pytest

from workers.demo.history import FIRST_SERIAL, ProjectHistory, journal
from workers.demo.index import DemoIndex
from workers.demo.model import World
from workers.demo.web import Request, Response

_JSON = "application/vnd.pypi.simple.v1+json"


def _world(*histories: ProjectHistory) -> World:
    return World(
        projects=tuple(history.project() for history in histories),
        journal=journal(histories),
        advisories=(),
        repositories=(),
        truth=(),
    )


def _one(name: str = "zz-ghost-one") -> ProjectHistory:
    return (
        ProjectHistory(name).create("2026-06-01T10:00:00Z").release("2026-06-01T10:05:00Z", "1.0.0")
    )


def _get(index: DemoIndex, path: str, **headers: str) -> Response:
    return index(Request(method="GET", host="index.example", path=path, headers=headers))


def _page(response: Response) -> dict[str, object]:
    assert isinstance(response.body, bytes)
    page = json.loads(response.body)
    assert isinstance(page, dict)
    return page


def _call(index: DemoIndex, method: str, *params: object) -> object:
    body = xmlrpc.client.dumps(params, method).encode()  # type: ignore[arg-type]
    response = index(Request(method="POST", host="index.example", path="/pypi", body=body))
    assert isinstance(response.body, bytes)
    return xmlrpc.client.loads(response.body)[0][0]


def test_an_active_project_lists_its_files_with_digest_paths() -> None:
    index = DemoIndex(_world(_one()))

    response = _get(index, "/simple/zz-ghost-one/", accept=_JSON)

    page = _page(response)
    assert response.headers["Content-Type"] == _JSON
    assert response.headers["X-PyPI-Last-Serial"] == str(FIRST_SERIAL + 4)
    assert page["versions"] == ["1.0.0"]
    assert page["project-status"] == {"status": "active"}
    files = page["files"]
    assert isinstance(files, list)
    assert files[0]["url"].startswith("https://files.index.example/packages/")
    assert files[0]["upload-time"] == "2026-06-01T10:05:00Z"
    assert files[0]["yanked"] is False


def test_a_quarantined_project_answers_with_nothing_listed() -> None:
    index = DemoIndex(_world(_one().quarantine("2026-06-02T10:00:00Z")))

    response = _get(index, "/simple/zz-ghost-one/")

    assert response.status == 200
    page = _page(response)
    assert page["project-status"] == {"status": "quarantined"}
    assert (page["versions"], page["files"]) == ([], [])


def test_a_removed_project_is_not_found() -> None:
    index = DemoIndex(_world(_one().remove_project("2026-06-02T10:00:00Z")))

    assert _get(index, "/simple/zz-ghost-one/").status == 404


def test_a_known_etag_is_answered_without_a_body() -> None:
    index = DemoIndex(_world(_one()))
    etag = _get(index, "/simple/zz-ghost-one/").headers["ETag"]

    again = _get(index, "/simple/zz-ghost-one/", **{"if-none-match": etag})

    assert (again.status, again.body) == (304, b"")


def test_another_spelling_of_a_name_is_redirected() -> None:
    response = _get(DemoIndex(_world(_one())), "/simple/ZZ_Ghost.One/")

    assert response.status == 301
    assert response.headers["Location"] == "/simple/zz-ghost-one/"


def test_the_list_of_projects_omits_quarantined_ones() -> None:
    held = _one("zz-ghost-held").quarantine("2026-06-02T10:00:00Z")

    page = _page(_get(DemoIndex(_world(_one(), held)), "/simple/"))

    assert page["projects"] == [{"name": "zz-ghost-one"}]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/pypi/zz-ghost-one/json", {}, 404),
        ("GET", "/simple/zz-ghost-one/", {"accept": "text/html"}, 406),
        ("PUT", "/simple/zz-ghost-one/", {}, 405),
        ("POST", "/pypi", {}, 400),
    ],
)
def test_what_the_index_does_not_do_is_refused(
    method: str, path: str, headers: dict[str, str], status: int
) -> None:
    index = DemoIndex(_world(_one()))

    response = index(Request(method=method, host="index.example", path=path, headers=headers))

    assert response.status == status


def test_the_journal_goes_on_after_a_serial() -> None:
    index = DemoIndex(_world(_one()))

    entries = _call(index, "changelog_since_serial", FIRST_SERIAL + 2)

    assert entries == [
        [
            "zz-ghost-one",
            "1.0.0",
            1780308300,
            "add py3 file zz_ghost_one-1.0.0-py3-none-any.whl",
            FIRST_SERIAL + 3,
        ],
        [
            "zz-ghost-one",
            "1.0.0",
            1780308300,
            "add source file zz_ghost_one-1.0.0.tar.gz",
            FIRST_SERIAL + 4,
        ],
    ]


def test_the_journal_comes_in_pages() -> None:
    index = DemoIndex(_world(_one()), page_limit=2)

    entries = _call(index, "changelog_since_serial", 0)

    assert isinstance(entries, list)
    assert [entry[4] - FIRST_SERIAL for entry in entries] == [0, 1]


def test_the_last_serial_is_that_of_the_last_entry() -> None:
    assert _call(DemoIndex(_world(_one())), "changelog_last_serial") == FIRST_SERIAL + 4


def test_the_names_with_serials_hold_quarantined_projects_and_no_removed_ones() -> None:
    held = _one("zz-ghost-held").quarantine("2026-06-02T10:00:00Z")
    gone = _one("zz-ghost-gone").remove_project("2026-06-03T10:00:00Z")

    names = _call(DemoIndex(_world(held, gone)), "list_packages_with_serial")

    assert names == {"zz-ghost-held": FIRST_SERIAL + 10}


def test_an_unknown_method_is_a_fault() -> None:
    index = DemoIndex(_world(_one()))

    with pytest.raises(xmlrpc.client.Fault, match=r"system\.multicall not found"):
        _call(index, "system.multicall")


def test_a_published_world_is_served_from_then_on() -> None:
    world = _world(_one())
    index = DemoIndex(world)

    index.publish(replace(world, projects=()))

    assert _get(index, "/simple/zz-ghost-one/").status == 404
