"""The rules by which a repository is a lure, a victim's, a bystander's or research, as data.

Each rule is one reason: which class it speaks for, how much, and who says what it stands on. What the
owner says (dates of commits, texts, names) may keep a letter back and never brings one about, since
whoever writes a lure writes that, too. One text counts for a lure, that which sets a task: a quarter of what
decides, and more beside what its owner does not write (a host that made it with the upload, siblings), which has
to tell the rest. Dates and the index together stay below what decides, always. The weights are those of a person who
sorts by hand, chosen so that no innocent of three labelled worlds gets a letter, also where less was looked at
(docs/decisions/0022-half-of-the-lures-wait.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from crawler.classifying import commits, seen
from crawler.model.case import CaseClass, WeightSource

if TYPE_CHECKING:
    from crawler.classifying.signs import Signs

__all__ = ["CASE_RULES", "DECISIVE", "NAMED", "RULES_VERSION", "STRONG", "Rule"]

RULES_VERSION = "4"
"""Version of the rules; raised whenever the same signs would be added up otherwise."""
DECISIVE = 100
"""What must speak for a lure, beyond what speaks for any other class."""
NAMED = 60
"""What must speak for another class before the repository is called so."""
STRONG = 40
"""What speaks for another class and, whatever speaks for a lure, keeps the letter back."""

_LURE, _VICTIM = CaseClass.LURE, CaseClass.VICTIM
_BYSTANDER, _RESEARCH = CaseClass.BYSTANDER, CaseClass.RESEARCH
_HOST, _LOCK, _INDEX = WeightSource.HOST, WeightSource.LOCK, WeightSource.INDEX
_LEDGER, _OWNER = WeightSource.LEDGER, WeightSource.OWNER


_STARS = 100
_A_RING = 10
"""Copies; a lock that more accounts have may be that of a template."""
_QUESTIONS = {
    "research-repository": (
        70,
        _OWNER,
        "its name or description speaks of research or sample collections",
    ),
    "readme": (60, _OWNER, "a README speaks of samples or research, or against installing"),
    "fixture-path": (60, _OWNER, "a lock lies in a folder of tests, fixtures or examples"),
    "renamed-lock": (60, _LOCK, "a lock has a name under which its tool does not read it"),
    "no-manifest": (60, _LOCK, "the manifest that its tool needs is not beside a lock"),
    "same-shape": (60, _LOCK, "several folders hold the same files, as test cases do"),
    "many-tools": (60, _LOCK, "locks of many tools lie in one folder"),
    "among-tests": (60, _OWNER, "test code lies around a lock"),
    "many-ghosts": (60, _LEDGER, "it pins malicious releases of many projects"),
}
"""Code of a question (docs/findings.md) -> what it weighs, whose statement it is, and what was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One reason for a class."""

    code: str
    """Stable; docs/cases.md explains each."""
    towards: CaseClass
    weight: int
    source: WeightSource
    text: str
    """What was seen, for people; `{names}` are filled in from the signs."""
    applies: Callable[[Signs], bool]
    """Pure; False for what is not known."""


CASE_RULES = (
    Rule(
        code="project-dropped",
        towards=_LURE,
        weight=30,
        source=_INDEX,
        text="the index lists no release of {dropped} any more",
        applies=lambda signs: bool(seen.dropped(signs)),
    ),
    Rule(
        code="never-innocent",
        towards=_LURE,
        weight=10,
        source=_INDEX,
        text="no harmless release of {began} is known",
        applies=lambda signs: bool(seen.never_innocent(signs)),
    ),
    Rule(
        code="made-at-upload",
        towards=_LURE,
        weight=50,
        source=_HOST,
        text="the host made the repository at {created}, within three days of the first pinned file, which {came}",
        applies=seen.made_at_upload,
    ),
    Rule(
        code="made-young",
        towards=_LURE,
        weight=25,
        source=_HOST,
        text="the host made the repository at {created}, no earlier than a month before the first pinned file, which {came}",
        applies=lambda signs: seen.is_young(signs) and not seen.made_at_upload(signs),
    ),
    Rule(
        code="one-push",
        towards=_LURE,
        weight=5,
        source=_HOST,
        text="the host saw the last push ({pushed}) within a day of making the repository",
        applies=seen.pushed_once,
    ),
    Rule(
        code="siblings",
        towards=_LURE,
        weight=30,
        source=_LEDGER,
        text="malicious releases of the same projects are pinned by {siblings} of this owner",
        applies=lambda signs: bool(signs.siblings) and seen.pins_bait(signs),
    ),
    Rule(
        code="many-siblings",
        towards=_LURE,
        weight=40,
        source=_LEDGER,
        text="the owner has several such repositories: {siblings}",
        applies=lambda signs: (signs.siblings or 0) >= seen.SEVERAL and seen.pins_bait(signs),
    ),
    Rule(
        code="same-lock",
        towards=_LURE,
        weight=10,
        source=_LEDGER,
        text="the very same lock, byte for byte, is in {same_lock} of other owners",
        applies=lambda signs: (
            0 < (signs.same_lock or 0) < _A_RING and bool(signs.siblings) and seen.pins_bait(signs)
        ),
    ),
    Rule(
        code="several-projects",
        towards=_LURE,
        weight=35,
        source=_INDEX,
        text="several projects that the index dropped as a whole, or that began with what is accused, are pinned: "
        "{bait}",
        applies=seen.is_of_a_campaign,
    ),
    Rule(
        code="fork-brought-it",
        towards=_LURE,
        weight=30,
        source=_LEDGER,
        text="the repository is a fork, and {upstream} does not pin it",
        applies=lambda signs: (
            signs.fork_of is not None and signs.upstream_pins is False and seen.pins_bait(signs)
        ),
    ),
    Rule(
        code="tampered-entry",
        towards=_LURE,
        weight=60,
        source=_LOCK,
        text="an entry of the lock is not as its tool writes it",
        applies=lambda signs: (
            any(pin.tampered for pin in signs.pins) and not commits.brought_later(signs)
        ),
    ),
    Rule(
        code="undeclared-entry",
        towards=_LURE,
        weight=45,
        source=_LOCK,
        text="nothing in the lock or beside it requires the entry",
        applies=lambda signs: (
            any(pin.declared is False for pin in signs.pins) and not commits.brought_later(signs)
        ),
    ),
    Rule(
        code="sets-task",
        towards=_LURE,
        weight=25,
        source=_OWNER,
        text="a README around the lock sets a task to candidates",
        applies=seen.sets_task,
    ),
    Rule(
        code="task-at-upload",
        towards=_LURE,
        weight=30,
        source=_HOST,
        text="a README sets a task in a repository that the host made at {created}, within three days of the upload",
        applies=lambda signs: (
            seen.sets_task(signs)
            and seen.made_at_upload(signs)
            and seen.pins_bait(signs)
            and not seen.may_be_copy(signs)
        ),
    ),
    Rule(
        code="several-tasks",
        towards=_LURE,
        weight=30,
        source=_LEDGER,
        text="it sets a task, and {siblings} of this owner pin the same",
        applies=lambda signs: (
            (signs.siblings or 0) >= (seen.SEVERAL if seen.may_be_copy(signs) else 1)
            and seen.sets_task(signs)
            and seen.pins_bait(signs)
        ),
    ),
    Rule(
        code="living-project",
        towards=_VICTIM,
        weight=100,
        source=_INDEX,
        text="the index still lists other releases of {living}: a release of a living project was hijacked",
        applies=lambda signs: any(pin.project_lives for pin in signs.pins),
    ),
    Rule(
        code="most-used",
        towards=_VICTIM,
        weight=100,
        source=_INDEX,
        text="{popular} is one of the most used projects",
        applies=lambda signs: any(pin.most_used for pin in signs.pins),
    ),
    Rule(
        code="mistyped",
        towards=_VICTIM,
        weight=40,
        source=_INDEX,
        text="the name of a pinned project is one slip away from {meant}, one of the most used: who typed it "
        "may have meant that one",
        applies=lambda signs: bool(seen.mistyped(signs)),
    ),
    Rule(
        code="older-releases",
        towards=_VICTIM,
        weight=70,
        source=_INDEX,
        text="a pinned project had many older releases that nobody accuses",
        applies=seen.had_many_releases,
    ),
    Rule(
        code="few-older-releases",
        towards=_VICTIM,
        weight=15,
        source=_INDEX,
        text="a pinned project had older releases that nobody accuses, though few",
        applies=seen.had_few_releases,
    ),
    Rule(
        code="sets-no-task",
        towards=_VICTIM,
        weight=35,
        source=_OWNER,
        text="no README around the lock sets a task to candidates",
        applies=lambda signs: signs.readme_is_task is False and seen.pins_bait(signs),
    ),
    Rule(
        code="no-siblings",
        towards=_VICTIM,
        weight=20,
        source=_LEDGER,
        text="the other repositories of this owner were listed, and none is known to pin the same",
        applies=lambda signs: signs.siblings == 0 and seen.pins_bait(signs),
    ),
    Rule(
        code="older-siblings",
        towards=_VICTIM,
        weight=60,
        source=_HOST,
        text="another repository of this owner that pins the same was made at {sibling_at}, more than a month before "
        "the upload ({claimed}): so it is where somebody takes the internal name of a firm",
        applies=seen.has_older_sibling,
    ),
    Rule(
        code="caught-soon",
        towards=_VICTIM,
        weight=35,
        source=_INDEX,
        text="a feed named the first pinned file within four days of its upload, as with hijacked releases and taken "
        "names, and no task was seen",
        applies=lambda signs: seen.caught_soon(signs) and not seen.sets_task(signs),
    ),
    Rule(
        code="made-before-upload",
        towards=_VICTIM,
        weight=50,
        source=_HOST,
        text="the host made the repository at {created}, more than a month before the upload ({claimed})",
        applies=seen.made_before_upload,
    ),
    Rule(
        code="made-long-before-upload",
        towards=_VICTIM,
        weight=80,
        source=_HOST,
        text="the host made the repository at {created}, half a year or more before the upload ({claimed})",
        applies=seen.made_long_before_upload,
    ),
    Rule(
        code="history-older",
        towards=_VICTIM,
        weight=50,
        source=_OWNER,
        text="its commits say that they began long before the upload",
        applies=commits.history_is_older,
    ),
    Rule(
        code="history-copied",
        towards=_VICTIM,
        weight=20,
        source=_OWNER,
        text="its commits say that they began long before the upload, but the pin came with the repository",
        applies=commits.history_is_copied,
    ),
    Rule(
        code="pin-came-later",
        towards=_VICTIM,
        weight=35,
        source=_OWNER,
        text="its commits say that the pin came two weeks or more after the repository began",
        applies=commits.pin_came_later,
    ),
    Rule(
        code="pin-older-than-repository",
        towards=_VICTIM,
        weight=40,
        source=_OWNER,
        text="its commits say that the pin came before the host made the repository ({created}): it was moved, "
        "mirrored or copied there",
        applies=commits.pin_is_older_than_repository,
    ),
    Rule(
        code="lock-was-there",
        towards=_VICTIM,
        weight=25,
        source=_OWNER,
        text="its commits say that the lock was there before the pin",
        applies=commits.lock_was_there,
    ),
    Rule(
        code="bot-commit",
        towards=_VICTIM,
        weight=60,
        source=_OWNER,
        text="the commit that brought the pin names a bot that updates dependencies",
        applies=commits.brought_by_bot,
    ),
    Rule(
        code="many-commits",
        towards=_VICTIM,
        weight=15,
        source=_OWNER,
        text="the default branch has {commits} commits or more",
        applies=commits.has_many_commits,
    ),
    Rule(
        code="stars",
        towards=_VICTIM,
        weight=10,
        source=_HOST,
        text="{stars} people have starred it",
        applies=lambda signs: (signs.stars or 0) >= _STARS,
    ),
    Rule(
        code="archived",
        towards=_VICTIM,
        weight=10,
        source=_HOST,
        text="the repository is archived, so nobody updates its locks",
        applies=lambda signs: signs.archived,
    ),
    Rule(
        code="vendored",
        towards=_BYSTANDER,
        weight=100,
        source=_LOCK,
        text="each lock that pins it lies inside the copy of another project",
        applies=lambda signs: all(pin.vendored for pin in signs.pins),
    ),
    Rule(
        code="partly-vendored",
        towards=_BYSTANDER,
        weight=40,
        source=_LOCK,
        text="only locks inside copies of other projects pin some of the projects",
        applies=seen.partly_vendored,
    ),
    Rule(
        code="only-in-requests",
        towards=_BYSTANDER,
        weight=100,
        source=_HOST,
        text="only pull or merge requests have it, which strangers write",
        applies=lambda signs: all(pin.only_in_requests for pin in signs.pins),
    ),
    Rule(
        code="fork-follows",
        towards=_BYSTANDER,
        weight=100,
        source=_LEDGER,
        text="the repository is a fork, and {upstream} pins the same",
        applies=lambda signs: signs.fork_of is not None and signs.upstream_pins is True,
    ),
    Rule(
        code="lone-copy",
        towards=_BYSTANDER,
        weight=25,
        source=_LEDGER,
        text="the same lock is in {same_lock} of other owners, and this one has few other repositories that pin the same: "
        "who was given a task, or wanted a bot, has such a copy",
        applies=lambda signs: seen.is_lone_copy(signs) and not seen.sets_task(signs),
    ),
    Rule(
        code="copied-task",
        towards=_BYSTANDER,
        weight=40,
        source=_LEDGER,
        text="a README sets a task, the same lock is in {same_lock} of other owners, and this one has few other "
        "repositories that pin the same: who answers a task has such a copy",
        applies=lambda signs: seen.is_lone_copy(signs) and seen.sets_task(signs),
    ),
    Rule(
        code="many-of-one-owner",
        towards=_BYSTANDER,
        weight=40,
        source=_LEDGER,
        text="{siblings} of this owner pin the same, as many as a class or an organisation has",
        applies=lambda signs: (signs.siblings or 0) >= seen.A_CLASS,
    ),
    Rule(
        code="widely-copied-lock",
        towards=_BYSTANDER,
        weight=40,
        source=_LEDGER,
        text="{same_lock} of other owners have the same lock, as copies of a template or an exercise have",
        applies=lambda signs: (signs.same_lock or 0) >= seen.A_CLASS,
    ),
    Rule(
        code="fork-of-unknown",
        towards=_BYSTANDER,
        weight=50,
        source=_HOST,
        text="the repository is a fork, and whether {upstream} pins the same is not known",
        applies=lambda signs: signs.fork_of is not None and signs.upstream_pins is None,
    ),
    Rule(
        code="made-after-accusation",
        towards=_RESEARCH,
        weight=30,
        source=_HOST,
        text="the host made the repository at {created}, after a feed named the pinned file ({accused}): so does "
        "who studies it",
        applies=seen.made_after_accusation,
    ),
    Rule(
        code="collection",
        towards=_RESEARCH,
        weight=60,
        source=_LOCK,
        text="malicious releases of {number} projects are pinned, more than anybody uses together",
        applies=lambda signs: len({pin.project for pin in signs.pins}) >= seen.A_COLLECTION,
    ),
    *(
        Rule(
            code=f"asks-{code}",
            towards=_RESEARCH,
            weight=weight,
            source=source,
            text=text,
            applies=partial(seen.is_asked, code),
        )
        for code, (weight, source, text) in _QUESTIONS.items()
    ),
    Rule(
        code="asks-more",
        towards=_RESEARCH,
        weight=60,
        source=_OWNER,
        text="a question is open that only a person can answer: {asked}",
        applies=lambda signs: bool(set(signs.questions) - _QUESTIONS.keys()),
    ),
)
