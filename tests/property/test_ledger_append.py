from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from crawler.model import Assertion, Claim, Ecosystem, ProjectKey, Record
from tests.contract.ledger.samples import NOON, later, said
from workers.ledger import assertions, current_assertions
from workers.ledger.ledger import Ledger
from workers.ledger.tables import assertion

PROJECTS = [ProjectKey(ecosystem=Ecosystem.PYPI, name=f"zz-{letter}") for letter in "ab"]


@st.composite
def states(draw: st.DrawFn) -> list[Record]:
    """Some records in some states, each state observed at its own time."""
    made = []
    for record_id in ("MAL-1", "MAL-2"):
        for hour in range(draw(st.integers(0, 3))):
            pairs = draw(
                st.sets(
                    st.tuples(
                        st.sampled_from(PROJECTS),
                        st.sampled_from(["1.0", "2.0", None]),
                        st.sampled_from([Claim.MALICIOUS, Claim.QUARANTINED]),
                    ),
                    min_size=1,
                )
            )
            stated = tuple(
                said(
                    claim,
                    project=project,
                    version=version,
                    record_id=record_id,
                    observed_at=later(hour),
                )
                for project, version, claim in sorted(pairs, key=str)
            )
            made.append(Record(id=record_id, assertions=stated))
    return made


@contextmanager
def empty(template: Path) -> Iterator[Connection]:
    ledger = Ledger.open(f"sqlite:///{template}")
    with ledger.write() as conn:
        outer = conn.begin_nested()
        yield conn
        outer.rollback()
    ledger.close()


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        ledger = Ledger.open(f"sqlite:///{path}")
        ledger.upgrade()
        ledger.close()
        yield path


def standing(conn: Connection) -> set[tuple[str, str, Claim]]:
    held: list[Assertion] = [
        one for _, found in current_assertions.of_projects(conn, PROJECTS) for one in found
    ]
    return {(one.record_id, str(one.subject), one.claim) for one in held if not one.retracted_at}


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=50,
)
@given(stated=states())
def test_appending_again_changes_nothing(template: Path, stated: list[Record]) -> None:
    with empty(template) as conn:
        for one in stated:
            assertions.append(conn, "osv-mal", [one], NOON)
        rows = conn.scalar(select(func.count()).select_from(assertion))

        changed = assertions.append(conn, "osv-mal", stated, later(9))

        assert changed == frozenset()
        assert conn.scalar(select(func.count()).select_from(assertion)) == rows


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=50,
)
@given(data=st.data(), stated=states())
def test_what_stands_does_not_depend_on_the_order_of_pages(
    template: Path, data: st.DataObject, stated: list[Record]
) -> None:
    shuffled = data.draw(st.permutations(stated))
    size = data.draw(st.integers(1, 6))
    newest = {one.id: one for one in stated}
    expected = {
        (one.record_id, str(one.subject), one.claim)
        for record in newest.values()
        for one in record.assertions
    }

    with empty(template) as conn:
        for start in range(0, len(shuffled), size):
            assertions.append(conn, "osv-mal", shuffled[start : start + size], NOON)

        assert standing(conn) == expected
