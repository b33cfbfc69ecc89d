"""Names of files about repositories."""

from __future__ import annotations

import re

import pytest

from crawler.reporting.file_names import file_stem
from crawler.reporting.interface import Addressed


def stem(path: str, number: int | None, host: str = "git.example") -> str:
    return file_stem("takedown", Addressed(host=host, path=path, number=number))


def test_a_name_can_be_read() -> None:
    assert stem("acme/task", 17) == "takedown-git.example-acme_task-17"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("evil/x_y", "evil_x/y"),
        ("evil/x-1", "evil/x"),
        ("Evil/Task", "evil/task"),
        ("evil/\N{LATIN SMALL LETTER E WITH ACUTE}", "evil/e\N{COMBINING ACUTE ACCENT}"),
        ("evil/" + "x" * 300 + "1", "evil/" + "x" * 300 + "2"),
        ("evil/a b", "evil/a  b"),
    ],
)
@pytest.mark.parametrize("numbers", [(1, 11), (None, None)])
def test_two_repositories_never_share_a_name(
    left: str, right: str, numbers: tuple[int | None, int | None]
) -> None:
    first, second = stem(left, numbers[0]), stem(right, numbers[1])

    assert first.lower() != second.lower()


@pytest.mark.parametrize(
    "path",
    ["CON", "../../etc/passwd", "a\0b", ".", "-rf", "a/" * 200, "\udc80", "a\nb", "\N{BOMB}" * 99],
)
@pytest.mark.parametrize("host", ["git.example:8443", "..", "x" * 300])
def test_a_name_is_safe_on_every_file_system(path: str, host: str) -> None:
    for number in (7, None):
        name = f"{stem(path, number, host)}.new-2.md"

        assert re.fullmatch(r"takedown-[A-Za-z0-9._-]+", name)
        assert len(name) < 255
