"""Rules of the house that hold for every file: no registry's host, no machine's path, hardened services."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pypi_simple import PYPI_SIMPLE_ENDPOINT
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
INDEX = str(urlsplit(PYPI_SIMPLE_ENDPOINT).hostname)
# In two halves, so that this file keeps the rule that it checks.
REGISTRY_HOSTS = (
    INDEX,
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "yarn" + "pkg.com",
    "deb." + "debian.org",
    "security." + "debian.org",
    "ftp." + "debian.org",
)
_MACHINE = re.compile(
    "|".join(
        (
            r"(?<![\w.$}/-])/" + r"(?:home|Users)/[A-Za-z]",
            r"(?<![\w.$}/-])/" + r"(?:work|root)/[A-Za-z.]",
            r"[A-Z]:\\\\?" + r"Users\\",
        )
    )
)


def _tracked() -> list[Path]:
    """Return what is committed or about to be; a state folder in the checkout is nobody's business."""
    asked = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached"],
        capture_output=True,
        check=False,
    )
    if asked.returncode:
        pytest.skip("not a checkout")
    names = asked.stdout.decode(errors="surrogateescape").split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in _tracked():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), start=1)
            if pattern.search(line)
        ]
    return found


def test_no_file_spells_out_a_host_of_a_public_registry() -> None:
    hosts = re.compile("|".join(map(re.escape, REGISTRY_HOSTS)), re.IGNORECASE)

    assert _lines_with(hosts) == []


def test_what_a_worker_stores_is_dated_by_one_clock() -> None:
    """So `chaos/test_faults.py` needs no machine with a wrong clock: it gives that one a wrong time."""
    read = re.compile(
        r"\butc_now\(\)|\bdatetime\.(?:now|utcnow|today)\(|\btime\.time\(|\bdate\.today\("
    )
    product = ("crawler/", "feeds/", "workers/")
    places = {line.partition(":")[0] for line in _lines_with(read) if line.startswith(product)}

    assert places == {
        "crawler/net/client.py",  # to read a wait that an answer gives as a date
        "workers/budget/governor.py",  # the same, while no broker answers
        "workers/cli/demo.py",
        "workers/cli/scan.py",
        "workers/clock.py",
        "workers/ledger/ledger.py",  # SQLite, which is on one machine
        "workers/ledger/migrations/versions/0009_lock_identity.py",
    }


def test_no_file_knows_a_developers_machine() -> None:
    assert _lines_with(_MACHINE) == []


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("see /" + "home/somebody/ghostcrawl", True),
        ('"/' + 'Users/somebody"', True),
        ("C:\\" + "Users\\somebody", True),
        ("/" + "work/main", True),
        ("https://index.example/home/page", False),
        ("$HOME/work/x", False),
        ("path = /state", False),
    ],
)
def test_the_search_for_machines_finds_what_it_should(line: str, *, known: bool) -> None:
    assert bool(_MACHINE.search(line)) is known


def test_the_search_for_registries_knows_the_index() -> None:
    assert INDEX.count(".") == 1
    assert PYPI_SIMPLE_ENDPOINT.startswith(f"https://{INDEX}/")


@pytest.mark.parametrize("lock", sorted(p.name for p in ROOT.glob("requirements*.lock")))
def test_our_own_locks_hold_hashes_and_no_url(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    requirements = re.findall(r"^(\S+)==(\S+)", text, re.MULTILINE)
    entries = [e for e in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if "==" in e]

    assert "://" not in text
    assert " @ " not in text
    assert not re.search(r"^\s*-(?!-hash=)", text, re.MULTILINE)
    assert len(requirements) == len(entries) > 20
    assert [e for e in entries if "--hash=sha256:" not in e] == []


def _services() -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = YAML(typ="safe").load(COMPOSE.read_text("utf-8"))[
        "services"
    ]
    return services


def test_the_services_are_valid_by_the_compose_specification() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    if not checker.is_file():
        pytest.skip("check-jsonschema is not installed")

    checked = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", COMPOSE],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("name", sorted(_services()))
def test_a_service_has_no_rights_that_it_does_not_need(name: str) -> None:
    service = _services()[name]
    user, _, group = str(service["user"]).partition(":")

    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"ports", "privileged", "devices", "pid", "ipc", "network_mode"} & set(service)
    assert service["pids_limit"] > 0
    assert "mem_limit" in service
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", ()))


def test_only_the_workers_that_ask_hosts_reach_the_internet() -> None:
    document = YAML(typ="safe").load(COMPOSE.read_text("utf-8"))
    open_networks = {n for n, v in document["networks"].items() if not (v or {}).get("internal")}
    reaching = {n for n, s in _services().items() if open_networks & set(s["networks"])}

    assert reaching == {"worker-api", "worker-git"}


def test_the_worker_that_reads_strangers_bytes_holds_no_token() -> None:
    worker = _services()["worker-git"]

    assert worker["secrets"] == ["database_git", "broker_git"]
    assert not [name for name in worker["environment"] if "TOKEN" in name]


def test_no_secret_stands_in_the_compose_file() -> None:
    document = YAML(typ="safe").load(COMPOSE.read_text("utf-8"))

    for service in document["services"].values():
        for name, value in service.get("environment", {}).items():
            named_file = name.endswith("_FILE")
            assert named_file or "PASS" not in name.upper()
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value))
    assert all(set(secret) == {"file"} for secret in document["secrets"].values())


def test_the_image_ends_as_a_user_without_rights() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]

    assert users[-1:] == ["ghostcrawl"]
    assert any("--require-hashes" in line for line in lines)


def test_the_engine_is_given_what_the_image_is_made_of_and_no_secret() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--" not in line]
    ignored, *let_in = [
        line
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line and line[0] != "#" and not line.startswith("**")
    ]

    assert ignored == "*"
    assert {line.removeprefix("!") for line in let_in} == {
        word for words in copied for word in words
    }


def test_every_secret_of_the_compose_file_is_made_and_each_service_has_its_own() -> None:
    document = YAML(typ="safe").load(COMPOSE.read_text("utf-8"))
    script = (ROOT / "deploy/make-secrets").read_text(encoding="utf-8")
    long_running = ("dispatcher", "worker-api", "worker-git")
    held = [secret for name in long_running for secret in document["services"][name]["secrets"]]

    assert [name for name in document["secrets"] if name not in script] == []
    assert len(held) == len(set(held))
    assert "database_owner" not in held


@pytest.mark.parametrize("name", ["dispatcher", "worker-api", "worker-git"])
def test_a_service_may_have_all_its_threads_and_the_time_to_give_work_back(name: str) -> None:
    service = _services()[name]
    command = service["command"]
    threads = int(command[command.index("-c") + 1]) if "-c" in command else 0

    assert service["pids_limit"] >= 4 * threads + 32
    assert int(service["stop_grace_period"].removesuffix("s")) >= 15
