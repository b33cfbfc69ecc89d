"""What a `.gitmodules` names, as git reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import Refused
from crawler.git.gitmodules import resolve_url, submodule_urls, web_spelling
from tests.servers.git_repository import git

FILE = rb"""# a comment
[submodule "one"]
	path = one
	url = https://git.example/a/one.git
[Submodule "two"] url = "https://git.example/a/two"   ; another
[submodule "a \"quoted\" name"]
	URL = https://git.example/\
a/three
[submodule "four"]
	url = https://git.example/old
	url = "https://git.example/a#four"
[remote "origin"]
	url = https://git.example/not/this
[submodule "five"]
	update = !touch /tmp/owned
	url =
"""


def test_the_urls_are_those_that_git_itself_reads(tmp_path: Path) -> None:
    (tmp_path / "modules").write_bytes(FILE)
    told = git(tmp_path, "config", "-f", "modules", "--get-regexp", r"submodule\..*\.url")
    last = dict(line.rsplit(" ", 1) for line in told.split("\n") if " " in line)

    assert submodule_urls(FILE) == tuple(last.values())
    assert submodule_urls(FILE) == (
        "https://git.example/a/one.git",
        "https://git.example/a/two",
        "https://git.example/a/three",
        "https://git.example/a#four",
    )


@pytest.mark.parametrize(
    "data", [b"", b"[submodule", b'[submodule "x"]\nurl', b"\xff\xfe\x00", b"url = x", b"\\"]
)
def test_what_is_damaged_names_nothing(data: bytes) -> None:
    assert submodule_urls(data) == ()


def test_a_long_file_is_read_in_time_that_grows_with_its_length() -> None:
    lines = b'[submodule "x"]\n' + b"\turl = " + b'"\\' * 400_000

    assert len(submodule_urls(lines)) <= 1


@pytest.mark.parametrize(
    ("url", "above", "resolved"),
    [
        ("../other", "https://git.example/a/b", "https://git.example/a/other"),
        ("../other.git", "https://git.example/a/b.git", "https://git.example/a/other.git"),
        ("../../c/d", "https://git.example/a/b/", "https://git.example/c/d"),
        ("./sub", "https://git.example/a/b", "https://git.example/a/b/sub"),
        ("../.././c", "https://git.example/a/b", "https://git.example/c"),
        ("https://x.example/y", "https://git.example/a/b", "https://x.example/y"),
    ],
)
def test_a_relative_url_is_resolved_as_git_does(url: str, above: str, resolved: str) -> None:
    assert resolve_url(url, above) == resolved


@pytest.mark.parametrize("url", ["../../../c", "../../../../c", "../" * 300 + "c"])
def test_a_relative_url_never_leads_to_another_host(url: str) -> None:
    with pytest.raises(Refused):
        resolve_url(url, "https://git.example/a/b")


@pytest.mark.parametrize(
    ("url", "web"),
    [
        ("git@git.example:a/b.git", "https://git.example/a/b.git"),
        ("ssh://git@git.example/a/b.git", "https://git.example/a/b.git"),
        ("ssh://git@git.example:2222/a/b", "https://git.example/a/b"),
        ("git://git.example/a/b", "https://git.example/a/b"),
        ("http://git.example/a/b", "https://git.example/a/b"),
        ("git.example:a/b", "https://git.example/a/b"),
        ("/srv/git/b", None),
        ("file:///srv/b", None),
        ("ext::sh -c x", None),
        ("--upload-pack=x", None),
        ("https://git.example/a/b", None),
    ],
)
def test_an_address_for_ssh_has_a_spelling_for_the_web(url: str, web: str | None) -> None:
    assert web_spelling(url) == web
