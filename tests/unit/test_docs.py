"""The documents say what the code does: commands, tables, modules, links."""

from __future__ import annotations

import pkgutil
import re
import shlex
import tomllib
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path

import click
import pytest

import crawler
import feeds
import workers
from crawler.classifying.rules import CASE_RULES, DECISIVE, NAMED, STRONG
from crawler.errors import ConfigurationError, FeedError, Stop, StoreError, UsageError
from crawler.hosts.interface import HostKind
from crawler.linking import JOINS, LINK_RULES
from crawler.lockfiles.registry import MANIFESTS, PARSERS, reading_of
from crawler.matching.codes import Code
from crawler.model import CaseClass, FindingStatus, Tier
from crawler.reporting.registry import FORMATS
from feeds.registry import SOURCES
from workers.cli.main import COMMANDS, cli
from workers.ledger.tables import metadata
from workers.settings import (
    FeedSection,
    HostSection,
    NetworkSection,
    RegistrySection,
    ReportSection,
    RetentionSection,
    Settings,
    SmtpSection,
    load,
)
from workers.settings.watch import HostWatch, WatchSection
from workers.steps.settling import Cause

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
_LINK = re.compile(r"\[[^]\n]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_CONTEXT = click.Context(cli, info_name="ghostcrawl", **cli.context_settings)


def _page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def _first_cells(name: str) -> list[str]:
    """The first cell of every table row of a page."""
    rows = (line for line in _page(name).splitlines() if line.startswith("|"))
    return [row.replace("\\|", "\0").split("|")[1].strip().replace("\0", "|") for row in rows]


def _ids(name: str) -> set[str]:
    """What stands in backticks in the first cells of a page."""
    return {word for cell in _first_cells(name) for word in _CODE.findall(cell)}


def _command(words: Sequence[str]) -> click.Command:
    found: click.Command = cli
    for word in words:
        assert isinstance(found, click.Group), f"{word!r} follows a command that has no others"
        inner = found.get_command(_CONTEXT, word)
        assert inner is not None, f"there is no command {' '.join(words)}"
        found = inner
    return found


def _leaves(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    command = _command(words)
    if isinstance(command, click.Group):
        for name in command.list_commands(_CONTEXT):
            yield from _leaves((*words, name))
    else:
        yield words


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_a_help_text_and_a_line_in_the_table(name: str) -> None:
    documented = {tuple(re.findall(r"(?<![^ ])[a-z]+(?![^ ])", c)) for c in _ids("cli.md")}

    for words in _leaves((name,)):
        command = _command(words)
        assert command.help, f"{' '.join(words)} has no help"
        assert command.get_short_help_str().strip()
        assert words in documented, f"docs/cli.md has no row for {' '.join(words)}"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_group_has_a_help_text(name: str) -> None:
    assert _command((name,)).help


def test_the_table_of_commands_names_no_command_that_is_not_there() -> None:
    section = _page("cli.md").split("\n## ")[0]
    rows = [_CODE.findall(line)[0] for line in section.splitlines() if line.startswith("| `")]
    named = {cell.split()[0] for cell in rows}

    assert named == set(COMMANDS)


def test_every_option_before_the_command_is_explained() -> None:
    declared = {flag for option in cli.get_params(_CONTEXT) for flag in option.opts}
    documented = {cell.split()[0] for cell in _ids("cli.md") if cell.startswith("-")}

    assert documented == declared


def test_every_exit_code_is_explained() -> None:
    stops = {Stop, UsageError, ConfigurationError, FeedError, StoreError}
    documented = {int(cell) for cell in _first_cells("cli.md") if cell.isdecimal()}

    assert documented == {0, 1, 2, 3, 4, 5, 6, 70, 130}
    assert {stop.exit_code for stop in stops} <= documented


def test_every_key_of_the_configuration_is_explained_and_no_other() -> None:
    table = _page("cli.md").split("### The configuration file")[1].split("```toml")[0]
    documented = re.findall(r"^\| `([a-z0-9_]+)` \|", table, re.MULTILINE)
    tables = re.findall(r"^\| \*\*`\[([a-z]+)", table, re.MULTILINE)

    sections = (
        *(RegistrySection, HostSection, FeedSection, NetworkSection),
        *(HostWatch, WatchSection, RetentionSection, ReportSection, SmtpSection),
    )
    keys = [*Settings.model_fields, *(k for s in sections for k in s.model_fields)]
    assert tables == [
        "registries",
        "hosts",
        "hosts",
        "feeds",
        "network",
        "watch",
        "retention",
        "report",
        "smtp",
    ]
    # A table is a key as well; the second of `hosts` is the key `watch` of the first.
    assert sorted([*documented, *dict.fromkeys(tables), "watch"]) == sorted(keys)


def test_the_example_of_a_configuration_is_one(tmp_path: Path) -> None:
    examples = [text for kind, text in _FENCE.findall(_page("cli.md")) if kind == "toml"]
    file = tmp_path / "ghostcrawl.toml"
    file.write_text(examples[0], encoding="utf-8")

    settings = load(config=file)

    assert len(examples) == 1
    assert list(settings.hosts) == list(tomllib.loads(examples[0])["hosts"])


def test_every_lock_format_has_a_row() -> None:
    assert {parser.format for parser in PARSERS} <= _ids("locks.md")


def test_every_name_in_the_table_of_manifests_is_read_as_its_row_says() -> None:
    table = _page("locks.md").split("## Manifests")[1].split("\n\n*Ghost*")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \|", table, re.MULTILINE)
    names = {row: [name.replace("*", "-x") for name in _CODE.findall(cell)] for row, cell in rows}

    assert [row for row, _ in rows] == [parser.format for parser in MANIFESTS]
    assert {
        row: {reading_of(name) for name in named if name != ".yaml"} for row, named in names.items()
    } == {row: {row} for row in names}


def test_every_source_of_seed_has_a_row() -> None:
    words = {cell.partition(":")[0] for cell in _ids("feeds.md")}

    assert set(SOURCES) <= words


def test_every_kind_of_host_has_a_row() -> None:
    assert {kind.value for kind in HostKind} <= _ids("hosts.md")


def test_every_export_has_a_row() -> None:
    assert set(FORMATS) <= _ids("exports.md")


def test_every_reason_has_a_row_with_its_ceiling_and_no_other_has_one() -> None:
    section = _page("findings.md").split("## Reasons")[1]
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| \S.* \|$", section, re.MULTILINE)

    assert dict(rows) == {code.code: code.ceiling.value for code in Code}
    assert len(rows) == len(Code)


def test_every_rule_of_the_classes_has_a_row_with_its_weight_and_no_other_has_one() -> None:
    section = _page("cases.md").split("## Reasons")[1]
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (\w+) \| (\d+) \| (\w+) \| \S.* \|$", section, re.MULTILINE
    )

    assert rows == [
        (rule.code, rule.towards.value, str(rule.weight), rule.source.value) for rule in CASE_RULES
    ]


def test_every_reason_of_a_link_has_a_row_with_its_weight_and_no_other_has_one() -> None:
    section = _page("campaigns.md").split("## What links")[1]
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (\w+) \| (\d+) \| (\w+) \| \S.* \|$", section, re.MULTILINE
    )

    assert rows == [
        (rule.code, rule.kind.value, str(rule.weight), rule.source.value) for rule in LINK_RULES
    ]
    assert f"**{JOINS}** join" in section


def test_every_class_has_a_row_and_the_numbers_that_decide_are_said() -> None:
    page = _page("cases.md")

    assert {one.value for one in CaseClass} <= _ids("cases.md")
    for number in (DECISIVE, NAMED, STRONG):
        assert f"**{number}**" in page


def test_every_status_of_a_finding_has_a_row_and_every_cause_is_in_one() -> None:
    section = _page("findings.md").split("## Status")[1].split("\n## ")[0]

    assert {status.value for status in FindingStatus} <= _ids("findings.md")
    assert {cause.code for cause in Cause} <= set(_CODE.findall(section))


@pytest.mark.parametrize("name", ["findings.md", "architecture.md"])
def test_every_tier_has_a_row(name: str) -> None:
    cells = set(_first_cells(name))

    assert {tier.value for tier in Tier} <= cells


def test_every_table_of_the_ledger_is_named() -> None:
    ledger = _page("architecture.md").split("## The ledger")[1].split("\n## ")[0]
    named = {
        word
        for line in ledger.splitlines()
        if line.startswith("| `")
        for word in _CODE.findall(line.split("|")[1])
    }

    assert named == set(metadata.tables)


def test_every_path_that_the_architecture_names_is_there() -> None:
    text = re.sub(r"```.*?```", "", _page("architecture.md"), flags=re.DOTALL)
    named = [w for w in _CODE.findall(text) if "/" in w and re.fullmatch(r"[\w./-]+", w)]

    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_package_is_named_in_the_architecture() -> None:
    named = set(_CODE.findall(_page("architecture.md")))
    packages = {
        module.name.replace(".", "/") + "/"
        for top in (crawler, feeds, workers)
        for module in pkgutil.walk_packages(
            top.__path__, f"{top.__name__}.", onerror=lambda _: None
        )
        if module.ispkg
    }

    assert packages - named == set()


def test_every_type_of_the_vocabulary_table_is_in_the_glossary() -> None:
    vocabulary = _page("architecture.md").split("## Vocabulary")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in vocabulary.splitlines() if line.startswith("| `")]
    named = {word for cell in rows for word in _CODE.findall(cell)}

    from crawler import model

    types = {n for n in model.__all__ if isinstance(getattr(model, n), type)}
    assert named
    assert named <= types
    assert issubclass(Code, Enum)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = [t.partition("#")[0] for t in _LINK.findall(text) if "://" not in t]

    missing = [t for t in targets if t and not (page.parent / t).exists()]

    assert missing == []


def _console_commands() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return [
        command
        for kind, block in _FENCE.findall(text)
        if kind == "console"
        for line in block.splitlines()
        if line.startswith("$ ")
        for command in line[2:].partition(" #")[0].split("&&")
    ]


@pytest.mark.parametrize("line", [c.strip() for c in _console_commands()])
def test_every_command_in_the_readme_exists_with_its_options(line: str) -> None:
    program, *words = shlex.split(line)
    if program == "export":
        assert words == ["GITHUB_TOKEN=..."]
        return

    assert program == "./ghostcrawl"
    command = _command(words[:1])
    given, _, _ = command.make_parser(click.Context(command)).parse_args(args=list(words[1:]))
    for parameter in command.params:
        if isinstance(parameter.type, click.Choice) and parameter.name in given:
            parameter.type_cast_value(click.Context(command), given[parameter.name])
    required = {p.name for p in command.params if p.required}
    assert required <= {name for name, value in given.items() if value}


def test_the_readme_shows_commands_at_all() -> None:
    assert len(_console_commands()) >= 8


def test_the_guide_to_the_fakes_names_every_one_and_none_that_is_not_there() -> None:
    folder = ROOT / "tests/servers"
    guide = (ROOT / "tests/README.md").read_text(encoding="utf-8")
    there = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    named = set(re.findall(r"[`/](\w+\.py)`", guide))
    paths = set(re.findall(r"`((?:servers|hostile|integration|contract)/[\w/]+\.py)`", guide))

    assert there - named == set()
    assert [path for path in sorted(paths) if not (ROOT / "tests" / path).is_file()] == []
