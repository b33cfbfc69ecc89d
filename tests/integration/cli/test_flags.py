"""Flags take no value: the word behind one is a word of its own."""

from __future__ import annotations

import click
import pytest

from tests.servers.terminal import Terminal
from workers.cli.main import cli

FLAGS = (
    "--quiet",
    "--verbose",
    "-q",
    "-v",
    "cases open --print",
    "cases outcome --acknowledged",
    "cases outcome --refused",
    "cases outcome --removed",
    "cases send --really",
    "cases triage --yes",
    "census --print-sql",
    "crawl --allow-stale",
    "crawl --no-pivot",
    "crawl --pivot",
    "db erase --apply",
    "db prune --apply",
    "db restore --replace",
    "demo --serve",
    "doctor --allow-stale",
    "findings list --allow-stale",
    "ghosts allow --list",
    "hosts add --write",
    "hosts pause --all",
    "hosts resume --all",
    "leads --drafts",
    "run --once",
    "run --plan",
    "scan --allow-stale",
    "scan --summary",
    "seed --accept-change",
    "seed import --accept-change",
    "status --allow-stale",
    "test --coverage",
    "test --long",
    "test --slow",
    "verify --all",
)


@pytest.mark.parametrize("words", FLAGS)
def test_the_word_behind_a_flag_is_not_its_value(words: str, terminal: Terminal) -> None:
    ran = terminal(*words.split(), "--help")

    assert ran.code == 0, ran.err
    assert ran.out.startswith("Usage: ")


def test_every_flag_of_every_command_is_tried_here() -> None:
    flags = {" ".join(words) for words in _flags(cli, ())}

    assert flags - {"--version"} == set(FLAGS)


def _flags(command: click.Command, path: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Return the flags of `command` and of all below it, each behind the words that lead there."""
    found = {
        (*path, name)
        for option in command.params
        if isinstance(option, click.Option) and (option.is_flag or option.count)
        for name in (*option.opts, *option.secondary_opts)
    }
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found |= _flags(below, (*path, name))
    return found
