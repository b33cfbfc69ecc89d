"""What the settings of a repository say of registries, and for which locks they count."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.index_settings import IndexSettings
from crawler.lockfiles.registry import parse
from crawler.model import ParseResult

DATA = Path(__file__).parents[2] / "data" / "locks"
PRIVATE = "registry:https://npm.private.example/"


def said(path: str, text: str) -> list[tuple[str | None, str]]:
    """Return the names and registries that a file of settings states."""
    return [(pin.name, str(pin.origin)) for pin in parse(path, text.encode()).pins]


def in_data(name: str, path: str) -> list[tuple[str | None, str]]:
    return said(path, (DATA / name / f"plain.{path}").read_text())


@pytest.mark.parametrize(
    ("name", "path"), [("npmrc", ".npmrc"), ("yarnrc", ".yarnrc"), ("yarnrc-yml", ".yarnrc.yml")]
)
def test_a_registry_for_all_packages_and_one_for_a_scope(name: str, path: str) -> None:
    assert in_data(name, path) == [
        (None, PRIVATE),
        ("@acme/*", "registry:https://npm.acme.example/"),
    ]


def test_bun_states_a_registry_as_a_url_or_as_a_table() -> None:
    assert in_data("bunfig", "bunfig.toml") == [
        (None, PRIVATE),
        ("@acme/*", "registry:https://npm.acme.example/"),
        ("@zz/*", "registry:https://npm.zz.example/"),
    ]
    table = '[install.registry]\nurl = "https://npm.private.example/"\n'
    assert said("bunfig.toml", table) == [(None, PRIVATE)]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (
            (DATA / "pip-conf" / "plain.pip.conf").read_text(),
            "https://private.example/simple https://extra.example/simple https://more.example/simple",
        ),
        ((DATA / "pip-conf" / "install.pip.ini").read_text(), "https://install.example/simple"),
        ("[global]\nextra-index-url: https://a.example/", " https://a.example/"),
    ],
)
def test_pip_asks_one_index_and_extra_ones(text: str, asked: str) -> None:
    assert said("ci/pip.conf", text) == [(None, f"registry:{asked}")]
    assert said("pip.ini", text) == [(None, f"registry:{asked}")]


def test_uv_has_an_index_in_the_place_of_the_public_one_and_others_besides() -> None:
    assert in_data("uv-toml", "uv.toml") == [
        (None, "registry:https://private.example/simple https://more.example/simple")
    ]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ('index-url = "https://a.example/"', "https://a.example/"),
        ('[[index]]\nurl = "https://a.example/"', " https://a.example/"),
        ('[pip]\nextra-index-url = ["https://a.example/"]', " https://a.example/"),
        ('[[index]]\nurl = "https://a.example/"\nexplicit = true', None),
        ('[pip]\nindex-url = "https://a.example/"', "https://a.example/"),
    ],
)
def test_every_way_to_name_an_index_to_uv(text: str, asked: str | None) -> None:
    found = [] if asked is None else [(None, f"registry:{asked}")]

    assert said("uv.toml", text) == found
    within = text.replace("[[index]]", "[[tool.uv.index]]").replace("[pip]", "[tool.uv.pip]")
    head = "" if within.startswith("[") else "[tool.uv]\n"
    assert said("pyproject.toml", f"{head}{within}") == found


@pytest.mark.parametrize(
    ("sources", "asked"),
    [
        ('name = "a"\nurl = "https://a.example/"', "https://a.example/"),
        ('name = "a"\nurl = "https://a.example/"\npriority = "primary"', "https://a.example/"),
        ('name = "a"\nurl = "https://a.example/"\ndefault = true', "https://a.example/"),
        ('name = "a"\nurl = "https://a.example/"\npriority = "explicit"', None),
        (
            'name = "a"\nurl = "https://a.example/"\npriority = "supplemental"',
            " https://a.example/",
        ),
        ('name = "a"\nurl = "https://a.example/"\nsecondary = true', " https://a.example/"),
        (
            'name = "a"\nurl = "https://a.example/"\n\n[[tool.poetry.source]]\nname = "PyPI"',
            "https://a.example/ ",
        ),
    ],
)
def test_poetry_leaves_the_public_index_out_where_a_source_is_primary(
    sources: str, asked: str | None
) -> None:
    found = said("pyproject.toml", f"[[tool.poetry.source]]\n{sources}\n")

    assert found == ([] if asked is None else [(None, f"registry:{asked}")])


@pytest.mark.parametrize(
    ("name", "asked"), [("pypi", "https://a.example/"), ("other", " https://a.example/")]
)
def test_pdm_leaves_the_public_index_out_where_a_source_has_its_name(name: str, asked: str) -> None:
    text = f'[[tool.pdm.source]]\nname = "{name}"\nurl = "https://a.example/"\n'

    assert said("pyproject.toml", text) == [(None, f"registry:{asked}")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".npmrc", "registry=${NPM_REGISTRY}"),
        (".npmrc", "registry="),
        ("pip.conf", "[global]\nindex-url = https://${USER}@a.example/\nextra-index-url = $MORE"),
    ],
)
def test_what_only_the_environment_knows_is_not_told(path: str, text: str) -> None:
    assert said(path, text) == []


NPMRC = parse(".npmrc", b"registry=https://npm.private.example/")
PIP = parse("pip.conf", b"[global]\nindex-url = https://private.example/")
POETRY = parse("pyproject.toml", b'[[tool.poetry.source]]\nname = "a"\nurl = "https://p.example/"')
UV = parse("pyproject.toml", b'[[tool.uv.index]]\nurl = "https://u.example/"\ndefault = true')
RYE = parse("pyproject.toml", b'[[tool.rye.sources]]\nname = "default"\nurl = "https://r.example/"')
BERRY = parse(".yarnrc.yml", b"npmRegistryServer: https://npm.berry.example/")


@pytest.mark.parametrize(
    ("lock", "lock_format", "files", "asked"),
    [
        ("package-lock.json", "npm", {".npmrc": NPMRC}, ["https://npm.private.example/"]),
        ("web/package-lock.json", "npm", {"web/.npmrc": NPMRC}, ["https://npm.private.example/"]),
        ("web/package-lock.json", "npm", {".npmrc": NPMRC}, []),
        ("web/package-lock.json", "npm", {"webs/.npmrc": NPMRC}, []),
        ("poetry.lock", "poetry", {".npmrc": NPMRC, "pip.conf": PIP}, []),
        ("a/b/requirements.txt", "requirements", {"pip.conf": PIP}, ["https://private.example/"]),
        ("requirements.txt", "requirements", {"ci/pip.conf": PIP}, []),
        ("poetry.lock", "poetry", {"pyproject.toml": POETRY}, ["https://p.example/"]),
        ("a/poetry.lock", "poetry", {"pyproject.toml": POETRY}, []),
        ("uv.lock", "uv", {"pyproject.toml": UV}, []),
        ("a/requirements.txt", "requirements", {"pyproject.toml": UV}, ["https://u.example/"]),
        (
            "a/requirements.txt",
            "requirements",
            {"pyproject.toml": UV, "a/pyproject.toml": POETRY},
            ["https://u.example/"],
        ),
        (
            "a/requirements.txt",
            "requirements",
            {
                "pip.conf": parse("pip.conf", b"[global]\nindex-url = https://far.example/"),
                "a/pip.conf": PIP,
            },
            ["https://private.example/"],
        ),
        ("a/yarn.lock", "yarn", {".yarnrc.yml": BERRY}, ["https://npm.berry.example/"]),
        ("a/pnpm-lock.yaml", "pnpm", {"a/.yarnrc.yml": BERRY}, []),
        (
            "packages/a/package.json",
            "package-json",
            {".npmrc": NPMRC},
            ["https://npm.private.example/"],
        ),
        ("pyproject.toml", "pyproject", {"pyproject.toml": POETRY}, ["https://p.example/"]),
        ("pyproject.toml", "pyproject", {"pyproject.toml": RYE}, ["https://r.example/"]),
        ("a/pyproject.toml", "pyproject", {"pyproject.toml": UV}, ["https://u.example/"]),
        ("setup.cfg", "setup-cfg", {"pip.conf": PIP}, ["https://private.example/"]),
        ("Pipfile", "pipfile-manifest", {"pip.conf": PIP}, []),
    ],
)
def test_settings_count_for_the_locks_whose_tool_reads_them(
    lock: str, lock_format: str, files: dict[str, ParseResult], asked: list[str]
) -> None:
    settings = IndexSettings.among({path: read.pins for path, read in files.items()})
    found = settings.governing(lock, lock_format)

    assert [pin.origin.location for pin in found] == asked
