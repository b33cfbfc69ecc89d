"""Passwords lie in files: they reach the URL that needs them, and nothing that anybody sees."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy.engine import make_url

from crawler.errors import ConfigurationError
from workers.passwords import password_in, with_password
from workers.settings import Settings
from workers.wiring import Wiring

PASSWORD = "p@ss:w/rd %+#é"  # whatever a generator of passwords may think of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n", "utf-8")
    return path


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://git@postgres/ghostcrawl",
        "postgresql://git@postgres:5432/ghostcrawl?sslmode=require",
        "postgresql://git@/ghostcrawl?host=/run/postgresql",
    ],
)
def test_a_password_reaches_the_url_of_the_database_whatever_it_is_made_of(
    file: Path, url: str
) -> None:
    read = make_url(with_password(url, file))

    assert (read.username, read.password) == ("git", PASSWORD)
    assert read._replace(password=None) == make_url(url)


def test_a_password_reaches_the_url_of_the_broker(file: Path) -> None:
    url = with_password("redis://git@valkey:6379/0", file)

    options = Redis.from_url(url).connection_pool.connection_kwargs
    assert (options["username"], options["password"]) == ("git", PASSWORD)
    assert (options["host"], options["port"], options["db"]) == ("valkey", 6379, 0)


def test_without_a_file_a_url_is_what_it_was() -> None:
    assert with_password("redis://valkey", None) == "redis://valkey"


@pytest.mark.parametrize("url", ["redis://valkey:6379/0", "redis://git:old@valkey", "redis://:x@v"])
def test_a_password_that_belongs_to_nobody_or_is_there_twice_is_refused(
    file: Path, url: str
) -> None:
    with pytest.raises(ConfigurationError, match="a user and without a password") as caught:
        with_password(url, file)

    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"two\nlines", b"\xff\xfe", b"a\x00b", b"x" * 2000], ids=repr
)
def test_a_file_that_holds_no_password_is_refused_without_its_text(
    tmp_path: Path, text: bytes
) -> None:
    (tmp_path / "wrong").write_bytes(text)

    with pytest.raises(ConfigurationError) as caught:
        password_in(tmp_path / "wrong")

    assert str(caught.value).endswith("expected one line of printable UTF-8")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read the password file .*gone: No such"):
        password_in(tmp_path / "gone")


def test_logs_hide_both_passwords(tmp_path: Path, file: Path) -> None:
    (tmp_path / "other").write_text("an-other-password", "utf-8")
    settings = Settings(database_password_file=file, broker_password_file=tmp_path / "other")

    assert set(Wiring(settings).secrets()) == {PASSWORD, "an-other-password"}
