"""What comes inside the archive of another package; what npm 11.19 did with each of these is noted."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from crawler.lockfiles.javascript.npm import NpmParser
from crawler.lockfiles.javascript.npm_bundles import bundlers

_Entry = Mapping[str, object]
URL = "https://registry.npm.example/zz-inner/-/zz-inner-1.0.0.tgz"
OUTER, INNER = "node_modules/zz-outer", "node_modules/zz-outer/node_modules/zz-inner"


def origins(packages: Mapping[str, _Entry]) -> dict[str | None, str]:
    """Return the origin of each pin by its name."""
    lock = {"lockfileVersion": 3, "packages": {"": {"name": "root"}, **packages}}
    return {pin.name: str(pin.origin) for pin in NpmParser().parse(json.dumps(lock).encode()).pins}


@pytest.mark.parametrize(
    "outer",
    [
        {"bundleDependencies": ["zz-inner"]},
        {"bundleDependencies": True, "dependencies": {"zz-inner": "1.0.0"}},
        {"bundledDependencies": ["zz-inner"]},
    ],
)
@pytest.mark.parametrize("inner", [{}, {"inBundle": True}, {"resolved": URL, "inBundle": True}])
def test_what_a_package_lists_comes_in_its_archive(outer: _Entry, inner: _Entry) -> None:
    found = origins({
        OUTER: {"version": "1.0.0", **outer},
        INNER: {"version": "1.0.0", **inner},
    })  # fmt: skip

    assert found == {"zz-outer": "registry:", "zz-inner": f"bundled:{OUTER}"}


def test_what_a_bundled_package_needs_comes_along_below_and_beside_it() -> None:
    found = bundlers([
        (OUTER, {"bundleDependencies": ["zz-inner"]}),
        (INNER, {"dependencies": {"zz-below": "1", "zz-beside": "1", "zz-above": "1"}}),
        (f"{INNER}/node_modules/zz-below", {"optionalDependencies": {"zz-later": "1"}}),
        (f"{OUTER}/node_modules/zz-beside", {}),
        (f"{OUTER}/node_modules/zz-later", {}),
        (f"{OUTER}/node_modules/zz-other", {}),
        ("node_modules/zz-above", {}),
    ])  # fmt: skip

    assert found == {
        INNER: OUTER,
        f"{INNER}/node_modules/zz-below": OUTER,
        f"{OUTER}/node_modules/zz-beside": OUTER,
        f"{OUTER}/node_modules/zz-later": OUTER,
    }


@pytest.mark.parametrize(
    ("packages", "seen"),
    [
        pytest.param(
            {
                OUTER: {"version": "1.0.0", "dependencies": {"zz-inner": "1.0.0"}},
                INNER: {"version": "1.0.0", "inBundle": True, "resolved": URL},
            },
            "fetched, as nothing lists it",
            id="only the flag says so",
        ),
        pytest.param(
            {
                OUTER: {"version": "1.0.0", "bundleDependencies": ["zz-other"]},
                INNER: {"version": "1.0.0", "inBundle": True, "resolved": URL},
            },
            "fetched, as something else is listed",
            id="another one is listed",
        ),
        pytest.param(
            {"node_modules/zz-inner": {"version": "1.0.0", "inBundle": True, "resolved": URL}},
            "fetched, as the project has no archive",
            id="the project itself lists it",
        ),
        pytest.param(
            {
                "packages/zz-outer": {"bundleDependencies": ["zz-inner"]},
                "packages/zz-outer/node_modules/zz-inner": {"version": "1.0.0", "resolved": URL},
            },
            "a member of the workspace has no archive either",
            id="a workspace lists it",
        ),
    ],
)
def test_what_is_fetched_all_the_same_comes_from_the_registry(
    packages: Mapping[str, _Entry], seen: str
) -> None:
    assert origins(packages)["zz-inner"] == "registry:", seen


def test_a_flag_on_what_has_no_place_of_its_own_is_believed() -> None:
    found = origins({OUTER: {"version": "1.0.0"}, INNER: {"version": "1.0.0", "inBundle": True}})

    assert found["zz-inner"] == f"bundled:{OUTER}"


def test_version_1_flags_what_lies_inside_another_package() -> None:
    inner = {"version": "1.0.0", "resolved": URL, "bundled": True}
    lock = {
        "lockfileVersion": 1,
        "dependencies": {
            "zz-outer": {"version": "1.0.0", "dependencies": {"zz-inner": inner}},
            "zz-root": {"version": "1.0.0", "bundled": True},
        },
    }

    pins = NpmParser().parse(json.dumps(lock).encode()).pins

    assert [(pin.name, str(pin.origin)) for pin in pins] == [
        ("zz-outer", "registry:"),
        ("zz-inner", f"bundled:{OUTER}"),
        ("zz-root", "registry:"),
    ]


def test_both_sections_of_version_2_make_one_pin() -> None:
    lock = {
        "lockfileVersion": 2,
        "packages": {
            OUTER: {"version": "1.0.0", "bundleDependencies": ["zz-inner"]},
            INNER: {"version": "1.0.0", "inBundle": True},
        },
        "dependencies": {
            "zz-outer": {
                "version": "1.0.0",
                "dependencies": {"zz-inner": {"version": "1.0.0", "bundled": True}},
            }
        },
    }

    pins = NpmParser().parse(json.dumps(lock).encode()).pins

    assert [str(pin.origin) for pin in pins] == ["registry:", f"bundled:{OUTER}"]


def test_packages_that_list_each_other_in_a_circle_end() -> None:
    entries: list[tuple[str, _Entry]] = [
        (OUTER, {"bundleDependencies": ["zz-inner", 3], "dependencies": []}),
        (INNER, {"bundleDependencies": ["zz-outer"], "dependencies": {"zz-inner": "1"}}),
        (f"{INNER}/node_modules/zz-outer", {"dependencies": {"zz-inner": "1", "zz-outer": "1"}}),
    ]

    assert bundlers(entries) == {INNER: OUTER, f"{INNER}/node_modules/zz-outer": OUTER}
