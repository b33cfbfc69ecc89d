"""Which repository URLs are opened, and that all others are refused."""

from __future__ import annotations

import pytest

from crawler.errors import Refused
from crawler.git.urls import parse_repository_url


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://forge.example/owner/name.git", "https://forge.example/owner/name.git"),
        ("https://Forge.Example/o/n/", "https://forge.example/o/n"),
        ("https://git.example:8443/~user/r", "https://git.example:8443/~user/r"),
        ("https://git.example/a%20b.git", "https://git.example/a%20b.git"),
        ("https://git.example/caf%C3%A9.git", "https://git.example/caf%C3%A9.git"),
    ],
)
def test_https_urls_of_dns_names_are_accepted(url: str, written: str | None) -> None:
    if written is None:
        with pytest.raises(Refused):
            parse_repository_url(url)
    else:
        assert str(parse_repository_url(url)) == written


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ext::sh -c id",
        "ext://host/x",
        "EXT::sh",
        "fd::17",
        "file:///etc/passwd",
        "/path/to/repository",
        "./path",
        "git://git.example/r",
        "ssh://git.example/r",
        "user@git.example:r",
        "-uid",
        "--upload-pack=id",
        "ssh://-oProxyCommand=id/r",
        "https://-oProxyCommand=id/r",
        "https://git.example/r\n",
        "https://git.example/\nr",
        "https://git.example/$HOME",
        "https://user:token@git.example/r",
        "https://user@git.example/r",
        "https://2130706433/r",
        "https://0x7f000001/r",
        "https://0177.0.0.1/r",
        "https://127.0.0.1/r",
        "https://[::1]/r",
        "https://[fe80::1%25eth0]/r",
        "https://git.example:0/r",
        "https://git.example:22/r",
        "https://git.example:65536/r",
        "https://git.example:/r",
        "https://xn--gthub-cta.example/r",
        "https://g\u0456thub.example/r",
        "https://git.example./r",
        "https://git..example/r",
        "https://localhost/r",
        "https://git.example/" + "a" * 8_192,
        "https://git.example/%00",
        "https://git.example/%0d%0aHost:x",
        "https://git.example/%2e%2e/r",
        "https://git.example/a%2fb",
        "https://git.example/a%5cb",
        "https://git.example/100%",
        "https://git.example/../r",
        "https://git.example/a//b",
        "https://git.example/-r",
        "https://git.example\\@evil.example/r",
        "https://git.example/r?x=1",
        "https://git.example/r#x",
        "https://git.example",
        "https://git.example/",
        "HTTPS://git.example/r",
        "http://git.example/r",
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        parse_repository_url(url)


def test_plain_http_and_addresses_are_for_trusted_hosts_only() -> None:
    parsed = parse_repository_url("http://127.0.0.1:8080/r.git", ["127.0.0.1:8080"])

    assert (parsed.origin, parsed.path) == ("http://127.0.0.1:8080", "/r.git")


def test_a_trusted_host_makes_no_other_host_trusted() -> None:
    with pytest.raises(Refused):
        parse_repository_url("http://127.0.0.1:8081/r.git", ["127.0.0.1:8080"])


def test_a_refusal_shows_no_credentials() -> None:
    with pytest.raises(Refused) as raised:
        parse_repository_url("https://user:secret@git.example/r")

    assert "secret" not in str(raised.value)
