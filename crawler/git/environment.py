"""The environment and settings under which the git program may touch hostile repositories.

Nothing is inherited: a GIT_CONFIG_PARAMETERS from outside would override all of this. Source of the
names: git(1), git-config(1), gitprotocol-v2(5).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

__all__ = ["LOCAL_SETTINGS", "PROGRAMS", "REMOTE_SETTINGS", "bare_config", "git_environment"]

PROGRAMS = "/usr/local/bin:/usr/bin:/bin"
"""The PATH of git children."""

LOCAL_SETTINGS: Mapping[str, str] = {
    "protocol.allow": "never",
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.attributesFile": os.devnull,
    "core.symlinks": "false",
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "core.bigFileThreshold": "10m",
    "core.packedGitLimit": "128m",
    "core.packedGitWindowSize": "32m",  # the default maps 1 GiB at once
    "core.deltaBaseCacheLimit": "16m",
    "core.alternateRefsCommand": "/bin/false",
    "credential.helper": "",
    "submodule.recurse": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "pack.threads": "1",
    "safe.bareRepository": "explicit",
    "safe.directory": "*",
}
"""For every git child, also those that only read what is here already."""

REMOTE_SETTINGS: Mapping[str, str] = {
    "protocol.https.allow": "always",
    "http.followRedirects": "false",
    "http.proxy": "",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "8",
    "http.maxRequests": "1",
    "transfer.fsckObjects": "true",
    "transfer.bundleURI": "false",
    "fetch.unpackLimit": "1",
    "fetch.recurseSubmodules": "false",
    "fetch.writeCommitGraph": "false",
}
"""Besides, for the children that talk to a server."""


def bare_config(object_format: str) -> str:
    """Return the configuration of a git directory of ours whose objects have names in this format.

    Source: git's Documentation/technical/repository-version.txt.
    """
    if object_format == "sha1":
        return "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
    return (
        "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
        f"[extensions]\n\tobjectFormat = {object_format}\n"
    )


def git_environment(
    git_dir: Path, home: Path, settings: Mapping[str, str], *, protocols: str = ""
) -> dict[str, str]:
    """Return a whole environment for git: `settings` last, `protocols` as in GIT_ALLOW_PROTOCOL."""
    environment = {
        "PATH": PROGRAMS,
        "LC_ALL": "C",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "TMPDIR": str(home),
        "GIT_DIR": str(git_dir),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_PARAMETERS": "",
        "GIT_ATTR_NOSYSTEM": "1",
        # The empty list would mean "the default", so it names a protocol that does not exist.
        "GIT_ALLOW_PROTOCOL": protocols or "none",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/true",
        "SSH_ASKPASS": "/bin/true",
        "GIT_SSH_COMMAND": "/bin/false",
        "GIT_PROXY_COMMAND": "/bin/false",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_ALLOC_LIMIT": "256m",
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    for number, (key, value) in enumerate(settings.items()):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment
