from __future__ import annotations

import pytest

from crawler.model.semver import SemVer, parse_range, parse_semver


def _holds(wanted: str, version: str) -> bool:
    found, parsed = parse_range(wanted), parse_semver(version)
    assert found is not None
    assert parsed is not None
    return found.allows(parsed)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1.2.3", "1.2.3"),
        (" v1.2.3\n", "1.2.3"),
        ("1.2.3-alpha.1+build.5", "1.2.3-alpha.1"),
        ("0.0.1-security.0", "0.0.1-security.0"),
        ("1.0.0--", "1.0.0--"),
        ("9007199254740991.0.0", "9007199254740991.0.0"),
    ],
)
def test_a_version_is_read_and_written_as_npm_lists_it(text: str, written: str) -> None:
    assert str(parse_semver(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.2",
        "1.2.3.4",
        "01.2.3",
        "1.2.3-01",
        "1.2.3-",
        "1.2.3-a..b",
        "1.2.3+",
        "=1.2.3",
        "1.2.x",
        "9007199254740992.0.0",
        "99999999999999999999.0.0",
        "\u0661.2.3",
        "1.2.3\u00a0",
        "1.2.3-" + "a" * 300,
    ],
)
def test_what_npm_would_not_publish_is_no_version(text: str) -> None:
    assert parse_semver(text) is None


def test_versions_are_ordered_as_the_specification_lists_them() -> None:
    ordered = [
        "1.0.0-0",
        "1.0.0-2",
        "1.0.0-10",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.1.0",
        "2.0.0",
        "10.0.0",
    ]
    versions = [v for text in ordered[::-1] if (v := parse_semver(text)) is not None]

    assert [str(v) for v in sorted(versions)] == ordered


def test_build_metadata_makes_no_other_version() -> None:
    one, other = parse_semver("1.0.0+a"), parse_semver("1.0.0+b")

    assert one == other == SemVer(major=1, minor=0, patch=0)
    assert len({one, other}) == 1


@pytest.mark.parametrize(
    ("wanted", "inside", "outside"),
    [
        (">=1.2.3 <2", "1.9.0", "2.0.0"),
        (">= 1.2.3, < 2.0.0", "1.2.3", "2.0.0"),
        ("=1.14.1", "1.14.1", "1.14.0"),
        ("1.14.1 || 0.30.4", "0.30.4", "0.30.3"),
        ("1.x", "1.9.9", "2.0.0"),
        ("<=1.2", "1.2.9", "1.3.0"),
        (">1.2", "1.3.0", "1.2.9"),
        ("<1.2", "1.1.9", "1.2.0"),
        ("~1.2.3", "1.2.9", "1.3.0"),
        ("~> 1", "1.9.0", "2.0.0"),
        ("^1.2.3", "1.9.0", "2.0.0"),
        ("^0.2.3", "0.2.9", "0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0.0", "0.0.9", "0.1.0"),
        ("1.2 - 2.3", "2.3.9", "2.4.0"),
        ("1.2.3 - 2.3.4", "2.3.4", "2.3.5"),
        ("x - 2", "2.9.9", "3.0.0"),
        ("*", "7.0.0", "7.0.0-rc.1"),
        ("", "7.0.0", "7.0.0-rc.1"),
        (">1.2.3-alpha.3", "1.2.3-alpha.7", "1.2.4-alpha.7"),
        ("^1.2.3-beta", "1.2.3-rc", "1.9.0-rc"),
        ("* || 1.0.0-rc", "1.0.0", "1.0.0-rc"),
        (">=1.2.3+build", "1.2.3", "1.2.2"),
    ],
)
def test_a_range_holds_what_npm_would_install(wanted: str, inside: str, outside: str) -> None:
    assert _holds(wanted, inside)
    assert not _holds(wanted, outside)


@pytest.mark.parametrize(
    "wanted",
    [
        "latest",
        "1.2.3.4",
        ">",
        "=>1.0.0",
        "==1.0.0",
        "1.x.3",
        "x.1",
        "^9007199254740991",
        "1.0.0,",
        ",",
        "1 - 2 - 3",
        "https://files.index.example/x.tgz",
        "workspace:*",
        "npm:zz@1.0.0",
        "1.0.0 ||" * 600 + "1.0.0",
        " " * 5000,
    ],
)
def test_what_npm_reads_as_no_range_is_none(wanted: str) -> None:
    assert parse_range(wanted) is None


@pytest.mark.parametrize(
    "wanted", [">= 2.0.0-rc.1, < 2", "^1.2.3 >=2.0.0-0", "1.x >=2.0.0-0", ">=2.0.0-rc <=1"]
)
def test_an_open_end_excludes_the_pre_releases_of_the_next_version(wanted: str) -> None:
    assert not _holds(wanted, "2.0.0-rc.2")


def test_nothing_is_below_every_version() -> None:
    assert not _holds("<*", "0.0.0-0")


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("=1.3.1", "1.3.1"),
        ("1.3.1 || 1.3.1", "1.3.1"),
        (">=1.3.1 <=1.3.1", "1.3.1"),
        ("1.3.1 - 1.3.1", "1.3.1"),
        (">1.3.0 <1.3.2", "1.3.1"),
        ("~1.3.1 <1.3.2", "1.3.1"),
        ("1.3.1-beta.1", "1.3.1-beta.1"),
        ("1.3.1 || 1.3.2", None),
        (">=1.3.1 <1.3.3", None),
        (">=1.3.1-0 <=1.3.1", None),
        (">1.3.1 <1.3.2-beta", None),
        (">1.3.1 <1.3.1", None),
        ("1.3.x", None),
        ("^1.3.1", None),
        ("*", None),
        ("<1.0.0", None),
    ],
)
def test_a_range_of_one_version_tells_it(text: str, only: str | None) -> None:
    within = parse_range(text)

    assert within is not None
    assert (None if within.only is None else str(within.only)) == only
