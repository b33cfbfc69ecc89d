"""A Git server of which nothing but its address is known."""

from __future__ import annotations

from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.plain import PlainGit
from crawler.model import LineSpan

_HOST = PlainGit(HostSettings(name="git.example", kind=HostKind.GIT, web_url="https://git.example"))


def test_a_line_is_named_beside_the_clone_url() -> None:
    link = _HOST.permalink(
        _HOST.repository("team/app.git"), "a" * 40, "sub dir/uv.lock", LineSpan(first=3, last=5)
    )

    assert link == f"https://git.example/team/app.git {'a' * 40} sub%20dir/uv.lock:3-5"
