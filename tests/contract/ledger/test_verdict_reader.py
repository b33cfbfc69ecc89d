"""A scan that reads a ledger directly gets the answers that the workers get."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from crawler.errors import StoreError
from crawler.model import RULES, Ecosystem, ProjectKey, VerdictState
from tests.contract.ledger.samples import GHOST, NOON, later, sha256, verdict
from tests.servers.ledgers import new_ledger
from workers.ledger import cursors, verdicts
from workers.ledger.ledger import Ledger
from workers.ledger.read_only import open_read_only
from workers.ledger.verdict_reader import VerdictReader

OTHER = ProjectKey(ecosystem=Ecosystem.NPM, name="@zz/other")
Open: TypeAlias = "Callable[[], AbstractContextManager[VerdictReader]]"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite"
    new_ledger(path).close()
    return path


@pytest.fixture
def own(file: Path) -> Iterator[Ledger]:
    ledger = Ledger.open(f"sqlite:///{file}")
    yield ledger
    ledger.close()


@pytest.fixture(params=["a scan", "the workers"])
def opened(file: Path, own: Ledger, request: pytest.FixtureRequest) -> Open:
    @contextmanager
    def by_scan() -> Iterator[VerdictReader]:
        with open_read_only(file) as reader:
            assert reader is not None
            yield reader

    @contextmanager
    def by_workers() -> Iterator[VerdictReader]:
        with own.read() as conn:
            yield verdicts.reader(conn)

    return by_scan if request.param == "a scan" else by_workers


def test_pins_find_verdicts_by_digest_release_and_project(own: Ledger, opened: Open) -> None:
    by_file = verdict(digest=sha256())
    by_release = verdict(version="2.0")
    by_project = verdict(VerdictState.REMOVED, version=None)
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (by_file, by_release, by_project)}, NOON)

    with opened() as reader:
        assert reader.for_pins(digests=[sha256().hex]) == (by_file,)
        assert reader.for_pins(releases=[(GHOST, "2.0.0")]) == (by_release,)
        assert reader.for_pins(projects=[GHOST, OTHER]) == (by_project,)
        assert reader.for_pins(digests=[sha256().hex], projects=[GHOST]) == (by_file, by_project)


def test_pins_find_the_ranges_of_their_project_whatever_version_they_state(
    own: Ledger, opened: Open
) -> None:
    by_range = verdict(version="vers:pypi/>=1.0|<2.0")
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (by_range, verdict(version="9.0"))}, NOON)

    with opened() as reader:
        assert reader.for_pins(releases=[(GHOST, "1.5")]) == (by_range,)
        assert reader.for_pins(releases=[(GHOST, "no version")]) == (by_range,)
        assert reader.for_pins(releases=[(OTHER, "1.5")]) == ()


def test_a_superseded_verdict_is_not_found(own: Ledger, opened: Open) -> None:
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(digest=sha256()),)}, NOON)
        verdicts.replace(conn, {GHOST: ()}, later(1))

    with opened() as reader:
        found = reader.for_pins(digests=[sha256().hex], projects=[GHOST], releases=[(GHOST, "1.0")])

    assert found == ()


def test_thousands_of_digests_are_looked_up_at_once(own: Ledger, opened: Open) -> None:
    digests = [sha256(f"{n:064x}") for n in range(3000)]
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(digest=digests[2999]),)}, NOON)

    with opened() as reader:
        found = reader.for_pins(digests=[digest.hex for digest in digests])

    assert found == (verdict(digest=digests[2999]),)


def test_it_says_whether_anything_is_known(own: Ledger, opened: Open) -> None:
    with opened() as reader:
        before = reader.knows_ghosts()
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(),)}, NOON)

    with opened() as reader:
        assert (before, reader.knows_ghosts()) == (False, True)


def test_it_names_the_projects_with_anything_malicious(own: Ledger, opened: Open) -> None:
    innocent = replace(verdict(), state=VerdictState.REMOVED)
    other = ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-removed")
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(),), other: (innocent,)}, NOON)

    with opened() as reader:
        assert reader.ghosts() == {"pypi/zz-ghost"}


def test_it_says_whether_anything_is_allowed(own: Ledger, opened: Open) -> None:
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(),)}, NOON)
    with opened() as reader:
        before = reader.has_allowances()
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(VerdictState.ALLOWED),)}, later(1))

    with opened() as reader:
        assert (before, reader.has_allowances()) == (False, True)


def test_verdicts_of_older_rules_are_told_from_those_of_today(own: Ledger, opened: Open) -> None:
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(),)}, NOON)
        verdicts.note_judged_by(conn, "1")
    with opened() as reader:
        before = reader.is_judged_by(RULES)
    with own.write() as conn:
        verdicts.note_judged_by(conn, RULES)

    with opened() as reader:
        assert (before, reader.is_judged_by(RULES)) == (False, True)


def test_it_gives_the_cursor_of_a_feed_and_when_it_answered(own: Ledger, opened: Open) -> None:
    with own.write() as conn:
        cursors.save_cursor(conn, "pypi-status", "{}", NOON)

    with opened() as reader:
        assert reader.cursor_of("pypi-status") == "{}"
        assert reader.cursor_of("osv-mal") is None
        assert [(one.feed, one.answered_at) for one in reader.ages()] == [("pypi-status", NOON)]


def test_a_scan_reads_while_another_process_writes(file: Path, own: Ledger) -> None:
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(),)}, NOON)

    with own.write() as conn, open_read_only(file) as reader:
        verdicts.replace(conn, {GHOST: ()}, later(1))

        assert reader is not None
        assert reader.for_pins(releases=[(GHOST, "1.0")]) == (verdict(),)


def test_a_scan_changes_no_ledger(file: Path) -> None:
    before = file.read_bytes()

    with open_read_only(file) as reader:
        assert reader is not None
        reader.knows_ghosts()
        with pytest.raises(StoreError, match="attempt to write a readonly database"):
            reader._ask("DELETE FROM verdict", ())

    assert file.read_bytes() == before


def test_a_ledger_of_another_revision_is_left_to_the_ledger(file: Path, own: Ledger) -> None:
    with own.write() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with open_read_only(file) as reader:
        assert reader is None


@pytest.mark.parametrize("content", [None, b"", b"no database at all, but long enough" * 30])
def test_a_file_that_is_no_ledger_is_left_to_the_ledger(
    content: bytes | None, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.sqlite"
    if content is not None:
        file.write_bytes(content)

    with open_read_only(file) as reader:
        assert reader is None


def test_a_table_that_is_gone_is_an_error_and_not_an_empty_answer(own: Ledger, file: Path) -> None:
    with own.write() as conn:
        conn.exec_driver_sql("DROP TABLE verdict_digest")

    with open_read_only(file) as reader:
        assert reader is not None
        with pytest.raises(
            StoreError, match="no such table: verdict_digest; try `ghostcrawl db check`"
        ):
            reader.for_pins(digests=[sha256().hex])


_MOUNT = ("unshare", "--mount", "--map-root-user")


def _can_mount() -> bool:
    return (
        shutil.which("unshare") is not None
        and subprocess.run([*_MOUNT, "true"], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.skipif(not _can_mount(), reason="needs a mount namespace")
@pytest.mark.parametrize(("unfinished", "known"), [(False, "True"), (True, "None")])
def test_a_ledger_on_a_read_only_medium_is_read_unless_a_part_lies_in_its_log(
    file: Path, own: Ledger, *, unfinished: bool, known: str
) -> None:
    with own.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(),)}, NOON)
    own.close()
    with closing(sqlite3.connect(file)) as held:
        if unfinished:
            held.execute("DELETE FROM verdict_digest")
            held.commit()
            for name in ("-wal", "-shm"):
                kept = file.with_name(f"{file.name}{name}.kept")
                kept.write_bytes(file.with_name(f"{file.name}{name}").read_bytes())
    if unfinished:
        Path(f"{file}-wal.kept").rename(f"{file}-wal")
    program = (
        "from pathlib import Path; from workers.ledger.read_only import open_read_only\n"
        f"with open_read_only(Path({str(file)!r})) as reader:\n"
        "    print(None if reader is None else reader.knows_ghosts())"
    )
    mount = f"mount --bind -o ro {file.parent} {file.parent} && exec {sys.executable} -c"

    ran = subprocess.run(
        [*_MOUNT, "sh", "-c", f'{mount} "$0"', program], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == known
