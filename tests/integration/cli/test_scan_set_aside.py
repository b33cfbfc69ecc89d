"""What a company has decided about findings: it counts nothing twice, and hides nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.servers.git_repository import bare, commit
from tests.servers.lure import GHOST_LOCK
from tests.servers.terminal import Ran, Terminal

TODAY = datetime.now(UTC).date()


def rule(package: str = "pkg:pypi/zz-ghost-lure@1.0.0", path: str = "", *, days: int = 30) -> str:
    place = f'path = "{path}"\n' if path else ""
    return (
        f'[[ignore]]\npackage = "{package}"\n{place}reason = "a fixture of our own"\n'
        f"expires = {TODAY + timedelta(days=days)}\n"
    )


def scan(seeded: Terminal, checkout: Path, rules: str, style: str = "json") -> Ran:
    file = seeded.folder / "ignore.toml"
    file.write_text(rules, "utf-8")
    return seeded("scan", str(checkout), "--ignore-file", str(file), "--format", style)


@pytest.mark.parametrize(
    "rules",
    [
        rule(),
        rule("pkg:pypi/zz-ghost-lure"),
        rule(path="*.lock"),
    ],
)
def test_an_ignored_finding_does_not_count_and_is_still_told(
    seeded: Terminal, checkout: Path, rules: str
) -> None:
    ran = scan(seeded, checkout, rules)

    document = json.loads(ran.out)
    assert ran.code == 0
    assert document["findings"] == []
    assert list(document["ignored"].values()) == ["a fixture of our own"]
    assert f"1 finding ignored; the first rule ends after {TODAY + timedelta(days=30)}" in ran.err


@pytest.mark.parametrize(
    "rules",
    [
        rule("pkg:pypi/zz-ghost-lure@2.0.0"),
        rule("pkg:npm/zz-ghost-lure"),
        rule(path="other/*"),
        rule(days=-1),
    ],
)
def test_a_rule_about_something_else_or_that_has_ended_ignores_nothing(
    seeded: Terminal, checkout: Path, rules: str
) -> None:
    ran = scan(seeded, checkout, rules)

    assert ran.code == 1
    assert len(json.loads(ran.out)["findings"]) == 1
    assert "ignore rule 1 " in ran.err


def test_a_rule_is_applied_on_its_last_day(seeded: Terminal, checkout: Path) -> None:
    assert scan(seeded, checkout, rule(days=0)).code == 0


def test_code_scanning_gets_the_ignored_finding_suppressed(
    seeded: Terminal, checkout: Path
) -> None:
    (run,) = json.loads(scan(seeded, checkout, rule(), "sarif").out)["runs"]
    (result,) = run["results"]

    assert result["suppressions"] == [{"kind": "external", "justification": "a fixture of our own"}]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("ignore = 1", "expected [[ignore]] tables only"),
        ("[[ignore]]\n", 'expected package = "pkg:pypi/NAME"'),
        ('[[ignore]]\npackage = "zz"\n', 'expected package = "pkg:pypi/NAME"'),
        ('[[ignore]]\npackage = "pkg:pypi/zz"\n', "expected reason"),
        ('[[ignore]]\npackage = "pkg:pypi/zz"\nreason = " "\n', "expected reason"),
        ('[[ignore]]\npackage = "pkg:pypi/zz"\nreason = "x"\n', "expected expires"),
        (
            '[[ignore]]\npackage = "pkg:pypi/zz"\nreason = "x"\nexpires = "soon"\n',
            "expected expires",
        ),
        ('[[ignore]]\nid = "x"\n', "got id"),
        ("ignore = [1]", "got no table"),
        ("]", "expected TOML"),
    ],
)
def test_a_rule_that_cannot_be_read_ends_the_scan_and_says_what_to_write(
    seeded: Terminal, checkout: Path, rules: str, said: str
) -> None:
    ran = scan(seeded, checkout, rules)

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_file_that_lies_in_the_checkout_is_mentioned_and_never_applied(
    seeded: Terminal, checkout: Path
) -> None:
    (checkout / ".ghostcrawl-ignore.toml").write_text(rule(), "utf-8")

    ran = seeded("scan", str(checkout))

    assert ran.code == 1
    assert ".ghostcrawl-ignore.toml is not applied, for it lies in what is scanned" in ran.err


def test_what_an_earlier_log_has_no_longer_counts_and_new_findings_do(
    seeded: Terminal, checkout: Path
) -> None:
    log = seeded.folder / "log.sarif"
    log.write_text(seeded("scan", str(checkout), "--format", "sarif").out, "utf-8")

    known = seeded("scan", str(checkout), "--baseline", str(log))
    (checkout / "app").mkdir()
    (checkout / "app/uv.lock").write_bytes((checkout / "uv.lock").read_bytes())
    more = seeded("scan", str(checkout), "--baseline", str(log), "--format", "sarif")

    assert known.code == 0
    assert "1 finding known from the baseline" in known.err
    assert more.code == 1
    (run,) = json.loads(more.out)["runs"]
    assert {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: result[
            "baselineState"
        ]
        for result in run["results"]
    } == {"uv.lock": "unchanged", "app/uv.lock": "new"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"runs": [{}]}', '{"runs": 3}', "\udcff"])
def test_a_baseline_that_is_no_log_of_a_scan_ends_it(
    seeded: Terminal, checkout: Path, text: str
) -> None:
    log = seeded.folder / "log.sarif"
    log.write_text(text, "utf-8", errors="surrogateescape")

    ran = seeded("scan", str(checkout), "--baseline", str(log))

    assert ran.code == 2
    assert "invalid" in ran.err


@pytest.mark.parametrize("option", ["--ignore-file", "--baseline"])
def test_a_file_that_is_not_there_is_named(seeded: Terminal, checkout: Path, option: str) -> None:
    ran = seeded("scan", str(checkout), option, str(checkout / "none"))

    assert ran.code == 2
    assert "none: No such file or directory" in ran.err


def test_excluded_locks_are_not_read_and_are_counted(seeded: Terminal, checkout: Path) -> None:
    ran = seeded("scan", str(checkout), "--exclude", "uv.lock")

    assert ran.code == 0
    assert "1 lock left out by --exclude" in ran.err


def test_excluded_locks_of_a_committed_branch_are_not_read(
    seeded: Terminal, tmp_path: Path
) -> None:
    repository = bare(tmp_path / "committed.git")
    commit(repository, {"uv.lock": GHOST_LOCK, "app/uv.lock": GHOST_LOCK})

    ran = seeded("scan", str(repository), "--refs", "default", "--exclude", "app/*")

    assert ran.code == 1
    assert "1 lock left out by --exclude" in ran.err
    assert "app/uv.lock" not in ran.out
