"""Our own client and the git program go to the same addresses, and to none besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crawler.errors import GhostcrawlError, Refused, Retry
from crawler.git.capabilities import Probes
from crawler.git.commandline import CommandLineReader
from crawler.git.interface import Limits
from crawler.git.wire import WireReader
from crawler.model import Refs
from crawler.net import Http
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit
from tests.servers.raw_http import hello, raw_server

BOTH = pytest.mark.parametrize("way", ["client", "program"])


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A user's settings, and a resolver that answers what a test says."""

    addresses: tuple[str, ...] = ("127.0.0.1",)
    trusted: tuple[str, ...] = ()
    connect_to: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def lookup(self, host: str, port: int) -> Iterable[str]:
        self.asked.append(f"{host}:{port}")
        return self.addresses

    def tips(self, way: str, url: str) -> list[str]:
        """Return the tips that one way of reading sees."""
        if way == "program":
            with CommandLineReader(
                agent="a",
                trusted_hosts=self.trusted,
                connect_to=self.connect_to,
                lookup=self.lookup,
            ) as reader:
                return [head.commit for head in reader.heads(url, Refs.BRANCHES).heads]
        http = Http(
            agent="a",
            trusted_hosts=self.trusted,
            connect_to=self.connect_to,
            lookup=self.lookup,
        )
        wire = WireReader(http, probes=Probes(), limits=Limits(), trusted_hosts=self.trusted)
        try:
            return [head.commit for head in wire.heads(url, Refs.BRANCHES).heads]
        finally:
            http.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitHttpServer]:
    with GitHttpServer(tmp_path) as running:
        yield running


@pytest.fixture
def tip(tmp_path: Path) -> str:
    return commit(bare(tmp_path / "r.git"), {"uv.lock": b"lock"})


def port_of(server: GitHttpServer) -> str:
    return server.authority.partition(":")[2]


@BOTH
@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "168.63.129.16",
        "169.254.169.254",
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b:1::1",
        "2002:7f00:1::1",
        "2001::1",
        "fe80::1%lo",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_public_is_refused_by_both(way: str, address: str) -> None:
    world = World(addresses=("93.184.215.14", address))

    with pytest.raises(Refused, match=r"git.example is at the private address "):
        world.tips(way, "https://git.example/r.git")


@BOTH
def test_nothing_is_sent_to_a_host_that_is_refused(way: str) -> None:
    with raw_server(hello) as loopback:
        with pytest.raises(Refused):
            World().tips(way, f"https://git.example:{loopback.port}/r.git")

        assert loopback.first_bytes == []


@BOTH
@pytest.mark.parametrize("name", ["git.example", "git.example:{port}"])
def test_a_trusted_name_is_connected_to_where_the_lookup_says(
    way: str, name: str, server: GitHttpServer, tip: str
) -> None:
    port = port_of(server)
    world = World(trusted=(name.format(port=port),))

    assert world.tips(way, f"http://git.example:{port}/r.git") == [tip]
    assert set(world.asked) == {f"git.example:{port}"}


@BOTH
@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.9"])
def test_where_one_address_does_not_answer_the_next_is_tried(
    way: str, server: GitHttpServer, tip: str
) -> None:
    port = port_of(server)
    world = World(addresses=("127.0.0.9", "127.0.0.1"), trusted=("git.example",))

    assert world.tips(way, f"http://git.example:{port}/r.git") == [tip]


@BOTH
@pytest.mark.parametrize("host", ["git.example", "GIT.example"])
def test_a_host_that_another_one_answers_for_is_asked_there(
    way: str, host: str, server: GitHttpServer, tip: str
) -> None:
    world = World(connect_to={host: f"http://{server.authority}"})

    assert world.tips(way, "https://git.example/r.git") == [tip]
    assert set(world.asked) == {server.authority}


@BOTH
def test_the_name_of_the_host_and_the_base_of_the_other_one_reach_it(way: str) -> None:
    with raw_server(hello) as loopback:
        world = World(connect_to={"git.example": loopback.url("/base/")})
        with suppress(GhostcrawlError):  # a greeting is no repository
            world.tips(way, "https://git.example/a%20b.git")

        heard = loopback.heard[0]
    assert heard.headers["host"] == "git.example"
    assert heard.target == "/base/a%20b.git/info/refs?service=git-upload-pack"


@BOTH
def test_other_names_and_ports_do_not_go_where_one_name_goes(
    way: str, server: GitHttpServer
) -> None:
    world = World(connect_to={"git.example": f"http://{server.authority}"})

    for url in ("https://sub.git.example/r.git", "https://git.example:8443/r.git"):
        with pytest.raises(Refused, match="is at the private address"):
            world.tips(way, url)


@BOTH
def test_plain_http_to_a_name_that_is_only_led_elsewhere_is_refused(
    way: str, server: GitHttpServer
) -> None:
    world = World(connect_to={"git.example": f"http://{server.authority}"})

    with pytest.raises(Refused, match="plain http only on"):
        world.tips(way, "http://git.example/r.git")


@BOTH
def test_a_name_without_an_address_is_tried_again_later(way: str) -> None:
    with pytest.raises(Retry, match=r"git.example has no address"):
        World(addresses=()).tips(way, "https://git.example/r.git")
