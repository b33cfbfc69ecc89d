from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from crawler.errors import ConfigurationError
from crawler.model import Ecosystem, ProjectKey
from feeds.npm.registry import npm_changes_url, npm_project, npm_registry_url, packument_url


def test_the_public_registry_is_known_without_being_spelled_out() -> None:
    parts = urlsplit(npm_registry_url())

    assert (parts.scheme, parts.path, parts.query) == ("https", "/", "")
    assert parts.netloc.startswith("registry.")


def test_the_changes_of_the_public_registry_are_told_beside_it() -> None:
    registry, changes = urlsplit(npm_registry_url()), urlsplit(npm_changes_url(npm_registry_url()))

    assert changes.scheme == "https"
    assert changes.netloc == registry.netloc.replace("registry.", "replicate.", 1)
    assert changes.path == "/registry/_changes"


def test_the_changes_of_a_registry_of_another_name_must_be_set() -> None:
    with pytest.raises(ConfigurationError, match=r"feeds\.npm_changes_url"):
        npm_changes_url("https://npm.example/")


@pytest.mark.parametrize("name", ["axios", "@zz/ghost", "JSONStream", "-", "a.b_c~d", "@_x/y"])
def test_names_of_packages_are_names(name: str) -> None:
    assert npm_project(name) == ProjectKey(ecosystem=Ecosystem.NPM, name=name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "_design/app",
        "../../etc/passwd",
        "..",
        "a/b",
        "@a/b/c",
        "@a/../b",
        "@/x",
        "a?b",
        "a#b",
        "a%2fb",
        "a b",
        "\u212aelvin",
        "a" * 215,
    ],
)
def test_what_could_lead_elsewhere_is_no_name(name: str) -> None:
    assert npm_project(name) is None


def test_a_scope_is_escaped_as_npm_does() -> None:
    project = ProjectKey(ecosystem=Ecosystem.NPM, name="@zz/ghost")

    url = packument_url("https://registry.npm.example", project)

    assert url == "https://registry.npm.example/@zz%2fghost"
