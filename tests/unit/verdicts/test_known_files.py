"""Files that are only said to exist: they get the verdict of their release, and accuse nobody else."""

from __future__ import annotations

from crawler.model import Claim, Ecosystem, VerdictState
from crawler.verdicts.judge import judge
from tests.unit.verdicts.statements_of import NOW, codes, dist, key, says, verdicts

_BAD = [says(Claim.MALICIOUS, "zz-ghost", "1.0", at="2026-05-02")]
_WHEEL = "zz_ghost-1.0-py3-none-any.whl"


def test_a_known_file_of_a_listed_version_gets_its_verdict() -> None:
    wheel = dist(_WHEEL, blake="a", sha="b")
    known = says(Claim.KNOWN, "zz-ghost", "1.0", at="2026-06-01", file=wheel)

    found = verdicts("zz-ghost", [*_BAD, known])

    assert found[_WHEEL].state is VerdictState.MALICIOUS
    assert found[_WHEEL].subject.file == wheel
    assert codes(found[_WHEEL]) == ("listed-version", "known-file")
    assert [s.record_id for s in found[_WHEEL].sources] == ["MAL-2026-1"]


def test_a_known_file_alone_says_nothing() -> None:
    known = says(Claim.KNOWN, "zz-ghost", "1.0", at="2026-06-01", file=dist(_WHEEL, blake="a"))

    assert verdicts("zz-ghost", [known]) == {}


def test_a_known_file_of_another_version_is_not_touched() -> None:
    good = dist("zz_ghost-1.1-py3-none-any.whl", blake="a")
    known = says(Claim.KNOWN, "zz-ghost", "1.1", at="2026-06-01", file=good)

    assert list(verdicts("zz-ghost", [*_BAD, known])) == ["1.0"]


def test_a_known_file_whose_name_states_another_project_or_version_is_ignored() -> None:
    names = ("requests-1.0-py3-none-any.whl", "zz_ghost-1.1.tar.gz", "zz-ghost.txt", "zz_ghost.whl")
    known = [
        says(Claim.KNOWN, "zz-ghost", "1.0", at="2026-06-01", file=dist(name, blake="a"))
        for name in names
    ]

    assert list(verdicts("zz-ghost", [*_BAD, *known])) == ["1.0"]


def test_a_known_file_without_a_release_is_put_where_its_name_says() -> None:
    known = says(Claim.KNOWN, "zz-ghost", at="2026-06-01", file=dist(_WHEEL, blake="a"))

    found = verdicts("zz-ghost", [*_BAD, known])

    assert found[_WHEEL].subject.version == "1.0"
    assert found[_WHEEL].state is VerdictState.MALICIOUS


def test_a_known_tarball_of_npm_leaves_the_scope_out() -> None:
    said = [
        says(Claim.MALICIOUS, "@zz/ghost", "1.0.0", at="2026-05-02", ecosystem=Ecosystem.NPM),
        *(
            says(
                Claim.KNOWN,
                "@zz/ghost",
                "1.0.0",
                at="2026-06-01",
                file=dist(name, sha=digit),
                ecosystem=Ecosystem.NPM,
            )
            for name, digit in (("ghost-1.0.0.tgz", "a"), ("other-1.0.0.tgz", "b"))
        ),
    ]

    found = verdicts("@zz/ghost", said, ecosystem=Ecosystem.NPM)

    assert sorted(found) == ["1.0.0", "ghost-1.0.0.tgz"]


def test_a_known_file_lends_its_digests_only_through_one_that_both_name() -> None:
    record = says(Claim.MALICIOUS, "zz-ghost", "1.0", at="2026-05-02", file=dist(_WHEEL, sha="b"))
    bridge = says(
        Claim.KNOWN, "zz-ghost", "1.0", at="2026-06-01", file=dist(_WHEEL, blake="a", sha="b")
    )

    (found,) = judge(key("zz-ghost"), [record, bridge], NOW)

    assert found.subject.file == dist(_WHEEL, blake="a", sha="b")
    assert codes(found) == ("exact-file",)


def test_a_link_to_an_innocent_file_under_the_name_of_a_malicious_one_accuses_nothing() -> None:
    record = says(Claim.MALICIOUS, "zz-ghost", "1.0", at="2026-05-02", file=dist(_WHEEL, sha="b"))
    link = says(Claim.KNOWN, "zz-ghost", "1.0", at="2026-06-01", file=dist(_WHEEL, blake="f"))

    (found,) = judge(key("zz-ghost"), [record, link], NOW)

    assert found.subject.file == dist(_WHEEL, sha="b")


def test_a_known_file_that_contradicts_what_a_record_says_is_not_taken() -> None:
    record = says(Claim.MALICIOUS, "zz-ghost", "1.0", at="2026-05-02", file=dist(_WHEEL, blake="a"))
    other = says(Claim.KNOWN, "zz-ghost", "1.0", at="2026-06-01", file=dist(_WHEEL, blake="f"))

    found = judge(key("zz-ghost"), [*_BAD, record, other], NOW)

    assert [v.subject.file for v in found if v.subject.file] == [dist(_WHEEL, blake="a")]


def test_of_known_files_that_contradict_each_other_only_the_borne_out_one_is_taken() -> None:
    known = [
        says(Claim.KNOWN, "zz-ghost", "1.0", at="2026-06-01", file=dist(_WHEEL, blake=b, sha=s))
        for b, s in (("a", "b"), ("f", ""))
    ]
    record = says(Claim.MALICIOUS, "zz-ghost", "1.0", at="2026-05-02", file=dist(_WHEEL, sha="b"))

    alone = judge(key("zz-ghost"), [*_BAD, *known], NOW)
    borne_out = judge(key("zz-ghost"), [*_BAD, record, *known], NOW)

    assert [v.subject.version for v in alone if v.subject.file] == []
    assert [v.subject.file for v in borne_out if v.subject.file] == [
        dist(_WHEEL, blake="a", sha="b")
    ]


def test_a_known_file_falls_into_the_life_in_which_it_was_uploaded() -> None:
    said = [
        says(Claim.CREATED, "zz-ghost", at="2020-01-01"),
        says(Claim.REMOVED, "zz-ghost", at="2022-01-01"),
        says(Claim.CREATED, "zz-ghost", at="2026-05-01"),
        says(Claim.CREATED, "zz-ghost", "1.0", at="2026-05-01"),
        *_BAD,
        *(
            says(Claim.KNOWN, "zz-ghost", "1.0", at="2026-06-01", file=file)
            for file in (
                dist("zz-ghost-1.0.tar.gz", blake="a", uploaded="2021-01-01T00:00:00Z"),
                dist(_WHEEL, blake="b", uploaded="2026-05-01T06:00:00Z"),
            )
        ),
    ]

    found = verdicts("zz-ghost", said)

    assert found["zz-ghost-1.0.tar.gz"].state is VerdictState.NAME_REUSED
    assert found[_WHEEL].state is VerdictState.MALICIOUS
    assert found["1.0"].state is VerdictState.NAME_REUSED


def test_a_known_file_whose_owner_cannot_be_told_is_not_accused() -> None:
    lives = [
        says(Claim.CREATED, "zz-ghost", at="2020-01-01"),
        says(Claim.REMOVED, "zz-ghost", at="2022-01-01"),
        says(Claim.CREATED, "zz-ghost", at="2026-05-01"),
    ]
    both = [
        says(Claim.CREATED, "zz-ghost", "1.0", at="2020-01-01"),
        says(Claim.CREATED, "zz-ghost", "1.0", at="2026-05-01"),
    ]
    known = says(Claim.KNOWN, "zz-ghost", "1.0", at="2026-06-01", file=dist(_WHEEL, blake="a"))

    untold = verdicts("zz-ghost", [*lives, *_BAD, known])
    shared = verdicts("zz-ghost", [*lives, *both, *_BAD, known])

    assert _WHEEL not in untold
    assert shared[_WHEEL].state is VerdictState.NAME_REUSED
    assert codes(shared[_WHEEL])[0] == "version-in-two-incarnations"


def test_a_known_file_gives_a_name_no_new_life() -> None:
    said = [
        says(Claim.REMOVED, "zz-ghost", at="2026-05-03"),
        *_BAD,
        says(
            Claim.KNOWN, "zz-ghost", "2.0", at="2026-06-01", file=dist("zz_ghost-2.0.zip", sha="a")
        ),
    ]

    found = verdicts("zz-ghost", said)

    assert {name: v.state for name, v in found.items()} == {
        "": VerdictState.REMOVED,
        "1.0": VerdictState.MALICIOUS,
    }


def test_what_is_no_longer_known_is_forgotten() -> None:
    known = says(
        Claim.KNOWN,
        "zz-ghost",
        "1.0",
        at="2026-06-01",
        file=dist(_WHEEL, blake="a"),
        retracted="2026-06-02",
    )

    assert list(verdicts("zz-ghost", [*_BAD, known])) == ["1.0"]
