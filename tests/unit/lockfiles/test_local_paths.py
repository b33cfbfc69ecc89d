"""A file that lies beside the lock is none of a registry, in every format and spelling of its path."""

from __future__ import annotations

import json

import pytest

from crawler.lockfiles.registry import parse
from crawler.model import OriginKind, Pin
from crawler.model.urls import is_local, is_path

WHEEL = "zz_ghost-1.0.0-py3-none-any.whl"
TGZ = "zz-ghost-1.0.0.tgz"
SHA256 = "ab" * 32
SRI = "sha512-" + "q" * 86 + "=="
FILE_URLS = (
    f"file:///srv/vendor/{WHEEL}",
    f"file://localhost/srv/vendor/{WHEEL}",
    f"FILE:///srv/vendor/{WHEEL}",
    "file:///srv/ven%64or/zz%5Fghost-1.0.0-py3-none-any.whl",
    f"file:///C:/vendor/{WHEEL}",
    f"file:vendor/{WHEEL}",
    f" fi\tle:///srv/{WHEEL}",
)
PATHS = (
    f"vendor/{WHEEL}",
    f"./{WHEEL}",
    f"../{WHEEL}",
    f"/srv/{WHEEL}",
    f"..\\{WHEEL}",
    f"C:\\v\\{WHEEL}",
)
LINKS = (f"./{TGZ}", f"../{TGZ}", f"/srv/{TGZ}", f"~/{TGZ}", f"C:\\v\\{TGZ}", f"..\\{TGZ}")
FILE_LINKS = (f"file:{TGZ}", f"FILE:../{TGZ}", f"file:///srv/{TGZ}", f"file://localhost/srv/{TGZ}")


def the_pin(path: str, text: str) -> Pin:
    (pin,) = parse(path, text.encode()).pins
    return pin


def is_beside(pin: Pin) -> bool:
    return (pin.origin.kind, pin.url) == (OriginKind.PATH, None)


@pytest.mark.parametrize("place", [*FILE_URLS, *PATHS])
def test_pylock_with_a_path(place: str) -> None:
    table = f"{{ path = {json.dumps(place)}, hashes = {{ sha256 = '{SHA256}' }} }}"
    head = 'lock-version = "1.0"\n[[packages]]\nname = "zz-ghost"\nversion = "1.0.0"\n'

    for stated in (f"wheels = [{table}]", f"sdist = {table}", f"archive = {table}"):
        assert is_beside(the_pin("pylock.toml", f"{head}{stated}\n"))


@pytest.mark.parametrize("url", FILE_URLS)
def test_pylock_with_a_file_url(url: str) -> None:
    table = f"{{ url = {json.dumps(url)}, hashes = {{ sha256 = '{SHA256}' }} }}"
    head = 'lock-version = "1.0"\n[[packages]]\nname = "zz-ghost"\nversion = "1.0.0"\n'

    for stated in (f"wheels = [{table}]", f"archive = {table}"):
        assert is_beside(the_pin("pylock.toml", f"{head}{stated}\n"))


def test_the_path_of_pylock_wins_over_its_url() -> None:
    lock = (
        'lock-version = "1.0"\n[[packages]]\nname = "zz-ghost"\nversion = "1.0.0"\n'
        f'sdist = {{ path = "{WHEEL}", url = "https://files.index.example/{WHEEL}" }}\n'
    )

    assert is_beside(the_pin("pylock.toml", lock))


@pytest.mark.parametrize(
    "source",
    [
        *[f"path = {json.dumps(place)}" for place in PATHS],
        *[f"url = {json.dumps(u)}" for u in FILE_URLS],
    ],
)
@pytest.mark.parametrize(
    "files", ["", f'wheels = [\n    {{ filename = "{WHEEL}", hash = "sha256:{SHA256}" }},\n]\n']
)
def test_uv(source: str, files: str) -> None:
    lock = f'version = 1\n[[package]]\nname = "zz-ghost"\nversion = "1.0.0"\nsource = {{ {source} }}\n{files}'

    assert is_beside(the_pin("uv.lock", lock))


@pytest.mark.parametrize("index", ["../wheels", "links", "/srv/wheels", "file:///srv/wheels"])
def test_a_folder_as_the_index_of_uv_is_no_registry(index: str) -> None:
    lock = (
        'version = 1\n[[package]]\nname = "zz-ghost"\nversion = "1.0.0"\n'
        f'source = {{ registry = "{index}" }}\nwheels = [\n    {{ path = "{WHEEL}" }},\n]\n'
    )

    pin = the_pin("uv.lock", lock)

    assert (pin.origin.kind, pin.url) == (OriginKind.FIND_LINKS, None)


@pytest.mark.parametrize("url", FILE_URLS)
@pytest.mark.parametrize(
    "files",
    ["files = []\n", f'files = [\n    {{file = "{WHEEL}", hash = "sha256:{SHA256}"}},\n]\n'],
)
def test_poetry_with_a_url_source(url: str, files: str) -> None:
    lock = (
        f'[[package]]\nname = "zz-ghost"\nversion = "1.0.0"\n{files}'
        f'\n[package.source]\ntype = "url"\nurl = {json.dumps(url)}\n\n[metadata]\nlock-version = "2.1"\n'
    )

    assert is_beside(the_pin("poetry.lock", lock))


def test_poetry_with_a_file_source() -> None:
    lock = (
        '[[package]]\nname = "zz-ghost"\nversion = "1.0.0"\nfiles = []\n'
        f'\n[package.source]\ntype = "file"\nurl = "{WHEEL}"\n\n[metadata]\nlock-version = "2.1"\n'
    )

    assert is_beside(the_pin("poetry.lock", lock))


@pytest.mark.parametrize(
    "stated",
    [
        *[f"path = {json.dumps(place)}" for place in (*PATHS, f"vendor/{WHEEL.upper()}")],
        *[f"url = {json.dumps(url)}" for url in (*FILE_URLS, f"file:///${{PROJECT_ROOT}}/{WHEEL}")],
        *[f"files = [{{url = {json.dumps(url)}, hash = 'sha256:{SHA256}'}}]" for url in FILE_URLS],
    ],
)
def test_pdm(stated: str) -> None:
    lock = f'[metadata]\nlock_version = "4.5.0"\n\n[[package]]\nname = "zz-ghost"\nversion = "1.0.0"\n{stated}\n'

    assert is_beside(the_pin("pdm.lock", lock))


@pytest.mark.parametrize("place", [*FILE_URLS[:-1], *PATHS])
@pytest.mark.parametrize("key", ["file", "path"])
def test_pipfile(place: str, key: str) -> None:
    lock = {"_meta": {}, "default": {"zz-ghost": {key: place, "version": "==1.0.0"}}}

    assert is_beside(the_pin("Pipfile.lock", json.dumps(lock)))


@pytest.mark.parametrize(
    "line",
    [
        *FILE_URLS[:-1],
        *PATHS,
        *[f"zz-ghost @ {url}" for url in FILE_URLS[:-1]],
        f"./{WHEEL}[extra] ; python_version > '3'",
        f"./{WHEEL} --hash=sha256:{SHA256}",
        WHEEL,
    ],
)
def test_requirements(line: str) -> None:
    pin = the_pin("requirements.txt", f"{line}\n")

    assert is_beside(pin)
    assert pin.filename == WHEEL


@pytest.mark.parametrize("place", [*FILE_URLS[:3], *PATHS])
def test_pixi(place: str) -> None:
    lock = f"version: 6\nenvironments: {{}}\npackages:\n- pypi: {json.dumps(place)}\n  name: zz-ghost\n  version: 1.0.0\n"

    assert is_beside(the_pin("pixi.lock", lock))
    assert is_beside(the_pin("pixi.lock", lock.replace("file:///", "direct+file:///")))


def test_conda_lock() -> None:
    lock = (
        "version: 1\npackage:\n- name: zz-ghost\n  version: 1.0.0\n  manager: pip\n"
        f"  url: file:///srv/{WHEEL}\n  hash: {{sha256: {SHA256}}}\n"
    )

    assert is_beside(the_pin("conda-lock.yml", lock))


@pytest.mark.parametrize(
    "resolved", [*FILE_LINKS, *LINKS, f"vendor/{TGZ}", "file:zz-ghost-1.0.0%2Etgz"]
)
def test_npm(resolved: str) -> None:
    entry = {"version": "1.0.0", "resolved": resolved, "integrity": SRI}
    whole = {"lockfileVersion": 3, "packages": {"node_modules/zz-ghost": entry}}
    old = {"lockfileVersion": 1, "dependencies": {"zz-ghost": {"version": resolved}}}

    assert is_beside(the_pin("package-lock.json", json.dumps(whole)))
    assert is_beside(the_pin("package-lock.json", json.dumps(old)))


@pytest.mark.parametrize("version", ["1.0.0-rc.tgz", "1.0.0-1.tar"])
def test_a_version_of_npm_that_ends_like_an_archive_is_a_version(version: str) -> None:
    lock = {"lockfileVersion": 1, "dependencies": {"zz-ghost": {"version": version}}}

    pin = the_pin("package-lock.json", json.dumps(lock))

    assert (pin.origin.kind, pin.version) == (OriginKind.REGISTRY, version)


@pytest.mark.parametrize("place", [*FILE_LINKS, *LINKS, TGZ, f"vendor/{TGZ}"])
@pytest.mark.parametrize("tarball", [True, False])
@pytest.mark.parametrize("version", ["5.4", "6.0", "9.0", "12.0"])
def test_pnpm(place: str, tarball: bool, version: str) -> None:  # noqa: FBT001
    key = json.dumps(f"zz-ghost@{place}" if version in {"9.0", "12.0"} else place)
    stated = f", tarball: {json.dumps(place)}" if tarball else ""
    lock = (
        f"lockfileVersion: '{version}'\npackages:\n  {key}:\n    name: zz-ghost\n    version: 1.0.0\n"
        f"    resolution: {{integrity: {SRI}{stated}}}\n"
    )

    assert is_beside(the_pin("pnpm-lock.yaml", lock))


@pytest.mark.parametrize("place", ["file:../zz", "file:zz", "link:../zz", "workspace:zz", "link:."])
@pytest.mark.parametrize("version", ["5.4", "6.0", "9.0", "12.0"])
def test_a_folder_of_pnpm_is_no_release_of_a_registry(place: str, version: str) -> None:
    key = json.dumps(f"zz-ghost@{place}" if version in {"9.0", "12.0"} else place)
    lock = (
        f"lockfileVersion: '{version}'\npackages:\n  {key}:\n    name: zz-ghost\n    version: 1.0.0\n"
        f"    resolution: {{integrity: {SRI}}}\n"
    )

    pin = the_pin("pnpm-lock.yaml", lock)

    assert (pin.name, pin.origin.kind in {OriginKind.DIRECTORY, OriginKind.WORKSPACE}) == (
        "zz-ghost",
        True,
    )


@pytest.mark.parametrize(
    "tarball", [f"zz-ghost/-/{TGZ}", f"./zz-ghost/-/{TGZ}", f"/zz-ghost/-/{TGZ}"]
)
def test_a_tarball_of_pnpm_without_a_scheme_is_below_its_registry(tarball: str) -> None:
    lock = f"lockfileVersion: '9.0'\npackages:\n  zz-ghost@1.0.0:\n    resolution: {{tarball: {tarball}}}\n"

    assert str(the_pin("pnpm-lock.yaml", lock).origin) == "registry:"


@pytest.mark.parametrize(
    "key", ["zz-ghost@file:zz.tgz", "zz-ghost@latest", "file:zz.tgz", "/zz.tgz"]
)
def test_a_tarball_of_pnpm_below_the_registry_is_that_whatever_its_key_says(key: str) -> None:
    lock = (
        f"lockfileVersion: '9.0'\npackages:\n  {key}:\n    version: 1.0.0\n    name: zz-ghost\n"
        "    resolution: {tarball: zz-evil/-/zz-evil-2.0.0.tgz}\n"
    )

    pin = the_pin("pnpm-lock.yaml", lock)

    assert (pin.name, pin.version, str(pin.origin)) == ("zz-evil", "2.0.0", "registry:")


@pytest.mark.parametrize("place", [*FILE_LINKS, *LINKS])
def test_yarn_1(place: str) -> None:
    key, resolved = json.dumps(f"zz-ghost@{place}"), json.dumps(f"{place}#{'1' * 40}")

    assert is_beside(the_pin("yarn.lock", f'{key}:\n  version "1.0.0"\n  resolved {resolved}\n'))
    assert is_beside(the_pin("yarn.lock", f'{key}:\n  version "1.0.0"\n'))


@pytest.mark.parametrize(
    ("wanted", "url"),
    [(f"./{TGZ}", f"https://npm.example/{TGZ}"), (f"file:./{TGZ}", None)],
)
def test_yarn_1_fetches_what_was_resolved_of_a_path_without_file(
    wanted: str, url: str | None
) -> None:
    pin = the_pin(
        "yarn.lock",
        f'"zz-ghost@{wanted}":\n  version "1.0.0"\n  resolved "https://npm.example/{TGZ}"\n',
    )

    kind = OriginKind.PATH if url is None else OriginKind.URL
    assert pin.origin.kind is kind


@pytest.mark.parametrize(
    "reference",
    [f"file:{TGZ}", f"file:./v/{TGZ}::hash=1", f"FILE:../{TGZ}", f"./{TGZ}", f"v/{TGZ}::hash=1"],
)
def test_berry(reference: str) -> None:
    lock = (
        f'__metadata:\n  version: 8\n\n"zz-ghost@{reference}":\n  version: 1.0.0\n'
        f'  resolution: "zz-ghost@{reference}"\n  languageName: node\n  linkType: hard\n'
    )

    assert is_beside(the_pin("yarn.lock", lock))


@pytest.mark.parametrize(
    ("reference", "kind"),
    [
        ("link:../zz::locator=r%40workspace%3A.", OriginKind.DIRECTORY),
        ("portal:../zz::locator=r%40workspace%3A.", OriginKind.DIRECTORY),
        ("exec:./make.js#./make.js::locator=r%40workspace%3A.", OriginKind.DIRECTORY),
        ("file:../zz#../zz::hash=1", OriginKind.DIRECTORY),
        ("workspace:packages/zz", OriginKind.WORKSPACE),
    ],
)
def test_a_folder_of_berry(reference: str, kind: OriginKind) -> None:
    lock = (
        f'__metadata:\n  version: 8\n\n"zz-ghost@{reference}":\n  version: 1.0.0\n'
        f'  resolution: "zz-ghost@{reference}"\n  languageName: node\n  linkType: soft\n'
    )

    pin = the_pin("yarn.lock", lock)

    assert (pin.origin.kind, pin.url) == (kind, None)


@pytest.mark.parametrize("place", [*FILE_LINKS, *LINKS, TGZ, f"vendor/{TGZ}"])
def test_bun(place: str) -> None:
    lock = {"lockfileVersion": 1, "packages": {"zz-ghost": [f"zz-ghost@{place}", {}, SRI]}}

    assert is_beside(the_pin("bun.lock", json.dumps(lock)))


def test_deno() -> None:
    lock = {"version": "5", "npm": {"zz-ghost@1.0.0": {"tarball": f"file:///srv/{TGZ}"}}}

    assert is_beside(the_pin("deno.lock", json.dumps(lock)))


@pytest.mark.parametrize(
    ("path", "lock"),
    [
        pytest.param(
            "package-lock.json",
            f'{{"packages": {{"node_modules/zz-ghost": {{"version": "1.0.0", "resolved": "file:{TGZ}"}}',
            id="json",
        ),
        pytest.param(
            "pylock.toml",
            f'[[packages]]\nname = "zz-ghost"\nversion = "1.0.0"\nsdist = {{ path = "{WHEEL}" }}\n= broken\n',
            id="toml",
        ),
    ],
)
def test_a_lock_that_is_read_as_text(path: str, lock: str) -> None:
    pin = the_pin(path, lock)

    assert is_beside(pin)
    assert "recovered" in pin.flags


@pytest.mark.parametrize(
    ("place", "local", "path"),
    [
        ("file:a.whl", True, True),
        ("a/b.whl", True, False),
        ("C:/a.whl", True, True),
        ("https://a.example/b", False, False),
        ("git+file:///srv/a", False, False),
        ("//a.example/b", False, False),
        ("${BASE}/a.whl", False, False),
        ("", False, False),
    ],
)
def test_a_path_and_what_may_be_one(place: str, local: bool, path: bool) -> None:  # noqa: FBT001
    assert (is_local(place), is_path(place)) == (local, path)
