"""A small run of `benchmarks.scan`."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import scan
from benchmarks.generate import locks, population


def test_a_folder_without_a_checkout_to_compare_with_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="2"):
        scan.main([str(tmp_path)])


@pytest.mark.slow
@pytest.mark.timeout(600)  # a benchmark, on two checkouts
def test_two_checkouts_scan_the_same_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = str(Path(scan.__file__).resolve().parents[1])
    for path, data in locks("uv", population(7, 40), seed=3, count=2):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_bytes(data)

    scan.main(["--rounds", "1", "--against", here, str(tmp_path)])

    told = capsys.readouterr().out.splitlines()
    assert told[1].count("2 locks") == 2
    assert told[2].split()[-6] == "met"
