"""What a person is asked before anybody is told: signs that a lock lies there to be looked at, not installed.

A question never clears and never convicts: anybody can make a place look like research. Few of the signs
are words, which are in another language or avoided; what people keep for tests and studies has another
shape than what they install from.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from crawler.model import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.model import Finding, Repository, Sighting, Surroundings

__all__ = ["Question", "asked_around", "asked_by_name", "speaks_of_samples"]

_FEW_TWINS = 2
"""Other folders with files of the very same names; three alike are no accident."""
_FEW_NAMESAKES = 5
"""Other folders beside it with a lock of that name; services of a monorepo are fewer, or differ more."""
_FEW_TOOLS = 4
"""A project has one or two, and a third for its documentation."""
_FEW_GHOSTS = 5
"""Victims have one or two; a wave that takes many packages of one scope is looked at by a person."""
_LONGEST = 64 * 1024
"""Characters of a README."""

_RESEARCH = re.compile(
    r"malware|threat[ _-]?intel|supply[ _-]?chain[ _-]?(?:attack|security|research)|"
    r"security[ _-]?research|\biocs?\b|honeypot|sample[ _-]?(?:collection|set)|advisor(?:y|ies)",
    re.IGNORECASE,
)
_FIXTURE = re.compile(
    r"(?:^|/)(?:tests?|testing|testdata|test[_-]data|fixtures?|__fixtures__|__tests__|examples?|samples?)/",
    re.IGNORECASE,
)
_OF_SAMPLES = re.compile(
    r"malware|malicious|malveillant|malicios|malévol|malevol|schadsoftware|schadcode|kwaadaardig|złośliw"
    r"|вредонос|шкідлив|恶意|惡意|マルウェア|悪意の|악성"
    r"|(?:intentionally|deliberately) (?:vulnerable|broken|outdated|unsafe)"
    r"|(?:do not|don['\u2019]t|never) install|not (?:meant|intended) to be installed"
    r"|nicht installieren|ne (?:pas|jamais) installer|n['\u2019]installez (?:pas|jamais)"
    r"|no (?:lo |la |los )?instal(?:ar|e|es|en|ar)\b|não (?:o )?instal(?:e|ar|em)\b|non installar"
    r"|niet installeren|nie instaluj|не устанавлива|не встановлю|yüklemeyin"
    r"|(?:不要|请勿|請勿|切勿)(?:安装|安裝)|インストールしない|설치하지 ?(?:마|말)",
    re.IGNORECASE,
)
_ADVISORY = re.compile(r"\bMAL-[0-9]{4}-[0-9]+", re.IGNORECASE)
_DIGIT = re.compile(r"[0-9]")
_SHORTEST_ID = 8


class Question(Enum):
    """One question: code and the sentence for people, with room for what was seen."""

    RESEARCH = (
        "research-repository",
        "the name or the description of the repository speaks of research or sample collections",
    )
    FIXTURE = ("fixture-path", "the lock lies in a folder of tests, fixtures or examples")
    RENAMED = (
        "renamed-lock",
        "the lock has a name under which its tool does not read it by itself",
    )
    NO_MANIFEST = (
        "no-manifest",
        "its tool installs nothing without {}, and that is not beside the lock",
    )
    TWINS = (
        "same-shape",
        "{} folders beside that of the lock hold the same files, as test cases do",
    )
    TOOLS = ("many-tools", "locks of {} tools lie in one folder")
    TESTS = ("among-tests", "test code lies around the lock: {}")
    README = ("readme", "a README speaks of samples or research, or against installing: {}")
    GHOSTS = ("many-ghosts", "the repository pins malicious releases of {} projects")

    @property
    def code(self) -> str:
        """The code, which never changes its meaning."""
        return self.value[0]

    def reason(self, *seen: object) -> Reason:
        """Return it as findings carry it, with what was `seen` in its sentence."""
        return Reason(code=self.code, text=self.value[1].format(*seen))


def asked_by_name(
    repository: Repository, sighting: Sighting, *, renamed: bool
) -> tuple[Reason, ...]:
    """Return what the names of a repository and of a lock ask; `renamed`: its tool does not read it."""
    signs = (
        (Question.RESEARCH, _RESEARCH.search(f"{repository.path} {repository.description or ''}")),
        (Question.FIXTURE, _FIXTURE.search(sighting.path)),
        (Question.RENAMED, renamed),
    )
    return tuple(question.reason() for question, there in signs if there)


def asked_around(around: Surroundings) -> tuple[Reason, ...]:
    """Return what the surroundings of a lock ask."""
    return tuple(_asked_around(around))


def _asked_around(around: Surroundings) -> Iterator[Reason]:
    if around.lacks:
        yield Question.NO_MANIFEST.reason(" or ".join(around.lacks))
    if around.twins >= _FEW_TWINS or around.namesakes >= _FEW_NAMESAKES:
        yield Question.TWINS.reason(max(around.twins, around.namesakes))
    if around.tools >= _FEW_TOOLS:
        yield Question.TOOLS.reason(around.tools)
    if around.tests:
        yield Question.TESTS.reason(around.tests)
    if around.readmes:
        yield Question.README.reason(", ".join(around.readmes))
    if around.ghosts >= _FEW_GHOSTS:
        yield Question.GHOSTS.reason(around.ghosts)


def speaks_of_samples(readme: str, finding: Finding) -> bool:
    """Say whether a README speaks of research or samples, or against installing.

    In any language, the record that accuses what the lock pins is named by nobody but who knows of it.
    """
    text = readme[:_LONGEST]
    verdict = finding.match.verdict
    ids = () if verdict is None else {source.record_id for source in verdict.sources}
    named = any(
        len(one) >= _SHORTEST_ID and _DIGIT.search(one) and one.lower() in text.lower()
        for one in ids
    )
    return named or any(sign.search(text) for sign in (_OF_SAMPLES, _ADVISORY))
