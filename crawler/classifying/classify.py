"""From signs to a class: the rules that apply are added up, and what could change the sum is said."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crawler.classifying.rules import CASE_RULES, DECISIVE, NAMED, RULES_VERSION, STRONG
from crawler.classifying.sentences import filled
from crawler.classifying.unknown import hypotheses
from crawler.model.case import CaseClass, Classification, Weight

if TYPE_CHECKING:
    from crawler.classifying.rules import Rule
    from crawler.classifying.signs import Signs

__all__ = ["classify"]

_OTHERS = (CaseClass.BYSTANDER, CaseClass.RESEARCH, CaseClass.VICTIM)
"""In the order in which they are taken where several have enough: the one who can do least first."""


def classify(signs: Signs) -> Classification:
    """Return what the repository is, with every reason, and what was not looked at and would matter."""
    applying = [rule for rule in CASE_RULES if rule.applies(signs)]
    found = _class_of(applying)
    weights = [
        Weight(
            code=rule.code,
            towards=rule.towards,
            weight=rule.weight,
            source=rule.source,
            text=filled(rule.text, signs),
        )
        for rule in applying
    ]
    return Classification(
        case_class=found,
        weights=tuple(sorted(weights, key=lambda one: (-one.weight, one.code))),
        rules=RULES_VERSION,
        missing=tuple(
            sentence
            for sentence, others in hypotheses(signs)
            if any(_class_of(_applying(other)) is not found for other in others)
        ),
    )


def _applying(signs: Signs) -> list[Rule]:
    return [rule for rule in CASE_RULES if rule.applies(signs)]


def _class_of(applying: list[Rule]) -> CaseClass:
    """Return the class that the rules amount to.

    A letter may go to a LURE: nothing strong speaks for any other class, and all that speaks weakly is
    outweighed. Another class is named by a strong reason, a bystander or research whatever speaks for a
    lure; a victim has to outweigh it.
    """
    sums = Counter[CaseClass]()
    for rule in applying:
        sums[rule.towards] += rule.weight
    lure, against = sums[CaseClass.LURE], sum(sums[one] for one in _OTHERS)
    strong = {rule.towards for rule in applying if rule.weight >= STRONG} - {CaseClass.LURE}
    if lure >= DECISIVE + against and not strong:
        return CaseClass.LURE
    for one in _OTHERS:
        outweighed = one is CaseClass.VICTIM and sums[one] < lure
        if one in strong and sums[one] >= NAMED and not outweighed:
            return one
    return CaseClass.UNCLEAR
