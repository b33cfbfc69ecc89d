from __future__ import annotations

from pathlib import Path

from benchmarks.peers import Peers, install, peers_in


def test_without_a_folder_all_peers_are_absent() -> None:
    assert peers_in(None).absent == ("syft", "pip_audit", "uv", "cdxgen")


def test_peers_are_found_where_their_clients_put_them(tmp_path: Path) -> None:
    syft = tmp_path / "py/bin/syft"
    cdxgen = tmp_path / "npm/node_modules/.bin/cdxgen"
    for program in (syft, cdxgen):
        program.parent.mkdir(parents=True)
        program.write_bytes(b"")

    assert peers_in(tmp_path) == Peers(syft=syft, cdxgen=cdxgen)


def test_they_are_installed_by_the_ordinary_clients_without_running_their_scripts(
    tmp_path: Path,
) -> None:
    said: list[list[str]] = []

    install(tmp_path, lambda words: said.append([str(word) for word in words]))

    assert [words[-1] for words in said] == [str(tmp_path / "py"), "uv", "@cyclonedx/cdxgen"]
    assert "--ignore-scripts" in said[-1]
