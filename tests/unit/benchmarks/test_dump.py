"""A small run of `benchmarks.dump`."""

from __future__ import annotations

import pytest

from benchmarks import dump


@pytest.mark.slow
def test_a_small_dump_is_seeded_twice_within_its_memory(capsys: pytest.CaptureFixture[str]) -> None:
    dump.main(["--records", "1500"])

    told = [line for line in capsys.readouterr().out.splitlines() if "time: MB" in line]
    assert [line.partition(":")[0] for line in told] == ["the first time", "the second time"]
    assert all("<= 300  met" in line for line in told)
