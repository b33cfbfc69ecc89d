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

    A letter may go to a LURE: nothing strong speaks for any other class, and what speaks weakly is
    outweighed. A bystander or research is named whatever speaks for a lure; a victim has to outweigh it.
    """
    sums = Counter[CaseClass]()
    for rule in applying:
        sums[rule.towards] += rule.weight
    lure, against = sums[CaseClass.LURE], max(sums[one] for one in _OTHERS)
    strong = any(r.weight >= STRONG for r in applying if r.towards is not CaseClass.LURE)
    if lure >= DECISIVE + against and not strong:
        return CaseClass.LURE
    for one in _OTHERS:
        if sums[one] >= NAMED and (one is not CaseClass.VICTIM or sums[one] >= lure):
            return one
    return CaseClass.UNCLEAR
