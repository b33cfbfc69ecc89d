"""What a letter says of the entries of a lock: what binds them to an advisory, and what is odd about them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.matching import VerdictIndex, match, place
from crawler.model import (
    Digest,
    FindingStatus,
    Origin,
    OriginKind,
    Reason,
    Report,
    Tier,
)
from tests.unit.reporting.letters import (
    answered,
    confirmed,
    letter,
    matched,
)
from tests.values import (
    REGISTRIES,
    REPOSITORY,
    SIGHTING,
    URL,
    ghost_file,
    pin,
    sha256,
    verdict,
)


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


def test_a_requirement_with_many_hashes_shows_the_one_of_the_malicious_file() -> None:
    many = tuple(sha256(f"{n:02d}" * 32) for n in range(30))
    pinned = replace(pin(), digests=(*many, sha256()))

    text = letter(matched(confirmed(), pin=pinned, verdict=verdict(file=ghost_file())))

    assert text.count("sha256: ") == 1
    assert f"sha256: `{'cd' * 32}`" in text
