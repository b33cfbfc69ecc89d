"""What `pip install .` installs."""

from __future__ import annotations

import subprocess
import sys
from email import message_from_bytes
from email.message import Message
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    find_spec("hatchling") is None, reason="hatchling, which builds the wheel, is not installed"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return ZipFile(built)


def metadata(wheel: ZipFile) -> Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return message_from_bytes(wheel.read(name))


def test_a_wheel_holds_the_typed_packages_and_nothing_else(wheel: ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "crawler",
        "feeds",
        "workers",
    }
    for top in ("crawler", "feeds", "workers"):
        assert wheel.read(f"{top}/py.typed") == b""
    for file in ("templates/base.html", "static/console.css", "static/console.js"):
        assert wheel.read(f"workers/console/{file}")


def test_a_wheel_says_that_it_wants_an_environment_of_its_own(wheel: ZipFile) -> None:
    told = metadata(wheel)

    assert "environment of its own" in str(told["Summary"])
    assert "environment of its own" in str(told.get_payload())


def test_a_wheel_asks_for_nothing_that_only_tests_need(wheel: ZipFile) -> None:
    asked = {Requirement(line).name for line in metadata(wheel).get_all("Requires-Dist", [])}

    assert "httpx" in asked
    assert not asked & {"graphql-core", "hatchling", "hypothesis", "pytest", "uv"}


def test_the_files_that_the_program_reads_are_in_the_wheel(wheel: ZipFile) -> None:
    kept = [
        f"{path.relative_to(ROOT)}"
        for top in ("crawler", "feeds", "workers")
        for path in (ROOT / top).rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".py"}
    ]

    assert {"crawler/reporting/finding-v1.schema.json", "workers/py.typed"} <= set(kept)
    assert set(kept) <= set(wheel.namelist())
