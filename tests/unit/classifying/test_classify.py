"""Whose repository it is: a letter only where the sum is high and nothing strong speaks for another class."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.classifying import CASE_RULES, Signs, classify
from crawler.classifying.rules import DECISIVE, Rule
from crawler.model import CaseClass, PinHistory, WeightSource
from tests.unit.classifying.signs import (
    ACCUSED,
    BAIT,
    DAY,
    HIJACKED,
    LURE,
    REMOVED,
    UPLOADED,
    YOUNG,
    grown,
)

LATER = replace(BAIT, project="zz-ghost-graph", uploaded_at=UPLOADED + 7 * DAY)
"""Another project of the campaign, that came a week later."""
EVERY_REASON = {
    "project-dropped": LURE,
    "never-innocent": LURE,
    "made-at-upload": LURE,
    "made-young": replace(LURE, created_at=UPLOADED - 20 * DAY),
    "one-push": replace(LURE, pushed_at=UPLOADED + 2.5 * DAY),
    "siblings": replace(LURE, siblings=2),
    "many-siblings": replace(LURE, siblings=3),
    "same-lock": replace(LURE, siblings=1, same_lock=9),
    "several-projects": replace(LURE, pins=(BAIT, LATER)),
    "fork-brought-it": replace(LURE, fork_of="lamp/lamp", upstream_pins=False),
    "tampered-entry": replace(LURE, pins=(replace(BAIT, tampered=True),)),
    "undeclared-entry": replace(LURE, pins=(replace(BAIT, declared=False),)),
    "sets-task": LURE,
    "task-at-upload": LURE,
    "several-tasks": replace(LURE, siblings=1),
    "living-project": replace(LURE, pins=(HIJACKED,)),
    "most-used": replace(LURE, pins=(replace(BAIT, most_used=True),)),
    "mistyped": replace(LURE, pins=(replace(BAIT, meant="zz-host"),)),
    "older-releases": replace(LURE, pins=(replace(BAIT, older_releases=6),)),
    "few-older-releases": replace(LURE, pins=(replace(BAIT, older_releases=5),)),
    "sets-no-task": replace(LURE, readme_is_task=False),
    "no-siblings": replace(LURE, siblings=0),
    "older-siblings": replace(LURE, siblings=3, oldest_sibling_at=UPLOADED - 30 * DAY),
    "caught-soon": replace(YOUNG, pins=(replace(BAIT, accused_at=UPLOADED + 3.9 * DAY),)),
    "made-before-upload": replace(LURE, created_at=UPLOADED - 31 * DAY),
    "made-long-before-upload": replace(LURE, created_at=UPLOADED - 181 * DAY),
    "history-older": replace(LURE, history=grown(first_at=UPLOADED - 61 * DAY)),
    "history-copied": replace(
        LURE, history=grown(first_at=UPLOADED - 900 * DAY, entered_at=UPLOADED + 3 * DAY)
    ),
    "pin-came-later": replace(
        LURE, history=grown(first_at=UPLOADED, entered_at=UPLOADED + 17 * DAY)
    ),
    "pin-older-than-repository": replace(LURE, history=grown(entered_at=UPLOADED + 0.9 * DAY)),
    "lock-was-there": replace(LURE, history=grown(entered_with_lock=False)),
    "bot-commit": replace(LURE, history=grown(by_bot=True)),
    "many-commits": replace(LURE, history=grown(commits=50)),
    "stars": replace(LURE, stars=100),
    "archived": replace(LURE, archived=True),
    "vendored": replace(LURE, pins=(replace(BAIT, vendored=True),)),
    "partly-vendored": replace(
        LURE, pins=(BAIT, replace(BAIT, project="zz-ghost-graph", vendored=True))
    ),
    "only-in-requests": replace(LURE, pins=(replace(BAIT, only_in_requests=True),)),
    "fork-follows": replace(LURE, fork_of="lamp/lamp", upstream_pins=True),
    "lone-copy": replace(YOUNG, siblings=0, same_lock=19),
    "copied-task": replace(LURE, siblings=0, same_lock=19),
    "many-of-one-owner": replace(LURE, siblings=20),
    "widely-copied-lock": replace(LURE, same_lock=20),
    "fork-of-unknown": replace(LURE, fork_of="lamp/lamp"),
    "made-after-accusation": replace(LURE, created_at=ACCUSED + DAY),
    "collection": replace(
        LURE, pins=tuple(replace(BAIT, project=f"zz-ghost-{number}") for number in range(5))
    ),
    "asks-research-repository": replace(LURE, questions=("research-repository",)),
    "asks-readme": replace(LURE, questions=("readme",)),
    "asks-fixture-path": replace(LURE, questions=("fixture-path",)),
    "asks-renamed-lock": replace(LURE, questions=("renamed-lock",)),
    "asks-no-manifest": replace(LURE, questions=("no-manifest",)),
    "asks-same-shape": replace(LURE, questions=("same-shape",)),
    "asks-many-tools": replace(LURE, questions=("many-tools",)),
    "asks-among-tests": replace(LURE, questions=("among-tests",)),
    "asks-many-ghosts": replace(LURE, questions=("many-ghosts",)),
    "asks-more": replace(LURE, questions=("of-a-later-version",)),
}
WEAK = [
    "archived",
    "caught-soon",
    "few-older-releases",
    "history-copied",
    "lock-was-there",
    "lone-copy",
    "made-after-accusation",
    "many-commits",
    "no-siblings",
    "pin-came-later",
    "sets-no-task",
    "stars",
]
STRONG_AGAINST = sorted(
    rule.code for rule in CASE_RULES if rule.towards is not CaseClass.LURE and rule.code not in WEAK
)


def test_a_repository_that_was_made_with_the_upload_and_sets_a_task_is_a_lure() -> None:
    found = classify(LURE)

    assert found.case_class is CaseClass.LURE
    assert [(one.code, one.weight) for one in found.weights] == [
        ("made-at-upload", 50),
        ("project-dropped", 30),
        ("task-at-upload", 30),
        ("sets-task", 25),
        ("never-innocent", 10),
    ]
    assert found.lean == 145
    assert found.weights[0].text == (
        "the host made the repository at 2026-05-03T00:00:00Z, within three days of the first pinned file, which was "
        "uploaded at 2026-05-01T00:00:00Z"
    )


def test_who_had_the_lock_first_is_no_copy() -> None:
    first = replace(LURE, siblings=0, same_lock=3, lock_was_elsewhere=False)

    assert classify(first).case_class is CaseClass.LURE
    assert classify(replace(first, lock_was_elsewhere=True)).case_class is not CaseClass.LURE


@pytest.mark.parametrize(
    "signs",
    [
        replace(LURE, siblings=0, same_lock=1),
        replace(LURE, siblings=None, same_lock=1, pushed_at=UPLOADED + 9 * DAY),
        replace(LURE, siblings=1, same_lock=2),
        replace(LURE, siblings=1, same_lock=2, created_at=UPLOADED + 60 * DAY),
        replace(LURE, siblings=29, same_lock=0),
        replace(YOUNG, siblings=29, same_lock=0, created_at=UPLOADED + 60 * DAY),
    ],
    ids=["copy", "copy, alone", "two copies", "two late copies", "class", "class without a task"],
)
def test_who_copies_a_task_gets_no_letter_however_soon_that_was(signs: Signs) -> None:
    assert classify(signs).case_class is not CaseClass.LURE


@pytest.mark.parametrize("days", [-2.9, 0, 2.9, 10, 400])
def test_dates_and_the_index_are_never_enough_for_a_letter(days: float) -> None:
    made = UPLOADED + days * DAY
    signs = replace(YOUNG, created_at=made, pushed_at=made)

    found = classify(signs)

    assert found.case_class is CaseClass.UNCLEAR
    assert 0 < found.lean < DECISIVE
    assert classify(replace(signs, siblings=1, readme_is_task=True)).case_class is (
        CaseClass.UNCLEAR if made > ACCUSED else CaseClass.LURE
    )


def test_the_day_of_an_accusation_is_not_called_that_of_the_upload() -> None:
    found = classify(replace(LURE, pins=(replace(BAIT, uploaded_at=None),), created_at=REMOVED))

    assert found.weights[0].text == (
        "the host made the repository at 2026-05-21T00:00:00Z, within three days of the first pinned file, which was "
        "named by a feed or removed from the index at 2026-05-20T00:00:00Z"
    )


def test_what_is_true_of_one_pinned_project_is_not_said_of_another() -> None:
    older = replace(BAIT, project="zz-ghost-graph", older_releases=2)
    unlisted = replace(BAIT, project="zz-ghost-held", project_lives=None)

    said = {one.code: one.text for one in classify(replace(LURE, pins=(older, unlisted))).weights}

    assert said["project-dropped"] == "the index lists no release of zz-ghost-graph any more"
    assert said["never-innocent"] == ("no harmless release of zz-ghost-held is known")


@pytest.mark.parametrize("rule", CASE_RULES, ids=lambda rule: rule.code)
def test_every_rule_gives_its_reason_with_whatever_it_names_filled_in(rule: Rule) -> None:
    said = {one.code: one.text for one in classify(EVERY_REASON[rule.code]).weights}

    text = said[rule.code]
    assert "{" not in text
    assert "None" not in text
    assert "not known" not in text or "whether" in text


def test_every_rule_has_its_example_and_every_example_its_rule() -> None:
    assert [rule.code for rule in CASE_RULES] == list(EVERY_REASON)


@pytest.mark.parametrize("code", STRONG_AGAINST)
def test_one_strong_reason_for_another_class_keeps_the_letter_back(code: str) -> None:
    signs = EVERY_REASON[code]
    every_sign_of_a_lure = replace(
        signs,
        siblings=9 if signs.siblings is None else signs.siblings,
        same_lock=signs.same_lock or 9,
        pins=tuple(replace(pin, tampered=True, declared=False) for pin in signs.pins),
    )

    assert classify(signs).case_class is not CaseClass.LURE
    assert classify(every_sign_of_a_lure).case_class is not CaseClass.LURE


@pytest.mark.parametrize("code", WEAK)
def test_what_speaks_weakly_for_a_victim_has_to_be_outweighed(code: str) -> None:
    signs = EVERY_REASON[code]
    pins = tuple(replace(pin, tampered=True, declared=False) for pin in signs.pins)

    assert classify(replace(signs, pins=pins, history=None)).case_class is CaseClass.LURE
    assert classify(signs).lean <= classify(LURE).lean - 10


def test_of_what_the_owner_says_a_task_speaks_for_a_lure_and_is_a_quarter_of_what_decides() -> None:
    own = [r for r in CASE_RULES if r.source is WeightSource.OWNER]

    assert [(r.code, r.weight) for r in own if r.towards is CaseClass.LURE] == [("sets-task", 25)]
    assert DECISIVE == 100


def test_no_history_and_no_readme_makes_a_lure_of_what_nothing_else_is_known_of() -> None:
    plain_server = replace(YOUNG, created_at=None)
    late = grown(
        commits=1,
        first_at=REMOVED + 30 * DAY,
        entered_at=REMOVED + 30 * DAY,
        entered_with_lock=True,
        by_bot=False,
    )

    told = replace(plain_server, history=late, readme_is_task=True)

    assert {one.code for one in classify(told).weights} - {
        one.code for one in classify(plain_server).weights
    } == {"sets-task"}
    assert classify(told).case_class is CaseClass.UNCLEAR


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        (replace(LURE, pins=(HIJACKED,), created_at=REMOVED + DAY), CaseClass.VICTIM),
        (replace(LURE, created_at=UPLOADED - 400 * DAY), CaseClass.VICTIM),
        (EVERY_REASON["fork-follows"], CaseClass.BYSTANDER),
        (EVERY_REASON["vendored"], CaseClass.BYSTANDER),
        (EVERY_REASON["only-in-requests"], CaseClass.BYSTANDER),
        (EVERY_REASON["asks-readme"], CaseClass.RESEARCH),
        (EVERY_REASON["bot-commit"], CaseClass.UNCLEAR),
        (EVERY_REASON["fork-of-unknown"], CaseClass.UNCLEAR),
        (replace(LURE, pins=(BAIT, HIJACKED)), CaseClass.VICTIM),
        (replace(LURE, pins=(HIJACKED,), fork_of="a/b", upstream_pins=True), CaseClass.BYSTANDER),
        (Signs(pins=(replace(BAIT, project_lives=None, older_releases=None),)), CaseClass.UNCLEAR),
    ],
)
def test_each_class_is_named_by_what_speaks_for_it(signs: Signs, expected: CaseClass) -> None:
    assert classify(signs).case_class is expected


@pytest.mark.parametrize("days", [-2.9, 0, 2.9])
def test_a_task_that_was_there_within_three_days_of_the_upload_is_no_copy_of_a_candidate(
    days: float,
) -> None:
    signs = replace(LURE, created_at=UPLOADED + days * DAY, siblings=0)
    unheard = (replace(BAIT, project_lives=None, older_releases=None),)

    assert classify(signs).case_class is CaseClass.LURE
    assert classify(replace(signs, pins=unheard)).case_class is CaseClass.UNCLEAR


@pytest.mark.parametrize("days", [-29.9, -3, 3, 18])
def test_of_one_that_was_made_before_or_later_more_has_to_be_seen(
    days: float,
) -> None:
    signs = replace(LURE, created_at=UPLOADED + days * DAY)

    assert classify(signs).case_class is CaseClass.UNCLEAR
    assert classify(replace(signs, siblings=3)).case_class is CaseClass.LURE


def test_an_older_repository_of_the_owner_that_asks_for_the_name_keeps_every_letter_back() -> None:
    firm = replace(LURE, siblings=3, oldest_sibling_at=UPLOADED - 200 * DAY)

    assert classify(firm).case_class is CaseClass.UNCLEAR
    assert classify(replace(firm, readme_is_task=False)).case_class is CaseClass.UNCLEAR
    assert classify(replace(firm, oldest_sibling_at=UPLOADED)).case_class is CaseClass.LURE


def test_projects_that_came_within_a_day_are_one_event_and_no_campaign() -> None:
    at_once = replace(BAIT, project="zz-ghost-graph", uploaded_at=UPLOADED + 0.9 * DAY)
    unknown = replace(at_once, uploaded_at=None)

    for other, counts in ((LATER, True), (at_once, False), (unknown, False)):
        found = classify(replace(LURE, pins=(BAIT, other)))
        assert ("several-projects" in {one.code for one in found.weights}) is counts


@pytest.mark.parametrize("days", [-30, -31, -180, -2000])
def test_a_repository_that_is_older_than_that_is_no_lure(days: int) -> None:
    signs = replace(LURE, created_at=UPLOADED + days * DAY, siblings=5)

    assert classify(signs).case_class is not CaseClass.LURE


def test_where_the_upload_is_not_known_the_first_that_names_the_file_bounds_it() -> None:
    unknown = replace(BAIT, uploaded_at=None)
    soon = Signs(pins=(unknown,), created_at=ACCUSED - 2 * DAY, siblings=1)
    early = replace(soon, created_at=ACCUSED - 100 * DAY)

    assert classify(soon).case_class is CaseClass.LURE
    assert classify(early).case_class is CaseClass.UNCLEAR
    assert classify(early).missing[0] == "when the pinned file was uploaded is not known"


@pytest.mark.parametrize("field", ["uploaded_at", "accused_at", "removed_at"])
def test_the_first_of_all_days_stands_for_no_day(field: str) -> None:
    first_day = replace(BAIT, **{field: datetime(1, 1, 1, tzinfo=UTC)})  # type: ignore[arg-type]
    unknown = replace(BAIT, **{field: None})  # type: ignore[arg-type]

    found, expected = (classify(replace(LURE, pins=(pin,))) for pin in (first_day, unknown))

    assert (found.case_class, found.weights) == (expected.case_class, expected.weights)


def test_only_what_would_change_the_class_is_named_as_missing() -> None:
    hijacked = replace(LURE, pins=(HIJACKED,), created_at=UPLOADED - 400 * DAY)

    assert classify(LURE).missing == ("the commits that brought the pin were not looked at",)
    assert classify(YOUNG).missing == (
        "the other repositories of the owner were not looked at",
        "whether a README around the lock sets a task is not known",
        "the commits that brought the pin were not looked at",
    )
    assert classify(hijacked).missing == ()
    assert classify(replace(LURE, created_at=None)).missing == (
        "when its host made the repository is not known",
        "the other repositories of the owner were not looked at",
        "the commits that brought the pin were not looked at",
    )
    assert classify(EVERY_REASON["fork-of-unknown"]).missing[0] == (
        "whether the repository that it was forked from pins the same is not known"
    )


def test_an_index_that_was_not_asked_makes_no_lure_of_a_young_repository() -> None:
    unknown = replace(BAIT, project_lives=None, older_releases=None)

    found = classify(replace(LURE, pins=(unknown,), created_at=REMOVED + DAY))

    assert found.case_class is CaseClass.UNCLEAR
    assert found.missing[0] == "whether the pinned project ever had other releases is not known"


def test_where_no_older_release_is_known_of_either_way_more_has_to_speak_for_a_lure() -> None:
    pins = (replace(BAIT, older_releases=None),)
    later = replace(LURE, created_at=UPLOADED + 5 * DAY, pins=pins)

    assert classify(later).case_class is CaseClass.UNCLEAR
    assert classify(replace(later, siblings=1)).case_class is CaseClass.LURE


def test_some_harmless_releases_before_the_bad_one_are_outweighed_by_what_else_the_owner_made() -> (
    None
):
    bait = replace(LURE, pins=(replace(BAIT, older_releases=3),), readme_is_task=False)

    assert classify(bait).case_class is CaseClass.UNCLEAR
    assert classify(replace(bait, siblings=3)).case_class is CaseClass.LURE


def test_a_history_that_dates_the_pin_before_its_file_was_there_is_not_believed() -> None:
    forged = grown(
        first_at=UPLOADED - 900 * DAY,
        entered_at=UPLOADED - 400 * DAY,
        entered_with_lock=False,
        by_bot=True,
    )

    found = classify(replace(LURE, history=forged))

    assert found.weights == classify(LURE).weights


@pytest.mark.parametrize("made", [UPLOADED + 4 * DAY, REMOVED + 90 * DAY])
def test_what_came_to_its_host_with_the_pin_in_its_history_gets_no_letter(made: datetime) -> None:
    mirrored = grown(first_at=UPLOADED, entered_at=UPLOADED + 2 * DAY)
    moved = replace(mirrored, first_at=UPLOADED - 900 * DAY)
    ring = replace(LURE, created_at=made, siblings=9, readme_is_task=True)

    assert classify(replace(ring, history=mirrored)).case_class is CaseClass.UNCLEAR
    assert classify(replace(LURE, created_at=made, history=moved)).case_class in {
        CaseClass.VICTIM,
        CaseClass.UNCLEAR,
    }


def test_dates_and_a_dropped_project_are_not_enough_where_a_readme_was_read_and_sets_no_task() -> (
    None
):
    looked_at = replace(LURE, pushed_at=LURE.created_at, readme_is_task=False)

    assert classify(looked_at).case_class is CaseClass.UNCLEAR
    for more in (
        replace(looked_at, siblings=3),
        replace(looked_at, pins=(replace(BAIT, tampered=True),)),
        replace(looked_at, pins=(replace(BAIT, declared=False),)),
        replace(
            looked_at,
            same_lock=1,
            lock_was_elsewhere=False,
            siblings=1,
            pins=(BAIT, replace(BAIT, project="zz-two")),
        ),
    ):
        assert classify(more).case_class is CaseClass.LURE


def test_who_was_given_a_task_and_keeps_a_copy_of_it_gets_no_letter() -> None:
    ring = replace(
        LURE, pins=(replace(BAIT, older_releases=2),), readme_is_task=True, same_lock=4, siblings=3
    )

    assert classify(ring).case_class is CaseClass.LURE
    assert classify(replace(ring, siblings=0)).case_class is CaseClass.UNCLEAR


_MERGED = grown(entered_commit=None)
_BY_REQUEST = grown(
    first_at=UPLOADED + 3 * DAY, entered_at=UPLOADED + 5 * DAY, entered_with_lock=False
)


@pytest.mark.parametrize("history", [_MERGED, _BY_REQUEST], ids=["a merge", "a rebased request"])
@pytest.mark.parametrize("entry", [{"tampered": True}, {"declared": False}])
def test_an_entry_that_others_may_have_brought_into_a_young_repository_makes_no_lure_of_it(
    history: PinHistory, entry: dict[str, bool]
) -> None:
    pins = (replace(BAIT, **entry),)  # type: ignore[arg-type]
    signs = replace(LURE, pins=pins, readme_is_task=False)
    at_once = grown(entered_at=UPLOADED + 3 * DAY, entered_with_lock=True)

    assert classify(replace(signs, history=history)).case_class is CaseClass.UNCLEAR
    assert classify(replace(signs, history=at_once)).case_class is CaseClass.LURE


def test_commits_of_the_upstream_say_nothing_of_the_owner_of_a_fork() -> None:
    old = grown(first_at=UPLOADED - 900 * DAY, commits=200, entered_with_lock=False)
    fork = replace(LURE, fork_of="lamp/lamp", upstream_pins=False)

    said = {one.code for one in classify(replace(fork, history=old)).weights}

    assert said == {one.code for one in classify(fork).weights}


def test_what_a_fork_had_from_its_upstream_is_older_than_the_fork() -> None:
    before = grown(entered_at=UPLOADED + 1.9 * DAY)
    fork = replace(LURE, fork_of="lamp/lamp", upstream_pins=False, siblings=9, history=before)

    assert classify(fork).case_class is not CaseClass.LURE
    assert classify(replace(fork, fork_of=None)).case_class is CaseClass.LURE


@pytest.mark.parametrize("claimed", [UPLOADED - 400 * DAY, UPLOADED, UPLOADED + 400 * DAY])
def test_when_the_lock_says_that_a_file_came_may_speak_for_a_victim_and_never_for_a_lure(
    claimed: datetime,
) -> None:
    silent = replace(BAIT, uploaded_at=None)
    told = replace(silent, claimed_upload_at=claimed)
    for days in (-500, -100, -1, 1, 17, 60, 500):
        signs = replace(LURE, pins=(silent,), created_at=UPLOADED + days * DAY, siblings=3)
        lure, victim = (
            {
                claims: {w.code for w in classify(one).weights if w.towards is towards}
                for claims, one in ((False, signs), (True, replace(signs, pins=(told,))))
            }
            for towards in (CaseClass.LURE, CaseClass.VICTIM)
        )
        assert lure[True] == lure[False]
        assert victim[True] >= victim[False]


def test_a_repository_is_older_than_an_upload_that_only_the_lock_tells_of() -> None:
    told = replace(BAIT, uploaded_at=None, claimed_upload_at=UPLOADED)

    found = classify(replace(LURE, pins=(told,), created_at=UPLOADED - 200 * DAY))

    assert found.case_class is CaseClass.VICTIM


_DAYS = st.integers(-2000, 400).map(lambda days: UPLOADED + days * DAY)
_HISTORIES = st.builds(
    PinHistory,
    commits=st.integers(0, 300),
    whole=st.booleans(),
    first_at=st.none() | _DAYS,
    entered_at=st.none() | _DAYS,
    entered_with_others=st.none() | st.integers(0, 300),
    entered_with_lock=st.none() | st.booleans(),
    by_bot=st.none() | st.booleans(),
)


@given(
    made=st.none() | _DAYS,
    siblings=st.none() | st.integers(0, 4),
    history=_HISTORIES,
    task=st.none() | st.booleans(),
)
def test_no_commits_make_a_lure_and_no_readme_does_without_other_evidence_that_stands_alone(
    made: datetime | None, siblings: int | None, history: PinHistory, *, task: bool | None
) -> None:
    silent = replace(YOUNG, created_at=made, siblings=siblings)

    told = classify(replace(silent, history=history))
    read = classify(replace(silent, readme_is_task=task))

    assert told.case_class is not CaseClass.LURE or classify(silent).case_class is CaseClass.LURE
    if read.case_class is CaseClass.LURE:
        by_others = classify(silent).weights
        assert sum(w.weight for w in by_others if w.towards is CaseClass.LURE) >= 60
