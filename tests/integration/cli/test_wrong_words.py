"""What is wrong is said, with the way out, and with the exit code that docs/cli.md promises."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crawler import __version__
from tests.servers.terminal import OFFLINE, ROOT, Terminal


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["crawl", "nowhere"], "no host 'nowhere' in the configuration; there are: git.example"),
        (["crawl"], "name a host, all, or --repos FILE"),
        (
            ["crawl", "git.example", "--strategy", "guess"],
            "unknown strategy guess; there are code-search, list",
        ),
        (["crawl", "--repos", "missing.txt"], "missing.txt"),
        (["crawl", "all", "--max-minutes", "nan"], "invalid number 'nan'"),
        (["crawl", "all", "--max-minutes", "1e10"], "5256000"),
        (["verify", "--older-than", "1e8"], "87600"),
        (["run", "--for", "1e8"], "87600"),
        (
            ["seed", "--from", "rumour"],
            "unknown source 'rumour': expected one of all, quarantine-feed",
        ),
        (["seed", "--from", "file:a?colour=red"], "use file:PATH"),
        (
            ["ghosts", "show", "-", "--ecosystem", "pypi"],
            "invalid project name '-': expected one of pypi",
        ),
        (["scan", "missing-folder"], "missing-folder: No such file or directory"),
        (["findings", "show", "0123"], "no finding begins with 0123"),
        (["findings", "list", "--host", "nowhere"], "nothing is known of a host 'nowhere'"),
        (
            ["hosts", "add", "http://foo.example/", "--kind", "forgejo"],
            "invalid host name 'http://foo.example/'",
        ),
        (["guess"], "No such command 'guess'"),
    ],
)
def test_wrong_words_end_with_2_and_name_the_right_ones(
    words: list[str], problem: str, terminal: Terminal
) -> None:
    ran = terminal(*words)

    assert (ran.code, ran.out) == (2, "")
    assert problem in ran.err


def test_a_configuration_file_that_is_not_there_ends_with_4(terminal: Terminal) -> None:
    ran = terminal("--config", "missing.toml", "status")

    assert (ran.code, ran.out) == (4, "")
    assert "no configuration file at missing.toml" in ran.err


@pytest.mark.parametrize("line", ["colour = 'red'", "state_dir = [", "[network]\nscale = -1"])
def test_a_configuration_that_cannot_be_meant_ends_with_4(line: str, tmp_path: Path) -> None:
    ran = Terminal.at(tmp_path, f"{line}\n")("status")

    assert (ran.code, ran.out) == (4, "")
    assert f"{tmp_path / 'ghostcrawl.toml'}: " in ran.err


def test_a_state_directory_that_cannot_be_made_ends_with_4(terminal: Terminal) -> None:
    (terminal.folder / "file").touch()

    ran = terminal("--state-dir", str(terminal.folder / "file/state"), "status")

    assert (ran.code, ran.out) == (4, "")
    assert "cannot be made" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ["--database-url", "postgresql://nobody@127.0.0.1:1/none", "status"],
        ["--database-url", "sqlite:////nowhere/ledger.sqlite", "status"],
        ["--broker-url", "redis://127.0.0.1:1", "crawl", "git.example"],
    ],
)
def test_a_store_that_does_not_answer_ends_with_6(words: list[str], terminal: Terminal) -> None:
    ran = terminal(*words)

    assert (ran.code, ran.out) == (6, "")
    assert "ghostcrawl: the " in ran.err
    assert "Traceback" not in ran.err


def test_a_bug_ends_with_70_and_never_with_the_code_of_a_finding(tmp_path: Path) -> None:
    program = "from workers.cli import main; main.COMMANDS['demo'] = 'workers.nothing:at_all'; main.main()"

    ran = subprocess.run(
        [sys.executable, "-c", program, "demo"],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        umask=0,
        capture_output=True,
        text=True,
        check=False,
    )

    (details,) = tmp_path.glob("ghostcrawl-crash-*.txt")
    assert (ran.returncode, ran.stdout) == (70, "")
    assert "ModuleNotFoundError" in ran.stderr
    assert str(details) in ran.stderr
    assert details.stat().st_mode & 0o077 == 0


def test_a_command_that_is_interrupted_ends_with_130_and_says_how_to_go_on() -> None:
    program = """
import sys, types, click
from workers.cli import main
@click.command()
def stop():
    raise KeyboardInterrupt
sys.modules["stopping"] = types.SimpleNamespace(stop=stop)
main.COMMANDS["demo"] = "stopping:stop"
main.main()
"""
    ran = subprocess.run(
        [sys.executable, "-c", program, "demo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout) == (130, "")
    assert ran.stderr.strip() == "interrupted; the state is saved, run the command again to go on"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_said_and_is_no_bug(terminal: Terminal, unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [sys.executable, "-P", "-m", "workers.cli.main", "hosts", "list"],
            cwd=ROOT,
            env={
                **os.environ,
                "GHOSTCRAWL_STATE_DIR": str(terminal.folder / "state"),
                "PYTHONUNBUFFERED": unbuffered,
            },
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert ran.returncode == 6
    assert ran.stderr.count(b"no space left on the device") == 1
    assert b"Exception ignored" not in ran.stderr


def test_a_pause_of_a_host_that_is_not_configured_is_noted_and_said_to_stop_no_other(
    terminal: Terminal,
) -> None:
    ran = terminal("hosts", "pause", "nowhere.example", "--reason", "asked to")

    assert ran.code == 0
    assert "nowhere.example: noted for a host that is not configured" in ran.err
    assert "no other host is paused" in ran.err
    assert "nowhere.example: paused" not in ran.err


def test_a_command_whose_reader_went_away_ends_with_141_and_says_nothing(
    terminal: Terminal, checkout: Path
) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    ran = subprocess.run(
        terminal.command("pins", str(checkout), "--format", "jsonl"),
        env=terminal.process_environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)

    assert (ran.returncode, ran.stderr) == (141, b"")


def test_the_version_is_that_of_the_package(terminal: Terminal) -> None:
    people, machine = terminal("version"), terminal("version", "--format", "json")

    assert people.out.startswith(f"ghostcrawl {__version__} (Python 3.")
    assert machine.rows[0]["ghostcrawl"] == __version__


def test_the_process_ends_with_the_code_of_the_command(terminal: Terminal) -> None:
    fine, wrong = terminal.process("version"), terminal.process("crawl", "nowhere")

    assert (fine.code, fine.err) == (0, "")
    assert (wrong.code, wrong.out) == (2, "")


def test_the_doctor_names_every_problem_and_ends_with_4(tmp_path: Path) -> None:
    configuration = OFFLINE.replace("abuse@git.example", "nobody") + (
        '[hosts."github.example"]\nkind = "github"\nweb_url = "https://github.example"\n'
        'api_url = "https://api.github.example"\ntoken_env = "GHOSTCRAWL_NO_SUCH_TOKEN"\n'
    )

    ran = Terminal.at(tmp_path, configuration)("doctor", "--format", "jsonl")

    problems = {row["what"]: row["text"] for row in ran.rows if not row["fine"]}
    assert ran.code == 4
    assert problems == {
        "operator": "set [network] operator to a mail address, so that hosts can reach you",
        "host github.example": "no token; set GHOSTCRAWL_NO_SUCH_TOKEN",
        "feeds": "never asked; run seed --from all",
    }


def test_doctor_and_verbose_commands_say_which_configuration_was_read(terminal: Terminal) -> None:
    file = terminal.folder / "ghostcrawl.toml"

    told = {row["what"]: row["text"] for row in terminal("doctor", "--format", "jsonl").rows}
    verbose, plain = terminal("-v", "hosts", "list"), terminal("hosts", "list")

    assert told["configuration"] == str(file)
    assert f"configuration: {file}\n" in verbose.err
    assert "configuration: " not in plain.err


def test_the_doctor_finds_nothing_wrong_with_a_user_who_is_ready(seeded: Terminal) -> None:
    ran = seeded("doctor")

    assert ran.code == 0
    assert "PROBLEM" not in ran.out
    assert "an own server, started for this check" in ran.out


def test_the_doctor_names_a_state_directory_that_everybody_may_write_to(
    terminal: Terminal,
) -> None:
    terminal.state.mkdir()
    terminal.state.chmod(0o777)

    rows = {row["what"]: row for row in terminal("doctor", "--format", "jsonl").rows}

    assert rows["state directory"]["fine"] is False
    assert rows["state directory"]["text"].endswith(f"chmod 700 {terminal.state}")


def test_the_doctor_reports_a_database_that_does_not_answer(terminal: Terminal) -> None:
    ran = terminal("--database-url", "postgresql://nobody@127.0.0.1:1/none", "doctor")

    assert ran.code == 4
    assert "PROBLEM  database" in ran.out
