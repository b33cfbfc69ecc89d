"""Where a letter says that a pin is, and how its reader can look."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from crawler.model import (
    LineSpan,
    Report,
)
from tests.unit.reporting.letters import (
    EVIDENCE,
    confirmed,
    found,
    letter,
)
from tests.values import (
    REPOSITORY,
    SIGHTING,
)


def test_each_link_to_lines_is_named_by_its_file_and_lines() -> None:
    def at(key: str, commit: str, lines: LineSpan | None) -> Report:
        span = "" if lines is None else f"#L{lines.first}"
        link = f"https://git.example/acme/task/src/commit/{commit[:4]}/uv.lock{span}"
        return replace(
            found(confirmed(), key=key * 64, sighting=replace(SIGHTING, commit=commit)),
            evidence=replace(EVIDENCE, permalink=link, lines=lines),
        )

    line_18 = LineSpan(first=18, last=18)
    apart = letter(
        at("a", "1" * 40, line_18),
        at("b", "1" * 40, LineSpan(first=20, last=24)),
        at("c", "1" * 40, None),
    )
    alike = letter(at("a", "1" * 40, line_18), at("b", "2" * 40, line_18))

    assert [line for line in apart.splitlines() if line.startswith("- ") and "<" in line][:-1] == [
        "- `uv.lock`: <https://git.example/acme/task/src/commit/1111/uv.lock>",
        "- `uv.lock` line 18: <https://git.example/acme/task/src/commit/1111/uv.lock#L18>",
        "- `uv.lock` lines 20-24: <https://git.example/acme/task/src/commit/1111/uv.lock#L20>",
    ]
    assert f"- `uv.lock` line 18 at commit `{'1' * 40}`: <https://" in alike
    assert f"- `uv.lock` line 18 at commit `{'2' * 40}`: <https://" in alike


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (LineSpan(first=20, last=20), "`uv.lock`, line 20, at commit"),
        (LineSpan(first=20, last=24), "`uv.lock`, lines 20-24, at commit"),
        (None, "`uv.lock` at commit"),
    ],
)
def test_the_lines_of_a_pin_are_told_as_they_are_known(lines: LineSpan | None, shown: str) -> None:
    assert shown in letter(replace(confirmed(), evidence=replace(EVIDENCE, lines=lines)))


def test_pins_of_one_lock_are_told_in_the_order_of_its_lines() -> None:
    at_line = [
        replace(
            found(confirmed(), key=key * 64),
            evidence=replace(EVIDENCE, lines=LineSpan(first=line, last=line)),
        )
        for key, line in (("b", 100), ("c", 20), ("d", 3))
    ]

    text = letter(*at_line)

    assert re.findall("`uv.lock`, line ([0-9]+),", text) == ["3", "20", "100"]


@pytest.mark.parametrize(
    ("ref", "shown"),
    [
        ("refs/heads/feature/a", "on branch `feature/a` pins"),
        ("refs/tags/v1", "on tag `v1` pins"),
    ],
)
def test_the_branch_is_named(ref: str, shown: str) -> None:
    assert shown in letter(found(confirmed(), sighting=replace(SIGHTING, ref=ref)))


@pytest.mark.parametrize("permalink", [None, "https://git.example/acme/task.git 1111 uv.lock:5-5"])
def test_a_host_without_web_pages_gets_the_git_commands_that_show_the_lines(
    permalink: str | None,
) -> None:
    text = letter(replace(confirmed(), evidence=replace(EVIDENCE, permalink=permalink)))

    assert (
        "- `uv.lock` line 5: `git init -q case && cd case && git fetch -q --depth 1 "
        f"https://git.example/acme/task.git {'1' * 40} && git cat-file -p {'2' * 40}"
        " | sed -n 5,5p`\n"
    ) in text
    assert "<https://git.example" not in text


def test_an_address_cannot_leave_the_git_commands() -> None:
    hostile = replace(REPOSITORY, clone_url="https://git.example/a;touch x`id`$(id)'b.git")
    unlinked = replace(confirmed(), evidence=replace(EVIDENCE, permalink=None))

    text = letter(found(unlinked, repository=hostile))

    assert "--depth 1 'https://git.example/a;touch x`id`$(id)'\"'\"'b.git' 1111" in text
