"""Whether a README sets a task to candidates, as those of made-up interviews do.

Words alone say little: real companies set tasks, too, and who answers one keeps its README. So this alone
never suffices for a letter, and a doubtful text counts as no task: it has to name the task, as a title or with what
its reader must do or hand in, or to mention candidates, a task and how to submit it. The words are those of public
repositories that companies, real or not, call an assessment.
"""

from __future__ import annotations

import re

__all__ = ["sets_task"]

_LONGEST = 64 * 1024
"""Characters of a README, of those that are shown."""
_NOT_SHOWN = re.compile(
    r"<!--(?>-?>|(?>[^-]++|-(?!->))*+(?:-->)?)|^ {0,3}\[[^\]\n]{1,99}\]:[^\n]*|[\u00ad\u200b-\u200d\u2060\ufeff]"
    r"|</?[A-Za-z][^<>]{0,500}>|(?<=\])\([^()\n]{0,500}\)",
    re.MULTILINE,
)
"""Comments, tags, where links lead, and characters without width: a page of a README has none of them."""
_NAMES = (
    r"(?:take[- ]?home (?:task|test|assignment|assessment|challenge|exercise|project)"
    r"|(?:interview|hiring|recruitment|screening) (?:task|test|assignment|assessment|challenge|exercise)"
    r"|(?:technical|coding|skills?|developer|engineering) (?:assessment|assignment))\b"
)
_NAMED = re.compile(rf"\b{_NAMES}", re.IGNORECASE)
_TITLE = re.compile(
    rf"^(?:[ \t#*>_\d.-]{{0,12}}|#{{1,3}} [^\n#]{{1,60}} ){_NAMES}[ \t]{{0,4}}"
    r"(?:[.:!*_\u2013-]|$|for (?:candidates?|applicants?|developers?|our|the (?:role|position))\b)",
    re.IGNORECASE | re.MULTILINE,
)
"""A line that is, or begins with, the name of the task, or a heading that ends with it."""
_CALLED_SO_BY_OTHERS_TOO = re.compile(
    r"\b(?:technical|coding|skills?|engineering) (?:challenge|test)\b"
    r"|(?<!release )\b(?:candidates?|applicants?)\b",
    re.IGNORECASE,
)
_NAMED_ELSEWHERE = re.compile(
    r"\b(?:test|probe|bewerbungs|einstellungs)aufgabe\b"
    r"|\btest technique\b|\bprueba t[ée]cnica\b|\bteste t[ée]cnico\b|\bdesafio t[ée]cnico\b"
    r"|\bprova tecnica\b|\bzadanie rekrutacyjne\b|тестовое задание|тестове завдання"
    r"|这[是个].{0,8}面试题|面试(?:任务|作业)|技術課題|採用課題|コーディングテスト|코딩 ?테스트|과제 ?전형",
    re.IGNORECASE,
)
_TASK = re.compile(r"\b(?:tasks?|assignment|assessment|challenge|test)\b", re.IGNORECASE)
_SAID_BY_ANY = re.compile(
    r"\bplease\b|\byou (?:will|should|must|have to|need to|are asked)\b"
    r"|\b(?:run|fix|implement|complete|extend|record|submit)\b",
    re.IGNORECASE,
)
"""What is to be done, as other READMEs say it too."""
_TO_DO = re.compile(
    r"\byour (?:task|goal|job|assignment|mission|solution)\b"
    r"|\byou (?:will|should|must|have to|need to|are asked to) (?:be asked to )?"
    r"(?:implement|build|create|complete|fix|submit|extend|record|solve|write|deploy|review|find)\b"
    r"|(?:^|[.!?:;)*#\d-] )(?:please )?(?:implement|complete|extend|fix|record|submit) (?:the|a|an|your|this|all|one|it|\d)\b",
    re.IGNORECASE,
)
_TO_HAND_IN = re.compile(
    r"\bsubmit(?:ting)? (?:your|the|a|it)\b|\bsubmission\b|\bdeadline\b|\btime limit\b"
    r"|\bwithin [\w*\u2013-]{1,12} (?:hours|days)\b|\bsend (?:us|your)\b|\brecord (?:your|the) screen\b",
    re.IGNORECASE,
)
_ANSWERED = re.compile(
    r"\bmy (?:solution|answer|submission|attempt|implementation|take)\b"
    r"|(?<!your )(?<!your final )\bsolution (?:for|to|of) (?:the|a|an|this) [\w -]{0,30}(?:task|test|assignment|assessment|challenge)\b"
    r"|\bthis was (?:a|an|my|the)\b|\bi (?:was (?:given|asked)|got|received|had to|did|built|made|completed|implemented|chose|used)\b"
    r"|\b(?:assignment|assessment|challenge|test) (?:done|made|completed) (?:for|at|during)\b"
    r"|\bmi soluci[óo]n\b|\bminha solu[çc][ãa]o\b|\bma solution\b|\bmeine l[öo]sung\b|\bla mia soluzione\b"
    r"|\bмо[её] решение\b|\bмоє рішення\b|我的(?:解答|答案|实现)"  # noqa: RUF001
    r"|\bthis (?:repository|repo|project|is) (?:is |has |holds |contains )?(?:a|the) (?:solution|submission)\b",
    re.IGNORECASE,
)
"""What is written of the answer of a candidate."""


def sets_task(readme: str) -> bool:
    """Say whether a README sets its reader the task of an interview."""
    shown = _NOT_SHOWN.sub("", readme)[:_LONGEST]
    text = " ".join(shown.split())
    if _ANSWERED.search(text):
        return False
    if _NAMED_ELSEWHERE.search(text):
        return True
    if _NAMED.search(text) and (_TO_DO.search(text) or _TO_HAND_IN.search(text)):
        return True
    if _TITLE.search(shown) and (_TO_DO.search(text) or _SAID_BY_ANY.search(text)):
        return True
    signs = (_CALLED_SO_BY_OTHERS_TOO, _TASK, _TO_HAND_IN)
    return all(sign.search(text) for sign in signs)
