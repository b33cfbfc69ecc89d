"""Manifests: what they state exactly is a pin, what they leave to the index is none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.lockfiles import settings_in
from crawler.lockfiles.registry import MANIFEST_FORMATS, is_lock, parse
from crawler.model import ParseResult, Pin, Readable

DATA = Path(__file__).parents[2] / "data" / "locks"
FILE = "zz_ghost_pkg-1.0.0-py3-none-any.whl"
DIGEST_PATH = "78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3/" + FILE
URL = f"https://files.index.example/packages/{DIGEST_PATH}"

OF_JAVASCRIPT = {"package-json", "package-yaml", "pnpm-workspace", "deno-json"}


def read(format_id: str) -> ParseResult:
    """Return what the sample pins, without what it says of indexes and includes."""
    (path,) = (DATA / format_id).glob("plain.*")
    result = parse(path.name.removeprefix("plain."), path.read_bytes())
    asked = settings_in(result.pins)
    return replace(result, pins=tuple(pin for pin in result.pins if pin not in asked))


def told(pins: tuple[Pin, ...]) -> list[str]:
    """Return `name==version` of each pin, or `name @ file` of one with a URL, or its kind."""
    return [
        f"{pin.name} @ {pin.filename}"
        if pin.url
        else f"{pin.name}=={pin.version}"
        if pin.version
        else f"{pin.name} {pin.origin.kind}"
        for pin in pins
    ]


@pytest.mark.parametrize(
    ("format_id", "pins"),
    [
        ("requirements-input", [f"zz-ghost-pkg @ {FILE}", "zz-exact==1.2.0"]),
        (
            "pipfile-manifest",
            [
                f"zz-ghost-pkg @ {FILE}",
                "zz-exact==1.2.0",
                "zz-own==1.0.0",
                "zz-vcs git",
                "zz-docs==3.0.0",
            ],
        ),
        ("pixi-manifest", ["zz-exact==1.2.0", f"zz-ghost-pkg @ {FILE}", "zz-test==2.0.0"]),
        ("hatch-manifest", ["zz-exact==1.2.0", f"zz-ghost-pkg @ {FILE}", "zz-hook==3.0.0"]),
        (
            "tox-manifest",
            [
                "zz-plugin==3.0.0",
                "zz-exact==1.2.0",
                f"zz-ghost-pkg @ {FILE}",
                "zz-lint==6.0.0",
            ],
        ),
        (
            "setup-cfg",
            [
                f"zz-ghost-pkg @ {FILE}",
                "zz-exact==1.2.0",
                "zz-setup==2.0.0",
                "zz-test==4.0.0",
                "zz-tox==5.0.0",
                "zz-lint==6.0.0",
            ],
        ),
        (
            "setup-py",
            [
                "zz-exact==1.2.0",
                f"zz-ghost-pkg @ {FILE}",
                "zz-test==4.0.0",
                "zz-link-1-0 @ zz_link-1.0.tar.gz",
            ],
        ),
        (
            "noxfile",
            ["zz-exact==1.2.0", f"zz-ghost-pkg @ {FILE}", "zz-lint==2.0.0", "zz-run==3.0.0"],
        ),
        ("conda-environment", ["zz-exact==1.2.0", f"zz-ghost-pkg @ {FILE}"]),
        (
            "pre-commit",
            [
                "zz-exact==1.2.0",
                f"zz-ghost-pkg @ {FILE}",
                "zz-node==2.0.0",
                "@zz/scoped==3.0.0",
            ],
        ),
        (
            "package-json",
            [
                "@zz/b==6.0.0",
                "zz-d==7.0.0",
                "zz-overridden==1.0.1",
                "zz-around==5.0.0",
                "zz-inside==5.1.0",
                "zz-exact==1.2.0",
                "zz-ghost-pkg @ zz-ghost-pkg-1.0.0.tgz",
                "@zz/real==2.0.0",
                "zz-dev==3.0.0-beta.1",
                "zz-vcs git",
                "zz-catalog==8.0.0",
                "zz-peer==4.0.0",
            ],
        ),
        (
            "pnpm-workspace",
            [
                "zz-exact==1.2.0",
                "zz-real==3.0.0",
                "zz-config==4.0.0",
                "@zz/scoped==2.0.0",
                "zz-extended==5.0.0",
            ],
        ),
        ("package-yaml", ["zz-exact==1.2.0", "@zz/real==2.0.0", "zz-extended==5.0.0"]),
        ("deno-json", ["zz-exact==1.2.0", "@zz/real==2.0.0", "zz-scoped==3.0.0"]),
    ],
)
def test_what_is_stated_exactly_is_a_pin_and_nothing_else(format_id: str, pins: list[str]) -> None:
    result = read(format_id)

    assert result.readable is Readable.FULLY
    assert told(result.pins) == pins
    assert all("manifest" in pin.flags for pin in result.pins)


@pytest.mark.parametrize("format_id", sorted(MANIFEST_FORMATS - OF_JAVASCRIPT))
def test_a_file_url_in_a_manifest_of_python_keeps_its_digest_in_the_path(format_id: str) -> None:
    urls = [pin.url for pin in read(format_id).pins if pin.filename == FILE]

    assert {(url or "").partition("#")[0] for url in urls} == {URL}


@pytest.mark.parametrize("format_id", sorted(MANIFEST_FORMATS - {"pyproject"}))
def test_a_pin_stands_on_a_line_that_names_it(format_id: str) -> None:
    (path,) = (DATA / format_id).glob("plain.*")
    lines = path.read_text().split("\n")

    for pin in read(format_id).pins:
        assert pin.lines is not None
        there = "\n".join(lines[pin.lines.first - 1 : pin.lines.last])
        assert (pin.version or pin.filename or (pin.name or "").removesuffix("-1-0")) in there


def pyproject(text: str) -> list[str]:
    return told(parse("pyproject.toml", text.encode()).pins)


@pytest.mark.parametrize(
    ("table", "pin"),
    [
        ('[project]\ndependencies = ["zz-ghost==1.0.0"]', "zz-ghost==1.0.0"),
        ('[project]\ndependencies = ["zz-ghost>=1.0.0,<=1.0.0"]', "zz-ghost==1.0.0"),
        ('[tool.poetry.dependencies]\nzz-ghost = ">=1.0.0,<=1.0.0"', "zz-ghost==1.0.0"),
        ('[project.optional-dependencies]\na = ["zz-ghost===1.0.0"]', "zz-ghost==1.0.0"),
        ('[dependency-groups]\na = ["zz-ghost==1.0.0 ; sys_platform"]', "zz-ghost==1.0.0"),
        ('[build-system]\nrequires = ["zz-ghost==1.0.0"]', "zz-ghost==1.0.0"),
        ('[tool.uv]\noverride-dependencies = ["zz-ghost==1.0.0"]', "zz-ghost==1.0.0"),
        ('[tool.uv]\nconstraint-dependencies = ["zz-ghost==1.0.0"]', "zz-ghost==1.0.0"),
        ('[tool.uv.extra-build-dependencies]\nzz = ["zz-ghost==1.0.0"]', "zz-ghost==1.0.0"),
        (
            '[tool.uv.extra-build-dependencies]\nzz = [{ requirement = "zz-ghost==1.0.0" }]',
            "zz-ghost==1.0.0",
        ),
        (f'[tool.uv.sources]\nzz-ghost = {{ url = "{URL}" }}', f"zz-ghost @ {FILE}"),
        ('[tool.poetry.dependencies]\nzz-ghost = "1.0.0"', "zz-ghost==1.0.0"),
        ('[tool.poetry.group.a.dependencies]\nzz-ghost = "==1.0.0"', "zz-ghost==1.0.0"),
        ('[tool.poetry.dependencies]\nzz-ghost = { version = "1.0.0" }', "zz-ghost==1.0.0"),
        ('[tool.poetry.requires-plugins]\nzz-ghost = "1.0.0"', "zz-ghost==1.0.0"),
        ('[tool.pdm.dev-dependencies]\na = ["zz-ghost==1.0.0"]', "zz-ghost==1.0.0"),
        ('[tool.pdm.resolution.overrides]\nzz-ghost = "1.0.0"', "zz-ghost==1.0.0"),
        (f'[tool.pdm.resolution.overrides]\nzz-ghost = "{URL}"', f"zz-ghost @ {FILE}"),
        ('[tool.hatch.envs.a]\ndependencies = ["zz-ghost==1.0.0"]', "zz-ghost==1.0.0"),
        ('[tool.hatch.build.targets.wheel]\ndependencies = ["zz-ghost==1.0.0"]', "zz-ghost==1.0.0"),
        ('[tool.rye]\ndev-dependencies = ["zz-ghost==1.0.0"]', "zz-ghost==1.0.0"),
        ('[tool.flit.metadata]\nrequires = ["zz-ghost==1.0.0"]', "zz-ghost==1.0.0"),
        ('[tool.pixi.pypi-dependencies]\nzz-ghost = "==1.0.0"', "zz-ghost==1.0.0"),
        *(
            (f'[tool.{table}]\n{key} = ["zz-ghost==1.0.0"]', "zz-ghost==1.0.0")
            for table, key in (
                ("hatch.envs.a.overrides", "platform.linux.dependencies"),
                ("hatch.envs.a.overrides", "env.CI.set-dependencies"),
                ("hatch.envs.a.overrides.name.'^x'", "extra-dependencies"),
                ("cibuildwheel", "test-requires"),
                ("cibuildwheel.linux", "test-requires"),
                ("briefcase", "requires"),
                ("briefcase.app.a", "test_requires"),
                ("briefcase.app.a.macOS", "requires"),
                ("briefcase.app.a.linux.flatpak", "requires"),
                ("briefcase.app.a.linux.system.debian", "requires"),
                ("tox", "requires"),
                ("tox.env_run_base", "deps"),
                ("tox.env.a", "deps"),
                ("scikit-build", "build.requires"),
            )
        ),
        (
            '[tool.hatch.envs.a.overrides]\nmatrix.b.dependencies = [{ value = "zz-ghost==1.0.0", if = ["c"] }]',
            "zz-ghost==1.0.0",
        ),
        (
            '[[tool.cibuildwheel.overrides]]\nselect = "*"\ntest-requires = "pytest zz-ghost==1.0.0"',
            "zz-ghost==1.0.0",
        ),
        (
            '[tool.tox]\nlegacy_tox_ini = """\n[testenv]\ndeps =\n  zz-ghost==1.0.0\n"""',
            "zz-ghost==1.0.0",
        ),
        (
            '[[tool.uv.dependency-metadata]]\nname = "a"\nrequires-dist = ["zz-ghost==1.0.0"]',
            "zz-ghost==1.0.0",
        ),
        ('[tool.poetry.build-constraints]\na = { zz-ghost = "1.0.0" }', "zz-ghost==1.0.0"),
        (
            '[tool.pixi.pypi-options.dependency-overrides]\nzz-ghost = "==1.0.0"',
            "zz-ghost==1.0.0",
        ),
    ],
)
def test_every_table_of_pyproject_that_a_tool_installs_from_is_read(table: str, pin: str) -> None:
    assert pyproject(table) == [pin]


@pytest.mark.parametrize(
    "table",
    [
        '[project]\ndependencies = ["zz-ghost>=1.0.0", "zz-ghost==1.*", "zz-ghost"]',
        '[project]\ndependencies = ["zz-ghost>=1.0.0,<=1.0.1", "zz-ghost<=1.0.0", "zz-ghost>1.0.0,<=1.0.0"]',
        '[project]\ndependencies = ["zz-ghost==1.0.0,!=1.0.0", "zz-ghost==1.0.0,<1.0.0", "zz-ghost==1.0.0,~=2.0"]',
        '[tool.poetry.dependencies]\nzz-ghost = "^1.0.0"\npython = "3.11"',
        '[tool.poetry.dependencies]\nzz-ghost = { path = "../zz", version = "1.0.0" }',
        '[tool.pixi.pypi-dependencies]\nzz-ghost = "1.0.0"\nzz = "*"',
        '[tool.unknown]\ndependencies = ["zz-ghost==1.0.0"]',
        '[project]\nversion = "1.0.0"\nrequires-python = "==3.11"',
    ],
)
def test_what_leaves_a_choice_is_no_pin(table: str) -> None:
    assert pyproject(table) == []


@pytest.mark.parametrize(
    "elsewhere",
    [
        'sources.zz-ghost = { git = "https://git.example/zz.git" }',
        'sources.Zz_Ghost = { path = "../zz" }',
        "sources.zz-ghost = { workspace = true }",
        'override-dependencies = ["zz-ghost==2.0.0"]',
        'override-dependencies = ["zz-ghost>1"]',
        'exclude-dependencies = ["zz-ghost"]',
    ],
)
def test_a_version_in_whose_place_uv_takes_another_is_no_pin(elsewhere: str) -> None:
    text = f'[project]\ndependencies = ["zz-ghost==1.0.0"]\n[tool.uv]\n{elsewhere}\n'

    assert "zz-ghost==1.0.0" not in pyproject(text)


@pytest.mark.parametrize("instead", ["2.0.0", "==2.0.0", ">1", URL])
def test_a_version_in_whose_place_pdm_takes_another_is_no_pin(instead: str) -> None:
    text = f'[project]\ndependencies = ["zz_Ghost==1.0.0"]\n[tool.pdm.resolution.overrides]\nzz-ghost = "{instead}"\n'

    assert "zz-ghost==1.0.0" not in pyproject(text)


@pytest.mark.parametrize(
    "table",
    [
        f'[tool.uv]\nfind-links = ["https://zz.example/", "{URL}"]',
        f'[tool.uv.pip]\nfind-links = ["wheels", "{URL}"]',
        f'[tool.pixi.pypi-options]\nfind-links = [{{ path = "wheels" }}, {{ url = "{URL}" }}]',
    ],
)
def test_a_file_where_uv_takes_pages_and_folders_is_said_and_no_pin(table: str) -> None:
    result = parse("pyproject.toml", table.encode())

    assert result.pins == ()
    (said,) = result.skipped
    assert said.context.endswith("find-links[1]")
    assert said.reason == "a file, where its tool takes pages and folders"


@pytest.mark.parametrize(
    ("tables", "versions"),
    [
        ({"dependencies": "1.0.0", "optionalDependencies": "2.0.0"}, ["2.0.0"]),
        ({"dependencies": "1.0.0", "peerDependencies": "2.0.0"}, ["1.0.0"]),
        ({"devDependencies": "1.0.0", "peerDependencies": "2.0.0"}, ["1.0.0"]),
        ({"dependencies": "*", "peerDependencies": "2.0.0"}, []),
        ({"dependencies": "1.0.0", "devDependencies": "2.0.0"}, ["1.0.0", "2.0.0"]),
        ({"dependencies": "npm:1.0.0"}, ["1.0.0"]),
        ({"resolutions": "npm:1.0.0"}, ["1.0.0"]),
        ({"peerDependencies": "2.0.0"}, ["2.0.0"]),
    ],
)
def test_of_two_tables_of_package_json_the_one_counts_that_tools_take(
    tables: Mapping[str, str], versions: list[str]
) -> None:
    stated = {table: {"zz-ghost": version} for table, version in tables.items()}

    result = parse("package.json", json.dumps(stated).encode())

    assert [(pin.name, pin.version) for pin in result.pins] == [("zz-ghost", v) for v in versions]


OWN_OF_UV = """
[project]
dependencies = ["zz-ghost==1.0.0"]
[tool.uv]
sources.zz-ghost = { index = "own" }
index = [{ name = "own", url = "https://own.example/simple" }]
"""
OWN_OF_POETRY = """
[tool.poetry.dependencies]
zz-ghost = { version = "1.0.0", source = "own" }
[[tool.poetry.source]]
name = "own"
url = "https://own.example/simple"
priority = "explicit"
"""


@pytest.mark.parametrize("text", [OWN_OF_UV, OWN_OF_POETRY])
def test_an_index_that_is_named_for_a_package_is_its_origin(text: str) -> None:
    (pin,) = (pin for pin in parse("pyproject.toml", text.encode()).pins if pin.version)

    assert str(pin.origin) == "registry:https://own.example/simple"


def test_a_pipfile_takes_packages_from_its_first_source_or_the_one_that_they_name() -> None:
    places = {pin.name: pin.origin.location for pin in read("pipfile-manifest").pins}

    assert places["zz-exact"] == "https://index.example/simple"
    assert places["zz-own"] == "https://own.example/simple"


def test_a_manifest_that_names_nothing_is_read_fully() -> None:
    for path, text in {
        "package.json": b'{"type": "module"}',
        "environment.yml": b"name: zz\n",
        ".pre-commit-config.yaml": b"repos: []\n",
        "setup.py": b"from setuptools import setup\nsetup()\n",
        "setup.cfg": b"[metadata]\nname = zz\n",
        "Pipfile": b"[packages]\n",
    }.items():
        result = parse(path, text)

        assert (path, result.readable, result.pins) == (path, Readable.FULLY, ())


def test_strings_of_setup_py_that_only_run_time_completes_are_no_pins() -> None:
    text = b'import setuptools as setup\nV = "1.0"\nD = [f"zz-ghost=={V}", "zz-ghost==%s" % V]\n'

    assert parse("setup.py", text).pins == ()


@pytest.mark.parametrize(
    "script",
    [
        'setup(install_requires=["zz-a==1.0"])',
        'import setuptools\nsetuptools.setup(install_requires=("zz-a==1.0",))',
        'setup(extras_require={"x": ["zz-a==1.0"]})',
        'setup(setup_requires="zz-a==1.0\\nzz-b>=2")',
        'needs = ["zz-a==1.0"]\nsetup(install_requires=needs)',
        'needs = []\nneeds.append("zz-a==1.0")\nsetup(install_requires=needs + ["b"])',
        'needs = ["b"]\nneeds += ["zz-a==1.0"]\nsetup(install_requires=list(needs))',
        'kw = dict(install_requires=["zz-a==1.0"])\nsetup(**kw)',
        'kw = {}\nkw["install_requires"] = ["zz-a==1.0"]\nsetup(**kw)',
        'setup(**{"tests_require": ["zz-a==1.0"]})',
        'setup(install_requires="""\nzz-a==1.0\n""".split())',
        'more = {}\nmore["x"] = ["zz-a==1.0"]\nsetup(extras_require=more)',
        'setup(install_requires=["zz-a==1.0"] if True else [])',
        'NAME = "zz-a==1.0"\ndef f():\n    setup(install_requires=[NAME])\n',
        'V = "1.0"\nsetup(install_requires=[f"zz-a=={V}"])',
        'V = "1.0"\nsetup(install_requires=["zz-a==" + V])',
        'V = "1.0"\nsetup(install_requires=["zz-a=={}".format(V)])',
        'V = "1.0"\nneeds = ["zz-a==%s" % V]\nsetup(install_requires=needs)',
        'setup(install_requires=["zz-a>=1.0,<=1.0"])',
    ],
)
def test_what_a_script_hands_to_setup_is_a_pin(script: str) -> None:
    result = parse("setup.py", script.encode())

    assert [(pin.name, pin.version) for pin in result.pins] == [("zz-a", "1.0")]


@pytest.mark.parametrize(
    "script",
    [
        'BLOCKED = ["zz-a==1.0"]\nsetup(name="d")',
        'setup(name="d", keywords=["zz-a==1.0"])',
        'setup(long_description="zz-a==1.0", obsoletes=["zz-a==1.0"])',
        'BAD = "zz-a @ https://files.index.example/zz_a-1.0.tar.gz"\nif BAD in read():\n    stop()\nsetup()',
        "x = x\nsetup(install_requires=x)",
        'V = read()\nsetup(install_requires=[f"zz-a=={V}", "zz-a==" + V, "zz-a==%s" % V])',
        'V = "1.0"\nV = "2.0"\nsetup(install_requires=[f"zz-a=={V}"])',
        'setup(install_requires=read("zz-a==1.0"))',
    ],
)
def test_what_a_script_only_speaks_of_is_no_pin(script: str) -> None:
    assert parse("setup.py", script.encode()).pins == ()


_DOUBLED = "".join(f"a{n} = {{**a{n + 1}, **a{n + 1}}}\n" for n in range(60))


@pytest.mark.parametrize(
    "script",
    [
        f"{_DOUBLED}a60 = {{}}\nsetup(**a0)",
        f"x = read([{'1,' * 20_000}])\nsetup(install_requires=[{'x,' * 2_000}])",
        f"x = '{'x' * 100_000}'\nsetup(install_requires=[f'{'{x}' * 2_000}'])",
        f"x = '{'zz-a==1.0|' * 10_000}'\nsetup(install_requires=[{'x,' * 2_000}])",
    ],
    ids=["mappings in mappings", "a call over and over", "one long string", "many long strings"],
)
def test_a_script_whose_names_stand_for_more_than_anybody_writes_is_not_read(script: str) -> None:
    result = parse("setup.py", f"from setuptools import setup\n{script}\n".encode())

    assert (result.readable, result.pins) == (Readable.NOT, ())
    assert [one.reason for one in result.skipped] == ["more than 200000 expressions to look at"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", '{"dependencies": {"zz-a": "npm:1.0.0"}}'),
        ("package.json", '{"resolutions": {"zz-a@npm:^1.0.0": "npm:1.0.0"}}'),
        ("package.json", '{"resolutions": {"zz-a": "patch:zz-a@npm%3A1.0.0#./a.patch"}}'),
        ("package.json", '{"dependencies": {"zz-a": "1.0.0 || =1.0.0"}}'),
        ("package.json", '{"dependencies": {"zz-a": ">=1.0.0 <1.0.1"}}'),
        ("package.json", '{"dependencies": {"zz-a": "1.0.0 - 1.0.0"}}'),
        (
            "package.json",
            '{"pnpm": {"packageExtensions": {"b": {"dependencies": {"zz-a": "1.0.0"}}}}}',
        ),
        ("package.json", '{"pnpm": {"configDependencies": {"zz-a": "1.0.0+sha512-AA=="}}}'),
        (".yarnrc.yml", "catalog:\n  zz-a: 1.0.0\n"),
        (".yarnrc.yml", "catalogs:\n  b:\n    zz-a: npm:1.0.0\n"),
        (".yarnrc.yml", "packageExtensions:\n  b@*:\n    dependencies:\n      zz-a: 1.0.0\n"),
        ("pnpm-workspace.yaml", "configDependencies:\n  zz-a:\n    integrity: 1.0.0+sha512-AA==\n"),
        ("deno.jsonc", '{"scopes": {"b": {"c": "npm:/zz-a@1.0.0/d"}}}'),
        ("import_map.json", '{"imports": {"c": "npm:zz-a@1.0.0"}}'),
    ],
)
def test_every_place_of_a_manifest_of_javascript_that_leaves_no_choice_is_a_pin(
    path: str, text: str
) -> None:
    assert told(parse(path, text.encode()).pins) == ["zz-a==1.0.0"]


@pytest.mark.parametrize(
    "range_", ["1.0.0 || 1.0.1", ">=1.0.0 <1.0.2", ">=1.0.0-0 <=1.0.0", "npm:^1.0.0", "patch:zz-a"]
)
def test_a_range_of_more_versions_is_no_pin(range_: str) -> None:
    assert parse("package.json", json.dumps({"dependencies": {"zz-a": range_}}).encode()).pins == ()


@pytest.mark.parametrize(
    "path", ["package.json5", "a/prek.toml", ".pnpmfile.cjs", "buildout.cfg", "pnpm-config.json"]
)
def test_a_manifest_that_is_not_read_is_said(path: str) -> None:
    assert is_lock(path)
    assert parse(path, b"{dependencies: {}}").readable is Readable.NOT


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tox.ini", "[x]\nbad = zz-a==1.0.0\n[testenv]\ndescription = not {[x]bad}\ndeps = b\n"),
        ("tox.ini", "[x]\nbad = zz-a==1.0.0\n[testenv]\ncommands = look {[x]bad}\ndeps = b\n"),
        ("tox.ini", "[x]\nbad = zz-a==1.0.0\n[testenv]\ndeps =\n  # {[x]bad}\n  b\n"),
        ("noxfile.py", 'import nox\ns.run("grep", "install", "zz-a==1.0.0", "log.txt")\n'),
        ("package.json", '{"packageManager": "zz-a@1.0.0"}'),
        ("noxfile.py", 'import nox\ns.run("pip", "uninstall", "zz-a==1.0.0")\n'),
    ],
)
def test_what_is_only_named_beside_what_is_installed_is_no_pin(path: str, text: str) -> None:
    assert parse(path, text.encode()).pins == ()


@pytest.mark.parametrize(
    ("path", "text", "pin"),
    [
        ("uv.toml", 'override-dependencies = ["zz-a==1.0.0"]', "zz-a==1.0.0"),
        (
            "pip.conf",
            f"[install]\nfind-links = https://a.example/\n  {URL}\n",
            f"None @ {FILE}",
        ),
        (
            "tox.ini",
            "[base]\ndeps =\n  zz-a==1.0.0\n[testenv]\ndeps = {[base]deps}\n",
            "zz-a==1.0.0",
        ),
        ("tox.ini", "[x]\nneeds = zz-a==1.0.0\n[testenv]\ndeps =\n  {[x]needs}\n", "zz-a==1.0.0"),
        (
            "tox.ini",
            "[x]\nneeds = zz-a==1.0.0\nall = {[x]needs}\n[testenv]\ndeps =\n  {[x]all}\n",
            "zz-a==1.0.0",
        ),
        (
            "noxfile.py",
            'import nox\n# /// script\n# dependencies = ["zz-a==1.0.0"]\n# ///\n',
            "zz-a==1.0.0",
        ),
    ],
)
def test_settings_and_references_are_read_as_what_they_stand_for(
    path: str, text: str, pin: str
) -> None:
    assert pin in told(parse(path, text.encode()).pins)


def test_a_reference_of_tox_that_is_not_followed_is_said() -> None:
    text = b'[env_run_base]\ndeps = ["zz-a==1.0.0", { replace = "ref", of = ["x", "deps"] }]\n'

    result = parse("tox.toml", text)

    assert told(result.pins) == ["zz-a==1.0.0"]
    assert [one.context for one in result.skipped] == ["env_run_base.deps[1]"]


def test_a_key_to_which_nothing_refers_is_no_list_of_requirements() -> None:
    text = b"[x]\nneeds = zz-a==1.0.0\n[testenv]\ndeps = {[x]other}\n"

    assert parse("tox.ini", text).pins == ()


def test_the_archive_that_yarn_is_told_to_take_is_that_of_its_url() -> None:
    bound = "npm:1.0.0::__archiveUrl=https%3A%2F%2Fhost.example%2Fzz.tgz"
    text = json.dumps({"dependencies": {"zz-a": bound}})

    assert told(parse("package.json", text.encode()).pins) == ["zz-a @ zz.tgz"]


def test_a_file_of_a_pipfile_is_that_of_a_url_where_its_path_is_one() -> None:
    text = f'[packages]\nzz-ghost-pkg = {{ path = "{URL}" }}\nzz-here = {{ path = "./zz" }}\n'

    assert told(parse("Pipfile", text.encode()).pins) == [f"zz-ghost-pkg @ {FILE}"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "pyproject.toml",
            '[project]\nname = "Zz_A"\noptional-dependencies.all = ["zz-a[b]==1.0.0"]\n',
        ),
        (
            "pyproject.toml",
            '[dependency-groups]\ndev = ["zz-a[b]==1.0.0"]\n[project]\nname = "zz-a"\n',
        ),
        (
            "pyproject.toml",
            '[tool.poetry]\nname = "zz-a"\ngroup.dev.dependencies.zz-a = "1.0.0"\n',
        ),
        ("setup.cfg", "[metadata]\nname = zz-a\n[options.extras_require]\nb =\n  zz.a[c]==1.0.0\n"),
        ("setup.py", 'N = "zz-a"\nsetup(name=N, extras_require={"b": [N + "[c]==1.0.0"]})'),
    ],
)
def test_a_project_that_requires_itself_takes_no_release_of_an_index(path: str, text: str) -> None:
    (pin,) = parse(path, text.encode()).pins

    assert (pin.name, pin.version, str(pin.origin)) == ("zz-a", "1.0.0", "workspace:.")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "pyproject.toml",
            '[project]\nname = "zz-a"\n[build-system]\nrequires = ["zz-a==1.0.0"]\n',
        ),
        ("pyproject.toml", '[project]\nname = "zz-a"\n[tool.tox.env.a]\ndeps = ["zz-a==1.0.0"]\n'),
        ("pyproject.toml", '[project]\nname = "b"\ndependencies = ["zz-a==1.0.0"]\n'),
        ("setup.cfg", "[metadata]\nname = zz-a\n[testenv]\ndeps = zz-a==1.0.0\n"),
        ("setup.cfg", "[x]\nname = zz-a\n[options]\ninstall_requires = zz-a==1.0.0\n"),
    ],
)
def test_what_is_installed_without_the_project_is_taken_from_the_index(
    path: str, text: str
) -> None:
    (pin,) = parse(path, text.encode()).pins

    assert str(pin.origin) == "registry:"


NEVER = "sys_platform == 'never'"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements.txt", f"zz-a==1.0.0 ; {NEVER}\n"),
        ("requirements.txt", f"zz-a @ https://host.example/zz_a-1.0.0.tar.gz ; {NEVER}\n"),
        ("pyproject.toml", f'[project]\ndependencies = ["zz-a==1.0.0; {NEVER}"]\n'),
        (
            "pyproject.toml",
            f'[tool.poetry.dependencies]\nzz-a = {{ version = "1", markers = "{NEVER}" }}',
        ),
        (
            "pyproject.toml",
            f'[tool.uv.sources]\nzz-a = {{ url = "https://host.example/zz_a-1.tar.gz", marker = "{NEVER}" }}',
        ),
        ("Pipfile", "[packages]\nzz-a = {version = '==1', os_name = \"== 'never'\"}\n"),
        ("setup.cfg", f"[options]\ninstall_requires =\n  zz-a==1.0.0; {NEVER}\n"),
        ("setup.py", f'setup(install_requires=["zz-a==1.0.0; {NEVER}"])'),
        ("environment.yml", f'dependencies:\n- pip:\n  - "zz-a==1.0.0 ; {NEVER}"\n'),
    ],
)
def test_what_a_marker_lets_nobody_install_is_flagged(path: str, text: str) -> None:
    (pin,) = parse(path, text.encode()).pins

    assert "never-installed" in pin.flags


@pytest.mark.parametrize(
    ("allowed", "marker", "never"),
    [
        (">=3.11", 'python_version < "3.8"', True),
        ("~=3.11", 'python_full_version < "3.11"', True),
        (">=3.8, <3.12", 'python_version >= "3.12"', True),
        (">=3.8", 'python_version < "3.9"', False),
        (">=3", 'sys_platform == "win32"', False),
        ("any", 'python_version < "3.8"', False),
    ],
)
def test_a_marker_is_read_together_with_the_pythons_that_the_project_allows(
    allowed: str, marker: str, *, never: bool
) -> None:
    stated = f"['zz-a==1 ; {marker}']"
    text = f'[project]\nrequires-python = "{allowed}"\ndependencies = {stated}\n'
    of_project, alone = parse(
        "pyproject.toml", f"{text}[build-system]\nrequires = {stated}".encode()
    ).pins[::-1]

    assert ("never-installed" in of_project.flags) is never
    assert "never-installed" not in alone.flags


def test_names_that_stand_for_one_another_over_and_over_end() -> None:
    doubled = "".join(f"a{n} = a{n + 1} + a{n + 1}\n" for n in range(60))

    result = parse("setup.py", f"{doubled}setup(install_requires=a0)\n".encode())

    assert result.readable is Readable.NOT
    assert "expressions" in result.skipped[0].reason


def test_overrides_of_package_json_that_are_no_text_are_passed_over() -> None:
    manifest = '{"overrides": {"zz-a": 1, "zz-b": null, "zz-c": ["2.0.0"], "zz-d": "3.0.0", "zz-e": "$zz-d"}}'

    result = parse("package.json", manifest.encode())

    assert [(pin.name, pin.version) for pin in result.pins] == [("zz-d", "3.0.0")]
