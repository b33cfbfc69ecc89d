"""Files that others include, by whatever name: pip's options, and what manifests have in place of them."""

from __future__ import annotations

import pytest

from crawler.lockfiles import included_by, may_include, parse
from crawler.model import Readable

DYNAMIC = "[tool.setuptools.dynamic]\n"
HOOK = "[tool.hatch.metadata.hooks.requirements_txt]\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements.txt", "-r far/list\n"),
        ("requirements.in", "--constraint=far/list\n"),
        ("pyproject.toml", f'{DYNAMIC}dependencies = {{ file = "far/list" }}'),
        ("pyproject.toml", f'{DYNAMIC}optional-dependencies.a = {{ file = ["far/list"] }}'),
        ("pyproject.toml", f'{HOOK}files = ["far/list"]'),
        ("pyproject.toml", f'{HOOK}optional-dependencies.a = ["far/list"]'),
        ("pyproject.toml", '[tool.tox.env.a]\ndeps = ["-r far/list"]'),
        ("pyproject.toml", '[tool.tox]\nlegacy_tox_ini = "[testenv]\\ndeps = -r far/list"'),
        ("hatch.toml", '[metadata.hooks.requirements_txt]\nfilename = "far/list"'),
        ("tox.toml", '[env_run_base]\ndeps = ["-c{tox_root}/far/list"]'),
        ("tox.ini", "[testenv]\ndeps =\n  py311: -r{toxinidir}/far/list\n"),
        ("setup.cfg", "[options]\ninstall_requires = file: far/list\n"),
        ("setup.cfg", "[options]\ninstall_requires =\n  a\n[tox:tox]\nrequires =\n  -rfar/list\n"),
        ("setup.cfg", "[options.extras_require]\na = file: requirements.txt, far/list\n"),
        ("environment.yml", "dependencies:\n- pip:\n  - -r far/list\n"),
        (".readthedocs.yaml", "python:\n  install:\n  - requirements: far/list\n"),
        ("pip.conf", "[install]\nrequirement = far/list\n"),
        ("noxfile.py", 'import nox\ndef a(s):\n    s.install("zz", "-r", "far/list")\n'),
        (
            "noxfile.py",
            'import nox\ndef a(s):\n    s.run("pip", "install", "--constraint=far/list")\n',
        ),
        ("setup.py", 'setup(install_requires=open("far/list").read().split())'),
        (
            "setup.py",
            'with open("far/list") as f:\n    needs = [l for l in f]\nsetup(install_requires=needs)',
        ),
        ("setup.py", 'setup(extras_require={"a": read(join(here, "far", "list"))})'),
        ("setup.py", 'setup(install_requires=(HERE / "far/list").read_text().split())'),
        (
            "setup.py",
            'def f():\n    return open("far/list").readlines()\nsetup(install_requires=f())',
        ),
    ],
)
def test_a_file_that_is_included_is_followed_and_said(path: str, text: str) -> None:
    included = included_by(f"a/{path}", text.encode())

    assert ("a/far/list", "requirements.txt") in [(one.path, one.read_as) for one in included]
    assert may_include(path)
    assert "far/list" in {note.at for note in parse(path, text.encode()).skipped}


@pytest.mark.parametrize(
    ("path", "text", "lock"),
    [
        (".yarnrc.yml", "lockfileFilename: far/deps.bin\n", "yarn.lock"),
        ("deno.json", '{"lock": "far/deps.bin"}', "deno.lock"),
        ("deno.jsonc", '{"lock": {"path": "./far/deps.bin"}}', "deno.lock"),
    ],
)
def test_a_lock_to_which_settings_give_another_name_is_followed_as_what_it_is(
    path: str, text: str, lock: str
) -> None:
    (included,) = included_by(path, text.encode())

    assert (included.path, included.read_as) == ("far/deps.bin", lock)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", f'{DYNAMIC}dependencies = {{ file = ["requirements.txt"] }}'),
        ("setup.cfg", "[options]\ninstall_requires = file: requirements/base.txt\n"),
        ("tox.ini", "[testenv]\ndeps = -r requirements-dev.txt\n"),
        ("environment.yml", "dependencies:\n- pip:\n  - -r requirements.txt\n"),
    ],
)
def test_of_a_manifest_nothing_is_left_out_where_the_name_of_the_included_file_tells_it(
    path: str, text: str
) -> None:
    result = parse(path, text.encode())

    assert (result.readable, result.skipped) == (Readable.FULLY, ())


def test_what_a_setup_script_reads_for_other_things_is_not_included() -> None:
    script = (
        b'text = open("README.md").read()\nsetup(long_description=text, install_requires=["a"])'
    )

    assert included_by("setup.py", script) == ()


@pytest.mark.parametrize("way", ["/etc/x", "../../x", "..", "", "'a\\x'", "https://host.example/x"])
def test_nothing_outside_of_the_repository_is_included(way: str) -> None:
    assert included_by("a/requirements.txt", f"-r {way}\n".encode()) == ()
