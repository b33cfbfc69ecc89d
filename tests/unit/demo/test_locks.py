import tomllib
from dataclasses import replace

from workers.demo.locks import MIRROR, RegistryAddress, pin, pylock, script_lock, sourced, uv_lock
from workers.demo.model import WorldFile

_FILE = WorldFile(
    filename="zz_ghost_a-1.0.0-py3-none-any.whl",
    data=b"harmless",
    uploaded_at="2026-06-01T10:00:00Z",
)
_SHA256 = "98fc5211ecf54bc9bd57f0045e0d0ee488c5472c94ee22cc1580b081d04cc4ac"
_PATH = "/packages/bf/b6/61cc58c5cfcbf26db2b0d7b08d113317eb3049ed7b43f8be0dbb104baa63/zz_ghost_a-1.0.0-py3-none-any.whl"


def test_a_lock_reads_as_uv_writes_it() -> None:
    entry = pin("zz-ghost-a", "1.0.0", [_FILE])

    text = uv_lock("app", [entry]).decode()

    assert (
        text
        == f"""\
version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "zz-ghost-a"
version = "1.0.0"
source = {{ registry = "https://index.example/simple" }}
wheels = [
    {{ url = "https://files.index.example{_PATH}", hash = "sha256:{_SHA256}", size = 8, upload-time = "2026-06-01T10:00:00Z" }},
]

[[package]]
name = "app"
version = "0.1.0"
source = {{ virtual = "." }}
dependencies = [
    {{ name = "zz-ghost-a" }},
]

[package.metadata]
requires-dist = [{{ name = "zz-ghost-a" }}]
"""
    )


def test_a_mirror_keeps_the_digest_path() -> None:
    lock = tomllib.loads(uv_lock("app", [pin("zz-ghost-a", "1.0.0", [_FILE], MIRROR)]).decode())

    assert lock["package"][0]["source"] == {"registry": "https://mirror.example/simple"}
    assert lock["package"][0]["wheels"][0]["url"] == f"https://mirror.example{_PATH}"


def test_a_flat_mirror_has_project_and_version_in_the_path() -> None:
    flat = RegistryAddress(
        registry="https://private.example/simple",
        files="https://private.example/f",
        digest_path=False,
    )

    entry = pin("zz-ghost-a", "1.0.0", [_FILE], flat)

    assert entry.artifacts[0].url == (
        "https://private.example/f/zz-ghost-a/1.0.0/zz_ghost_a-1.0.0-py3-none-any.whl"
    )


def test_hashes_and_upload_times_can_be_left_out() -> None:
    entry = pin("zz-ghost-a", "1.0.0", [_FILE]).without_hashes().without_upload_times()

    lock = tomllib.loads(uv_lock("app", [entry], revision=1).decode())

    assert lock["revision"] == 1
    assert set(lock["package"][0]["wheels"][0]) == {"url", "size"}


def test_a_source_other_than_a_registry_has_no_files() -> None:
    entry = sourced("zz-ghost-a", "1.0.0", "editable", "libs/a")

    lock = tomllib.loads(uv_lock("app", [entry]).decode())

    assert lock["package"][0] == {
        "name": "zz-ghost-a",
        "version": "1.0.0",
        "source": {"editable": "libs/a"},
    }


def test_specifiers_constraints_and_comments_pin_nothing() -> None:
    text = uv_lock(
        "app",
        [],
        specifiers=[("zz-ghost-a", "!=1.0.0")],
        constraints=[("zz-ghost-b", "!=2.0.0")],
        comment="zz-ghost-c 3.0.0",
    ).decode()

    lock = tomllib.loads(text)

    assert [package["name"] for package in lock["package"]] == ["app"]
    assert lock["manifest"] == {"constraints": [{"name": "zz-ghost-b", "specifier": "!=2.0.0"}]}
    assert lock["package"][0]["metadata"]["requires-dist"] == [
        {"name": "zz-ghost-a", "specifier": "!=1.0.0"}
    ]
    assert text.startswith("# zz-ghost-c 3.0.0\n")


def test_a_script_lock_has_its_requirements_in_the_manifest_and_no_root() -> None:
    lock = tomllib.loads(script_lock([pin("zz-ghost-a", "1.0.0", [_FILE])]).decode())

    assert lock["manifest"] == {"requirements": [{"name": "zz-ghost-a"}]}
    assert [package["name"] for package in lock["package"]] == ["zz-ghost-a"]


def test_a_pylock_states_index_url_and_hashes() -> None:
    sdist = replace(_FILE, filename="zz_ghost_a-1.0.0.tar.gz")

    lock = tomllib.loads(pylock([pin("zz-ghost-a", "1.0.0", [_FILE, sdist])]).decode())

    package = lock["packages"][0]
    assert lock["lock-version"] == "1.0"
    assert package["index"] == "https://index.example/simple"
    assert package["wheels"][0]["hashes"] == {"sha256": _SHA256}
    assert package["sdist"]["url"].endswith("/zz_ghost_a-1.0.0.tar.gz")
