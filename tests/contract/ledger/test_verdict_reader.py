"""The watch index answers what the ledger answers, however long the scan is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.errors import StoreError
from crawler.model import Ecosystem, ProjectKey, State
from tests.contract.ledger.samples import GHOST, NOON, later, sha256, verdict
from workers.ledger import cursors, verdicts
from workers.ledger.ledger import Ledger
from workers.ledger.watch import Watch

OTHER = ProjectKey(ecosystem=Ecosystem.NPM, name="@zz/other")


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sqlite_template, tmp_path / "ledger.sqlite"))


@pytest.fixture
def own(file: Path) -> Iterator[Ledger]:
    ledger = Ledger.open(f"sqlite:///{file}")
    yield ledger
    ledger.close()


@pytest.fixture(params=[0, 1_000_000], ids=["all loaded", "asked by index"])
def watch(file: Path, request: pytest.FixtureRequest) -> Iterator[Watch]:
    opened = Watch.open(file, worth_loading=request.param)
    assert opened is not None
    yield opened
    opened.close()


def test_pins_find_verdicts_by_digest_release_and_project(own: Ledger, watch: Watch) -> None:
    by_file = verdict(digest=sha256())
    by_release = verdict(version="2.0")
    by_project = verdict(State.REMOVED, version=None)
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (by_file, by_release, by_project)}, NOON)

    assert watch.for_pins(digests=[sha256().hex]) == (by_file,)
    assert watch.for_pins(releases=[(GHOST, "2.0.0")]) == (by_release,)
    assert watch.for_pins(projects=[GHOST, OTHER]) == (by_project,)
    assert watch.for_pins(digests=[sha256().hex], projects=[GHOST]) == (by_file, by_project)


def test_a_digest_that_only_begins_like_a_known_one_is_another_file(
    own: Ledger, watch: Watch
) -> None:
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(digest=sha256()),)}, NOON)

    found = watch.for_pins(digests=[sha256("cd" * 31 + "00").hex])

    assert found == ()


def test_a_superseded_verdict_is_not_found(own: Ledger, watch: Watch) -> None:
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(digest=sha256()),)}, NOON)
        verdicts.replace(conn, {GHOST: ()}, later(1))

    found = watch.for_pins(digests=[sha256().hex], projects=[GHOST], releases=[(GHOST, "1.0")])

    assert found == ()


def test_a_project_that_was_asked_for_before_is_found_again(own: Ledger, watch: Watch) -> None:
    by_project = verdict(version=None)
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (by_project,)}, NOON)

    first = watch.for_pins(projects=[GHOST, OTHER])
    second = watch.for_pins(projects=[OTHER, GHOST])

    assert first == second == (by_project,)


def test_it_says_whether_anything_is_known(own: Ledger, watch: Watch) -> None:
    before = watch.knows_ghosts()
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(),)}, NOON)

    assert (before, watch.knows_ghosts()) == (False, True)


def test_it_gives_the_cursor_of_a_feed(own: Ledger, watch: Watch) -> None:
    with own.write() as conn:
        cursors.save_cursor(conn, "pypi-status", "{}", NOON)

    assert watch.cursor_of("pypi-status") == "{}"
    assert watch.cursor_of("osv-mal") is None


def test_a_ledger_of_another_revision_is_left_to_the_ledger(file: Path, own: Ledger) -> None:
    with own.write() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    assert Watch.open(file) is None


@pytest.mark.parametrize("content", [None, b"", b"no database at all, but long enough" * 30])
def test_a_file_that_is_no_ledger_is_left_to_the_ledger(
    content: bytes | None, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.sqlite"
    if content is not None:
        file.write_bytes(content)

    assert Watch.open(file) is None


def test_a_table_that_is_gone_is_an_error_and_not_an_empty_answer(
    own: Ledger, watch: Watch
) -> None:
    with own.write() as conn:
        conn.exec_driver_sql("DROP TABLE verdict_digest")

    with pytest.raises(
        StoreError, match="no such table: verdict_digest; try `ghostcrawl db check`"
    ):
        watch.for_pins(digests=[sha256().hex])
