"""What machines read: `json` is one document, `jsonl` an object a line, whatever the command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.servers.lure import GHOST, write_feed
from tests.servers.terminal import Terminal
from workers.cli.main import COMMANDS, cli

_CONTEXT = click.Context(cli)
_ALLOWED = ("--reason", "ours", "--expires", "30d")
_ASKS_HOSTS = {"crawl", "findings show", "run", "verify", "hosts test"}
"""Played with `--format json` in `test_main_job.py` and `test_findings.py`, or the same code as one of those below."""
_WORDS = {
    "budget forecast": ["--for", "git.example"],
    "feeds diff": ["file:FEED", "file:FEED"],
    "ghosts allow": ["--list"],
    "ghosts disallow": ["zz-ghost-allowed"],
    "ghosts explain": [GHOST.filename],
    "ghosts show": ["zz-ghost-lure"],
    "hosts etiquette": ["git.example"],
    "pins": ["CHECKOUT"],
    "scan": ["CHECKOUT", "--fail-on", "never"],
    "seed": ["--from", "file:FEED"],
}


_NEEDS_A_CASE = {"cases explain", "cases show", "campaigns show"}
"""Shown in `test_cases.py` and `test_campaigns.py`, where there are some."""


def _formatted(words: tuple[str, ...], command: click.Command) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command that writes JSON, and the styles that it has."""
    if isinstance(command, click.Group):
        for name in command.list_commands(_CONTEXT):
            inner = command.get_command(_CONTEXT, name)
            assert inner is not None
            yield from _formatted((*words, name), inner)
    for option in command.params:
        choices = option.type.choices if isinstance(option.type, click.Choice) else ()
        if (
            option.name == "style"
            and "json" in choices
            and " ".join(words) not in (_ASKS_HOSTS | _NEEDS_A_CASE)
        ):
            yield " ".join(words), *(style for style in ("json", "jsonl") if style in choices)


def _commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name in sorted(COMMANDS):
        command = cli.get_command(_CONTEXT, name)
        assert command is not None
        found += _formatted((name,), command)
    return found


def _typed(name: str, checkout: Path, tmp_path: Path) -> list[str]:
    feed = tmp_path / "feed.jsonl"
    write_feed(feed)
    words = [*name.split(), *_WORDS.get(name, [])]
    return [w.replace("CHECKOUT", str(checkout)).replace("FEED", str(feed)) for w in words]


@pytest.mark.parametrize(("name", "styles"), [(c[0], c[1:]) for c in _commands()])
def test_every_command_writes_one_document_or_an_object_a_line(
    name: str, styles: tuple[str, ...], seeded: Terminal, checkout: Path, tmp_path: Path
) -> None:
    user, words = seeded, _typed(name, checkout, tmp_path)
    if name == "feeds diff":
        user("seed", "--from", words[-1])

    for style in styles:
        if name == "ghosts disallow":
            user("ghosts", "allow", "zz-ghost-allowed", *_ALLOWED)

        ran = user(*words, "--format", style)

        assert ran.code in {0, 3, 4, 5}, ran.err
        if style == "json":
            json.loads(ran.out)
        else:
            assert all(isinstance(row, dict) for row in ran.rows)


def test_what_a_scan_did_not_look_at_is_in_its_document_to_the_last(
    seeded: Terminal, tmp_path: Path
) -> None:
    for n in range(30):
        (tmp_path / "checkout" / f"{n:02}").mkdir(parents=True)
        (tmp_path / "checkout" / f"{n:02}" / "uv.lock").write_bytes(b"\x00\x01")

    document = json.loads(seeded("scan", str(tmp_path / "checkout"), "--format", "json").out)

    assert document["findings"] == []
    assert sum(one["times"] for one in document["not_looked_at"]) == 30
    named = {where.split()[0] for one in document["not_looked_at"] for where in one["where"]}
    assert named == {f"{n:02}/uv.lock" for n in range(30)}
