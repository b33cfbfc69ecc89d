"""docker-compose.yml without an engine: exactly its commands, environments, users and files, as processes.

Each service gets a root of its own (`container.py`): read-only, with the volumes, secrets, configs and
tmpfs that the file names and nothing else of this machine but its programs; all share one network
namespace, in which their names lead to loopback. Images are played: ours by the Dockerfile on the
environment of the tests, PostgreSQL and Valkey by Debian's PostgreSQL 15 and Redis 7. Limits of memory,
processors and networks are not played. Needs root.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.servers.waiting import PATIENCE

__all__ = ["Compose", "missing_for_compose", "network"]

ROOT = Path(__file__).parents[2]
_SHIMS = {"valkey-server": "redis-server", "valkey-cli": "redis-cli"}
_POSTGRES = "usr/lib/postgresql/15/bin/postgres"
# What docker-entrypoint.sh of the image does with an empty volume, and with one that it has made before.
_POSTGRES_IMAGE = """
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" $POSTGRES_INITDB_ARGS >/dev/null
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  pg_ctl --wait --silent --options="-c listen_addresses=" start
  PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE") psql -q -h /run/postgresql -U "$POSTGRES_USER" -d postgres \
    -c "CREATE DATABASE $POSTGRES_DB"
  pg_ctl --wait --silent --mode=fast stop
fi
exec postgres -c listen_addresses='*' -c unix_socket_directories=/run/postgresql -c log_connections=on
"""


def missing_for_compose(tools: Path) -> str:
    """Say what this machine lacks to play the file; empty where it can."""
    if os.geteuid() != 0:
        return "only root can make mount and network namespaces"
    debian = tools / "debian"
    missing = [p for p in (_POSTGRES, "usr/bin/redis-server") if not (debian / p).exists()]
    if missing:
        return f"{', '.join(missing)} is not below {debian}; see .ci/tools"
    made = subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True, check=False)
    return "" if made.returncode == 0 else "no namespaces here: " + made.stderr.decode().strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Image:
    """What a container of an image starts with, before the service says otherwise."""

    entrypoint: Sequence[str]
    command: Sequence[str]
    environment: Mapping[str, str]
    read_only: Sequence[tuple[str, str]]
    workdir: str
    health: Sequence[str] = ()
    stop_signal: int = signal.SIGTERM


@dataclass(slots=True, kw_only=True)
class Running:
    """A service that was started."""

    process: subprocess.Popen[bytes]
    stop_signal: int
    grace: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Compose:
    """The project of a compose file whose files are those of `project`."""

    project: Path
    folder: Path
    tools: Path
    holder: int
    """Process that holds the network namespace."""
    running: dict[str, Running] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.document["volumes"]:
            (self.folder / "volumes" / name).mkdir(parents=True)
        (self.folder / "logs").mkdir()
        _shims(self.folder / "shims")

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = YAML(typ="safe").load(
            (self.project / "docker-compose.yml").read_text("utf-8")
        )
        return document

    def service(self, name: str) -> dict[str, Any]:
        service: dict[str, Any] = self.document["services"][name]
        return service

    def up(self) -> None:
        """Start what no profile holds back, each when what it depends on is as the file wants it."""
        for name, service in self.document["services"].items():
            if "profiles" not in service:
                self._ready(name, service)

    def start(self, name: str) -> None:
        """Start one service, whatever it depends on."""
        service = self.service(name)
        image = self._image(service)
        words = _words(service, image)
        self.running[name] = Running(
            process=self._spawn(name, service, words),
            stop_signal=image.stop_signal,
            grace=_seconds(service.get("stop_grace_period", "10s")),
        )

    def run(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """`docker compose run --rm NAME WORDS`; the output is text."""
        service = self.service(name)
        image = self._image(service)
        command = _words({**service, "command": [*words]}, image)
        process = self._spawn(name, service, command, pipe=True)
        out, _ = process.communicate(timeout=600)
        log = (self.folder / "logs" / f"{name}.log").read_text(errors="replace")
        return subprocess.CompletedProcess(command, process.returncode, out.decode(), log)

    def exec(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command as the service would, without its entrypoint (`docker compose exec`)."""
        process = self._spawn(f"{name}-exec", self.service(name), words, pipe=True)
        out, _ = process.communicate(timeout=600)
        log = (self.folder / "logs" / f"{name}-exec.log").read_text(errors="replace")
        return subprocess.CompletedProcess(words, process.returncode, out.decode(), log)

    def restart_ended(self) -> list[str]:
        """Start again what has ended by itself, as the policy of its service says; return the names."""
        ended = [
            name
            for name, one in self.running.items()
            if one.process.poll() is not None and self.service(name)["restart"] == "unless-stopped"
        ]
        for name in ended:
            self.start(name)
        return ended

    def is_healthy(self, name: str) -> bool:
        """Run the healthcheck of a service, or of its image, once."""
        service = self.service(name)
        test = service.get("healthcheck", {}).get("test") or self._image(service).health
        assert test[0] == "CMD", test
        return self.exec(name, *test[1:]).returncode == 0

    def kill(self, name: str) -> None:
        """End a service as the kernel does that is out of memory."""
        process = self.running.pop(name).process
        process.kill()
        process.wait()

    def stop(self, name: str) -> int:
        """`docker compose stop`; return the exit code, -9 after the grace period."""
        running = self.running.pop(name)
        running.process.send_signal(running.stop_signal)
        try:
            return running.process.wait(running.grace)
        except subprocess.TimeoutExpired:
            running.process.kill()
            return running.process.wait()

    def down(self) -> dict[str, int]:
        """Stop all, those that others depend on last."""
        order = reversed(self.document["services"])
        return {name: self.stop(name) for name in order if name in self.running}

    def log(self, name: str) -> str:
        return (self.folder / "logs" / f"{name}.log").read_text(errors="replace")

    def _ready(self, name: str, service: Mapping[str, Any]) -> None:
        for other, wanted in service.get("depends_on", {}).items():
            self._await(other, wanted["condition"])
        self.start(name)

    def _await(self, name: str, condition: str) -> None:
        until = time.monotonic() + PATIENCE
        process = self.running[name].process
        while time.monotonic() < until:
            match condition:
                case "service_healthy":
                    assert process.poll() is None, self.log(name)
                    if self.is_healthy(name):
                        return
                case "service_completed_successfully":
                    if process.poll() is not None:
                        assert process.returncode == 0, self.log(name)
                        return
                case other:
                    raise AssertionError(other)
            time.sleep(0.1)
        raise AssertionError(f"{name} is not {condition}: {self.log(name)}")

    def _spawn(
        self, name: str, service: Mapping[str, Any], command: Sequence[str], *, pipe: bool = False
    ) -> subprocess.Popen[bytes]:
        spec = self._spec(service, command)
        file = Path(tempfile.mkstemp(dir=self.folder, suffix=".json")[1])
        file.write_text(json.dumps(spec))
        words = [sys.executable, "-m", "tests.servers.container", str(file)]
        with (self.folder / "logs" / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                ["nsenter", f"--net=/proc/{self.holder}/ns/net", "unshare", "--mount", *words],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipe else log,
                stderr=log,
                start_new_session=True,
            )

    def _spec(self, service: Mapping[str, Any], command: Sequence[str]) -> dict[str, Any]:
        image = self._image(service)
        uid, gid = map(int, service["user"].split(":"))
        volumes = [_pair(volume) for volume in service.get("volumes", ())]
        for volume, _ in volumes:
            os.chown(self.folder / "volumes" / volume, uid, gid)
        document = self.document
        files = [
            (document["secrets"][s]["file"], f"/run/secrets/{s}")
            for s in service.get("secrets", ())
        ]
        files += [
            (document["configs"][c["source"]]["file"], c["target"])
            for c in service.get("configs", ())
        ]
        environment = dict(image.environment) | {
            key: str(value) for key, value in service.get("environment", {}).items()
        }
        assert service["read_only"] is True
        root = Path(tempfile.mkdtemp(dir=self.folder))
        return {
            "root": str(root),
            "uid": uid,
            "gid": gid,
            "command": list(command),
            "environment": environment,
            "workdir": image.workdir,
            "read_only": [
                *image.read_only,
                *((str(self.project / file), target) for file, target in files),
            ],
            "volumes": [(str(self.folder / "volumes" / v), target) for v, target in volumes],
            "tmpfs": [_tmpfs(text) for text in service.get("tmpfs", ())],
        }

    def _image(self, service: Mapping[str, Any]) -> _Image:
        match str(service["image"]).partition(":")[0]:
            case "ghostcrawl":
                return _ours()
            case "postgres":
                return self._debian(
                    ["sh", "-c", _POSTGRES_IMAGE], "/var/lib/postgresql/data", signal.SIGINT
                )
            case "valkey/valkey":
                return self._debian([], "/data", signal.SIGTERM)
            case other:
                raise AssertionError(f"no program here plays the image {other}")

    def _debian(self, entrypoint: Sequence[str], home: str, stop_signal: int) -> _Image:
        shims, debian = "/opt/shims", "/opt/debian"
        path = f"{shims}:{debian}/usr/bin:{debian}/usr/lib/postgresql/15/bin:/usr/bin:/bin"
        libraries = f"{debian}/usr/lib/x86_64-linux-gnu"
        return _Image(
            entrypoint=entrypoint,
            command=(),
            environment={
                "PATH": path,
                "LD_LIBRARY_PATH": libraries,
                "PGDATA": home,
                "LC_ALL": "C.UTF-8",
            },
            read_only=[
                (str(self.tools / "debian"), debian),
                (str(self.folder / "shims"), shims),
            ],
            workdir="/",
            stop_signal=stop_signal,
        )


def _ours() -> _Image:
    """Read the last stage of the Dockerfile, on the environment of the tests."""
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line.partition(" ") for line in text.splitlines() if line and line[0] != "#"]
    last = max(i for i, (word, _, _) in enumerate(lines) if word == "FROM")
    stage = [(word, rest) for word, _, rest in lines[last:]]
    said = dict(stage)
    workdir = said["WORKDIR"]
    read_only = [(sys.base_prefix, sys.base_prefix), (sys.prefix, "/opt/ghostcrawl")]
    for word, rest in stage:
        if word == "COPY" and not rest.startswith("--from"):
            *sources, target = rest.split()
            read_only += [
                (str(ROOT / s), f"{workdir}/{target.rstrip('./')}")
                for s in sources
                if (ROOT / s).is_dir()
            ]
    health = json.loads(said["HEALTHCHECK"].partition("CMD ")[2]) if "HEALTHCHECK" in said else []
    return _Image(
        entrypoint=json.loads(said["ENTRYPOINT"]),
        command=json.loads(said["CMD"]),
        environment=dict(word.partition("=")[::2] for word in shlex.split(said["ENV"])),
        read_only=read_only,
        workdir=workdir,
        health=["CMD", *health] if health else [],
    )


def _words(service: Mapping[str, Any], image: _Image) -> list[str]:
    command = service.get("command", image.command)
    assert not isinstance(command, str), "a command is a list: a shell would read it otherwise"
    return [*service.get("entrypoint", image.entrypoint), *command]


def _pair(text: str) -> tuple[str, str]:
    first, _, second = text.partition(":")
    return first, second


def _tmpfs(text: str) -> tuple[str, str]:
    target, options = _pair(text)
    return target, options or "mode=1777"


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+)s", text)
    assert found is not None, text
    return float(found[1])


def _shims(folder: Path) -> None:
    folder.mkdir()
    for name, program in _SHIMS.items():
        (folder / name).symlink_to(f"/opt/debian/usr/bin/{program}")


@contextmanager
def network() -> Iterator[int]:
    """Hold a network namespace in which only loopback is there; yield the id of the process."""
    words = ["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec sleep infinity"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"up\n"
        try:
            yield holder.pid
        finally:
            holder.kill()
