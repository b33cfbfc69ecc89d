import tomllib
from collections import Counter
from dataclasses import replace

import pytest

from crawler.model import CaseClass, Confidence, Tier
from workers.demo.cases.case import UNREADABLE
from workers.demo.cases.innocent import GONE
from workers.demo.model import Expectation, WorldRepository
from workers.demo.objects import blob_oid
from workers.demo.world import build, clone_urls

_STATED = (Confidence.CONFIRMED, Tier.A)
_LISTED = (Confidence.CONFIRMED, Tier.B)
_NOTHING = (None, None)

_CASES = (
    ("exact file in uv.lock", _STATED),
    ("exact file in pylock.toml", _STATED),
    ("exact file in a script lock", _STATED),
    ("exact file behind a mirror that keeps the digest path", _STATED),
    ("exact file by sha256, behind a mirror without digest path", _STATED),
    ("exact file on a branch that is not the default one", _STATED),
    ("exact file in a folder of a monorepo", _STATED),
    ("exact file in a lock over 384 KB", _STATED),
    ("exact file in a lock over 512,000 bytes", _STATED),
    ("exact file; forks and copies share the blob", _STATED),
    ("exact file in an archived repository", _STATED),
    ("a ghost on a foreign host that keeps the digest path", _STATED),
    ("listed release behind a known mirror", _LISTED),
    ("zz-ghost-llm 1.82.6: good neighbour", _NOTHING),
    ("zz-ghost-llm 1.82.7: bad release", _LISTED),
    ("zz-ghost-llm 1.82.8: bad release", _LISTED),
    ("zz-ghost-llm 1.83.0: good neighbour", _NOTHING),
    ("zz-ghost-vision 8.3.43: good release between bad ones", _NOTHING),
    ("zz-ghost-ledger 1.1.5.post1: bad post-release", _LISTED),
    ("the wheel of another project", (Confidence.LIKELY, Tier.T)),
    ("the public registry, with files on a foreign host", (Confidence.LIKELY, Tier.T)),
    ("the hashes were removed", (Confidence.LIKELY, Tier.T)),
    ("name reuse: the first owner's sdist", (Confidence.POSSIBLE, Tier.C)),
    ("name reuse: the second owner's malicious wheel", _STATED),
    ("owner removal", (Confidence.CENSUS, Tier.U)),
    ("unknown ghost", (Confidence.CENSUS, Tier.U)),
    ("suspicious only", (Confidence.CENSUS, Tier.U)),
    ("clean release of a removed project", (Confidence.CENSUS, Tier.U)),
    ("in no record, but the project was held", (Confidence.POSSIBLE, Tier.C)),
    ("single file removed", (Confidence.CENSUS, Tier.U)),
    ("every-version record only", (Confidence.POSSIBLE, Tier.C)),
    ("withdrawn record", _NOTHING),
    ("yanked only", _NOTHING),
    ("listed by a record and still by the index", (Confidence.LIKELY, Tier.B)),
    ("quarantine still open", (Confidence.POSSIBLE, Tier.C)),
    ("quarantine cleared", _NOTHING),
    ("quarantined, then removed", (Confidence.POSSIBLE, Tier.C)),
    ("private registry", (Confidence.POSSIBLE, Tier.C)),
    ("git source", (Confidence.CENSUS, Tier.C)),
    ("editable member", (Confidence.CENSUS, Tier.C)),
    ("workspace member", (Confidence.CENSUS, Tier.C)),
    ("folder of the repository", (Confidence.CENSUS, Tier.C)),
    ("`!=` in requires-dist only", _NOTHING),
    ("`!=` in a constraint only", _NOTHING),
    ("ghost name and URL in comments only", _NOTHING),
    ("research repository", (Confidence.CONFIRMED, Tier.A)),
    ("lock among test fixtures", (Confidence.CONFIRMED, Tier.A)),
    (f"{UNREADABLE}a pointer of git-LFS", _NOTHING),
    (f"{UNREADABLE}broken off", _NOTHING),
    ("innocent", _NOTHING),
    ("repository without locks", _NOTHING),
    ("empty repository", _NOTHING),
    ("gone", _NOTHING),
)


def _repository(expectation: Expectation) -> WorldRepository:
    return next(
        repository
        for repository in build().repositories
        if (repository.host, repository.path) == (expectation.host, expectation.repository)
    )


def _locks(expectation: Expectation) -> list[bytes]:
    """The contents at the expected path, over all branches."""
    branches = _repository(expectation).branches.values()
    return [c.files[expectation.path] for c in branches if expectation.path in c.files]


@pytest.mark.parametrize(("why", "answer"), _CASES, ids=[why for why, _ in _CASES])
def test_the_truth_has_the_case(why: str, answer: tuple[Confidence | None, Tier | None]) -> None:
    answers = {(e.confidence, e.tier) for e in build().truth if e.why.startswith(why)}

    assert answers == {answer}


def test_there_are_at_least_sixty_repositories_on_three_hosts() -> None:
    hosts = Counter(repository.host for repository in build().repositories)

    assert set(hosts) == {"github.example", "forge.example", "git.example"}
    assert min(hosts.values()) >= 20


def test_no_two_repositories_have_the_same_place() -> None:
    places = Counter((r.host, r.path) for r in build().repositories)

    assert places.most_common(1)[0][1] == 1


def test_every_expected_lock_exists_on_exactly_one_branch() -> None:
    counts = [len(_locks(expectation)) for expectation in build().truth if expectation.path]

    assert set(counts) == {1}


def test_every_lock_of_every_repository_has_an_expectation() -> None:
    names = ("uv.lock", ".py.lock", "pylock.toml", "pylock.prod.toml")
    seen = {
        (repository.host, repository.path, path)
        for repository in build().repositories
        for commit in repository.branches.values()
        for path in commit.files
        if path.endswith(names)
    }

    expected = [(e.host, e.repository, e.path) for e in build().truth if e.path]

    assert len(expected) == len(seen)
    assert set(expected) == seen


def test_every_lock_is_readable_unless_the_truth_says_that_it_is_not() -> None:
    for expectation in build().truth:
        if not expectation.path:
            continue
        (data,) = _locks(expectation)

        if expectation.why.startswith(UNREADABLE):
            with pytest.raises((tomllib.TOMLDecodeError, UnicodeDecodeError)):
                tomllib.loads(data.decode())
        else:
            assert tomllib.loads(data.decode())


def test_large_locks_are_beyond_the_limits_that_hide_them() -> None:
    large = [e for e in build().truth if "in a lock over" in e.why]

    sizes = [len(_locks(expectation)[0]) for expectation in large]

    assert [size > 512_000 for size in sizes] == [False, True, False]
    assert min(sizes) > 393_216


def test_a_ghost_in_a_large_lock_stands_behind_the_limit() -> None:
    large = next(e for e in build().truth if "512,000" in e.why)

    (data,) = _locks(large)

    assert data.index(b"zz_ghost_wallet") > 512_000


def test_forks_and_copies_share_one_blob_over_three_hosts() -> None:
    shared = [e for e in build().truth if "share the blob" in e.why]

    oids = {blob_oid(_locks(expectation)[0]) for expectation in shared}
    forks = [_repository(expectation).fork_of for expectation in shared]

    assert len(oids) == 1
    assert forks.count("demo-50/template-bot") == 4
    assert {e.host for e in shared} == {"github.example", "forge.example", "git.example"}


def test_a_lure_branch_exists_on_every_host_beside_a_clean_default_branch() -> None:
    lures = [e for e in build().truth if "not the default one" in e.why]

    repositories = [_repository(expectation) for expectation in lures]

    assert {r.host for r in repositories} == {"github.example", "forge.example", "git.example"}
    assert all("uv.lock" not in r.branches["main"].files for r in repositories)


def test_the_repository_that_is_gone_is_known_from_the_list_only() -> None:
    world = build()

    assert f"https://{GONE[0]}/{GONE[1]}.git" in clone_urls(world, GONE[0])
    assert GONE not in {(r.host, r.path) for r in world.repositories}


def test_repositories_are_created_in_order_before_a_feed_names_what_most_pin_and_pushed_to_after_all_events() -> (
    None
):
    created = [repository.created_at for repository in build().repositories]

    assert created == sorted(set(created))
    assert created[0] == "2026-06-03T10:00:00Z"
    assert max(entry.timestamp for entry in build().journal) < 1788253200


def test_the_world_is_the_same_each_time_it_is_built() -> None:
    once, again = build(), build.__wrapped__()

    assert once is not again
    assert once == again
    assert once != replace(again, truth=())


def test_what_a_repository_is_can_be_said_of_each_that_pins_a_confirmed_ghost() -> None:
    classes = {(t.host, t.repository): t.case_class for t in build().truth if t.case_class}

    assert {
        t.case_class is None for t in build().truth if t.confidence is Confidence.CONFIRMED
    } == {False}
    assert Counter(one.value for one in classes.values()) == {
        "lure": 25,
        "victim": 6,
        "bystander": 4,
        "research": 3,
        "unclear": 11,
    }
    assert classes["git.example", "demo-04/copy-trader"] is CaseClass.UNCLEAR
    assert classes["forge.example", "demo-22/agent"] is CaseClass.VICTIM
