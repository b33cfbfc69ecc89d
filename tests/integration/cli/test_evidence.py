"""A person packs the proof of a finding, and another one checks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import Played
from tests.servers.terminal import Terminal


def test_a_pack_of_what_is_not_there_says_what_to_do(seeded: Terminal) -> None:
    ran = seeded("evidence", "pack", "ffff")

    assert ran.code == 2
    assert "no finding begins with ffff; findings list shows their ids" in ran.err


@pytest.mark.parametrize("command", ["verify", "show"])
def test_a_file_that_is_no_pack_is_not_sound(
    seeded: Terminal, tmp_path: Path, command: str
) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK")

    ran = seeded("evidence", command, str(tmp_path / "x.zip"))

    assert ran.code == 1
    assert "this is no pack of ghostcrawl" in ran.err
    assert ran.out == ""


def test_a_pack_that_is_not_there_is_named(seeded: Terminal, tmp_path: Path) -> None:
    ran = seeded("evidence", "verify", str(tmp_path / "none.zip"))

    assert ran.code == 2
    assert "No such file or directory" in ran.err


def test_what_verify_has_kept_is_packed_without_asking_anybody_and_checked(
    played: Played, tmp_path: Path
) -> None:
    user = played.go_on(tmp_path / "user").user
    key = user("findings", "list", "--format", "jsonl").rows[0]["id"]
    pack = tmp_path / "pack.zip"

    packed = user("evidence", "pack", key[:16], "-o", str(pack))
    verified = user("evidence", "verify", str(pack))
    shown = user("evidence", "show", str(pack))
    pack.write_bytes(pack.read_bytes().replace(b"README", b"README".lower(), 1))
    changed = user("evidence", "verify", str(pack))

    assert (packed.code, verified.code, shown.code, changed.code) == (0, 0, 0, 1)
    assert "asking its host" not in packed.err
    assert "the commit in it names its author" in packed.err
    assert "intact: its hashes match" in verified.err
    assert "it is not signed, so anybody may have made it" in verified.err
    assert f"finding: {key}" in shown.out
    assert "@" not in shown.out
    assert "hxxps://" in shown.out
    assert "https://files" not in shown.out
    assert pack.stat().st_mode & 0o077 == 0
