"""Lists and progress on a real pseudo-terminal, and in a pipe."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.servers.lure import write_feed
from tests.servers.pseudo_terminal import at_terminal, seen
from tests.servers.terminal import Ran, Terminal

INDEX = "https://files.index.example/[red]simple[/red]/[link=https://git.example]with-a-long-path"
LOCK = (
    'version = 1\nrevision = 3\n[[package]]\nname = "zz-ghost-lure"\nversion = "1.0.0"\n'
    f'source = {{ registry = "{INDEX}" }}\n'
    'sdist = { url = "https://files.index.example/zz_ghost_lure-1.0.0.tar.gz" }\n'
)
RED = "\x1b[31m"


def ran(
    user: Terminal,
    *words: str,
    columns: int = 80,
    streams: Collection[str] = ("stdout", "stderr"),
    **environment: str,
) -> Ran:
    """Run ghostcrawl at a terminal, without the variables that say what a terminal can."""
    kept = {
        name: value
        for name, value in user.process_environment().items()
        if name not in {"COLUMNS", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "TERM"}
    }
    command = [sys.executable, "-P", "-m", "workers.cli.main", *words]
    return at_terminal(command, kept | environment, columns=columns, streams=streams)


@pytest.fixture
def lock(tmp_path: Path) -> str:
    file = tmp_path / "uv.lock"
    file.write_text(LOCK, "utf-8")
    return str(file)


def test_what_does_not_fit_a_terminal_is_folded_in_its_column(
    terminal: Terminal, lock: str
) -> None:
    out = seen(ran(terminal, "pins", lock, columns=80, streams=["stdout"]).out)

    assert [line.rstrip() for line in out.splitlines()] == [
        "name           version  file                 digest  source                lines",
        "zz-ghost-lure  1.0.0    zz_ghost_lure-1.0.0  -       registry:https://fil  7-7",
        "                        .tar.gz                      es.index.example/[re",
        "                                                     d]simple[/red]/[link",
        "                                                     =https://git.example",
        "                                                     ]with-a-long-path",
    ]


def test_on_a_narrow_terminal_a_row_is_lines_of_headings_and_cells(
    terminal: Terminal, lock: str
) -> None:
    out = seen(ran(terminal, "pins", lock, columns=40, streams=["stdout"]).out)

    assert [line.rstrip() for line in out.splitlines()] == [
        "name     zz-ghost-lure",
        "version  1.0.0",
        "file     zz_ghost_lure-1.0.0.tar.gz",
        "digest   -",
        "source   registry:https://files.index.ex",
        "         ample/[red]simple[/red]/[link=h",
        "         ttps://git.example]with-a-long-",
        "         path",
        "lines    7-7",
    ]


def test_what_looks_like_markup_is_text(terminal: Terminal, lock: str) -> None:
    out = ran(terminal, "pins", lock, columns=200, streams=["stdout"]).out

    assert f"registry:{INDEX}" in out
    assert RED not in out
    assert "\x1b]" not in out


@pytest.mark.parametrize("variables", [{}, {"COLUMNS": "40"}, {"FORCE_COLOR": "1"}])
def test_in_a_pipe_a_list_is_plain_and_whole(
    variables: dict[str, str], terminal: Terminal, lock: str
) -> None:
    out = ran(terminal, "pins", lock, columns=40, streams=["stderr"], **variables).out

    heading, row = out.splitlines()
    assert heading.split() == ["name", "version", "file", "digest", "source", "lines"]
    assert row == (
        f"zz-ghost-lure  1.0.0    zz_ghost_lure-1.0.0.tar.gz  -       registry:{INDEX}  7-7"
    )


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_a_confirmed_finding_is_red_where_colours_are_wanted(
    variables: dict[str, str], *, coloured: bool, seeded: Terminal, checkout: Path
) -> None:
    out = ran(seeded, "scan", str(checkout), columns=130, **variables).out

    assert "confirmed" in out
    assert (RED in out) is coloured


@pytest.mark.parametrize("columns", [40, 80])
def test_progress_is_a_line_that_lives_and_leaves_nothing(
    columns: int, terminal: Terminal, tmp_path: Path
) -> None:
    feed = write_feed(tmp_path / "feed.jsonl")

    err = ran(terminal, "seed", "--from", feed, columns=columns, streams=["stderr"]).err

    lived, erased, said = err.rpartition("\x1b[2K")
    assert "feed.jsonl" in lived
    assert "record" in lived
    assert (
        max(len(line) for part in seen(lived).split("\n") for line in part.split("\r")) <= columns
    )
    assert erased
    assert "\x1b" not in said
    assert "1 record, verdicts of 1 project changed, 0 skipped" in said
    assert "\x1b[?25l" not in err  # the cursor stays visible


@pytest.mark.parametrize(
    ("words", "variables"), [(["--progress", "plain"], {}), ([], {"TERM": "dumb"})]
)
def test_progress_is_plain_lines_where_no_line_can_live(
    words: list[str], variables: dict[str, str], terminal: Terminal, tmp_path: Path
) -> None:
    feed = write_feed(tmp_path / "feed.jsonl")

    both = ("stdout", "stderr")
    err = ran(terminal, *words, "seed", "--from", feed, columns=80, streams=both, **variables).err

    assert "\x1b" not in err
    assert "feed.jsonl: 1 of 1 record\n" in err


def test_progress_in_a_pipe_is_plain_lines(terminal: Terminal, tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed.jsonl")

    err = ran(terminal, "seed", "--from", feed, streams=[]).err

    assert "\x1b" not in err
    assert "\r" not in err
    assert "feed.jsonl: 1 of 1 record\n" in err


@pytest.mark.parametrize("words", ["--help", "version"])
def test_the_smallest_commands_load_no_library_for_terminals(
    words: str, terminal: Terminal
) -> None:
    assert loaded(terminal, f"from workers.cli.main import run; run(['{words}'])") == "False"


def test_a_list_in_a_pipe_loads_no_library_for_terminals(terminal: Terminal) -> None:
    code = "from workers.cli.terminal import table; table(('a',), [('b',)])"

    assert loaded(terminal, code) == "False"


def loaded(user: Terminal, code: str) -> str:
    """Return whether rich is loaded behind `code`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print('rich' in sys.modules)"],
        env=user.process_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1]
