"""The most used projects are never accused by name alone."""

from __future__ import annotations

import pytest

from crawler.model import Claim, Ecosystem, ProjectKey, VerdictState, normalize_name
from crawler.verdicts.judge import judge
from crawler.verdicts.most_used import MOST_USED, protected_by
from tests.unit.verdicts.statements_of import NOW, codes, dist, key, says, verdicts


def test_a_poisoned_record_of_every_version_makes_numpy_suspicious_at_most() -> None:
    file = dist("numpy-2.0.0.tar.gz", blake="a")
    said = [
        says(Claim.CREATED, "numpy", "2.0.0", at="2024-06-16", file=file),
        says(Claim.MALICIOUS, "numpy", at="2026-11-21"),
    ]

    found = verdicts("numpy", said)

    assert {v.state for v in found.values()} == {VerdictState.SUSPICIOUS}
    assert {codes(v)[:2] for v in found.values()} == {("every-version", "most-used-project")}
    assert sorted(found) == ["", "2.0.0", "numpy-2.0.0.tar.gz"]


def test_a_listed_version_of_a_most_used_project_still_counts() -> None:
    said = [
        says(Claim.MALICIOUS, "litellm", "1.82.7", at="2026-03-24"),
        says(Claim.MALICIOUS, "litellm", at="2026-03-24", record="MAL-2026-2"),
        says(Claim.CREATED, "litellm", "1.82.6", at="2026-03-20"),
    ]

    found = verdicts("litellm", said)

    assert {name: v.state for name, v in found.items()} == {
        "": VerdictState.SUSPICIOUS,
        "1.82.6": VerdictState.SUSPICIOUS,
        "1.82.7": VerdictState.MALICIOUS,
    }


def test_the_same_name_in_another_registry_is_not_protected() -> None:
    said = [says(Claim.MALICIOUS, "numpy", at="2026-11-21", ecosystem=Ecosystem.NPM)]

    assert verdicts("numpy", said, ecosystem=Ecosystem.NPM)[""].state is VerdictState.MALICIOUS


def test_an_installation_protects_projects_of_its_own() -> None:
    said = [says(Claim.MALICIOUS, "acme-core", at="2026-11-21")]

    (found,) = judge(key("acme-core"), said, NOW, protected_by(["pypi/Acme_Core"]))

    assert found.state is VerdictState.SUSPICIOUS


@pytest.mark.parametrize("name", ["requests", "pypi/", "pypy/requests", "pypi/re quests"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"invalid project .*: expected pypi/name"):
        protected_by([name])


def test_all_names_are_written_as_their_registry_does() -> None:
    assert [k for k in MOST_USED if normalize_name(k.ecosystem, k.name) != k.name] == []


@pytest.mark.parametrize(
    ("ecosystem", "name"),
    [
        (Ecosystem.PYPI, "requests"),
        (Ecosystem.PYPI, "typing-extensions"),
        (Ecosystem.PYPI, "mistralai"),
        (Ecosystem.NPM, "axios"),
        (Ecosystem.NPM, "@babel/core"),
        (Ecosystem.NPM, "stylus"),
    ],
)
def test_a_giant_is_among_them(ecosystem: Ecosystem, name: str) -> None:
    assert ProjectKey(ecosystem=ecosystem, name=name) in MOST_USED


@pytest.mark.parametrize("ecosystem", [Ecosystem.PYPI, Ecosystem.NPM])
def test_there_are_some_hundreds_of_each(ecosystem: Ecosystem) -> None:
    assert 300 < sum(k.ecosystem is ecosystem for k in MOST_USED) < 1000
