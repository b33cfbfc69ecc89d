"""No command asks a host that a person has paused, and each that would have says how to go on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.integration.conftest import Played
from tests.servers.excerpt import EVERYWHERE
from workers.cli.main import COMMANDS

HOSTS = ("files.index.example", "forge.example", "git.example", "github.example")
FEEDS = ("index.example", "osv.example")
ASK = {
    "census": ("--sample", "5"),
    "crawl": EVERYWHERE,
    "evidence": ("pack",),
    "hosts": ("test", "forge.example"),
    "run": ("--once",),
    "seed": ("--from", "all"),
    "verify": ("--all",),
}
"""Those that ask hosts, with words by which they do."""
QUIET = {
    "budget": ("show",),
    "campaigns": ("list",),
    "cases": ("list",),
    "coverage": (),
    "db": ("check",),
    "doctor": (),
    "feeds": ("freshness",),
    "findings": ("list",),
    "ghosts": ("list",),
    "leads": ("list",),
    "report": (),
    "status": (),
}
APART = {"console", "demo", "pins", "scan", "test", "version", "worker"}
"""They read files, show pages, or start the others; a worker does what these leave in the ledger."""


def test_every_command_is_known_to_ask_hosts_or_not() -> None:
    assert {*ASK, *QUIET, *APART} == set(COMMANDS)


@pytest.mark.slow
def test_no_command_asks_a_host_that_is_paused(played: Played, tmp_path: Path) -> None:
    stage = played.go_on(tmp_path / "user")
    user = stage.user
    shutil.rmtree(user.state / "originals")
    key = user("findings", "list", "--format", "jsonl").rows[0]["id"]
    words = {name: (name, *more) for name, more in {**ASK, **QUIET}.items()}
    words["evidence"] += (key, "-o", str(tmp_path / "pack.zip"))
    words["report"] += ("-o", str(tmp_path / "report"))

    for host in (*HOSTS, *FEEDS):
        assert user("hosts", "pause", host).code == 0
    before = stage.requests()
    by_name = {name: user(*words[name]) for name in words if name != "run"}
    user("hosts", "pause", "--all")
    all_paused = user(*words["run"])

    assert stage.requests() == before
    for name in ASK.keys() & by_name.keys():
        said = by_name[name].out + by_name[name].err
        assert "paused" in said, name
        assert "`ghostcrawl hosts resume " in said, name
    assert "osv-mal: osv.example: paused" in by_name["seed"].err
    assert "`ghostcrawl hosts resume --all` goes on" in all_paused.err
