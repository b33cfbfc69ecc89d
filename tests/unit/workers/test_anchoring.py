from __future__ import annotations

from pathlib import Path

import pytest

from workers.anchoring import anchored_url

FOLDER = Path("/etc/ghostcrawl")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///a/b.sqlite", "sqlite:////etc/ghostcrawl/a/b.sqlite"),
        ("sqlite+pysqlite:///b?timeout=3", "sqlite+pysqlite:////etc/ghostcrawl/b?timeout=3"),
        ("sqlite:///file:b?uri=true", "sqlite:///file:/etc/ghostcrawl/b?uri=true"),
        (
            "postgresql://db.example/x?sslrootcert=ca.pem&connect_timeout=3",
            "postgresql://db.example/x?sslrootcert=%2Fetc%2Fghostcrawl%2Fca.pem&connect_timeout=3",
        ),
        (
            "rediss://db.example?ssl_ca_certs=ca.pem",
            "rediss://db.example?ssl_ca_certs=%2Fetc%2Fghostcrawl%2Fca.pem",
        ),
    ],
)
def test_a_relative_file_in_a_url_is_below_the_folder(written: str, meant: str) -> None:
    assert anchored_url(written, FOLDER) == meant


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?uri=true",
        "sqlite:////var/lib/x.sqlite",
        "postgresql://db.example/x?sslrootcert=system",
        "postgresql://db.example/x?sslcert=",
        "redis://db.example:6379/0",
        "unix:///run/valkey.sock?db=1",
    ],
)
def test_any_other_url_stays_as_it_is(url: str) -> None:
    assert anchored_url(url, FOLDER) == url
