"""The letter, as an abuse desk reads it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from crawler.matching import VerdictIndex, match, place
from crawler.model import (
    CaseClass,
    Classification,
    Confidence,
    Digest,
    Ecosystem,
    Evidence,
    FindingStatus,
    IndexState,
    LineSpan,
    Liveness,
    Origin,
    OriginKind,
    PinHistory,
    ProjectKey,
    Reason,
    Report,
    Repository,
    Sighting,
    Source,
    Subject,
    Tier,
    VerdictState,
    Weight,
    WeightSource,
)
from crawler.reporting.accusation import Bar, bar_of
from crawler.reporting.interface import Addressed, Edition, ExportFile
from crawler.reporting.letter import Letter
from crawler.reporting.text import defang
from tests.values import (
    NOW,
    REGISTRIES,
    REPOSITORY,
    SIGHTING,
    URL,
    ghost_file,
    pin,
    sha256,
    verdict,
)

PROMOTED = FindingStatus.PROMOTED
CONTACT = "abuse-research@operator.example"
EVIDENCE = Evidence(
    permalink="https://git.example/acme/task/src/commit/1111/uv.lock#L5-L5",
    blob_oid="2" * 40,
    lock_sha256="3" * 64,
    lock_size=900,
    lines=LineSpan(first=5, last=5),
    excerpt="    { url = ... },",
    liveness=Liveness(method="HEAD", url=URL, status=200, content_length=9, checked_at=NOW),
    still_at_head=True,
    collected_at=NOW,
    verified_at=NOW,
    viewer_url="https://viewer.example/project/zz-ghost-one/1.0/",
)


def confirmed() -> Report:
    matched = match(
        [pin(digests=(sha256(),))], VerdictIndex([verdict(file=ghost_file())]), REGISTRIES
    )
    return Report(
        finding=place(matched[0], REPOSITORY, SIGHTING, "uv"),
        evidence=EVIDENCE,
        first_seen=NOW,
        last_seen=datetime(2026, 11, 22, 13, 0, tzinfo=UTC),
        run_id="run-1",
        repository_number=17,
        classification=classified(CaseClass.LURE),
    )


def classified(case_class: CaseClass, *weights: Weight) -> Classification:
    return Classification(case_class=case_class, weights=weights, rules="1")


def letters(*reports: Report) -> list[ExportFile]:
    """Return the letters of an edition of the day on which everything was verified."""
    return list(Letter(Edition(at=NOW + timedelta(hours=1), contact=CONTACT)).render(reports))


def letter(*reports: Report) -> str:
    """Return the only letter."""
    (document,) = letters(*reports)
    return document.text


def found(report: Report, **changes: Any) -> Report:  # noqa: ANN401 - fields of any type
    """Return `report` with another finding."""
    return replace(report, finding=replace(report.finding, **changes))


def matched(report: Report, **changes: Any) -> Report:  # noqa: ANN401 - fields of any type
    """Return `report` with another match."""
    return found(report, match=replace(report.finding.match, **changes))


def answered(status: int | None, why: str = "", at: datetime = NOW) -> Report:
    """Return a finding whose file host has answered with `status`."""
    check = Liveness(
        method="HEAD", url=URL, status=status, content_length=None, checked_at=at, why=why
    )
    return replace(confirmed(), evidence=replace(EVIDENCE, liveness=check))


def test_the_whole_letter_of_one_finding() -> None:
    (document,) = letters(confirmed())

    assert document.findings == (confirmed().finding.key,)
    assert document.repository == Addressed(host="git.example", path="acme/task", number=17)
    assert document.name == "takedown-git.example-acme_task-17.md"
    assert document.text == (
        "# Malware report: `git.example/acme/task`\n"
        "\n"
        "To: the abuse or security contact of this host: no address known; look for "
        "https://git.example/.well-known/security.txt and the abuse contact of the site; on a Forgejo, "
        "the report button, where its operator has switched moderation on\n"
        "Case: 774812bf00ae\n"
        "\n"
        "Please review the repository `https://git.example/acme/task.git` against the host's rules on "
        "malware, and take it down or have the entries under Facts removed from every branch.\n"
        "\n"
        "Its lock file `uv.lock` pins 1 file of 1 package that the advisories below list as malicious. The "
        "file was still served when its host was last asked.\n"
        "\n"
        "**How it works.** An installer that follows a lock file fetches the very files that it names, "
        "even after the package index has removed the package.\n"
        "\n"
        "**Evidence**\n"
        "\n"
        "- `uv.lock` line 5: <https://git.example/acme/task/src/commit/1111/uv.lock#L5-L5>\n"
        "- a read-only view of the file contents: "
        "<https://viewer.example/project/zz-ghost-one/1.0/>\n"
        "\n"
        "**Facts (UTC)**\n"
        "\n"
        "- `uv.lock`, line 5, at commit `1111111111111111111111111111111111111111` on branch `main` "
        "pins `zz_ghost_one-1.0-py3-none-any.whl` of `zz-ghost-one 1.0` from "
        "`hxxps://files[.]index[.]example/packages/ab/ab/"
        "abababababababababababababababababababababababababababababab/"
        "zz_ghost_one-1.0-py3-none-any.whl` "
        "(the sha256 below is written in the lock and is that of a file of the release that an "
        "advisory lists).\n"
        f"  - sha256: `{'cd' * 32}`\n"
        "  - Listed as malicious since 2026-11-22T12:00:00Z by `MAL-2026-1 (found by acme-labs)`.\n"
        "  - The package index PyPI no longer lists this file.\n"
        "  - Its host answered 200 (OK) to a HEAD request at 2026-11-22T12:00:00Z: it still serves "
        "the file, which was not fetched.\n"
        "  - The lock was read at 2026-11-22T12:00:00Z; the pin was still there at "
        "2026-11-22T12:00:00Z.\n"
        "\n"
        "**Not claimed.** This report does not say who wrote a lock, whether its author knew, or whether "
        "anybody installed from it. The files were neither downloaded nor opened: that they are malicious "
        "is the statement of the advisories above. File hosts were sent HEAD requests only.\n"
        "\n"
        "Contact: abuse-research@operator.example. Please quote the case in your answer.\n"
    )


@pytest.mark.parametrize("confidence", [Confidence.LIKELY, Confidence.POSSIBLE, Confidence.CENSUS])
def test_what_is_not_confirmed_never_gets_a_letter(confidence: Confidence) -> None:
    assert letters(matched(confirmed(), confidence=confidence)) == []


def test_a_finding_without_evidence_gets_no_letter() -> None:
    assert letters(replace(confirmed(), evidence=None)) == []


@pytest.mark.parametrize("still_there", [False, None])
def test_a_pin_that_was_not_seen_again_gets_no_letter(still_there: bool | None) -> None:  # noqa: FBT001
    assert (
        letters(replace(confirmed(), evidence=replace(EVIDENCE, still_at_head=still_there))) == []
    )


@pytest.mark.parametrize("verified_at", [None, NOW - timedelta(hours=24)])
def test_a_pin_that_was_not_verified_within_a_day_gets_no_letter(
    verified_at: datetime | None,
) -> None:
    assert letters(replace(confirmed(), evidence=replace(EVIDENCE, verified_at=verified_at))) == []


@pytest.mark.parametrize("status", [s for s in FindingStatus if not s.is_open])
def test_a_finding_that_no_longer_holds_gets_no_letter(status: FindingStatus) -> None:
    assert letters(replace(confirmed(), status=status)) == []


@pytest.mark.parametrize("state", [s for s in VerdictState if s is not VerdictState.MALICIOUS])
def test_a_verdict_that_is_not_malicious_gets_no_letter(state: VerdictState) -> None:
    assert letters(matched(confirmed(), verdict=verdict(state))) == []


def test_a_finding_of_tier_t_alone_gets_no_letter() -> None:
    assert letters(matched(confirmed(), tier=Tier.T, verdict=None)) == []


def test_a_finding_with_an_open_question_gets_a_letter_only_when_a_person_stands_behind_it() -> (
    None
):
    asked = found(confirmed(), questions=(Reason(code="fixture-path", text="a folder of tests"),))

    assert letters(asked) == []
    assert len(letters(replace(asked, status=FindingStatus.PROMOTED))) == 1


@pytest.mark.parametrize("case_class", [one for one in CaseClass if one is not CaseClass.LURE])
def test_what_is_no_lure_gets_no_letter_however_sure_the_pin_is(case_class: CaseClass) -> None:
    assert letters(replace(confirmed(), classification=classified(case_class))) == []


def test_a_repository_that_nobody_has_classified_gets_no_letter() -> None:
    assert letters(replace(confirmed(), classification=None)) == []


def test_a_letter_gives_the_reasons_for_a_lure_that_the_host_can_check_and_no_others() -> None:
    def reason(source: WeightSource, text: str, towards: CaseClass = CaseClass.LURE) -> Weight:
        return Weight(code="x", towards=towards, weight=9, source=source, text=text)

    lure = classified(
        CaseClass.LURE,
        reason(WeightSource.HOST, "the host made the repository at 2026-11-20T00:00:00Z"),
        reason(WeightSource.LEDGER, "2 other repositories of this owner pin the *same*"),
        reason(WeightSource.OWNER, "the owner says so"),
        reason(WeightSource.INDEX, "a project had older releases", CaseClass.VICTIM),
    )

    text = letter(replace(confirmed(), classification=lure))

    assert (
        "**Why it looks made to spread the package**\n"
        "\n"
        "- The host made the repository at 2026-11-20T00:00:00Z (by dates that the host and the index state).\n"
        "- 2 other repositories of this owner pin the \\*same\\* (among the repositories that we have "
        "read).\n"
        "\n"
        "**Not claimed.**"
    ) in text
    assert "older releases" not in text
    assert "the owner says so" not in text


def test_what_may_be_research_is_told_in_the_words_of_the_repository_and_left_to_a_person() -> None:
    sign = Reason(code="research-repository", text="its description speaks of samples")
    lab = replace(REPOSITORY, description="Malware samples for our course")
    asked = replace(found(confirmed(), repository=lab, questions=(sign,)), status=PROMOTED)

    text = letter(asked)

    assert (
        "**Possibly research.** The repository describes itself as `Malware samples for our course`. What "
        "was seen: its description speaks of samples. Please decide whether the pins serve research or "
        "training.\n\n**Facts"
    ) in text
    assert "Possibly research" not in letter(confirmed())


def test_a_private_repository_gets_no_letter() -> None:
    private = replace(REPOSITORY, private=True)

    assert letters(found(confirmed(), repository=private)) == []


@pytest.mark.parametrize("clone_url", ["task", "/srv/task", "../task", "file:///srv/task"])
def test_a_repository_of_this_machine_gets_no_letter(clone_url: str) -> None:
    local = Repository(host="local", path="task", clone_url=clone_url)

    assert letters(found(confirmed(), repository=local)) == []


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (IndexState.GONE, "The package index PyPI no longer lists this file."),
        (IndexState.QUARANTINED, "The package index PyPI holds this file in quarantine."),
        (IndexState.LISTED, "The package index PyPI still lists this file."),
        (
            IndexState.UNKNOWN,
            "Whether the package index PyPI still lists this file is not known.",
        ),
    ],
)
def test_a_letter_says_of_the_index_what_it_has_answered(state: IndexState, sentence: str) -> None:
    text = letter(matched(confirmed(), verdict=verdict(file=ghost_file(), index_state=state)))

    about_the_index = [s for s in text.splitlines() if "index " in s]
    assert f"  - {sentence}" in about_the_index
    assert ("removed the package" in text) is (state is IndexState.GONE)
    assert len(about_the_index) == (2 if state is IndexState.GONE else 1)


def test_the_time_of_the_removal_is_told_where_it_is_known() -> None:
    gone = verdict(incarnation_until=datetime(2026, 10, 1, 8, 0, tzinfo=UTC))

    text = letter(matched(confirmed(), verdict=gone))

    assert (
        "The package index PyPI no longer lists this release; it was removed no later than "
        "2026-10-01T08:00:00Z."
    ) in text


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (
            answered(403),
            (
                "Its host answered 403 (Forbidden) to a HEAD request at 2026-11-22T12:00:00Z: it "
                "refused to tell whether it serves the file."
            ),
        ),
        (
            answered(500),
            (
                "Its host answered 500 (Internal Server Error) to a HEAD request at "
                "2026-11-22T12:00:00Z: that does not tell whether it serves the file."
            ),
        ),
        (
            answered(299, at=NOW - timedelta(hours=24)),
            (
                "Its host answered 299 to a HEAD request at 2026-11-21T12:00:00Z: it served the file "
                "then, and was not asked again since."
            ),
        ),
        (
            answered(None, "not asked: its host is neither a file host nor a mirror"),
            (
                "Whether the file is still served is not known (not asked: its host is neither a file "
                "host nor a mirror)."
            ),
        ),
        (
            answered(None, "https://files.index.example/a.whl: ConnectError"),
            (
                "Whether the file is still served is not known (hxxps://files\\[.\\]index\\[.\\]example/a.whl: "
                "ConnectError)."
            ),
        ),
        (
            replace(confirmed(), evidence=replace(EVIDENCE, liveness=None)),
            "Whether the file is still served was not checked.",
        ),
    ],
)
def test_a_letter_claims_no_more_of_the_file_than_its_host_has_answered(
    report: Report, sentence: str
) -> None:
    text = letter(report)

    assert f"  - {sentence}\n" in text
    assert "malicious. Whether the file is still served is not known.\n\n" in text
    assert "still serves" not in text
    assert "removed the package" not in text


def test_no_request_is_told_of_where_none_was_sent() -> None:
    unasked = answered(None, "not asked: its address is not https")

    assert "requests only" not in letter(unasked)


@pytest.mark.parametrize("status", [404, 410, 451])
def test_a_file_that_is_no_longer_served_accuses_nobody(status: int) -> None:
    assert letters(answered(status)) == []


def test_a_file_that_is_no_longer_served_is_history_beside_one_that_is() -> None:
    dead = found(answered(404), key="d" * 64, sighting=replace(SIGHTING, path="old/uv.lock"))

    text = letter(confirmed(), dead)

    request, history = text.split("**History.** Not part of the request")
    assert "Its lock file `uv.lock` pins 1 file of 1 package" in request
    assert "old/uv.lock" not in request
    assert "- `old/uv.lock`, line 5, at commit" in history
    assert (
        "Its host answered 404 (Not Found) to a HEAD request at 2026-11-22T12:00:00Z: it does not "
        "serve the file.\n"
    ) in history


def lookalike() -> tuple[Report, Report]:
    """Return the finding by digest and the one of tier T of an entry on a look-alike host."""
    url = URL.replace("files.index.example", "files.lndex.example")
    pinned = pin(origin=Origin(kind=OriginKind.URL, location=url), url=url, digests=(sha256(),))
    by_digest, tampered = match([pinned], VerdictIndex([verdict(file=ghost_file())]), REGISTRIES)
    check = answered(None, "not asked: its host is neither a file host nor a mirror").evidence
    unasked = replace(confirmed(), evidence=check)
    place_ = replace(SIGHTING, path="z/uv.lock")
    return (
        replace(unasked, finding=place(by_digest, REPOSITORY, place_, "uv")),
        replace(unasked, finding=place(tampered, REPOSITORY, place_, "uv")),
    )


def test_a_look_alike_host_comes_before_everything_else() -> None:
    text = letter(confirmed(), *lookalike())

    summary = text.split("\n\n")[3]
    told = text.partition("**Facts (UTC)**")[2].splitlines()
    facts = [line for line in told if line.startswith(("- `", "  - "))]
    alike = (
        "the URL has the path of a registry's file, on a host whose name resembles the registry's: "
        "files.lndex.example is files.index.example with 'l' in the place of 'i'"
    )
    assert summary.startswith(f"An entry of `z/uv.lock` is not as its tool writes it: {alike}. ")
    assert facts[0].startswith("- `z/uv.lock`, line 5,")
    assert "hxxps://files[.]lndex[.]example/" in facts[0]
    assert facts[1] == f"  - The entry is not as its tool writes it: {alike}."
    assert "2 of its lock files pin 1 file of 1 package" in summary
    assert "1 of the 2 pins is of a file still served when last asked about." in summary


def test_a_look_alike_host_alone_is_not_said_to_serve_anything() -> None:
    text = letter(*lookalike())

    assert "malicious. Whether the file is still served is not known.\n\n" in text
    assert "still serves" not in text


def test_tampering_that_was_taken_back_is_not_told() -> None:
    by_digest, tampered = lookalike()

    text = letter(by_digest, replace(tampered, status=FindingStatus.RETRACTED))

    assert "not as its tool writes it" not in text


def test_an_entry_under_another_name_says_so() -> None:
    pinned = replace(confirmed().finding.match.pin, name="requests")

    text = letter(matched(confirmed(), pin=pinned))

    assert "  - The entry is named `requests`, but its file belongs to `zz-ghost-one`.\n" in text


def test_packages_are_counted_and_their_files_beside_them() -> None:
    wheels = [
        found(
            matched(confirmed(), pin=replace(pin(), filename=f"zz_ghost_one-1.0-cp3{n}.whl")),
            key=f"{n}" * 64,
        )
        for n in range(3)
    ]
    two = Subject(project=ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-ghost-two"), version="2")
    other = matched(confirmed(), verdict=replace(verdict(), subject=two))

    text = letter(*wheels, found(other, sighting=replace(SIGHTING, path="app/uv.lock")))

    assert "2 of its lock files pin 4 files of 2 packages" in text
    assert "These files were still served when their hosts were last asked." in text


def test_the_same_file_in_two_locks_is_one_file() -> None:
    first = confirmed()
    second = found(first, sighting=replace(SIGHTING, path="app/uv.lock"), key="e" * 64)

    text = letter(first, second)

    assert "2 of its lock files pin 1 file of 1 package" in text
    assert text.count("pins `zz_ghost_one-1.0-py3-none-any.whl`") == 2


def test_it_is_counted_of_how_many_pins_the_file_is_served() -> None:
    unknown = found(
        matched(answered(403), pin=replace(pin(), filename="zz_ghost_one-1.0.tar.gz")),
        key="e" * 64,
    )

    assert ("1 of the 2 pins is of a file still served when last asked about.\n\n") in letter(
        confirmed(), unknown
    )


def stated_in(digests: tuple[Digest, ...], *reasons: str) -> Report:
    """Return a finding by digest of a file that is malicious for `reasons`, of a lock with `digests`."""
    why = tuple(Reason(code=code, text="") for code in reasons)
    accusing = replace(verdict(file=ghost_file()), reasons=why)
    (by_digest,) = match([pin(digests=digests)], VerdictIndex([accusing]), REGISTRIES)
    return matched(confirmed(), **{name: getattr(by_digest, name) for name in by_digest.__slots__})


@pytest.mark.parametrize(
    ("report", "binding"),
    [
        (
            stated_in((sha256(),), "exact-file"),
            "the sha256 below is written in the lock and is that of the file that an advisory lists",
        ),
        (
            stated_in((sha256(),), "listed-version"),
            (
                "the sha256 below is written in the lock and is that of a file of the release that an "
                "advisory lists"
            ),
        ),
        (
            stated_in((sha256(),), "listed-version", "known-file"),
            (
                "the sha256 below is written in the lock and is said to be that of a file of the "
                "release that an advisory lists"
            ),
        ),
        (
            stated_in((), "exact-file"),
            "the blake2b_256 in this URL is that of the file that an advisory lists",
        ),
        (
            matched(
                confirmed(),
                tier=Tier.B,
                verdict=verdict(),
                reasons=(Reason(code="listed-release", text="a record names this version"),),
            ),
            "a record names this version",
        ),
    ],
)
def test_a_letter_says_which_digest_written_where_binds_the_pin(
    report: Report, binding: str
) -> None:
    text = letter(report)

    assert f" ({binding}).\n" in text
    assert "a digest of the pinned file" not in text


def test_each_link_to_lines_is_named_by_its_file_and_lines() -> None:
    def at(key: str, commit: str, lines: LineSpan | None) -> Report:
        span = "" if lines is None else f"#L{lines.first}"
        link = f"https://git.example/acme/task/src/commit/{commit[:4]}/uv.lock{span}"
        return replace(
            found(confirmed(), key=key * 64, sighting=replace(SIGHTING, commit=commit)),
            evidence=replace(EVIDENCE, permalink=link, lines=lines),
        )

    line_18 = LineSpan(first=18, last=18)
    apart = letter(
        at("a", "1" * 40, line_18),
        at("b", "1" * 40, LineSpan(first=20, last=24)),
        at("c", "1" * 40, None),
    )
    alike = letter(at("a", "1" * 40, line_18), at("b", "2" * 40, line_18))

    assert [line for line in apart.splitlines() if line.startswith("- ") and "<" in line][:-1] == [
        "- `uv.lock`: <https://git.example/acme/task/src/commit/1111/uv.lock>",
        "- `uv.lock` line 18: <https://git.example/acme/task/src/commit/1111/uv.lock#L18>",
        "- `uv.lock` lines 20-24: <https://git.example/acme/task/src/commit/1111/uv.lock#L20>",
    ]
    assert f"- `uv.lock` line 18 at commit `{'1' * 40}`: <https://" in alike
    assert f"- `uv.lock` line 18 at commit `{'2' * 40}`: <https://" in alike


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (LineSpan(first=20, last=20), "`uv.lock`, line 20, at commit"),
        (LineSpan(first=20, last=24), "`uv.lock`, lines 20-24, at commit"),
        (None, "`uv.lock` at commit"),
    ],
)
def test_the_lines_of_a_pin_are_told_as_they_are_known(lines: LineSpan | None, shown: str) -> None:
    assert shown in letter(replace(confirmed(), evidence=replace(EVIDENCE, lines=lines)))


def test_pins_of_one_lock_are_told_in_the_order_of_its_lines() -> None:
    at_line = [
        replace(
            found(confirmed(), key=key * 64),
            evidence=replace(EVIDENCE, lines=LineSpan(first=line, last=line)),
        )
        for key, line in (("b", 100), ("c", 20), ("d", 3))
    ]

    text = letter(*at_line)

    assert re.findall("`uv.lock`, line ([0-9]+),", text) == ["3", "20", "100"]


@pytest.mark.parametrize(
    ("ref", "shown"),
    [
        ("refs/heads/feature/a", "on branch `feature/a` pins"),
        ("refs/tags/v1", "on tag `v1` pins"),
    ],
)
def test_the_branch_is_named(ref: str, shown: str) -> None:
    assert shown in letter(found(confirmed(), sighting=replace(SIGHTING, ref=ref)))


@pytest.mark.parametrize(
    "ref", ["refs/pull/7/head", "refs/merge-requests/7/head", "refs/changes/34/1234/2"]
)
def test_no_letter_goes_out_for_what_only_a_request_has(ref: str) -> None:
    at_request = found(confirmed(), sighting=replace(SIGHTING, ref=ref))

    assert letters(at_request) == []
    assert bar_of(at_request, NOW) is Bar.REQUEST


@pytest.mark.parametrize("permalink", [None, "https://git.example/acme/task.git 1111 uv.lock:5-5"])
def test_a_host_without_web_pages_gets_the_git_commands_that_show_the_lines(
    permalink: str | None,
) -> None:
    text = letter(replace(confirmed(), evidence=replace(EVIDENCE, permalink=permalink)))

    assert (
        "- `uv.lock` line 5: `git init -q case && cd case && git fetch -q --depth 1 "
        f"https://git.example/acme/task.git {'1' * 40} && git cat-file -p {'2' * 40}"
        " | sed -n 5,5p`\n"
    ) in text
    assert "<https://git.example" not in text


def test_an_address_cannot_leave_the_git_commands() -> None:
    hostile = replace(REPOSITORY, clone_url="https://git.example/a;touch x`id`$(id)'b.git")
    unlinked = replace(confirmed(), evidence=replace(EVIDENCE, permalink=None))

    text = letter(found(unlinked, repository=hostile))

    assert "--depth 1 'https://git.example/a;touch x`id`$(id)'\"'\"'b.git' 1111" in text


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        (
            "https://advisories.example/1",
            "`MAL-2026-1 (found by acme-labs)` <https://advisories.example/1>.",
        ),
        ("javascript:alert(1)", "`MAL-2026-1 (found by acme-labs)`."),
        ("https://evil.example/> [x](y)", "`MAL-2026-1 (found by acme-labs)`."),
        ("file:///srv/own.jsonl", "`MAL-2026-1 (found by acme-labs)`."),
        (
            "https://files.index.example/zz-1.tar.gz?x=1",
            "`MAL-2026-1 (found by acme-labs)` `hxxps://files[.]index[.]example/zz-1.tar.gz?x=1`.",
        ),
        (URL, f"`MAL-2026-1 (found by acme-labs)` `{defang(URL)}`."),
    ],
)
def test_an_advisory_is_a_link_and_a_file_never_is(reference: str, shown: str) -> None:
    source = replace(verdict().sources[0], reference=reference)

    text = letter(matched(confirmed(), verdict=replace(verdict(), sources=(source,))))

    (line,) = [one for one in text.splitlines() if "Listed as malicious" in one]
    assert line == f"  - Listed as malicious since 2026-11-22T12:00:00Z by {shown}"


def test_a_source_is_named_without_the_folders_of_this_machine() -> None:
    source = Source(
        feed="file:/srv/feeds/own.jsonl", record_id="own-1", root_source="file:/srv/feeds/own.jsonl"
    )

    text = letter(matched(confirmed(), verdict=replace(verdict(), sources=(source,))))

    assert "by `own-1 (found by file:own.jsonl)`." in text
    assert "/srv" not in text


def test_a_requirement_with_many_hashes_shows_the_one_of_the_malicious_file() -> None:
    many = tuple(sha256(f"{n:02d}" * 32) for n in range(30))
    pinned = replace(pin(), digests=(*many, sha256()))

    text = letter(matched(confirmed(), pin=pinned, verdict=verdict(file=ghost_file())))

    assert text.count("sha256: ") == 1
    assert f"sha256: `{'cd' * 32}`" in text


@pytest.mark.parametrize(
    "contact", [None, "operator-not-set", "a@b", "a@b.example\n# x", "<x@y.example>"]
)
def test_a_sender_who_is_not_known_is_left_to_fill_in(contact: str | None) -> None:
    (document,) = Letter(Edition(at=NOW, contact=contact)).render([confirmed()])

    assert document.text.endswith(
        "\nContact: [add your name and mail address]. Please quote the case in your answer.\n"
    )


@pytest.mark.parametrize(
    ("created_at", "shown"),
    [
        ("2026-10-01T12:00:00+02:00", "- The repository was created at 2026-10-01T10:00:00Z.\n"),
        ("2026-10-01T12:00:00Z", "- The repository was created at 2026-10-01T12:00:00Z.\n"),
        ("2026-10-01T12:00:00", ""),
        ("yesterday`\n# x", ""),
        (None, ""),
    ],
)
def test_facts_are_in_utc_or_left_out(created_at: str | None, shown: str) -> None:
    text = letter(found(confirmed(), repository=replace(REPOSITORY, created_at=created_at)))

    assert ("".join(f"{s}\n" for s in text.splitlines() if "created" in s)) == shown


def test_what_was_measured_in_another_zone_is_told_in_utc() -> None:
    far = NOW.astimezone(timezone(timedelta(hours=9)))
    evidence = replace(EVIDENCE, collected_at=far, verified_at=far)

    text = letter(replace(confirmed(), evidence=evidence))

    assert "read at 2026-11-22T12:00:00Z; the pin was still there at 2026-11-22T12:00:00Z." in text


HOSTILE = "a`b](javascript:x)\x1b]52;c;\n## forged\n\n<script>\N{RIGHT-TO-LEFT OVERRIDE}\udc80``"


def hostile() -> Report:
    """Return a finding of which every field that a stranger writes is hostile."""
    report = confirmed()
    source = Source(
        feed=HOSTILE,
        record_id=HOSTILE,
        root_source=HOSTILE,
        reference=f"https://x.example/{HOSTILE}",
    )
    return replace(
        report,
        finding=replace(
            report.finding,
            repository=Repository(
                host=HOSTILE, path=HOSTILE, clone_url=f"https://{HOSTILE}", created_at=HOSTILE
            ),
            sighting=Sighting(ref=HOSTILE, commit=HOSTILE, path=HOSTILE, oid="2" * 40),
            match=replace(
                report.finding.match,
                pin=replace(
                    report.finding.match.pin,
                    name=HOSTILE,
                    version=HOSTILE,
                    filename=HOSTILE,
                    url=HOSTILE,
                ),
                reasons=(Reason(code="file-digest", text=HOSTILE),),
                verdict=replace(verdict(version=HOSTILE), sources=(source,)),
            ),
        ),
        evidence=replace(
            EVIDENCE,
            permalink=HOSTILE,
            viewer_url=HOSTILE,
            blob_oid=HOSTILE,
            excerpt=HOSTILE,
            liveness=Liveness(
                method="HEAD",
                url=HOSTILE,
                status=None,
                content_length=None,
                checked_at=NOW,
                why=HOSTILE,
            ),
        ),
    )


def test_hostile_text_in_any_field_stays_inside_its_code_span() -> None:
    text = letter(hostile())

    assert "\x1b" not in text
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
    assert text.encode("utf-8")
    assert [line for line in text.splitlines() if line.startswith(("##", "<"))] == []
    unescaped = re.sub(r"\\[`\[\]<>#]", "", text)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", unescaped)
    assert "forged" in outside  # in the sentences, where every sign of it was escaped
    assert "<script" not in outside
    assert "](javascript" not in outside


def test_github_is_told_through_its_form_with_the_clause_of_its_policy() -> None:
    repository = replace(
        REPOSITORY, host="github.com", clone_url="https://github.com/acme/task.git"
    )

    text = letter(found(confirmed(), repository=repository))

    assert (
        "https://github.com/contact/report-content"
        "?content_url=https%3A%2F%2Fgithub.com%2Facme%2Ftask&report=acme+%28user%29"
    ) in text
    assert (
        "Please review the repository `https://github.com/acme/task.git` against GitHub Acceptable Use "
        "Policies, 'Active Malware or Exploits', and take it down"
    ) in text


def with_history(history: PinHistory) -> Report:
    return replace(confirmed(), evidence=replace(EVIDENCE, history=history))


def test_the_commit_that_brought_the_pin_is_told_with_its_author_date() -> None:
    entered = datetime(2026, 11, 1, tzinfo=UTC)
    said = letter(
        with_history(PinHistory(commits=9, whole=True, entered_commit="7" * 40, entered_at=entered))
    )

    assert (
        f"The pin came with commit `{'7' * 40}`, which its author dated 2026-11-01T00:00:00Z."
        in said
    )
    assert "after the index had removed" not in said


def test_a_pin_that_came_after_the_removal_is_told_with_both_times() -> None:
    removed = datetime(2026, 10, 1, tzinfo=UTC)
    entered = PinHistory(
        commits=9, whole=True, entered_commit="7" * 40, entered_at=datetime(2026, 11, 1, tzinfo=UTC)
    )
    late = matched(with_history(entered), verdict=replace(verdict(), incarnation_until=removed))

    assert (
        "That is after the index had removed the file (no later than 2026-10-01T00:00:00Z)."
        in letter(late)
    )


def test_a_commit_that_is_dated_before_the_project_was_there_is_told_with_both_times() -> None:
    entered = PinHistory(
        commits=9, whole=True, entered_commit="7" * 40, entered_at=datetime(2026, 9, 1, tzinfo=UTC)
    )
    begun = datetime(2026, 10, 1, tzinfo=UTC)
    early = matched(with_history(entered), verdict=replace(verdict(), incarnation_from=begun))

    assert "That is before the project was created on the index (2026-10-01T00:00:00Z)." in letter(
        early
    )


@pytest.mark.parametrize(
    "history", [PinHistory(commits=200, whole=False), PinHistory(commits=0, whole=False)]
)
def test_a_pin_that_lies_deeper_has_no_commit_in_the_letter(history: PinHistory) -> None:
    assert "came with commit" not in letter(with_history(history))
