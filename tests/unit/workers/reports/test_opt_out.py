"""The list of those who want no notices."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import ConfigurationError
from workers.reports.opt_out import opted_out


def test_each_line_names_an_owner_on_a_host_in_any_case(tmp_path: Path) -> None:
    file = tmp_path / "opt-out.txt"
    file.write_text(
        "# asked by mail\ngit.example/Acme  # 2026-11-20\n\nforge.example/zoo\n", "utf-8"
    )

    assert opted_out(file) == {"git.example/acme", "forge.example/zoo"}
    assert opted_out(None) == frozenset()


@pytest.mark.parametrize("line", ["acme", "git.example/", "/acme", "git.example/acme/task"])
def test_a_line_that_names_no_owner_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "opt-out.txt"
    file.write_text(f"git.example/zoo\n{line}\n", "utf-8")

    with pytest.raises(ConfigurationError, match="line 2: expected host/owner"):
        opted_out(file)


def test_a_list_that_cannot_be_read_stops_the_report(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"report.opt_out: .* cannot be read: No such file"
    ):
        opted_out(tmp_path / "opt-out.txt")


def test_a_list_that_is_no_text_stops_the_report(tmp_path: Path) -> None:
    file = tmp_path / "opt-out.txt"
    file.write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigurationError, match="cannot be read: expected UTF-8"):
        opted_out(file)
