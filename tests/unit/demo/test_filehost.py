from crawler.model import path_of
from workers.demo.filehost import FileHost
from workers.demo.history import ProjectHistory
from workers.demo.model import World
from workers.demo.web import Request


def _removed() -> World:
    history = ProjectHistory("zz-ghost-one").create("2026-06-01T10:00:00Z")
    history.release("2026-06-01T10:05:00Z", "1.0.0").remove_project("2026-06-02T10:00:00Z")
    return World(
        projects=(history.project(),), journal=(), advisories=(), repositories=(), truth=()
    )


def _head(path: str, method: str = "HEAD") -> Request:
    return Request(method=method, host="files.index.example", path=path)


def test_a_removed_file_is_still_served_and_never_changes() -> None:
    world = _removed()
    file = world.projects[0].unlisted["1.0.0"][0]

    response = FileHost(world)(_head(path_of(file.blake2b_256, file.filename)))

    assert response.status == 200
    assert response.headers["Cache-Control"] == "max-age=365000000, immutable, public"
    assert response.body == file.data


def test_a_file_under_another_digest_is_not_found() -> None:
    file = _removed().projects[0].unlisted["1.0.0"][0]

    response = FileHost(_removed())(_head(path_of("0" * 64, file.filename)))

    assert response.status == 404


def test_nothing_can_be_uploaded() -> None:
    assert FileHost(_removed())(_head("/packages/", "PUT")).status == 405
