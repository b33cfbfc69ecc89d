"""Flags take no value: the word behind one is a word of its own."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from tests.servers.terminal import Terminal
from workers.cli.main import cli

FLAGS = (
    "--quiet",
    "--verbose",
    "-q",
    "-v",
    "cases list --due",
    "cases open --print",
    "cases outcome --acknowledged",
    "cases outcome --refused",
    "cases outcome --removed",
    "cases send --really",
    "cases show --all",
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
    "scan --everywhere",
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
    flags = {
        " ".join((*path, name))
        for path, option in _options(cli, ())
        if option.is_flag or option.count
        for name in (*option.opts, *option.secondary_opts)
    }

    assert flags - {"--version"} == set(FLAGS)


def test_every_option_of_every_command_is_explained() -> None:
    silent = [
        f"{' '.join(path)} {option.opts[0]}"
        for path, option in _options(cli, ())
        if not option.help
    ]

    assert silent == []


def _options(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Option]]:
    """Yield the options of `command` and of all below it, each with the words that lead there."""
    for option in command.params:
        if isinstance(option, click.Option):
            yield path, option
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _options(below, (*path, name))
