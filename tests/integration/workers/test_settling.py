"""A repository that was cleaned is not accused: every way to clean one, on a real git server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.lockfiles import LockReading
from crawler.model import Outcome, ParseResult, Readable, Refs, VerdictState
from tests.servers.lure import GHOST_LOCK, INNOCENT_LOCK
from tests.servers.moving_repository import Bench, Refusing, Renaming
from tests.servers.moving_repository import bench as serving
from workers.ledger import decisions, frontier

UNREADABLE = LockReading(result=ParseResult(format="uv", readable=Readable.NOT))

NEW, GONE = "new", "gone-at-refs: pin-gone"
PROJECT = b'[project]\nname = "app"\nversion = "0.1.0"\n'
LOCK_GONE = "gone-at-refs: lock-gone"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A repository whose only lock pins the ghost, which a visit has found."""
    with serving(tmp_path) as made:
        made.commit({"uv.lock": GHOST_LOCK})
        made.visit()
        assert made.statuses() == {"uv.lock": NEW}
        yield made


def test_a_pin_that_is_still_there_gets_a_letter(bench: Bench) -> None:
    bench.verify()

    (letter,) = bench.letters()
    assert bench.git("rev-parse", "main") in letter
    assert len(bench.heads) == 1
    assert bench.events() == ["found"]


@pytest.mark.parametrize("looks", ["visit", "verify", "visit, verify", "verify, visit"])
def test_a_lock_that_was_cleaned_accuses_nobody_however_that_was_seen(
    bench: Bench, looks: str
) -> None:
    bench.verify()
    bench.commit({"uv.lock": INNOCENT_LOCK})

    for look in looks.split(", "):
        bench.visit() if look == "visit" else bench.verify()

    assert bench.statuses() == {"uv.lock": GONE}
    assert bench.letters() == []
    assert len(bench.heads) == 1
    assert bench.events() == ["found", "gone-at-refs pin-gone"]


def test_a_lock_that_changed_elsewhere_still_pins_it_and_the_evidence_is_of_now(
    bench: Bench,
) -> None:
    bench.verify()
    changed = b"# written anew\n" + GHOST_LOCK
    tip = bench.commit({"uv.lock": changed})

    bench.verify()

    report = bench.reports()["uv.lock"]
    proof = report.evidence
    assert proof is not None
    assert bench.statuses() == {"uv.lock": NEW}
    assert report.finding.sighting.commit == tip
    assert (proof.still_at_head, proof.lock_size) == (True, len(changed))
    assert report.finding.match.pin.lines == proof.lines
    assert "zz_ghost_lure" in proof.excerpt
    assert tip in bench.letters()[0]


def test_a_lock_that_was_deleted_accuses_nobody(bench: Bench) -> None:
    bench.commit({"README": b"all clean\n"})

    bench.visit()
    bench.verify()

    assert bench.statuses() == {"uv.lock": LOCK_GONE}
    assert bench.letters() == []


@pytest.mark.parametrize(
    ("refs", "read"),
    [
        (
            Refs.BRANCHES,
            "no branch that we read (main) has a lock at this path any more; no tag or request was read",
        ),
        (
            Refs.ALL,
            "no branch or tag that we read (main, refs/tags/old) has a lock at this path any more; no request was read",
        ),
    ],
)
def test_a_lock_is_said_to_be_gone_from_what_was_read_only(
    bench: Bench, refs: Refs, read: str
) -> None:
    bench.commit({"README": b"all clean\n"})
    if refs is Refs.ALL:
        bench.git("tag", "old")
    bench.visit(refs)

    assert bench.named() == {"acme/task": f"gone-at-refs: {read}"}


def test_a_lock_that_moved_is_found_where_it_is_and_gone_where_it_was(bench: Bench) -> None:
    bench.verify()
    tip = bench.commit({"app/uv.lock": GHOST_LOCK, "app/pyproject.toml": PROJECT})

    bench.visit()
    unverified = bench.letters()
    bench.verify()

    assert bench.statuses() == {"uv.lock": LOCK_GONE, "app/uv.lock": NEW}
    assert unverified == []
    (letter,) = bench.letters()
    assert f"`app/uv.lock`, line 10, at commit `{tip}`" in letter


def test_of_two_locks_the_one_that_was_cleaned_is_no_longer_in_the_letter(bench: Bench) -> None:
    project = {"app/pyproject.toml": PROJECT}
    bench.commit({"uv.lock": GHOST_LOCK, "app/uv.lock": GHOST_LOCK} | project)
    bench.visit()
    bench.commit({"uv.lock": INNOCENT_LOCK, "app/uv.lock": GHOST_LOCK} | project)

    bench.visit()
    bench.verify()

    assert bench.statuses() == {"uv.lock": GONE, "app/uv.lock": NEW}
    (letter,) = bench.letters()
    assert "`app/uv.lock`" in letter
    assert "`uv.lock`" not in letter


def test_a_force_push_of_another_history_is_a_look_like_any_other(bench: Bench) -> None:
    bench.git("update-ref", "-d", "refs/heads/main")
    bench.commit({"uv.lock": INNOCENT_LOCK})

    bench.verify()

    assert bench.statuses() == {"uv.lock": GONE}


@pytest.mark.parametrize("refs", [Refs.DEFAULT, Refs.BRANCHES])
def test_a_pin_that_is_left_on_another_branch_is_reported_there(bench: Bench, refs: Refs) -> None:
    bench.git("branch", "dev", "main")
    bench.visit(Refs.BRANCHES)
    bench.commit({"uv.lock": INNOCENT_LOCK})

    bench.visit(refs)
    moved = bench.reports()["uv.lock"].finding.sighting.ref
    bench.verify()

    assert (bench.statuses(), moved) == ({"uv.lock": NEW}, "refs/heads/dev")
    (letter,) = bench.letters()
    assert bench.git("rev-parse", "dev") in letter
    assert bench.git("rev-parse", "main") not in letter


@pytest.mark.parametrize("deleted", [True, False])
def test_a_branch_that_was_not_looked_at_settles_nothing_until_it_is(
    bench: Bench, *, deleted: bool
) -> None:
    bench.git("branch", "dev", "main")
    bench.commit({"uv.lock": INNOCENT_LOCK})
    bench.visit(Refs.BRANCHES)
    if deleted:
        bench.git("branch", "-D", "dev")
    else:
        bench.commit({"uv.lock": INNOCENT_LOCK}, branch="dev")

    bench.visit(Refs.DEFAULT)
    unasked = bench.statuses()
    bench.verify()

    assert unasked == {"uv.lock": NEW}
    assert bench.statuses() == {"uv.lock": GONE}
    assert bench.letters() == []


@pytest.mark.parametrize("renamed", [True, False])
def test_a_default_branch_that_changed_takes_nothing_from_the_old_one_unseen(
    bench: Bench, *, renamed: bool
) -> None:
    bench.commit({"uv.lock": INNOCENT_LOCK}, branch="trunk")
    bench.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    if renamed:
        bench.git("branch", "-D", "main")

    bench.visit(Refs.DEFAULT)
    bench.visit(Refs.DEFAULT)
    unasked, unverified = bench.statuses(), bench.letters()
    bench.verify()

    assert (unasked, unverified) == ({"uv.lock": NEW}, [])
    assert bench.statuses() == {"uv.lock": GONE if renamed else NEW}
    assert len(bench.letters()) == (0 if renamed else 1)


def test_a_look_at_the_root_settles_the_root_and_no_folder(bench: Bench) -> None:
    bench.commit({"uv.lock": GHOST_LOCK, "app/uv.lock": GHOST_LOCK})
    bench.visit()
    bench.verify()
    bench.commit({"uv.lock": INNOCENT_LOCK, "app/uv.lock": INNOCENT_LOCK})

    bench.visit(root_only=True)
    at_root, letters = bench.statuses(), bench.letters()
    bench.verify()

    assert letters == []
    assert at_root == {"uv.lock": GONE, "app/uv.lock": NEW}
    assert bench.statuses() == {"uv.lock": GONE, "app/uv.lock": GONE}


def test_a_hunt_finds_nothing_again_that_was_cleaned_in_a_folder(bench: Bench) -> None:
    bench.commit({"app/uv.lock": GHOST_LOCK})
    bench.visit()
    bench.commit({"app/uv.lock": INNOCENT_LOCK})
    bench.visit()
    bench.commit({"app/uv.lock": INNOCENT_LOCK, "README": b"more\n"})
    bench.visit(root_only=True)

    hunted = bench.hunt()

    assert (hunted.new, hunted.retracted) == (0, 0)
    assert bench.statuses() == {"uv.lock": LOCK_GONE, "app/uv.lock": GONE}


@pytest.mark.parametrize(
    "unreadable",
    [
        b"\xff\xfe no lock at all",
        INNOCENT_LOCK.replace(b"zz-ghost-plain", b'zz-ghost-"plain', 1),
        INNOCENT_LOCK + b"<<<<<<< ours\n=======\n>>>>>>> theirs\n",
        ("120000", b"elsewhere.lock"),
        b"# larger than is read\n" * 1000,
    ],
    ids=["no document", "broken", "conflict", "link", "too large"],
)
def test_a_lock_that_cannot_be_read_settles_nothing_and_gets_no_letter(
    bench: Bench, unreadable: bytes | tuple[str, bytes]
) -> None:
    bench.verify()
    bench.most_bytes = 9_000 if b"larger" in unreadable else bench.most_bytes
    bench.commit({"uv.lock": unreadable})

    bench.visit()
    before = bench.letters()
    bench.verify()
    bench.hunt()

    proof = bench.reports()["uv.lock"].evidence
    assert bench.statuses() == {"uv.lock": NEW}
    assert proof is None or proof.still_at_head is None
    assert (before, bench.letters()) == ([], [])
    assert any("uv.lock" in said for said in bench.not_looked_at())


def test_a_reading_that_fails_once_takes_nothing_back(bench: Bench) -> None:
    bench.commit({"uv.lock": GHOST_LOCK, "README": b"more\n"})
    bench.parse = lambda *_: UNREADABLE

    bench.verify()
    bench.hunt()

    assert bench.statuses() == {"uv.lock": NEW}
    assert bench.events() == ["found"]


def test_a_pin_in_a_lock_that_cannot_be_read_any_more_is_judged_as_it_was_read(
    bench: Bench,
) -> None:
    bench.forget_locks()
    bench.parse = lambda *_: UNREADABLE
    bench.verify()

    unread = bench.statuses()
    bench.judge(VerdictState.WITHDRAWN)
    bench.hunt()

    assert unread == {"uv.lock": NEW}
    assert bench.statuses() == {"uv.lock": "retracted: withdrawn"}


def test_a_lock_that_can_be_read_again_is_settled(bench: Bench) -> None:
    bench.commit({"uv.lock": b"\xff\xfe no lock at all"})
    bench.visit()
    bench.commit({"uv.lock": INNOCENT_LOCK})

    bench.visit()

    assert bench.statuses() == {"uv.lock": GONE}


def test_a_tree_that_was_listed_in_part_settles_what_was_listed(bench: Bench) -> None:
    locks = {"uv.lock": GHOST_LOCK, "app/uv.lock": GHOST_LOCK}
    bench.commit(locks | {f"f{n}/x": b"" for n in range(9)})
    bench.visit()
    bench.most_trees = 1
    bench.commit({"app/code": b"", "uv.lock": INNOCENT_LOCK})

    bench.visit()

    assert bench.statuses() == {"uv.lock": GONE, "app/uv.lock": NEW}


def test_a_repository_that_is_deleted_is_gone_and_one_that_is_back_is_accused_again(
    bench: Bench,
) -> None:
    bench.verify()
    away = bench.folder.rename(bench.folder.with_name("away"))

    bench.verify()
    deleted, letters = bench.statuses(), bench.letters()
    bench.hunt()
    away.rename(bench.folder)
    bench.visit()
    back = bench.statuses()
    bench.verify()

    assert (deleted, letters) == ({"uv.lock": "gone: repository-gone"}, [])
    assert back == {"uv.lock": NEW}
    assert bench.events() == ["found", "gone repository-gone", "reopened found-again"]
    assert len(bench.letters()) == 1


def test_a_repository_without_a_commit_is_gone(bench: Bench) -> None:
    bench.git("update-ref", "-d", "refs/heads/main")

    bench.visit()

    assert bench.statuses() == {"uv.lock": "gone: repository-empty"}


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.BLOCKED, "gone: repository-blocked"),
        (Outcome.PRIVATE, NEW),
        (Outcome.FAILED, NEW),
        (Outcome.DEFERRED, NEW),
    ],
)
def test_a_host_that_does_not_show_a_repository_says_whether_it_is_gone(
    bench: Bench, outcome: Outcome, status: str
) -> None:
    refusing = Refusing(outcome)
    bench.verify()

    bench.visit(reader=refusing)
    letters = len(bench.letters())
    bench.verify(reader=refusing)

    assert bench.statuses() == {"uv.lock": status}
    assert letters == (1 if outcome in {Outcome.FAILED, Outcome.DEFERRED} else 0)
    assert len(bench.letters()) == letters
    assert len(bench.heads) == 1


def test_a_pin_that_comes_back_is_new_again(bench: Bench) -> None:
    bench.commit({"uv.lock": INNOCENT_LOCK})
    bench.visit()
    bench.commit({"uv.lock": GHOST_LOCK})

    bench.visit()

    assert bench.statuses() == {"uv.lock": NEW}
    assert bench.events() == ["found", "gone-at-refs pin-gone", "reopened found-again"]


def test_a_look_that_tells_nothing_new_is_logged_once(bench: Bench) -> None:
    bench.commit({"uv.lock": INNOCENT_LOCK})

    for _ in range(2):
        bench.visit()
        bench.hunt()
        bench.visit(Refs.BRANCHES)

    assert bench.events() == ["found", "gone-at-refs pin-gone"]


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (None, "verdict-gone"),
        (VerdictState.YANKED, "verdict-changed"),
        (VerdictState.ALLOWED, "allowed"),
    ],
)
def test_what_nobody_says_any_more_is_taken_back_and_what_was_gone_before_stays_gone(
    bench: Bench, state: VerdictState | None, code: str
) -> None:
    bench.commit({"uv.lock": GHOST_LOCK, "app/uv.lock": GHOST_LOCK})
    bench.visit()
    bench.commit({"uv.lock": GHOST_LOCK})
    bench.visit()
    bench.judge(state)

    hunted = bench.hunt()
    meanwhile = bench.statuses()
    bench.judge()
    restored = bench.hunt()

    assert (hunted.retracted, restored.new, restored.reopened) == (1, 0, 1)
    assert meanwhile == {"uv.lock": f"retracted: {code}", "app/uv.lock": LOCK_GONE}
    assert bench.statuses() == {"uv.lock": NEW, "app/uv.lock": LOCK_GONE}


def test_a_record_that_is_withdrawn_makes_wrong_what_was_remedied_before(bench: Bench) -> None:
    bench.commit({"uv.lock": GHOST_LOCK, "app/uv.lock": GHOST_LOCK})
    bench.visit()
    bench.commit({"uv.lock": GHOST_LOCK})
    bench.visit()
    bench.judge(VerdictState.WITHDRAWN)

    hunted = bench.hunt()
    meanwhile = bench.statuses()
    bench.judge()
    bench.hunt()

    wrong = "retracted: withdrawn"
    assert (hunted.retracted, meanwhile) == (2, {"uv.lock": wrong, "app/uv.lock": wrong})
    assert bench.statuses() == {"uv.lock": NEW, "app/uv.lock": LOCK_GONE}


def test_a_change_of_verdict_leaves_a_repository_gone_that_was_gone(bench: Bench) -> None:
    bench.folder.rename(bench.folder.with_name("away"))
    bench.verify()

    for state in (VerdictState.ALLOWED, VerdictState.MALICIOUS, VerdictState.YANKED):
        bench.judge(state)
        bench.hunt()

    assert bench.statuses() == {"uv.lock": "gone: repository-gone"}
    assert bench.events() == ["found", "gone repository-gone"]


@pytest.mark.parametrize(
    ("cleaned", "status"), [({"uv.lock": INNOCENT_LOCK}, GONE), ({"README": b"\n"}, LOCK_GONE)]
)
def test_what_was_cleaned_while_it_was_allowed_is_gone_when_the_verdict_is_back(
    bench: Bench, cleaned: dict[str, bytes], status: str
) -> None:
    bench.judge(VerdictState.ALLOWED)
    bench.hunt()
    bench.commit(cleaned)
    bench.visit()
    before = bench.statuses()
    bench.judge()

    hunted = bench.hunt()

    assert before == {"uv.lock": "retracted: allowed"}
    assert (hunted.new, hunted.reopened, hunted.retracted) == (0, 0, 0)
    assert bench.statuses() == {"uv.lock": status}


def test_what_cannot_be_seen_when_the_verdict_is_back_holds_again_unverified(bench: Bench) -> None:
    bench.verify()
    bench.judge(VerdictState.WITHDRAWN)
    bench.hunt()
    bench.commit({"uv.lock": b"\xff\xfe no lock at all"})
    bench.visit()
    bench.judge()

    hunted = bench.hunt()
    bench.verify()

    assert hunted.reopened == 1
    assert bench.statuses() == {"uv.lock": NEW}
    assert bench.events()[-1] == "reopened said-again"
    assert bench.letters() == []


def test_what_is_taken_back_says_what_the_verdict_is_now(bench: Bench) -> None:
    bench.judge(VerdictState.ALLOWED)
    first = bench.hunt()
    bench.judge(VerdictState.WITHDRAWN)

    second = bench.hunt()
    bench.hunt()

    assert (first.retracted, second.retracted) == (1, 0)
    assert bench.events() == ["found", "retracted allowed", "retracted withdrawn"]


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ([VerdictState.ALLOWED], "promoted: promoted"),
        ([VerdictState.WITHDRAWN], NEW),
        ([VerdictState.ALLOWED, VerdictState.WITHDRAWN], NEW),
    ],
)
def test_a_promotion_is_back_when_nothing_but_the_allow_list_ended_it(
    bench: Bench, states: list[VerdictState], status: str
) -> None:
    key = bench.reports()["uv.lock"].finding.key
    with bench.ledger.write() as conn:
        decisions.promote(conn, key, "the maintainer was asked", bench.now)

    for state in (*states, VerdictState.MALICIOUS):
        bench.judge(state)
        bench.hunt()

    assert bench.statuses() == {"uv.lock": status}


def test_a_promotion_is_not_back_where_the_pin_went_and_came_while_it_was_allowed(
    bench: Bench,
) -> None:
    key = bench.reports()["uv.lock"].finding.key
    with bench.ledger.write() as conn:
        decisions.promote(conn, key, "the maintainer was asked", bench.now)
    bench.judge(VerdictState.ALLOWED)
    bench.hunt()
    bench.commit({"uv.lock": INNOCENT_LOCK})
    bench.visit()
    bench.judge()
    bench.hunt()
    bench.commit({"uv.lock": GHOST_LOCK})

    bench.visit()

    assert bench.statuses() == {"uv.lock": NEW}


@pytest.mark.parametrize(
    ("state", "code", "sentence"),
    [
        (VerdictState.ALLOWED, "allowed", "we now regard this file as harmless"),
        (VerdictState.YANKED, "verdict-changed", "the owner of this file has yanked it"),
    ],
)
def test_a_changed_verdict_is_told_in_words_for_outsiders(
    bench: Bench, state: VerdictState, code: str, sentence: str
) -> None:
    bench.judge(state)

    bench.hunt()

    reason = bench.reports()["uv.lock"].status_reason
    assert reason is not None
    assert reason.code == code
    assert sentence in reason.text
    assert "verdict" not in reason.text


def test_a_visit_takes_back_what_a_verdict_no_longer_reaches(bench: Bench) -> None:
    bench.judge(VerdictState.WITHDRAWN)

    bench.visit()

    assert bench.statuses() == {"uv.lock": "retracted: withdrawn"}


@pytest.fixture
def numbered(tmp_path: Path) -> Iterator[Bench]:
    """The same on a host whose repositories keep a number when they are renamed."""
    with serving(tmp_path) as made:
        made.number = "7"
        made.commit({"uv.lock": GHOST_LOCK})
        made.visit()
        made.verify()
        yield made


RENAMED = "gone: the repository is now called acme/renamed; what it pins is found under that name"


def test_a_repository_that_was_renamed_is_accused_under_its_new_name_alone(
    numbered: Bench,
) -> None:
    numbered.name = "acme/renamed"

    numbered.visit()
    numbered.hunt()
    numbered.verify()

    assert numbered.named() == {"acme/task": RENAMED, "acme/renamed": NEW}
    (letter,) = numbered.letters()
    assert letter.startswith("# Malware report: `git.example/acme/renamed`")


def test_a_visit_that_learns_the_new_name_ends_what_was_found_under_the_old_one(
    numbered: Bench,
) -> None:
    numbered.commit({"uv.lock": GHOST_LOCK, "README": b"moved\n"})

    numbered.visit(reader=Renaming(numbered.reader(), "acme/renamed"))

    assert numbered.named() == {"acme/task": RENAMED, "acme/renamed": NEW}


def test_a_repository_that_was_renamed_and_cleaned_is_accused_under_no_name(
    numbered: Bench,
) -> None:
    numbered.name = "acme/renamed"
    numbered.commit({"uv.lock": INNOCENT_LOCK})

    numbered.visit()
    numbered.hunt()

    assert numbered.named() == {
        "acme/task": "gone-at-refs: no branch that we read (main) pins it in this lock any more; no tag or request was read"
    }
    assert numbered.letters() == []


def test_a_finding_is_verified_where_its_repository_is_now(numbered: Bench) -> None:
    numbered.name = "acme/renamed"
    with numbered.ledger.write() as conn:
        frontier.save(conn, [numbered.repository], numbered.now)

    numbered.verify()

    with numbered.ledger.read() as conn:
        (known,) = frontier.repositories(conn, [1]).values()
    assert known.path == "acme/renamed"
    assert numbered.named()["acme/task"] == RENAMED
    assert numbered.letters() == []


def test_a_name_that_passed_to_a_clean_repository_settles_nothing_of_the_old_bearer(
    numbered: Bench,
) -> None:
    numbered.number = "8"
    numbered.commit({"uv.lock": INNOCENT_LOCK})

    numbered.visit()
    before = numbered.named()
    numbered.number, numbered.name = "7", "acme/renamed"
    numbered.commit({"uv.lock": GHOST_LOCK})
    numbered.visit()

    assert before == {"acme/task": NEW}
    assert numbered.named() == {"acme/task": RENAMED, "acme/renamed": NEW}
