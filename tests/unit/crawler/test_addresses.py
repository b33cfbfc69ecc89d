"""Which addresses are those of one host on the internet, and who answers for whom."""

from __future__ import annotations

import pytest

from crawler.errors import Refused, Retry
from crawler.net import Reach, Route, is_public


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "140.82.121.4",
        "168.63.129.15",
        "168.63.129.17",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2606:50c0:8000::153",
        "2a04:4e42::223",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "64:ff9b::8c52:7904",
    ],
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        # this host, this network, nobody
        "0.0.0.0",
        "0.1.2.3",
        "127.0.0.1",
        "127.255.255.254",
        "::",
        "::1",
        # private networks
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.100.100.200",
        "100.127.255.255",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "feff::1",
        # links, with and without a zone
        "169.254.169.254",
        "fe80::1",
        "fe80::1%eth0",
        "febf::1",
        "2606:50c0:8000::153%eth0",
        # clouds' own hosts
        "168.63.129.16",
        "192.0.0.192",
        # protocol assignments, documentation, benchmarks, AS112, relays
        "192.0.0.1",
        "192.0.0.9",
        "192.0.0.170",
        "192.0.0.255",
        "192.0.2.1",
        "192.31.196.1",
        "192.52.193.1",
        "192.88.99.1",
        "192.175.48.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "100::1",
        "100:0:0:1::1",
        "2001:1::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2620:4f:8000::1",
        "3ffe::1",
        "3fff::1",
        "5f00::1",
        # multicast, reserved, broadcast
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.254",
        "255.255.255.255",
        "ff02::1",
        "ff0e::1",
        "4000::1",
        "fe00::1",
        # IPv4 inside IPv6
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:168.63.129.16",
        "::ffff:169.254.169.254",
        "::ffff:0:8.8.8.8",
        "::127.0.0.1",
        "::8.8.8.8",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::100.64.0.1",
        "64:ff9b::192.0.0.192",
        "64:ff9b:1::8.8.8.8",
        "64:ff9b:1::127.0.0.1",
        "64:ff9b:1:ffff::1",
        "64:ff9b:2::8.8.8.8",
        "2002:7f00:1::1",
        "2002:a00:1::1",
        "2002:808:808::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        # no address at all
        "",
        "localhost",
        "1.1.1",
        "0x7f000001",
        "017700000001",
        "1.1.1.1 ",
    ],
)
def test_all_others_are_not(address: str) -> None:
    assert not is_public(address)


def reach(*addresses: str, trusted: tuple[str, ...] = ()) -> Reach:
    return Reach(
        trusted, {"led.example": "http://proxy.example:8080/base"}, lookup=lambda *_: addresses
    )


def test_one_address_that_is_not_public_refuses_them_all() -> None:
    with pytest.raises(Refused, match=r"git.example is at the private address 10.0.0.1"):
        reach("8.8.8.8", "10.0.0.1").addresses("git.example", 443)


def test_public_addresses_come_in_the_order_of_the_lookup() -> None:
    found = reach("2a04:4e42::223", "8.8.8.8").addresses("git.example", 443)

    assert found == ("2a04:4e42::223", "8.8.8.8")


@pytest.mark.parametrize(
    ("host", "port", "trusted"),
    [
        ("git.example", 443, "git.example"),
        ("GIT.example", 8443, "git.EXAMPLE"),
        ("git.example", 8443, "git.example:8443"),
        ("::1", 8443, "[::1]:8443"),
        ("::1", 8443, "[::1]"),
        ("proxy.example", 8080, "another.example"),
    ],
)
def test_a_host_that_is_trusted_or_led_to_may_be_private(
    host: str, port: int, trusted: str
) -> None:
    assert reach("10.0.0.1", trusted=(trusted,)).addresses(host, port) == ("10.0.0.1",)


@pytest.mark.parametrize(
    ("host", "port"), [("git.example", 8444), ("proxy.example", 8081), ("led.example", 443)]
)
def test_another_port_or_name_is_not_meant(host: str, port: int) -> None:
    with pytest.raises(Refused):
        reach("10.0.0.1", trusted=("git.example:8443",)).addresses(host, port)


def test_a_host_without_any_address_may_have_one_later() -> None:
    def fails(host: str, port: int) -> tuple[str, ...]:
        raise OSError("no such name")

    with pytest.raises(Retry):
        reach().addresses("git.example", 443)
    with pytest.raises(Retry, match="has no address; check its name"):
        Reach(lookup=fails).addresses("git.example", 443)


@pytest.mark.parametrize(
    ("url", "route"),
    [
        ("https://git.example/r", Route(url="https://git.example/r")),
        ("https://led.example:8443/r", Route(url="https://led.example:8443/r")),
        (
            "https://led.example:443/a%2Fb?q=1",
            Route(url="http://proxy.example:8080/base/a%2Fb?q=1", host="led.example"),
        ),
        ("https://LED.example", Route(url="http://proxy.example:8080/base", host="led.example")),
    ],
)
def test_a_request_goes_below_the_base_that_answers_for_its_host(url: str, route: Route) -> None:
    assert reach().route(url) == route
