"""What is asked about the place of a lock, and that none of it changes how sure a finding is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.matching import VerdictIndex, asked_around, match, place, speaks_of_samples
from crawler.model import Confidence, Finding, Source, Surroundings
from tests.values import REGISTRIES, REPOSITORY, SIGHTING, pin, verdict

PLAIN = Surroundings(commit=SIGHTING.commit)


def found(path: str = "uv.lock", description: str | None = None) -> Finding:
    (matched,) = match([pin()], VerdictIndex([verdict()]), REGISTRIES)
    repository = replace(REPOSITORY, description=description)
    return place(matched, repository, replace(SIGHTING, path=path), "uv")


def codes(finding: Finding) -> list[str]:
    return [reason.code for reason in finding.questions]


def test_an_ordinary_place_asks_nothing() -> None:
    assert found().questions == ()
    assert asked_around(replace(PLAIN, tools=2, twins=1, namesakes=4, ghosts=4)) == ()


@pytest.mark.parametrize(
    ("finding", "code"),
    [
        (found(description="Collection of malware samples"), "research-repository"),
        (found(description="IOC feed"), "research-repository"),
        (found("tests/uv.lock"), "fixture-path"),
        (found("pkg/testdata/a/uv.lock"), "fixture-path"),
    ],
)
def test_what_a_place_is_called_is_asked_and_lowers_nothing(finding: Finding, code: str) -> None:
    assert codes(finding) == [code]
    assert finding.match.confidence is Confidence.CONFIRMED


@pytest.mark.parametrize("path", ["contest/uv.lock", "latest/uv.lock"])
def test_a_path_that_only_contains_the_word_asks_nothing(path: str) -> None:
    assert codes(found(path)) == []


def test_a_lock_that_its_tool_does_not_read_is_asked_about() -> None:
    (matched,) = match([pin()], VerdictIndex([verdict()]), REGISTRIES)

    finding = place(matched, REPOSITORY, SIGHTING, "uv", renamed=True)

    assert codes(finding) == ["renamed-lock"]


@pytest.mark.parametrize(
    ("seen", "code", "text"),
    [
        (replace(PLAIN, lacks=("package.json",)), "no-manifest", "without package.json"),
        (replace(PLAIN, twins=2), "same-shape", "2 folders"),
        (replace(PLAIN, namesakes=7), "same-shape", "7 folders"),
        (replace(PLAIN, tools=4), "many-tools", "4 tools"),
        (replace(PLAIN, tests="a/test_b.py"), "among-tests", "a/test_b.py"),
        (replace(PLAIN, readmes=("a/README.md",)), "readme", "a/README.md"),
        (replace(PLAIN, ghosts=5), "many-ghosts", "5 projects"),
    ],
)
def test_each_sign_is_a_question_with_what_was_seen(
    seen: Surroundings, code: str, text: str
) -> None:
    (reason,) = asked_around(seen)

    assert reason.code == code
    assert text in reason.text


@pytest.mark.parametrize(
    "readme",
    [
        "# Corpus\n\nDo not install any of these.",
        "Bitte nicht installieren.",
        "No instalar estos paquetes.",
        "Não instale estes pacotes.",
        "Не устанавливайте эти пакеты.",  # noqa: RUF001 - Cyrillic is the point
        "请勿安装这些软件包。",
        "インストールしないでください。",
        "설치하지 마세요.",
        "Exemples de paquets malveillants.",
        "見本 (MAL-2026-0099) です。",
        "Muestra de osv-2026-12345",
    ],
)
def test_a_readme_that_speaks_of_samples_in_any_language(readme: str) -> None:
    known = verdict()
    sources = tuple(
        Source(feed="own", record_id=one, root_source="acme")
        for one in ("OSV-2026-12345", "zz/another/2026")
    )
    finding = found()
    judged = replace(finding.match, verdict=replace(known, sources=sources))

    assert speaks_of_samples(readme, replace(finding, match=judged))


@pytest.mark.parametrize(
    "readme",
    [
        "",
        "# Take-home task\n\nInstall it with `uv sync` and run `python main.py`.",
        "An advisory agent that answers questions about security research.",
        "Do not run as root. Do not use in production.",
        "Honeypot check: is this contract safe?",
        "x" * 70_000 + " malware",
    ],
)
def test_the_readme_of_a_task_asks_nothing(readme: str) -> None:
    assert not speaks_of_samples(readme, found())
