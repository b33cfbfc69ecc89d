"""What a letter says of the index, of the host of a file, and of the advisories: no more than they have said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.model import (
    Ecosystem,
    IndexState,
    ProjectKey,
    Report,
    Source,
    Subject,
)
from crawler.reporting.text import defang
from tests.unit.reporting.letters import (
    EVIDENCE,
    answered,
    confirmed,
    found,
    letter,
    matched,
)
from tests.values import (
    NOW,
    SIGHTING,
    URL,
    ghost_file,
    pin,
    verdict,
)


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
                "Its host answered 403 (Forbidden) to a HEAD request at 2026-11-22T12:00:00Z: "
                "access is refused, so it is not known whether it serves the file."
            ),
        ),
        (
            answered(500),
            (
                "Its host answered 500 (Internal Server Error) to a HEAD request at "
                "2026-11-22T12:00:00Z: so it is not known whether it serves the file."
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
