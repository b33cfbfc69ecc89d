"""Real TOML locks read with a memo, cold and warm; skipped where the shared corpus is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.documents.packages import BlockMemo
from crawler.lockfiles.interface import SharingParser
from crawler.lockfiles.registry import SHARING

CORPUS = Path(__file__).parents[2] / "../shared/corpus"
LARGE = 1024 * 2**20
PACKAGES = {"uv": 2_000, "pylock": 600, "poetry": 1_600, "pdm": 400}
"""Texts of packages at least; a lock that is not cut adds none."""

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")


@pytest.mark.slow
@pytest.mark.parametrize("parser", SHARING, ids=lambda parser: parser.format)
def test_cold_and_warm_readings_give_what_a_full_reading_gives(parser: SharingParser) -> None:
    memo = BlockMemo(LARGE)
    paths = sorted(p for p in (CORPUS / "locks" / parser.format).rglob("*") if p.is_file())
    locks = [path.read_bytes() for path in paths]

    for data in (*locks, *locks):
        assert parser.parse(data, memo) == parser.parse(data)

    assert len(memo) >= PACKAGES[parser.format]
