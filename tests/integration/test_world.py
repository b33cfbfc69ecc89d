"""The demo world as its guests see it: over HTTP on loopback, with the real git."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.model import path_of
from crawler.net import Http
from workers.demo.githttp import materialise, tips
from workers.demo.server import WorldServer
from workers.demo.world import build, clone_urls

# Hosts of public registries, put together so that this file does not spell them out either.
_SPELLED_OUT = re.compile(
    "|".join(
        (r"pypi\." + r"(?:python\.)?org", "python" + r"hosted\.org", r"registry\.npm" + r"js\.")
    )
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorldServer]:
    with WorldServer(build(), tmp_path_factory.mktemp("world"), page_limit=1000) as running:
        yield running


@pytest.fixture
def http(server: WorldServer) -> Iterator[Http]:
    client = Http(agent="test", connect_to=server.connect_to)
    yield client
    client.close()


def _git(server: WorldServer, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "PATH": os.environ["PATH"],
        "http_proxy": server.base_url,
    }
    return subprocess.run(
        ["git", *words], env=environment, capture_output=True, text=True, timeout=600, check=False
    )


def test_git_sees_the_computed_tip_of_every_branch_on_every_host(server: WorldServer) -> None:
    lures = [r for r in build().repositories if "task" in r.branches]

    for repository in lures:
        listed = _git(server, "ls-remote", f"http://{repository.host}/{repository.path}.git")
        rows = [line.split("\t") for line in listed.stdout.splitlines()]
        seen = {ref: oid for oid, ref in rows}

        assert seen.pop("HEAD") == tips(repository)["main"]
        assert seen == {f"refs/heads/{b}": oid for b, oid in tips(repository).items()}


def test_a_clone_holds_the_files_of_the_world(server: WorldServer, tmp_path: Path) -> None:
    repository = next(r for r in build().repositories if r.path == "demo-44/monorepo")

    cloned = _git(
        server, "clone", "-q", "http://forge.example/demo-44/monorepo", str(tmp_path / "clone")
    )
    checked = _git(server, "-C", str(tmp_path / "clone"), "fsck", "--strict")

    assert (cloned.returncode, cloned.stderr) == (0, "")
    assert (checked.returncode, checked.stderr) == (0, "")
    for path, data in repository.branches["main"].files.items():
        assert (tmp_path / "clone" / path).read_bytes() == data


def test_a_partial_clone_fetches_no_blob(server: WorldServer, tmp_path: Path) -> None:
    target = str(tmp_path / "bare.git")

    cloned = _git(
        server,
        *("clone", "-q", "--bare", "--depth=1", "--filter=blob:none"),
        *("http://github.example/demo-46/science.git", target),
    )
    missing = _git(server, "-C", target, "rev-list", "--objects", "--all", "--missing=print").stdout

    assert (cloned.returncode, cloned.stderr) == (0, "")
    assert sum(line.startswith("?") for line in missing.splitlines()) == 4


def test_an_empty_repository_has_no_refs(server: WorldServer) -> None:
    listed = _git(server, "ls-remote", "http://git.example/demo-empty/nothing-yet.git")

    assert (listed.returncode, listed.stdout) == (0, "")


def test_every_listed_repository_of_the_plain_host_answers_but_the_one_that_is_gone(
    http: Http,
) -> None:
    query = "info/refs?service=git-upload-pack"

    answers = {
        url: http.request("GET", f"{url}/{query}").status
        for url in clone_urls(build(), "git.example")
    }

    gone = [url for url, status in answers.items() if status == 404]
    assert gone == ["https://git.example/demo-gone/trading-bot.git"]
    assert set(answers.values()) == {200, 404}


def test_all_virtual_hosts_answer_on_one_port(http: Http, server: WorldServer) -> None:
    head = {"accept": "application/vnd.pypi.simple.v1+json"}
    index = http.request("GET", "https://index.example/simple/zz-ghost-llm/", headers=head)
    dump = http.request("GET", "https://osv.example/osv/PyPI/modified_id.csv")
    forge = http.request("GET", "https://forge.example/api/v1/repos/search?limit=50")
    limits = http.request("GET", "https://api.github.example/rate_limit")
    private = http.request("GET", "https://private.example/simple/")

    statuses = [answer.status for answer in (index, dump, forge, limits, private)]
    assert statuses == [200, 200, 200, 200, 401]
    assert set(server.connect_to.values()) == {server.base_url}


def test_removed_files_are_alive_at_the_file_host_and_its_mirror(
    http: Http, server: WorldServer
) -> None:
    wallet = next(p for p in build().projects if p.name == "zz-ghost-wallet")
    file = wallet.unlisted["1.0.0"][0]
    path = path_of(file.blake2b_256, file.filename)

    answers = [
        http.request("HEAD", f"https://{host}{path}")
        for host in ("files.index.example", "mirror.example")
    ]

    assert [answer.status for answer in answers] == [200, 200]
    assert {answer.headers["content-length"] for answer in answers} == {str(len(file.data))}
    assert server.traffic().file_downloads == 0


def test_a_file_that_somebody_fetches_is_counted(tmp_path: Path) -> None:
    file = build().projects[0].listed["1.0.0"][0]
    with WorldServer(build(), tmp_path) as server:
        client = Http(agent="test", connect_to=server.connect_to)

        client.request(
            "GET", f"https://files.index.example{path_of(file.blake2b_256, file.filename)}"
        )
        client.close()

        assert server.traffic().file_downloads == 1


def test_the_same_world_gives_the_same_repositories_on_disk(tmp_path: Path) -> None:
    materialise(build().repositories, tmp_path / "one")
    materialise(build.__wrapped__().repositories, tmp_path / "two")

    one, two = (
        {str(p.relative_to(top)): p.read_bytes() for p in sorted(top.rglob("*")) if p.is_file()}
        for top in (tmp_path / "one", tmp_path / "two")
    )
    assert len(one) > 600
    assert one == two


def test_nothing_in_the_world_spells_out_a_public_registry() -> None:
    texts = [repr(build().advisories)]
    for repository in build().repositories:
        for commit in repository.branches.values():
            texts += [data.decode("latin-1") for data in commit.files.values()]
    sources = (Path(__file__).parents[2] / "workers/demo").rglob("*.py")
    texts += [path.read_text() for path in sources]

    found = [match.group() for text in texts if (match := _SPELLED_OUT.search(text))]

    assert found == []
