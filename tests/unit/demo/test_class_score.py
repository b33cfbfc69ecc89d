"""What the demo says of the classes of its repositories."""

from __future__ import annotations

from dataclasses import replace

from crawler.model import CaseClass, Confidence, Report, Tier
from tests.unit.reporting.letters import classified, confirmed, matched
from workers.demo.class_score import ClassScore, class_score
from workers.demo.model import Expectation


def expected(case_class: CaseClass | None) -> Expectation:
    return Expectation(
        host="git.example",
        repository="acme/task",
        path="uv.lock",
        confidence=Confidence.CONFIRMED,
        tier=Tier.A,
        why="a test",
        case_class=case_class,
    )


def of_class(case_class: CaseClass | None) -> Report:
    found = None if case_class is None else classified(case_class)
    return replace(confirmed(), classification=found)


def test_classes_as_the_world_knows_them_are_counted() -> None:
    lure = class_score([of_class(CaseClass.LURE)], [expected(CaseClass.LURE)])
    victim = class_score([of_class(CaseClass.VICTIM)], [expected(CaseClass.VICTIM)])

    assert lure == ClassScore(lures=1, victims=0, differs=())
    assert victim == ClassScore(lures=0, victims=1, differs=())


def test_a_lure_where_the_world_knows_a_victim_is_wrong() -> None:
    found = class_score([of_class(CaseClass.LURE)], [expected(CaseClass.VICTIM)])

    assert found == ClassScore(
        lures=0,
        victims=0,
        differs=("git.example/acme/task: expected class victim, got lure",),
    )


def test_a_class_that_is_missing_or_too_much_is_wrong() -> None:
    missing = class_score([of_class(None)], [expected(CaseClass.LURE)])
    unseen = class_score([], [expected(CaseClass.LURE)])
    too_much = class_score([of_class(CaseClass.LURE)], [expected(None)])

    assert (
        missing.differs
        == unseen.differs
        == ("git.example/acme/task: expected class lure, got none",)
    )
    assert too_much.differs == ("git.example/acme/task: expected class none, got lure",)


def test_only_confirmed_findings_count() -> None:
    likely = matched(of_class(CaseClass.LURE), confidence=Confidence.LIKELY)

    assert class_score([likely], [expected(None)]).differs == ()
