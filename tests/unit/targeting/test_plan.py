"""Verdicts become queries, the most precise first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.model import (
    Algorithm,
    Digest,
    Distribution,
    Ecosystem,
    ProjectKey,
    Query,
    QueryKind,
    Reason,
    Subject,
    Verdict,
    VerdictState,
)
from crawler.targeting import plan

_GHOST = ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-ghost")
_SHA256 = "ab" * 32
_BLAKE2B = "12" * 32
_WHEEL = Distribution(
    filename="zz_ghost-1.0-py3-none-any.whl",
    digests=(
        Digest(algorithm=Algorithm.BLAKE2B_256, hex=_BLAKE2B),
        Digest(algorithm=Algorithm.SHA256, hex=_SHA256),
    ),
)


def _verdict(
    *,
    version: str | None = None,
    file: Distribution | None = None,
    state: VerdictState = VerdictState.MALICIOUS,
    project: ProjectKey = _GHOST,
) -> Verdict:
    return Verdict(
        subject=Subject(project=project, version=version, file=file),
        state=state,
        since=datetime(2026, 6, 1, tzinfo=UTC),
        reasons=(),
        sources=(),
    )


def test_a_range_of_versions_is_searched_by_the_name_of_its_project() -> None:
    accused = _verdict(version="vers:pypi/>=1.0|<2.0")

    (target,) = plan([accused])

    assert target.queries == (Query(kind=QueryKind.NAME, text="zz-ghost"),)
    assert [one.subject for one in plan([accused, _verdict(version="1.0", file=_WHEEL)])] == [
        _verdict(version="1.0", file=_WHEEL).subject
    ]


def test_a_known_file_is_searched_by_both_digests_and_not_by_its_name() -> None:
    (target,) = plan([_verdict(version="1.0", file=_WHEEL)])

    assert target.queries == (
        Query(kind=QueryKind.DIGEST, text=_SHA256),
        Query(kind=QueryKind.URL_PATH, text="12" * 30),
    )


def test_the_url_of_a_file_gives_its_path_token_where_no_digest_is_stated() -> None:
    url = f"https://files.index.example/packages/12/12/{'12' * 30}/zz_ghost-1.0.tar.gz"
    file = Distribution(filename="zz_ghost-1.0.tar.gz", url=url)

    (target,) = plan([_verdict(version="1.0", file=file)])

    assert target.queries[0] == Query(kind=QueryKind.URL_PATH, text="12" * 30)


def test_the_digest_of_nothing_is_never_asked_for() -> None:
    empty = Digest(algorithm=Algorithm.SHA256, hex="0" * 64)
    file = Distribution(filename="zz_ghost-1.0.tar.gz", digests=(empty,))

    (target,) = plan([_verdict(version="1.0", file=file)])

    assert target.queries == (Query(kind=QueryKind.FILE_NAME, text="zz_ghost-1.0.tar.gz"),)


def test_a_release_is_searched_by_how_its_file_names_begin() -> None:
    (target,) = plan([_verdict(version="1.0")])

    assert target.queries == (
        Query(kind=QueryKind.FILE_NAME, text="zz_ghost-1.0"),
        Query(kind=QueryKind.FILE_NAME, text="zz-ghost-1.0"),
    )


def test_a_name_without_a_hyphen_is_asked_once() -> None:
    plain = ProjectKey(ecosystem=Ecosystem.PYPI, name="zzghost")

    (target,) = plan([_verdict(version="1.0", project=plain)])

    assert [q.text for q in target.queries] == ["zzghost-1.0"]


def test_an_npm_tarball_leaves_the_scope_out() -> None:
    scoped = ProjectKey(ecosystem=Ecosystem.NPM, name="@zz/ghost")

    (target,) = plan([_verdict(version="1.0.0", project=scoped)])

    assert [q.text for q in target.queries] == ["ghost-1.0.0"]


def test_a_project_is_searched_by_name_where_nothing_better_is_known() -> None:
    (target,) = plan([_verdict(state=VerdictState.QUARANTINED)])

    assert target.queries == (Query(kind=QueryKind.NAME, text="zz-ghost"),)


def test_a_name_is_never_asked_where_a_digest_of_the_project_is_known() -> None:
    targets = plan([_verdict(), _verdict(version="1.0", file=_WHEEL)])

    assert [q.kind for t in targets for q in t.queries] == [
        QueryKind.DIGEST,
        QueryKind.URL_PATH,
    ]


@pytest.mark.parametrize(
    "state",
    [s for s in VerdictState if s not in {VerdictState.MALICIOUS, VerdictState.QUARANTINED}],
)
def test_nothing_else_is_looked_for(state: VerdictState) -> None:
    assert plan([_verdict(version="1.0", file=_WHEEL, state=state)]) == ()


def test_what_is_locked_away_with_a_hijacked_release_is_not_looked_for() -> None:
    collateral = Reason(code="collateral-quarantine", text="other versions are named")
    locked = [
        replace(_verdict(version=version, state=VerdictState.QUARANTINED), reasons=(collateral,))
        for version in (None, "1.0")
    ]

    assert plan(locked) == ()


def test_the_same_question_is_asked_once() -> None:
    again = Distribution(filename=_WHEEL.filename, digests=_WHEEL.digests, uploaded_at="2026")

    targets = plan([_verdict(version="1.0", file=_WHEEL), _verdict(version="1.0", file=again)] * 2)

    assert len(targets) == 1


def test_precise_targets_come_first_whatever_the_order_of_the_verdicts() -> None:
    other = ProjectKey(ecosystem=Ecosystem.PYPI, name="aa-ghost")
    verdicts = [
        _verdict(project=other),
        _verdict(version="1.0", file=_WHEEL),
        _verdict(version="2"),
    ]

    planned = plan(verdicts)

    assert planned == plan(reversed(verdicts))
    assert [str(t.subject) for t in planned] == [
        "pkg:pypi/zz-ghost@1.0 zz_ghost-1.0-py3-none-any.whl",
        "pkg:pypi/zz-ghost@2",
        "pkg:pypi/aa-ghost",
    ]


def test_a_digest_that_is_hearsay_takes_no_other_query_away() -> None:
    hearsay = replace(
        _verdict(version="1.0", file=_WHEEL),
        reasons=(Reason(code="known-file", text="It is only said to be that file."),),
    )

    targets = plan([hearsay, _verdict(version="1.0")])

    kinds = [query.kind for target in targets for query in target.queries]
    assert kinds == [
        QueryKind.DIGEST,
        QueryKind.URL_PATH,
        QueryKind.FILE_NAME,
        QueryKind.FILE_NAME,
    ]


def test_a_digest_that_a_lock_taught_is_asked_for_beside_the_names() -> None:
    release = _verdict(version="1.0")

    (target,) = plan([release], {release.subject: [_WHEEL]})

    assert [query.kind for query in target.queries] == [
        QueryKind.DIGEST,
        QueryKind.URL_PATH,
        QueryKind.FILE_NAME,
        QueryKind.FILE_NAME,
    ]
