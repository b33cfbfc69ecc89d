"""Whether a README sets a task to candidates, as those of made-up interviews do.

Words alone say little: real companies set tasks, too, and who answers one keeps its README. So this is worth a
part of what a letter needs, and what is in doubt is no task: a text has to name the task and to say what its
reader is to do, or to speak of candidates, of a task and of handing it in. The words are those of public
repositories that companies, real or not, call an assessment.
"""

from __future__ import annotations

import re

__all__ = ["sets_task"]

_LONGEST = 64 * 1024
"""Characters of a README."""
_NAMED = re.compile(
    r"\btake[- ]?home (?:task|test|assignment|assessment|challenge|exercise|project)\b"
    r"|\b(?:interview|hiring|recruitment|screening) (?:task|test|assignment|assessment|challenge|exercise)\b"
    r"|\b(?:technical|coding|skills?|developer|engineering) (?:assessment|assignment)\b",
    re.IGNORECASE,
)
_CALLED_SO_BY_OTHERS_TOO = re.compile(
    r"\b(?:technical|coding|skills?|engineering) (?:challenge|test)\b"
    r"|(?<!release )\b(?:candidates?|applicants?)\b",
    re.IGNORECASE,
)
_NAMED_ELSEWHERE = re.compile(
    r"\b(?:test|probe|bewerbungs|einstellungs)aufgabe\b"
    r"|\btest technique\b|\bprueba t[ée]cnica\b|\bteste t[ée]cnico\b|\bdesafio t[ée]cnico\b"
    r"|\bprova tecnica\b|\bzadanie rekrutacyjne\b|тестовое задание|тестове завдання"
    r"|面试(?:题|任务|作业)|笔试题|技術課題|採用課題|コーディングテスト|코딩 ?테스트|과제 ?전형",
    re.IGNORECASE,
)
_TASK = re.compile(r"\b(?:tasks?|assignment|assessment|challenge|test)\b", re.IGNORECASE)
_TO_DO = re.compile(
    r"\byour (?:task|goal|job|assignment|mission|solution)\b|\bplease\b"
    r"|\byou (?:will|should|must|have to|need to|are asked)\b"
    r"|\b(?:run|fix|implement|complete|extend|record|submit)\b",
    re.IGNORECASE,
)
_TO_HAND_IN = re.compile(
    r"\bsubmit(?:ting)?\b|\bsubmission\b|\bdeadline\b|\btime limit\b"
    r"|\bwithin [\w*\u2013-]{1,12} (?:hours|days)\b|\bsend (?:us|your)\b|\brecord (?:your|the) screen\b",
    re.IGNORECASE,
)
_ANSWERED = re.compile(
    r"\bmy (?:solution|answer|submission|attempt|implementation|take)\b"
    r"|\bthis (?:repository|repo|project|is) (?:is |has |holds |contains )?(?:a|the) (?:solution|submission)\b",
    re.IGNORECASE,
)
"""What is written of the answer of a candidate."""


def sets_task(readme: str) -> bool:
    """Say whether a README sets its reader the task of an interview."""
    text = " ".join(readme[:_LONGEST].split())
    if _ANSWERED.search(text):
        return False
    if _NAMED_ELSEWHERE.search(text) or (_NAMED.search(text) and _TO_DO.search(text)):
        return True
    signs = (_CALLED_SO_BY_OTHERS_TOO, _TASK, _TO_HAND_IN)
    return all(sign.search(text) for sign in signs)
