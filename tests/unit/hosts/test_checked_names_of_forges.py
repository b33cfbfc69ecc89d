"""Names of repositories as sourcehut, Pagure and Launchpad allow them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.errors import Refused
from crawler.git.urls import parse_repository_url
from crawler.hosts.checked_names import (
    checked_owner,
    checked_pagure_path,
    checked_tilde_path,
    checked_unique_name,
)

_HOSTILE = [
    "", "/", "a//b", "../b", "a/..", "a/.", "a/b?x", "a/b#c", "a b/c", "a/b\n", "a/%2e%2e",
    "\u0430/b", "a\\b/c", "-a/b", "a/b:c", "https://evil.example/a", "a/b.git", "~a/..", "~../b",
    "a/b/c/d/e/f/g/h", "~a/b/", "/~a/b", "~a/b\u202ec", "x" * 400,
]  # fmt: skip


@pytest.mark.parametrize(
    "check", [checked_tilde_path, checked_pagure_path, checked_unique_name, checked_owner]
)
@pytest.mark.parametrize("path", _HOSTILE)
def test_a_hostile_name_is_refused_by_every_shape(check: Callable[[str], str], path: str) -> None:
    with pytest.raises(Refused):
        check(path)


@pytest.mark.parametrize("path", ["~me/app", "~me_2-b/.build.d", "~a/b_c-d.e"])
def test_a_repository_of_sourcehut_has_an_owner_with_a_tilde(path: str) -> None:
    assert checked_tilde_path(path) == path
    assert parse_repository_url(f"https://git.example/{path}").path == f"/{path}"


@pytest.mark.parametrize("path", ["me/app", "~me", "~/app", "~~me/app", "~me/a/b", "~m.e/a"])
def test_another_shape_is_none_of_sourcehuts(path: str) -> None:
    with pytest.raises(Refused):
        checked_tilde_path(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("pagure", "pagure"),
        ("rpms/libstdc++.so_6", "rpms/libstdc++.so_6"),
        ("fork/me/app", "fork/me/app"),
        ("forks/me/rpms/app", "fork/me/rpms/app"),
    ],
)
def test_a_project_of_pagure_may_have_a_namespace_and_be_a_fork(path: str, expected: str) -> None:
    assert checked_pagure_path(path) == expected
    assert parse_repository_url(f"https://git.example/{path}.git").path == f"/{path}.git"


@pytest.mark.parametrize("path", ["fork", "forks", "fork/me", "fork/me/a/b/c", "a/b/c", "~a/b"])
def test_another_shape_is_none_of_pagures(path: str) -> None:
    with pytest.raises(Refused):
        checked_pagure_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "~me/project/+git/App@2+x_y", "~me/ubuntu/+source/a+b/+git/b", "~me/+git/dotfiles",
        "~me/ubuntu/+oci/img/+git/img", "project", "ubuntu/+source/gcc-13", "~me/project",
        "~me/ubuntu/+source/b",
    ],
)  # fmt: skip
def test_a_repository_of_launchpad_has_a_unique_name_or_an_alias(path: str) -> None:
    assert checked_unique_name(path) == path
    assert parse_repository_url(f"https://git.example/{path}").path == f"/{path}"


@pytest.mark.parametrize(
    "path", ["me/project", "~me", "project/+git/a", "~me/p/+git", "~me/p/+ref/a", "~me/p/+git/a/b",
             "~me/p/+git/x.git", "~Me/p/+git/x", "~me/p/+source/x/+git/+git/y"],
)  # fmt: skip
def test_another_shape_is_none_of_launchpads(path: str) -> None:
    with pytest.raises(Refused):
        checked_unique_name(path)
