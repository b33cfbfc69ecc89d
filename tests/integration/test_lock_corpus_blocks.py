"""Real TOML locks read with a memo, cold and warm; skipped where the shared corpus is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler import pipeline
from crawler.lockfiles.interface import SharingParser
from crawler.lockfiles.memo import BlockMemo
from crawler.lockfiles.registry import SHARING
from crawler.matching import named_by
from crawler.model.block import SharedResult
from tests.values import REGISTRIES

CORPUS = Path(__file__).parents[2] / "../shared/corpus"
SLOWLY = b'# """\n'
"""In a text with three quotes nothing is read by its layout, not even in a comment."""
SHARED_AT_LEAST = {"uv": 1.0, "pylock": 0.9, "poetry": 0.85, "pdm": 1.0}
"""Of all files; the rest are broken on purpose."""

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")


@pytest.mark.slow
@pytest.mark.parametrize("parser", SHARING, ids=lambda parser: parser.format)
def test_cold_and_warm_readings_give_what_a_full_reading_gives(parser: SharingParser) -> None:
    memo = BlockMemo()
    paths = sorted(p for p in (CORPUS / "locks" / parser.format).rglob("*") if p.is_file())
    locks = [path.read_bytes() for path in paths]

    shared = 0
    for data in (*locks, *locks):
        full, result = parser.parse(SLOWLY + data), parser.parse(b"#\n" + data, memo)
        shared += isinstance(result, SharedResult)

        assert result == full
        assert named_by(result) == named_by(full)
        assert (
            pipeline.rejudge(result, lambda _: (), REGISTRIES).matches
            == pipeline.rejudge(full, lambda _: (), REGISTRIES).matches
        )

    assert shared / len(locks) / 2 >= SHARED_AT_LEAST[parser.format]
