"""The keys by which the ledger finds releases."""

from __future__ import annotations

import pytest

from crawler.model import Ecosystem
from workers.ledger.sql.keys import release


@pytest.mark.parametrize("version", ["1.0", "v1", "1.0.0"])
def test_spellings_of_one_release_have_one_key(version: str) -> None:
    assert release(Ecosystem.PYPI, version) == "1"


@pytest.mark.parametrize("version", ["9" * 5_000, "\uff11.0", "", "\x00"])
def test_a_version_that_python_cannot_read_is_its_own_key(version: str) -> None:
    assert release(Ecosystem.PYPI, version) == version
