"""`scan --everywhere`: ghosts, their digests and their names in files that no parser reads are said, and accuse nobody."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from crawler.lockfiles.traces import digests_in, digests_of
from tests.integration.cli.test_scan_commands import write
from tests.integration.cli.test_scan_mentions import NAMED
from tests.servers.lure import GHOST
from tests.servers.terminal import Terminal

BY_DIGEST = f"has the digest of {GHOST.filename} of zz-ghost-lure (PyPI), known malware"
SHA256 = bytes.fromhex(GHOST.sha256)
EMPTY = hashlib.sha256(b"").hexdigest()


def test_a_digest_of_a_ghost_is_said_in_every_spelling_and_nowhere_a_finding(
    seeded: Terminal, tmp_path: Path
) -> None:
    app = write(
        tmp_path / "app",
        {
            "recipe.ebuild": f"\n\nSHA = {GHOST.sha256.upper()}\n",
            "BUCK": f'integrity = "sha256-{base64.b64encode(SHA256).decode()}"\n',
            "distinfo": f"SHA256 (x) = {GHOST.sha256}\n",
            "other": f"SHA256 (x) = {'0' * 64}\n",
        },
    )

    plain = seeded("scan", str(app))
    ran = seeded("scan", str(app), "--everywhere", "--format", "json")

    assert (plain.code, ran.code) == (0, 0)
    assert "1 other file not searched; --everywhere does" in plain.err
    assert BY_DIGEST not in plain.err
    assert "not searched" not in ran.err
    told = json.loads(ran.out)
    assert told["findings"] == []
    assert {one["reason"] for one in told["not_looked_at"]} == {f"{BY_DIGEST}; not decided"}
    where = [one["where"] for one in told["not_looked_at"]]
    assert where == [["BUCK line 1"], ["distinfo line 1"], ["recipe.ebuild line 3"]]


def test_a_scan_hashes_archives_and_reads_digests_in_what_it_opens_anyway(
    seeded: Terminal, tmp_path: Path
) -> None:
    build = f'http_file(sha256 = "{GHOST.sha256}", urls = [MIRROR])\n'
    app = write(tmp_path / "app", {"WORKSPACE": build, "wheels/x.whl": "good"})

    ran = seeded("scan", str(app))

    assert ran.code == 0
    assert f"WORKSPACE line 1: {BY_DIGEST}" in ran.err
    assert "not looked at (1):" in ran.err


def test_what_is_excluded_or_committed_only_is_not_searched(
    seeded: Terminal, tmp_path: Path
) -> None:
    app = write(tmp_path / "app", {"distinfo": f"SHA256 (x) = {GHOST.sha256}\n"})

    left = seeded("scan", str(app), "--everywhere", "--exclude", "dist*")
    refused = seeded("scan", str(app), "--everywhere", "--refs", "all")

    assert BY_DIGEST not in left.err
    assert refused.code == 2
    assert "--everywhere searches the working tree; leave out --refs" in refused.err


def test_a_name_with_a_malicious_version_is_said_in_any_text_and_archives_are_not_opened(
    seeded: Terminal, tmp_path: Path
) -> None:
    app = write(tmp_path / "app", {"hooks/run": "x install zz-ghost-lure==1.0.0\n", "a.tgz": "x"})
    (app / "setup.bat").write_bytes("@echo off\npip install zz-ghost-lure>=1.0.0".encode("utf-16"))

    ran = seeded("scan", str(app), "--everywhere")

    assert f"hooks/run line 1: {NAMED}" in ran.err
    assert "setup.bat line 2: `>=1.0.0` of zz-ghost-lure (PyPI) allows 1.0.0" in ran.err
    assert "a.tgz: an archive: what it requires or bundles is not read" in ran.err


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (EMPTY, EMPTY),
        (EMPTY.upper(), EMPTY),
        (f"/packages/{EMPTY[:2]}/{EMPTY[2:4]}/{EMPTY[4:]}/zz-1.0.tar.gz", EMPTY),
        ("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", EMPTY),
        ("0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73", EMPTY),
        (f"a{EMPTY}", None),
        (f"{EMPTY}0", None),
        ("e" * 52, None),
    ],
)
def test_a_digest_is_read_however_it_is_written(text: str, digest: str | None) -> None:
    """The digest of nothing in the base 32 of Nix is that which `nix hash` prints."""
    assert digest in {found for found, _ in digests_in(text.encode())} | {None}


def test_the_digests_of_a_file_are_those_by_which_feeds_name_files() -> None:
    assert digests_of(b"")[0] == EMPTY
    assert digests_of(b"")[1].startswith("cf83e1357eefb8bd")
    assert digests_of(b"")[2].startswith("0e5751c026e543b2")
