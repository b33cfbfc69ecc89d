"""The Python tools: how each is made to lock, what its lock states, how it installs from it."""

from __future__ import annotations

from tests.servers.registries import Registries
from tests.tools.bench import Case, Stated, python_pin

__all__ = ["PYTHON"]

_LIB, _OTHER = ("zz-ghost-lib", "1.0.0"), ("zz-ghost-other", "2.0.0")
_PROJECT = """\
[project]
name = "zz-ghost-app"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = [DEPENDENCIES]
"""
_NAMED = _PROJECT.replace("DEPENDENCIES", '"zz-ghost-lib==1.0.0", "zz-ghost-other"')
_BY_URL = _PROJECT.replace("DEPENDENCIES", '"zz-ghost-lib @ WHEEL"')
_POETRY = """
[tool.poetry]
package-mode = false

[[tool.poetry.source]]
name = "loopback"
url = "http://index.example/simple/"
priority = "primary"
"""
_PDM = """
[[tool.pdm.source]]
name = "pypi"
url = "http://index.example/simple/"
verify_ssl = false
"""
_PIPFILE = """\
[[source]]
name = "loopback"
url = "http://index.example/simple/"
verify_ssl = false

[packages]
"""
_WANTED = "zz-ghost-lib==1.0.0\nzz-ghost-other\n"
_REGISTRY = "registry:http://index.example/simple"
_MODULE = "**/zz_ghost_lib/__init__.py"
_PEX_LOCK = (
    "pex3",
    "lock",
    "create",
    "--style=universal",
    "--interpreter-constraint=CPython>=3.11",
    "--no-pypi",
    "--index=http://index.example/simple/",
    "--indent=2",
    "--output=lock.json",
    "zz-ghost-lib==1.0.0",
    "zz-ghost-other",
)


def _files_with_urls(registries: Registries) -> tuple[Stated, ...]:
    return _files(registries, url=True)


def _files_and_the_project(registries: Registries) -> tuple[Stated, ...]:
    """The project itself is one of the packages."""
    return (*_files(registries, url=True), Stated(name="zz-ghost-app", version="0.1.0"))


def _files_without_urls(registries: Registries) -> tuple[Stated, ...]:
    return _files(registries, url=False)


def _files(registries: Registries, *, url: bool) -> tuple[Stated, ...]:
    """Every file of both releases is a pin of its own."""
    return tuple(
        python_pin(file, *release, url=url)
        for release in (_LIB, _OTHER)
        for file in registries.files(*release)
    )


def _wheels(registries: Registries) -> tuple[Stated, ...]:
    """Only the wheels: pip locks what it would install here."""
    return tuple(
        python_pin(registries.wheel(*release), *release, url=True) for release in (_LIB, _OTHER)
    )


def _the_wheel(registries: Registries) -> tuple[Stated, ...]:
    return (python_pin(registries.wheel(*_LIB), *_LIB, url=True),)


def _hashes(registries: Registries) -> tuple[Stated, ...]:
    """One pin for a release: its digests stand there without names of files."""
    return tuple(
        Stated(
            name=name,
            version=version,
            hashes=tuple(sorted(f"sha256:{f.sha256}" for f in registries.files(name, version))),
        )
        for name, version in (_LIB, _OTHER)
    )


def _the_url(registries: Registries) -> tuple[Stated, ...]:
    """Pipenv writes no version and no digest of a file that the Pipfile names by URL."""
    wheel = registries.wheel(*_LIB)
    return (Stated(name="zz-ghost-lib", version=None, url=wheel.url, filename=wheel.filename),)


PYTHON = (
    Case(
        name="uv",
        files={"pyproject.toml": _NAMED},
        lock=(("uv", "lock"),),
        path="uv.lock",
        source=(_REGISTRY, "virtual:."),
        pins=_files_and_the_project,
        install=("uv", "sync", "--frozen"),
        installed=_MODULE,
    ),
    Case(
        name="uv-pylock",
        files={"requirements.in": _WANTED},
        lock=(("uv", "pip", "compile", "--output-file=pylock.toml", "requirements.in"),),
        path="pylock.toml",
        source=("registry:",),
        pins=_files_with_urls,
        install=("uv", "pip", "install", "--target=site", "--requirements=pylock.toml"),
        installed=_MODULE,
    ),
    Case(
        name="uv-export",
        files={"pyproject.toml": _NAMED},
        lock=(("uv", "lock"), ("uv", "export", "--frozen", "--output-file=requirements.txt")),
        path="requirements.txt",
        source=("registry:",),
        pins=_hashes,
    ),
    Case(
        name="pip-pylock",
        files={"requirements.in": _WANTED},
        lock=(("pip", "lock", "--requirement=requirements.in"),),
        path="pylock.toml",
        source=("registry:",),
        pins=_wheels,
        install=("pip", "install", "--target=site", "--requirement=pylock.toml"),
        installed=_MODULE,
    ),
    Case(
        name="pip-compile",
        files={"requirements.in": _WANTED},
        lock=(("pip-compile", "--generate-hashes", "--strip-extras", "requirements.in"),),
        path="requirements.txt",
        source=(_REGISTRY,),
        pins=_hashes,
        install=("pip", "install", "--target=site", "--requirement=requirements.txt"),
        ghost=False,
    ),
    Case(
        name="poetry",
        files={"pyproject.toml": _NAMED + _POETRY},
        lock=(("poetry", "lock", "--no-interaction"),),
        path="poetry.lock",
        source=(_REGISTRY,),
        pins=_files_without_urls,
        install=("poetry", "install", "--no-interaction"),
        ghost=False,
    ),
    Case(
        name="poetry-url",
        files={"pyproject.toml": _BY_URL + _POETRY},
        lock=(("poetry", "lock", "--no-interaction"),),
        path="poetry.lock",
        source=("url:http://files.index.example/packages/",),
        pins=_the_wheel,
        install=("poetry", "install", "--no-interaction"),
        installed=_MODULE,
    ),
    Case(
        name="pdm",
        files={"pyproject.toml": _NAMED + _PDM},
        lock=(("pdm", "lock"),),
        path="pdm.lock",
        source=("registry:",),
        pins=_files_without_urls,
    ),
    Case(
        name="pdm-static-urls",
        files={"pyproject.toml": _NAMED + _PDM},
        lock=(("pdm", "lock", "--strategy=static_urls"),),
        path="pdm.lock",
        source=("registry:",),
        pins=_files_with_urls,
        install=("pdm", "sync", "--no-self"),
        installed=_MODULE,
    ),
    Case(
        name="pdm-pylock",
        files={"pyproject.toml": _NAMED + _PDM, "pdm.toml": '[lock]\nformat = "pylock"\n'},
        lock=(("pdm", "lock"),),
        path="pylock.toml",
        source=("registry:",),
        pins=_files_with_urls,
        install=("pdm", "sync", "--no-self"),
        installed=_MODULE,
    ),
    Case(
        name="pipenv",
        files={"Pipfile": _PIPFILE + 'zz-ghost-lib = "==1.0.0"\nzz-ghost-other = "*"\n'},
        lock=(("pipenv", "lock"),),
        path="Pipfile.lock",
        source=(_REGISTRY,),
        pins=_hashes,
        install=("pipenv", "sync"),
        ghost=False,
    ),
    Case(
        name="pipenv-file",
        files={"Pipfile": _PIPFILE + 'zz-ghost-lib = {file = "WHEEL"}\n'},
        lock=(("pipenv", "lock"),),
        path="Pipfile.lock",
        source=("url:http://files.index.example/packages/",),
        pins=_the_url,
        install=("pipenv", "sync"),
        installed=_MODULE,
    ),
    Case(
        name="pex",
        files={},
        lock=(_PEX_LOCK,),
        path="lock.json",
        source=("registry:",),
        pins=_files_with_urls,
        install=("pex3", "venv", "create", "--lock=lock.json", "--dest-dir=site"),
        installed=_MODULE,
    ),
)
