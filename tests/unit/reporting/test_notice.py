"""The notice, as somebody reads it whose work was hit."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.model import CaseClass, Confidence, FindingStatus, LineSpan, Reason, Report
from crawler.reporting.cleaning import remove_command, updates
from crawler.reporting.interface import Addressed, DocumentKind, Edition, ExportFile
from crawler.reporting.letter import case_of
from crawler.reporting.notice import Notice
from tests.unit.reporting.letters import (
    CONTACT,
    EVIDENCE,
    answered,
    classified,
    confirmed,
    found,
    hostile,
    letters,
    matched,
)
from tests.values import NOW, REPOSITORY, SIGHTING

VICTIM = classified(CaseClass.VICTIM)
HOSTED = replace(REPOSITORY, native_id="17")


def hit(path: str = "acme/task", lock: str = "uv.lock") -> Report:
    """Return a finding in a repository of an account that was hit."""
    url = f"https://git.example/{path}.git"
    return found(
        replace(confirmed(), classification=VICTIM),
        key=f"{path} {lock}",
        repository=replace(HOSTED, path=path, clone_url=url),
        sighting=replace(SIGHTING, path=lock),
    )


def notices(*reports: Report, opted_out: frozenset[str] = frozenset()) -> list[ExportFile]:
    edition = Edition(at=NOW + timedelta(hours=1), contact=CONTACT, opted_out=opted_out)
    return list(Notice(edition).render(reports))


def test_it_names_the_cases_that_it_is_about_as_the_ledger_does() -> None:
    reports = [
        replace(hit(path), repository_number=number)
        for number, path in ((7, "acme/task"), (8, "acme/tool"))
    ]
    edition = Edition(at=NOW + timedelta(hours=1), case_ids={7: "0123456789ab"})

    (document,) = Notice(edition).render(reports)

    named = case_of(Addressed(host="git.example", path="acme/tool", number=8))
    assert f"\nCase: 0123456789ab, {named}\n" in document.text


def test_the_whole_notice_of_one_pin() -> None:
    (document,) = notices(hit())

    assert document.name.startswith("notice-git.example-acme-")
    assert document.name.endswith(".md")
    assert document.kind is DocumentKind.NOTICE
    assert document.repository == Addressed(host="git.example", path="acme", number=None)
    assert document.findings == ("acme/task uv.lock",)
    assert document.text == (
        "# A malicious release in lock files of `git.example/acme`\n"
        "\n"
        "To: the owner of `https://git.example/acme/task.git`\n"
        "Case: 774812bf00ae\n"
        "Date: 2026-11-22T12:00:00Z\n"
        "\n"
        "Please update the lock file `uv.lock`: it pins a release of `zz-ghost-one` that public "
        "advisories list as malicious. This is not a complaint about you or your work: operator.example regards "
        "it as affected. We compare public lock files with such advisories.\n"
        "\n"
        "**What is pinned (UTC)**\n"
        "\n"
        "- `acme/task`: `uv.lock`, line 5, at commit `1111111111111111111111111111111111111111` on "
        "branch `main` pins `zz_ghost_one-1.0-py3-none-any.whl` of `zz-ghost-one 1.0` from "
        "`hxxps://files[.]index[.]example/packages/ab/ab/"
        "abababababababababababababababababababababababababababababab/"
        "zz_ghost_one-1.0-py3-none-any.whl`.\n"
        "  - Listed as malicious since 2026-11-22T12:00:00Z by `MAL-2026-1 (found by acme-labs)`.\n"
        "  - <https://git.example/acme/task/src/commit/1111/uv.lock#L5-L5>\n"
        "  - The lock was read at 2026-11-22T12:00:00Z; the pin was still there at "
        "2026-11-22T12:00:00Z.\n"
        "\n"
        "**How to clean it.** In the folder of each lock:\n"
        "\n"
        "- `uv.lock` of `acme/task`: `uv lock --upgrade-package zz-ghost-one`; if the index lists "
        "no other release, or you do not need the package, `uv remove zz-ghost-one`.\n"
        "\n"
        "Then commit the lock file in every branch that has the entry. If a manifest requires exactly "
        "this release, change that first; where only another package requires it and no other release is "
        "listed, update or remove that other package. An installer that follows the lock file may install this release: if "
        "that happened on a machine, delete the environment and the installer's cache of the package, and "
        "replace the secrets (tokens, keys, passwords) that were on the machine.\n"
        "\n"
        "**Not claimed.** This notice does not say that anybody installed from these lock files. The "
        "files were neither downloaded nor opened; that they are malicious is what the advisories "
        "say.\n"
        "\n"
        "If you want no more notices of this kind, please reply and say so.\n"
        "\n"
        "Contact: abuse-research@operator.example. Please quote the case in your answer.\n"
    )


def test_an_owner_gets_one_notice_however_many_repositories_were_hit() -> None:
    (acme, other) = notices(
        hit("acme/b"), hit("zoo/a"), hit("acme/a"), hit("acme/a", "app/uv.lock")
    )

    assert acme.findings == ("acme/a app/uv.lock", "acme/a uv.lock", "acme/b uv.lock")
    assert "Please update 3 lock files in 2 repositories: they pin a release of " in acme.text
    assert other.findings == ("zoo/a uv.lock",)


def test_on_a_server_without_accounts_each_repository_is_told_on_its_own() -> None:
    plain = [found(hit(), repository=replace(REPOSITORY, path=path)) for path in ("pub/a", "pub/b")]

    assert [one.repository for one in notices(*plain)] == [
        Addressed(host="git.example", path="pub/a", number=None),
        Addressed(host="git.example", path="pub/b", number=None),
    ]


def test_a_victim_gets_a_notice_and_no_letter_and_a_lure_the_other_way_round() -> None:
    lure = confirmed()

    assert (len(notices(hit())), letters(hit())) == (1, [])
    assert (notices(lure), len(letters(lure))) == ([], 1)


@pytest.mark.parametrize(
    "report",
    [
        *(
            replace(hit(), classification=classified(one))
            for one in CaseClass
            if one is not CaseClass.VICTIM
        ),
        replace(hit(), classification=None),
        replace(hit(), status=FindingStatus.DISMISSED),
        replace(hit(), evidence=None),
        replace(hit(), evidence=replace(EVIDENCE, verified_at=NOW - timedelta(days=1))),
        replace(hit(), evidence=replace(EVIDENCE, still_at_head=False)),
        matched(hit(), confidence=Confidence.LIKELY),
        found(hit(), questions=(Reason(code="fixture-path", text="a folder of tests"),)),
        replace(answered(404), classification=VICTIM),
    ],
)
def test_nobody_else_gets_a_notice_and_nothing_else_is_told(report: Report) -> None:
    assert notices(report) == []


@pytest.mark.parametrize(
    ("line", "left"),
    [("git.example/acme", 0), ("git.example/acm", 1), ("forge.example/acme", 1)],
)
def test_who_has_opted_out_gets_no_notice(line: str, left: int) -> None:
    assert len(notices(hit("Acme/task"), opted_out=frozenset({line}))) == left


def test_hostile_text_in_any_field_stays_inside_its_code_span() -> None:
    (document,) = notices(replace(hostile(), classification=VICTIM))

    text = document.text
    assert "\x1b" not in text
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
    assert text.encode("utf-8")
    assert [line for line in text.splitlines() if line.startswith(("##", "<", "::"))] == []
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert "<script" not in outside
    assert "](javascript" not in outside


@pytest.mark.parametrize(
    ("format_id", "path", "update", "remove"),
    [
        ("uv", "uv.lock", "uv lock --upgrade-package zz-a", "uv remove zz-a"),
        (
            "uv",
            "bin/tool one.py.lock",
            "uv lock --script 'tool one.py' --upgrade-package zz-a",
            "uv remove --script 'tool one.py' zz-a",
        ),
        ("poetry", "poetry.lock", "poetry update --lock zz-a", "poetry remove zz-a"),
        ("pdm", "pdm.lock", "pdm update --no-sync zz-a", "pdm remove zz-a"),
        ("pipfile", "Pipfile.lock", "pipenv upgrade --lock-only zz-a", "pipenv uninstall zz-a"),
        (
            "npm",
            "package-lock.json",
            (
                "npm install --package-lock-only zz-a or npm install --package-lock-only zz-a && npm uninstall "
                "--package-lock-only zz-a"
            ),
            "npm uninstall zz-a",
        ),
        (
            "yarn",
            "yarn.lock",
            "yarn up -R --mode=update-lockfile zz-a or yarn upgrade --ignore-scripts",
            "yarn remove zz-a",
        ),
        (
            "pnpm",
            "pnpm-lock.yaml",
            (
                "pnpm update --depth Infinity --lockfile-only zz-a or pnpm update --recursive --depth Infinity "
                "--lockfile-only zz-a"
            ),
            "pnpm remove zz-a",
        ),
        ("bun", "bun.lock", "bun update --recursive --lockfile-only zz-a", "bun remove zz-a"),
        ("requirements", "requirements.txt", None, None),
        ("pylock", "pylock.toml", None, None),
    ],
)
def test_each_tool_has_its_commands(
    format_id: str, path: str, update: str | None, remove: str | None
) -> None:
    known = updates(format_id, path, "zz-a")

    assert " or ".join(" && ".join(one.commands) for one in known) == (update or "")
    assert remove_command(format_id, path, "zz-a") == remove


def test_pins_of_one_lock_come_in_the_order_of_its_lines() -> None:
    at_line = [
        replace(
            found(hit(), key=key * 64),
            evidence=replace(EVIDENCE, lines=LineSpan(first=line, last=line)),
        )
        for key, line in (("a", 100), ("b", 20), ("c", 3))
    ]

    (document,) = notices(*at_line)

    assert re.findall("`uv.lock`, line ([0-9]+),", document.text) == ["3", "20", "100"]


@pytest.mark.parametrize(
    ("format_id", "said"),
    [
        (
            "npm",
            (
                "`npm install --package-lock-only zz-ghost-one` (where package.json there names the package) or "
                "`npm install --package-lock-only zz-ghost-one && npm uninstall --package-lock-only zz-ghost-one` "
                "(where it does not); if the index lists no other release, or you do not need the package, "
                "`npm uninstall zz-ghost-one`."
            ),
        ),
        (
            "requirements",
            (
                "if its first lines name the command that wrote it (pip-compile, uv pip compile), run that again "
                "with `--upgrade-package zz-ghost-one`; else name another release of `zz-ghost-one` there."
            ),
        ),
        ("pex", "resolve `zz-ghost-one` again with the tool that wrote the lock file."),
    ],
)
def test_the_notice_says_how_a_lock_of_each_kind_is_cleaned(format_id: str, said: str) -> None:
    (document,) = notices(found(hit(), format=format_id))

    assert f"- `uv.lock` of `acme/task`: {said}\n" in document.text


def test_a_name_or_a_script_that_begins_as_options_do_is_not_taken_for_one() -> None:
    assert updates("npm", "package-lock.json", "--registry=https://index.example") == ()
    assert remove_command("npm", "package-lock.json", "-g") is None
    (one,) = updates("uv", "--config-file=x.py.lock", "zz-ghost")
    assert one.commands == ("uv lock --script ./--config-file=x.py --upgrade-package zz-ghost",)
