"""What is watched: every kind of host has its defaults, and what a kind cannot do is refused by its key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.errors import ConfigurationError
from crawler.hosts import registry
from crawler.hosts.interface import (
    HostKind,
    HostSettings,
    Lister,
    OwnerLister,
    Searcher,
    SinceLister,
)
from crawler.net import Http, NullBudget
from workers.budget.rates import Rates
from workers.dispatch.watch_plan import entries_of
from workers.ledger.watch import WatchTask
from workers.runs import Way
from workers.settings import HostSection, load
from workers.settings.watch import WAYS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 11, 29, tzinfo=UTC)


def section(kind: HostKind, **more: object) -> HostSection:
    keys = {"kind": kind, "web_url": "https://a.example", "api_url": "https://api.a.example"}
    return HostSection.model_validate(keys | more)


@pytest.mark.parametrize("kind", list(HostKind))
def test_the_ways_of_a_kind_are_those_that_its_hosts_can_be_asked_in(kind: HostKind) -> None:
    settings = HostSettings(
        name="a.example",
        kind=kind,
        web_url="https://a.example",
        api_url="https://api.a.example",
    )
    host = registry.build(settings, Http(agent="test"), NullBudget(), lambda: NOW)

    lists = Way.LIST in WAYS[kind] or Way.ARCHIVE in WAYS[kind]
    assert lists == isinstance(host, Lister)
    assert (Way.SEARCH in WAYS[kind]) == isinstance(host, Searcher)
    by_owners = kind in {HostKind.SOURCEHUT, HostKind.GITEE}  # whose list is that of their owners
    assert (Way.OWNERS in WAYS[kind] or by_owners) == isinstance(host, OwnerLister)
    if Way.SWEEP in WAYS[kind] or Way.ARCHIVE in WAYS[kind]:
        assert isinstance(host, SinceLister)


def test_a_host_that_says_nothing_is_watched_as_its_kind_allows() -> None:
    assert section(HostKind.GITHUB).ways == {Way.SEARCH: DAY, Way.SWEEP: HOUR}
    assert section(HostKind.FORGEJO).ways == {Way.LIST: HOUR}
    assert section(HostKind.CGIT).ways == {Way.LIST: DAY}
    assert section(HostKind.GHARCHIVE).ways == {Way.ARCHIVE: HOUR}
    assert section(HostKind.SOURCEHUT).ways == {}
    assert section(HostKind.GIT).ways == {}


def test_owners_are_listed_where_there_are_any() -> None:
    assert section(HostKind.GITLAB, owners=["acme"]).ways == {Way.LIST: HOUR, Way.OWNERS: HOUR}
    assert section(HostKind.SOURCEHUT, owners=["~acme"]).ways == {Way.LIST: DAY}


def test_never_ends_a_default_and_a_period_replaces_it() -> None:
    watched = section(HostKind.GITHUB, watch={"sweep": "never", "search": "36h", "list": "7d"})

    assert watched.ways == {Way.SEARCH: timedelta(hours=36), Way.LIST: timedelta(days=7)}


CANNOT = [
    (kind, way)
    for kind in HostKind
    for way in (Way.SEARCH, Way.SWEEP, Way.LIST, Way.OWNERS, Way.ARCHIVE)
    if way not in WAYS[kind]
]


@pytest.mark.parametrize(("kind", "way"), CANNOT)
def test_a_way_that_a_kind_does_not_have_is_an_error_with_file_and_key(
    kind: HostKind, way: Way, tmp_path: Path
) -> None:
    file = tmp_path / "own.toml"
    text = f'[hosts."a.example"]\nkind = "{kind}"\nweb_url = "https://a.example"\n'
    file.write_text(f'{text}owners = ["o"]\n[hosts."a.example".watch]\n{way} = "1d"\n', "utf-8")

    with pytest.raises(ConfigurationError) as caught:
        load(config=file)

    said = str(caught.value)
    assert f'{file}: hosts.a.example: watch.{way}: a host of kind "{kind}" cannot do that' in said


@pytest.mark.parametrize(
    ("kind", "watch", "said"),
    [
        ("github", 'search = "soon"', 'watch.search: expected a period such as "90m", "6h", "1d"'),
        ("github", 'search = "0h"', "watch.search: expected a period"),
        ("github", "search = 6", "watch.search: expected a period"),
        ("github", 'refs = "some"', "watch.refs: Input should be 'default', 'branches' or 'all'"),
        ("github", 'depth = "deep"', "watch.depth: Input should be 'root' or 'all'"),
        ("github", 'depth = "all"', "watch.depth: default branches of GitHub are read through its API"),
        ("forgejo", 'owners = "6h"', "watch.owners: expected owners = "),
        ("git", 'repos = "https://a.example/x.git"', "watch.repos: expected the path of a file, or a list"),
        ("gharchive", 'repos = ["https://a.example/x.git"]', "watch.repos: an archive has no repositories"),
        ("git", 'serach = "1d"', "watch.serach: unknown setting; did you mean search?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_what_is_expected(
    kind: str, watch: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "own.toml"
    text = f'[hosts."a.example"]\nkind = "{kind}"\nweb_url = "https://a.example"\n'
    file.write_text(f'{text}api_url = "https://b"\n[hosts."a.example".watch]\n{watch}\n', "utf-8")

    with pytest.raises(ConfigurationError) as caught:
        load(config=file)

    assert f"{file}: hosts.a.example" in str(caught.value)
    assert said in str(caught.value)


def test_a_list_of_repositories_is_a_file_beside_the_configuration_or_the_urls_themselves(
    tmp_path: Path,
) -> None:
    file = tmp_path / "own.toml"
    text = (
        '[hosts."{0}.example"]\nkind = "git"\nweb_url = "https://a"\n[hosts."{0}.example".watch]\n'
    )
    file.write_text(
        f'{text.format("a")}repos = "urls.txt"\n{text.format("b")}repos = ["https://a/x.git"]\n'
        '[watch]\nreport = "report"\nverify = "12h"\n',
        "utf-8",
    )

    settings = load(config=file)

    assert settings.hosts["a.example"].watch.repos == tmp_path / "urls.txt"
    assert settings.hosts["b.example"].watch.repos == ("https://a/x.git",)
    assert settings.watch.report == tmp_path / "report"
    assert settings.watch.verify == timedelta(hours=12)


def test_the_advisories_of_a_github_are_read_in_series_with_all_else_it_is_asked() -> None:
    forge = {"a.example": section(HostKind.FORGEJO), "b.example": section(HostKind.GITHUB)}
    identities = dict.fromkeys(forge, "anonymous")

    entries = entries_of(
        load().model_copy(update={"hosts": forge}),
        ["osv-mal", "ghsa-malware", "file:own.jsonl"],
        HOUR,
        Rates(),
        identities,
    )

    polls = {one.name: one.item(NOW).host for one in entries if one.task is WatchTask.POLL}
    assert polls == {"osv-mal": None, "ghsa-malware": "b.example", "file:own.jsonl": None}
