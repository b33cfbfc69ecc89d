from __future__ import annotations

import pytest

from crawler.model import Claim, Ecosystem, ProjectKey, path_of
from feeds.osv.record import read_record
from feeds.osv.viewer_links import viewed_files
from tests.servers.osv_dumps import record

BLAKE = "ab" * 32
PROJECT = ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-ghost")
WHEEL = "zz_ghost-1.0-py3-none-any.whl"
VIEWER = "https://viewer.example/project/zz-ghost/1.0"
LINK = f"{VIEWER}{path_of(BLAKE, WHEEL)}"


def found(text: str, *versions: str) -> list[tuple[str, str]]:
    return [
        (str(subject), "".join(digest.hex for digest in subject.file.digests))
        for subject in viewed_files([text], PROJECT, versions)
        if subject.file is not None
    ]


@pytest.mark.parametrize(
    "text",
    [
        LINK,
        f"{LINK}/",
        f"{LINK}/zz_ghost/__init__.py#line.11",
        f"It is [here]({LINK}/zz_ghost/__init__.py).",
        f"<{LINK}/>",
        f"See {LINK}.",
        LINK.replace("/zz-ghost/", "/ZZ_Ghost/"),
        LINK.replace("viewer.example", "other.example:8443"),
    ],
)
def test_a_link_to_a_file_states_its_digest(text: str) -> None:
    assert found(text, "1.0") == [(f"pkg:pypi/zz-ghost@1.0 {WHEEL}", BLAKE)]


@pytest.mark.parametrize(
    "text",
    [
        LINK.replace("https:", "http:"),
        LINK.replace("viewer.example", "someone@viewer.example"),
        LINK.replace("/project/", "/projects/"),
        LINK.replace("/project/", "/x/project/"),
        LINK.replace("/zz-ghost/", "/zz-other/"),
        LINK.replace("/1.0/", "/1.1/"),
        LINK.replace("/1.0/", "/9.9/").replace("-1.0-", "-9.9-"),
        LINK.replace("zz_ghost-1.0", "zz_other-1.0"),
        LINK.replace(".whl", ".exe"),
        LINK.replace(BLAKE[4:], BLAKE[5:]),
        LINK.replace("/ab/ab/", "/AB/AB/"),
        LINK.replace("zz_ghost-1.0", "..%2fzz_ghost-1.0"),
        f"{LINK}/../../../elsewhere",
        f"{LINK}/%2e%2E/elsewhere",
    ],
)
def test_a_link_of_another_shape_or_to_another_release_states_nothing(text: str) -> None:
    assert found(text, "1.0") == []


def test_a_record_of_all_versions_may_show_any_file_of_its_project() -> None:
    assert found(LINK) == [(f"pkg:pypi/zz-ghost@1.0 {WHEEL}", BLAKE)]


def test_other_registries_have_no_such_viewer() -> None:
    npm = ProjectKey(ecosystem=Ecosystem.NPM, name="zz-ghost")

    assert list(viewed_files([LINK], npm, ())) == []


def test_a_text_of_links_only_is_read_so_far_and_no_further() -> None:
    text = f"{LINK}/ " * 6000

    assert len(found(text)) == 500


def document(**changes: object) -> dict[str, object]:
    package = {"ecosystem": "PyPI", "name": "zz-ghost"}
    return record(1, affected=[{"package": package, "versions": ["1.0"]} | changes])


def test_a_file_that_a_record_shows_is_known_and_not_accused() -> None:
    shown = document() | {
        "references": [{"type": "EVIDENCE", "url": f"{LINK}/setup.py#line.1"}],
        "details": f"Seen again in {LINK}/x and in {LINK.replace('ab/ab/', 'cd/ab/')}",
    }

    reading = read_record(shown, "osv-mal", Ecosystem.PYPI)

    assert [(said.claim, str(said.subject)) for said in reading.record.assertions] == [
        (Claim.MALICIOUS, "pkg:pypi/zz-ghost@1.0"),
        (Claim.KNOWN, f"pkg:pypi/zz-ghost@1.0 {WHEEL}"),
        (Claim.KNOWN, f"pkg:pypi/zz-ghost@1.0 {WHEEL}"),
    ]


def test_a_file_that_the_record_accuses_itself_is_not_said_twice() -> None:
    integrity = [{"filename": WHEEL, "hashes": {"blake2b_256": BLAKE, "sha256": "c" * 64}}]
    indicators = {"indicators": {"package_integrity": integrity}}
    shown = document(database_specific=indicators) | {"references": [{"url": LINK}]}

    reading = read_record(shown, "osv-mal", Ecosystem.PYPI)

    assert [said.claim for said in reading.record.assertions] == [Claim.MALICIOUS] * 2


@pytest.mark.parametrize("details", [5, ["x"], None, "", "x" * 2_000_000])
def test_details_of_another_kind_hide_nothing(details: object) -> None:
    reading = read_record(document() | {"details": details}, "osv-mal", Ecosystem.PYPI)

    assert len(reading.record.assertions) == 1
