"""Which malicious release a version or a range lets in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.matching import admitted, project_of_mention
from crawler.model import Ecosystem, Mention, Subject, Verdict, VerdictState
from tests.values import verdict


def _mention(stated: str, ecosystem: Ecosystem = Ecosystem.PYPI) -> Mention:
    return Mention(ecosystem=ecosystem, name="zz-ghost", stated=stated, line=1)


def _on(mention: Mention, version: str | None) -> Verdict:
    subject = Subject(project=project_of_mention(mention), version=version)
    return replace(verdict(version=version), subject=subject)


@pytest.mark.parametrize(
    ("stated", "version"),
    [
        ("~=1.2", "1.2"),
        (">=1.2,<1.3", "1.2.5"),
        ("==1.2.*", "1.2.7"),
        ("1.2.*", "1.2.7"),
        ("1.2", "1.2"),
        ("*", "1.2"),
        ("^1.2", "1.9"),
        ("~1.2", "1.2.4"),
        (">=1.0", "1.0rc1.post1"),
    ],
)
def test_a_range_of_python_lets_in_what_its_tool_would_take(stated: str, version: str) -> None:
    one = _mention(stated)

    expected = None if "rc" in version else version

    assert admitted(one, [_on(one, version)]) == expected


@pytest.mark.parametrize(
    ("stated", "version", "lets_in"),
    [
        ("^1.2.0", "1.2.3", True),
        ("npm:1.2.3", "1.2.3", True),
        ("1.2.3 || 1.3.0", "1.2.3", True),
        ("*", "1.2.3", True),
        ("^1.2.4", "1.2.3", False),
        ("1.2.30", "1.2.3", False),
        ("workspace:1", "1.2.3", False),
        ("^1.2.0", "vers:npm/>=1.2.3|<1.2.5", True),
        ("1.2.4", "vers:npm/>=1.2.3|<1.2.5", True),
        ("1.2.5", "vers:npm/>=1.2.3|<1.2.5", False),
    ],
)
def test_a_range_of_npm_is_read_as_npm_does(stated: str, version: str, *, lets_in: bool) -> None:
    one = _mention(stated, Ecosystem.NPM)

    assert (admitted(one, [_on(one, version)]) is not None) is lets_in


def test_a_project_that_is_malicious_as_a_whole_is_let_in_by_everything() -> None:
    one = _mention("~=9.9")

    assert admitted(one, [_on(one, None)]) == "every version"
    assert admitted(_mention("10host.example"), [_on(one, None)]) is None


def test_what_is_not_malicious_is_nothing() -> None:
    one = _mention("*")
    removed = replace(_on(one, "1.2"), state=VerdictState.REMOVED)

    assert admitted(one, [removed]) is None
