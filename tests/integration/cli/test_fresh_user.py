"""What somebody meets who has just begun: mistakes are named where they stand, and with what to do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.servers.lure import write_feed
from tests.servers.terminal import OFFLINE, Terminal
from workers.demo.loopback import Server
from workers.demo.web import text


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            '[hosts.githb]\ntoken_env = "ZZ_TOKEN"\n',
            "hosts.githb: unknown section; did you mean github.com?",
        ),
        ("[netwrk]\nscale = 1\n", "netwrk: unknown section; did you mean network?"),
        (
            '[network]\noperatr = "a@git.example"\n',
            "network.operatr: unknown setting; did you mean operator?",
        ),
        (
            '[hosts."git.example"]\nkind = "git"\nweb_url = "https://git.example"\ntrused = true\n',
            "hosts.git.example.trused: unknown setting; did you mean trusted?",
        ),
        ("[feeds]\nzz_zz_zz = 1\n", "feeds.zz_zz_zz: unknown setting"),
        ("kept_bytes = -1\n", "kept_bytes: Input should be greater than or equal to 0"),
    ],
)
def test_a_mistake_in_the_configuration_is_named_with_its_file_and_the_name_that_was_meant(
    written: str, said: str, tmp_path: Path
) -> None:
    user = Terminal.at(tmp_path, written)

    ran = user("status")

    assert (ran.code, ran.out) == (4, "")
    assert ran.err == f"ghostcrawl: {tmp_path / 'ghostcrawl.toml'}: {said}\n"


def test_a_mistake_in_a_variable_is_named_with_the_variable(tmp_path: Path) -> None:
    user = Terminal.at(tmp_path, OFFLINE, GHOSTCRAWL_NETWORK__OPERATR="a@git.example")

    ran = user("status")

    assert ran.err == (
        "ghostcrawl: GHOSTCRAWL_NETWORK__OPERATR: network.operatr: unknown setting; "
        "did you mean operator?\n"
    )


def test_a_file_that_is_not_there_leaves_no_feed_behind(terminal: Terminal) -> None:
    ran = terminal("seed", "--from", "file:no-such.jsonl")

    assert ran.code == 5
    assert "no-such.jsonl: no such file or folder" in ran.err
    assert "never asked; run seed --from all" in terminal("doctor").out
    assert "no-such" not in terminal("feeds", "list").out


@pytest.mark.parametrize(
    ("word", "meant"),
    [("osv", "osv-mal"), ("ghsa", "ghsa-malware"), ("datadgo", "datadog"), ("file", "file:PATH")],
)
def test_an_unknown_source_names_the_one_that_was_meant(
    word: str, meant: str, terminal: Terminal
) -> None:
    ran = terminal("seed", "--from", word)

    assert ran.code == 2
    assert f"unknown source {word!r}: expected one of all, " in ran.err
    assert f"; did you mean {meant}?" in ran.err


def test_one_record_and_one_lock_are_counted_in_the_singular(
    terminal: Terminal, tmp_path: Path, checkout: Path
) -> None:
    (checkout / "tools/uv.lock").unlink()

    seeded = terminal("seed", "--from", write_feed(tmp_path / "feed.jsonl"))
    scanned = terminal("scan", str(checkout))

    assert ": 1 record, verdicts of 1 project changed, " in seeded.err
    assert "1 lock, 3 pins, 1 finding\n" in scanned.err


def test_the_advised_commands_begin_as_the_program_was_called(tmp_path: Path) -> None:
    user = Terminal.at(tmp_path, OFFLINE, GHOSTCRAWL_CALLED_AS="./ghostcrawl")

    stale = user("findings", "list")
    usage = user("seed")

    assert "run `./ghostcrawl seed --from all`" in stale.err
    assert "Usage: ./ghostcrawl seed " in usage.err


def test_the_wrapper_says_how_it_was_called() -> None:
    root = Path(__file__).parents[3]

    ran = subprocess.run(
        ["./ghostcrawl", "--help"], cwd=root, capture_output=True, text=True, check=False
    )

    assert ran.stdout.startswith("Usage: ./ghostcrawl [OPTIONS]")


def test_a_name_without_an_address_is_said_in_a_sentence(tmp_path: Path) -> None:
    user = Terminal.at(
        tmp_path,
        '[hosts."git.invalid"]\nkind = "git"\nweb_url = "https://zz-nowhere.invalid"\n'
        '[network]\noperator = "abuse@git.example"\n',
    )

    ran = user("hosts", "test", "git.invalid")

    assert ran.code == 3
    assert "zz-nowhere.invalid has no address; check its name, and the network" in ran.err
    assert "Error" not in ran.err


def test_github_without_a_token_is_not_asked(tmp_path: Path) -> None:
    with Server({"api.github.example": lambda _: text(401, "no")}) as server:
        user = Terminal.at(
            tmp_path,
            '[hosts."github.example"]\nkind = "github"\nweb_url = "https://github.example"\n'
            'api_url = "https://api.github.example"\ntoken_env = "ZZ_NO_TOKEN"\n'
            f'[network]\nconnect_to = {{ "api.github.example" = "{server.base_url}" }}\n',
        )

        for words, code in (
            (("hosts", "test"), 4),
            (("crawl", "--strategy", "list"), 4),
            (("crawl",), 5),
        ):
            ran = user(*words, "github.example")

            assert ran.code == code
            assert "github.example: no token; set ZZ_NO_TOKEN" in ran.err
        assert server.traffic().requests == 0
