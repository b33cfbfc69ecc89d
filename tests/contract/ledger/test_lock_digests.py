"""What stored locks teach about the files of an accused release."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import event

from crawler.model import Ecosystem, Pin, Registry
from crawler.verdicts.judge import judge
from tests.contract.ledger.samples import BLAKE, GHOST, NOON, SHA, lock, pin, said
from workers.ledger import locks
from workers.ledger.ledger import Ledger
from workers.steps.lock_digests import files_from_locks

REGISTRIES = {
    Ecosystem.PYPI: Registry(
        ecosystem=Ecosystem.PYPI,
        index_url="https://index.example/simple/",
        file_hosts=frozenset({"files.index.example"}),
    )
}


def taught(ledger: Ledger, *pins: Pin, version: str | None = "1.0") -> list[tuple[str, ...]]:
    accused = judge(GHOST, [said(version=version)], NOON)
    with ledger.write() as conn:
        locks.store_many(conn, [lock("1" * 40, *pins)], NOON, parser_version="1")
        found = files_from_locks(conn, accused, REGISTRIES)
    return [tuple(d.hex for d in file.digests) for files in found.values() for file in files]


def test_a_lock_line_teaches_both_digests_of_a_file(ledger: Ledger) -> None:
    assert taught(ledger, pin()) == [(BLAKE, SHA)]


def test_a_file_of_another_host_teaches_nothing(ledger: Ledger) -> None:
    elsewhere = replace(pin(), url=str(pin().url).replace("files.index", "files.evil"))

    assert taught(ledger, elsewhere) == []


def test_a_file_of_another_project_under_this_name_teaches_nothing(ledger: Ledger) -> None:
    assert taught(ledger, pin(filename="requests-2.0-py3-none-any.whl")) == []


def test_of_a_project_accused_as_a_whole_nothing_is_learned(ledger: Ledger) -> None:
    assert taught(ledger, pin(), version=None) == []


def test_releases_that_no_lock_pins_cost_few_questions(ledger: Ledger) -> None:
    accused = [one for n in range(1000) for one in judge(GHOST, [said(version=f"2.{n}")], NOON)]
    statements: list[str] = []
    event.listen(ledger._engine, "before_cursor_execute", lambda *a: statements.append(str(a[2])))

    with ledger.read() as conn:
        found = files_from_locks(conn, accused, REGISTRIES)

    assert (len(accused), found) == (1000, {})
    assert len(statements) < 10
