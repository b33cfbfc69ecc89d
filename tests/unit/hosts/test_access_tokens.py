"""The token in a file that somebody renews."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest

from crawler.errors import ConfigurationError
from crawler.hosts.access_tokens import TokenFile, checked_token

_FIRST, _SECOND = "ghs_first", "ghs_second"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(f"{_FIRST}\n", encoding="utf-8")
    return path


def _replace(path: Path, text: str) -> None:
    """Write `text` beside `path` and move it there, as a careful writer does."""
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def test_a_file_that_is_replaced_is_read_anew(path: Path) -> None:
    file = TokenFile(path, "git.example")
    before = file.current()

    _replace(path, _SECOND)

    assert (before, file.current()) == (_FIRST, _SECOND)
    assert file.known() == (_FIRST, _SECOND)


def test_a_file_that_is_written_over_is_read_anew(path: Path) -> None:
    file = TokenFile(path, "git.example")

    path.write_text("ghs_other", encoding="utf-8")
    os.utime(path, ns=(1, 1))

    assert file.current() == "ghs_other"


def test_a_link_that_leads_elsewhere_is_followed(path: Path, tmp_path: Path) -> None:
    link, second = tmp_path / "link", tmp_path / "second"
    second.write_text(_SECOND, encoding="utf-8")
    link.symlink_to(path)
    file = TokenFile(link, "git.example")
    identity = file.identity

    link.unlink()
    link.symlink_to(second)

    assert (file.current(), file.identity) == (_SECOND, identity)


@pytest.mark.parametrize(
    "torn", ["", "\n", "half a token", "ghs_\x00", "ghs_é", "t" * 1025, "t\r\nx-more: 1"]
)
def test_what_is_no_token_leaves_the_last_one_in_use(path: Path, torn: str) -> None:
    file = TokenFile(path, "git.example")

    _replace(path, torn)
    meanwhile = file.current()
    _replace(path, _SECOND)

    assert (meanwhile, file.current()) == (_FIRST, _SECOND)


def test_a_file_that_is_gone_for_a_moment_leaves_the_last_one_in_use(path: Path) -> None:
    file = TokenFile(path, "git.example")

    path.unlink()
    meanwhile = file.current()
    path.write_text(_SECOND, encoding="utf-8")

    assert (meanwhile, file.current()) == (_FIRST, _SECOND)


def test_a_change_that_leaves_no_trace_is_seen_by_who_looks_anew(path: Path) -> None:
    file = TokenFile(path, "git.example")
    seen = path.stat()

    path.write_text("ghs_other\n"[: seen.st_size].ljust(seen.st_size), encoding="utf-8")
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))

    assert file.current() == _FIRST
    assert file.current(force_reload=True) == "ghs_other"


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    told, tell = os.pipe()
    os.write(tell, f"{_FIRST}\n".encode())
    os.close(tell)

    file = TokenFile(Path(f"/dev/fd/{told}"), "git.example")

    assert file.current(force_reload=True) == _FIRST
    os.close(told)


def test_an_empty_file_has_no_token(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.touch()

    file = TokenFile(path, "git.example")

    assert file.is_empty
    assert file.current() is None


@pytest.mark.parametrize("content", [b"s3cret with blanks", b"s3cret\xff", b"s3cret" * 1000])
def test_what_is_no_token_at_the_start_is_a_mistake_that_does_not_repeat_it(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"token file of git\.example") as caught:
        TokenFile(path, "git.example")

    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_a_file_that_is_not_there_at_the_start_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        TokenFile(tmp_path / "nothing", "git.example")


def test_the_longest_token_is_taken() -> None:
    assert checked_token("t" * 1024) == "t" * 1024
