"""Where an npm registry is asked, and for what names.

No host is spelled out here: the public registry is the one that `packageurl` downloads `pkg:npm` from,
and a setting overrides it.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from packageurl.contrib.purl2url import get_download_url

from crawler.errors import ConfigurationError
from crawler.model import Ecosystem, ProjectKey, normalize_name

__all__ = ["npm_changes_url", "npm_project", "npm_registry_url", "packument_url"]

_PART = r"[A-Za-z0-9~!'()*-][A-Za-z0-9._~!'()*-]*+"
_NAME = re.compile(rf"(?:@[A-Za-z0-9._~!'()*-]++/)?{_PART}")
"""What the registry ever took (`validate-npm-package-name`, old names included); no path can hide in it."""
_REGISTRY, _REPLICATE = "registry.", "replicate."


def npm_registry_url() -> str:
    """Return the base of the public npm registry, with a trailing slash.

    Raises ConfigurationError where `packageurl` does not know it (any more).
    """
    known = get_download_url("pkg:npm/x@1")  # type: ignore[no-untyped-call] # the library has none
    parts = urlsplit(str(known or ""))
    if parts.scheme != "https" or not parts.netloc:
        msg = "the public npm registry is not known: set registries.npm.index_url"
        raise ConfigurationError(msg)
    return f"https://{parts.netloc}/"


def npm_changes_url(registry_url: str) -> str:
    """Return where the changes of the registry at `registry_url` are told.

    The public registry answers at `registry.<domain>` and replicates at `replicate.<domain>`, database
    `registry` (npm, "Replicate API", 2025). For a registry that is called otherwise it must be set.

    Raises:
        ConfigurationError: it cannot be derived.
    """
    parts = urlsplit(registry_url)
    if not parts.netloc.startswith(_REGISTRY):
        msg = "the changes of this npm registry cannot be derived: set feeds.npm_changes_url"
        raise ConfigurationError(msg)
    host = _REPLICATE + parts.netloc.removeprefix(_REGISTRY)
    return f"{parts.scheme}://{host}/registry/_changes"


def npm_project(name: str) -> ProjectKey | None:
    """Return the project that `name` is, or None: a design document, a path, hostile text."""
    normalized = normalize_name(Ecosystem.NPM, name)
    if normalized is None or not _NAME.fullmatch(normalized):
        return None
    return ProjectKey(ecosystem=Ecosystem.NPM, name=normalized)


def packument_url(registry_url: str, project: ProjectKey) -> str:
    """Return the URL of the packument of `project`; a scope is written `@scope%2fname`, as npm does."""
    escaped = quote(project.name, safe="@!'()*~").replace("%2F", "%2f")
    return f"{registry_url.rstrip('/')}/{escaped}"
