"""What one organisation has, its private repositories too: by `crawl --owner`, and by the standing watch."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.servers.lure import GHOST_LOCK, INNOCENT_LOCK, write_feed
from tests.servers.private_forge import PrivateForge
from tests.servers.small_world import repository, world
from tests.servers.terminal import OFFLINE, Terminal
from tests.servers.valkey import allow_loopback_and_unix
from workers.demo.githttp import GitHost, materialise
from workers.demo.loopback import Server
from workers.demo.web import Request, Response

pytestmark = pytest.mark.slow

HOST, ELSEWHERE = "forge.example", "git.example"
TOKEN = "t0ken-that-nobody-may-see"
SECRET = "acme/secret"
WORLD = world(
    repository(SECRET, {"uv.lock": GHOST_LOCK}, host=HOST),
    repository("acme/open", {"services/uv.lock": GHOST_LOCK}, host=HOST),
    repository("acme/clean", {"uv.lock": INNOCENT_LOCK}, host=HOST),
    repository("other/lure", {"uv.lock": GHOST_LOCK}, host=HOST),
    repository("acme/mirror", {"uv.lock": INNOCENT_LOCK}, host=ELSEWHERE),
)
CRAWL = ("crawl", HOST, "--owner", "acme", "--format", "jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A forge with an organisation, another host, and a user who knows of the ghost."""

    forge: PrivateForge
    elsewhere: list[Request]
    """What the other host was asked."""
    user: Terminal

    def without_token(self) -> Terminal:
        kept = {k: v for k, v in self.user.environment.items() if k != "FORGE_TOKEN"}
        return replace(self.user, environment=kept)

    def stored(self) -> bytes:
        """Return all that lies in the state directory."""
        files = [one for one in self.user.state.rglob("*") if one.is_file()]
        return b"".join(one.read_bytes() for one in files)


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Organisation]:
    allow_loopback_and_unix()
    folder = tmp_path / "repositories"
    materialise(WORLD.repositories, folder)
    forge = PrivateForge(WORLD, HOST, folder, private={SECRET}, token=TOKEN)
    other, asked = GitHost(WORLD, ELSEWHERE, folder), list[Request]()

    def elsewhere(request: Request) -> Response:
        asked.append(request)
        return other(request)

    served = {"Content-Length": "9", "Content-Type": "application/octet-stream"}
    files = lambda _: Response(status=200, headers=served)  # noqa: E731 - one line of a table
    with Server({HOST: forge, ELSEWHERE: elsewhere, "files.index.example": files}) as server:
        routes = "\n".join(f'"{name}" = "{url}"' for name, url in server.connect_to.items())
        section = f'[hosts."{HOST}"]\nkind = "forgejo"\nweb_url = "https://{HOST}"\n'
        section += 'token_env = "FORGE_TOKEN"\nowners = ["acme"]\nwatch.list = "never"\n'
        configuration = f"{OFFLINE}scale = 2000\n\n{section}\n[network.connect_to]\n{routes}\n"
        user = Terminal.at(tmp_path / "user", configuration, FORGE_TOKEN=TOKEN)
        assert user("seed", "--from", write_feed(tmp_path / "feed.jsonl")).code == 0
        yield Organisation(forge=forge, elsewhere=asked, user=user)


def found(rows: list[dict[str, object]]) -> list[tuple[object, object]]:
    repositories = [row["repo"] for row in rows]
    assert all(isinstance(one, dict) for one in repositories)
    return sorted((one["full_name"], one["private"]) for one in repositories)  # type: ignore[index] # asserted


def test_all_that_an_organisation_has_is_found_and_its_private_repository_by_the_token(
    acme: Organisation,
) -> None:
    ran = acme.user(*CRAWL)

    assert found(ran.rows) == [("acme/open", False), (SECRET, True)], ran.err
    assert {row["verdict"]["level"] for row in ran.rows} == {"confirmed"}
    assert ran.code == 1


def test_the_token_goes_to_the_api_and_to_the_private_repository_and_is_written_nowhere(
    acme: Organisation, tmp_path: Path
) -> None:
    urls = tmp_path / "urls.txt"
    urls.write_text(f"https://{ELSEWHERE}/acme/mirror.git\n", "utf-8")

    ran = acme.user("-v", *CRAWL, "--repos", str(urls))

    asked = {"/".join(path.split("/")[:3]) for path in acme.forge.authorized}
    basic = b64encode(f"oauth2:{TOKEN}".encode())
    assert asked == {"/api/v1", f"/{SECRET}.git"}
    assert acme.elsewhere
    assert not any("authorization" in one.headers for one in acme.elsewhere)
    for secret in (TOKEN.encode(), basic):
        assert secret not in acme.stored()
        assert secret not in (ran.out + ran.err).encode()


def test_without_the_token_a_private_repository_that_is_known_is_said_to_be_private(
    acme: Organisation,
) -> None:
    acme.user(*CRAWL)
    asked = len(acme.forge.authorized)

    ran = acme.without_token()(
        "crawl", "--repos", "-", "--format", "jsonl", stdin=f"https://{HOST}/{SECRET}\n".encode()
    )
    (covered,) = acme.user("coverage", "--host", HOST, "--format", "jsonl").rows

    assert len(acme.forge.authorized) == asked
    assert covered["outcomes"] == {"private": 1, "visited": 2}
    assert f"{SECRET}: https://{HOST}/{SECRET}.git answered 401" in ran.err


def test_without_the_token_an_owner_is_listed_without_what_is_private_and_that_is_said(
    acme: Organisation,
) -> None:
    ran = acme.without_token()(*CRAWL)

    assert found(ran.rows) == [("acme/open", False)]
    assert f"{HOST}: only public repositories: no token of this host is set" in ran.err


def test_no_document_for_others_tells_of_a_private_repository(
    acme: Organisation, tmp_path: Path
) -> None:
    acme.user(*CRAWL)
    acme.user("verify", "--all")
    (row,) = (
        r
        for r in acme.user("findings", "list", "--format", "jsonl").rows
        if not r["repo"]["private"]
    )
    assert acme.user("findings", "promote", row["id"], "--reason", "a lure").code == 0
    triage = ("--owner", "acme", "--class", "lure", "--reason", "made for it", "--yes")
    assert acme.user("cases", "triage", *triage).code == 0

    ran = acme.user("report", "-o", str(tmp_path / "report"))

    written = {one.name: one.read_text("utf-8") for one in (tmp_path / "report").iterdir()}
    letters = [name for name in written if name.startswith("takedown-")]
    assert len(letters) == 1
    assert "acme/open" in written[letters[0]]
    assert {name for name, content in written.items() if SECRET in content} == {"findings.jsonl"}
    assert "1 finding without a letter: in a private repository" in ran.err


def test_a_round_of_the_watch_finds_what_the_owners_of_a_host_have(acme: Organisation) -> None:
    feed = f"file:{acme.user.folder.parent / 'feed.jsonl'}"

    ran = acme.user("run", "--once", "--feeds", feed, "--workers", "1")
    rows = acme.user("findings", "list", "--format", "jsonl").rows

    assert found(rows) == [("acme/open", False), (SECRET, True)], ran.err
    assert ran.code == 0, ran.err
