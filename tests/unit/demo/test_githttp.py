from pathlib import Path

import pytest

from workers.demo.githttp import GitHost, materialise, tips
from workers.demo.model import Commit, World, WorldRepository
from workers.demo.web import Request, Response

_REPOSITORY = WorldRepository(
    host="git.example",
    path="demo/one",
    branches={"main": Commit(files={"a/uv.lock": b"version = 1\n", "README.md": b"# one\n"})},
)
_COMMIT = "de88bd787bd6754fb3266074c06d1c718791bb40"


def _world(*repositories: WorldRepository) -> World:
    return World(projects=(), journal=(), advisories=(), repositories=repositories, truth=())


@pytest.fixture
def git_host(tmp_path: Path) -> GitHost:
    world = _world(_REPOSITORY)
    materialise(world.repositories, tmp_path)
    return GitHost(world, "git.example", tmp_path)


def _refs(git_host: GitHost, path: str, service: str = "git-upload-pack") -> Response:
    return git_host(
        Request(method="GET", host="git.example", path=path, query={"service": service})
    )


def test_a_commit_has_the_same_id_on_every_machine() -> None:
    assert tips(_REPOSITORY) == {"main": _COMMIT}


@pytest.mark.parametrize("path", ["/demo/one.git/info/refs", "/demo/one/info/refs"])
def test_refs_are_advertised_with_and_without_the_suffix(git_host: GitHost, path: str) -> None:
    response = _refs(git_host, path)

    assert response.status == 200
    assert response.headers["Content-Type"] == "application/x-git-upload-pack-advertisement"
    assert isinstance(response.body, bytes)
    assert f"{_COMMIT} refs/heads/main".encode() in response.body


@pytest.mark.parametrize(
    "path",
    [
        "/demo/two.git/info/refs",
        "/demo/one.git/HEAD",
        "/demo/one.git/config",
        "/demo/../demo/one.git/info/refs",
        "/demo/one.git/info/refs/../../config",
        "/",
    ],
)
def test_what_is_no_repository_of_the_world_is_not_found(git_host: GitHost, path: str) -> None:
    assert _refs(git_host, path).status == 404


def test_nobody_can_push(git_host: GitHost) -> None:
    assert _refs(git_host, "/demo/one.git/info/refs", "git-receive-pack").status == 403
