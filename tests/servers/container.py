"""What a container engine does before it starts a command: a root of its own, a user, no rights.

Run as a program by root, inside a mount namespace of its own: `python -m tests.servers.container SPEC`.
It becomes the command, so that its process id is that of the command.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["ETC"]

ETC = {
    "passwd": "root:x:0:0::/:/bin/sh\npostgres:x:70:70::/:/bin/sh\nvalkey:x:999:1000::/:/bin/sh\nghostcrawl:x:10001:10001::/:/bin/sh\n",
    "group": "root:x:0:\npostgres:x:70:\nvalkey:x:1000:\nghostcrawl:x:10001:\n",
    "hosts": "127.0.0.1 localhost postgres valkey\n",
    "nsswitch.conf": "hosts: files\n",
}
_HOST = ("/usr", "/proc", "/dev", "/etc/ssl")
_LINKS = ("bin", "sbin", "lib", "lib64")


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


def _bind(root: Path, source: str, target: str, *, writable: bool = False) -> None:
    place = root / target.lstrip("/")
    if Path(source).is_dir():
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    _mount("--rbind", source, str(place))
    if not writable:
        _mount("-o", "remount,ro,bind", str(place))


def _enter(spec: dict[str, Any]) -> None:
    root = Path(spec["root"])
    _mount("-t", "tmpfs", "-o", "mode=0755", "none", str(root))
    for path in _HOST:
        _bind(root, path, path, writable=path in {"/dev", "/proc"})
    for name in _LINKS:
        if Path("/", name).is_symlink():
            (root / name).symlink_to(Path("/", name).readlink())
    (root / "var").mkdir()
    (root / "var/run").symlink_to("/run")
    for name, text in ETC.items():
        (root / "etc" / name).write_text(text)
    for source, target in spec["read_only"]:
        _bind(root, source, target)
    for source, target in spec["volumes"]:
        _bind(root, source, target, writable=True)
    for target, options in spec["tmpfs"]:
        (root / target.lstrip("/")).mkdir(parents=True, exist_ok=True)
        _mount("-t", "tmpfs", "-o", options, "none", str(root / target.lstrip("/")))
    _mount("-o", "remount,ro", str(root))
    os.chroot(root)
    os.chdir(spec["workdir"])


def main() -> None:
    """Enter the root of the spec and become its command."""
    spec = json.loads(Path(sys.argv[1]).read_text())
    _enter(spec)
    words = ["setpriv", f"--reuid={spec['uid']}", f"--regid={spec['gid']}", "--clear-groups"]
    words += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--", *spec["command"]]
    os.execve("/usr/bin/setpriv", words, spec["environment"])


if __name__ == "__main__":
    main()
