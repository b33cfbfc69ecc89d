from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import kombu
import pytest

from crawler.errors import StoreError
from tests.servers.process import ends, is_alive
from tests.servers.waiting import PATIENCE
from workers.broker import Broker, connect, server_program

OWNER = """
import sys, time
from pathlib import Path
from workers.broker import Broker
print(Broker.open(Path(sys.argv[1])).pid, flush=True)
time.sleep(600)
"""


def test_a_broker_of_our_own_answers_celery_and_redis_clients_alike(tmp_path: Path) -> None:
    with Broker.open(tmp_path / "with space, 100% and #") as broker:
        with kombu.Connection(broker.url) as connection:
            queue = connection.SimpleQueue("q")
            queue.put({"id": 1})
            received = queue.get(timeout=PATIENCE).payload
            queue.close()
        with connect(broker.url) as client:
            pong = client.ping()

    assert received == {"id": 1}
    assert pong is True


def test_it_listens_on_no_port_and_only_its_user_reaches_it(tmp_path: Path) -> None:
    with Broker.open(tmp_path) as broker, connect(broker.url) as client:
        port = client.config_get("port")["port"]
        policy = client.config_get("maxmemory-policy")["maxmemory-policy"]
        sync = client.config_get("appendfsync")["appendfsync"]
        modes = [
            stat.S_IMODE((tmp_path / "broker" / name).stat().st_mode)
            for name in ("", "server.sock", "server.log", "lock")
        ]

    assert (port, policy, sync) == ("0", "noeviction", "everysec")
    assert modes == [0o700, 0o700, 0o600, 0o600]


def test_a_second_one_shares_the_server_and_does_not_end_it(tmp_path: Path) -> None:
    with Broker.open(tmp_path) as first:
        with Broker.open(tmp_path) as second:
            shared = second.url

        first.check()

    assert shared == first.url
    assert not second.owned


def test_of_eight_that_come_at_once_one_starts_the_server(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        brokers = list(pool.map(lambda _: Broker.open(tmp_path), range(8)))

    owners = [broker for broker in brokers if broker.owned]
    owners[0].stop()
    assert len(owners) == 1


def test_the_server_outlives_the_thread_that_asked_for_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        broker = pool.submit(Broker.open, tmp_path).result()

    time.sleep(0.2)

    broker.check()
    broker.stop()


def test_no_server_is_left_when_its_owner_is_killed(tmp_path: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, tmp_path], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    was_alive = is_alive(pid)

    owner.kill()
    owner.wait()
    owner.stdout.close()

    assert was_alive
    assert ends(pid)


def test_what_was_queued_is_there_after_the_server_was_killed(tmp_path: Path) -> None:
    first = Broker.open(tmp_path)
    with connect(first.url) as client:
        client.rpush("queue", "task")
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL)

    with Broker.open(tmp_path) as second, connect(second.url) as client:
        queued = client.lrange("queue", 0, -1)

    assert second.url == first.url
    assert queued == [b"task"]


def test_a_server_of_our_own_that_was_killed_is_started_again_at_its_address(
    tmp_path: Path,
) -> None:
    with Broker.open(tmp_path) as broker:
        lively = broker.revive()
        assert broker.pid is not None
        first = broker.pid
        os.kill(first, signal.SIGKILL)
        assert ends(first)

        revived = broker.revive()

        with connect(broker.url) as client:
            assert client.ping() is True
        second = broker.pid
    assert (lively, revived) == (False, True)
    assert second not in {None, first}
    assert second is not None
    assert ends(second)


def test_a_named_broker_that_died_is_not_ours_to_start(broker: Broker) -> None:
    with Broker.attach(broker.url) as named:
        named.url = "redis://127.0.0.1:1/0"

        assert named.revive() is False


def test_what_was_queued_is_there_after_a_stop(tmp_path: Path) -> None:
    with Broker.open(tmp_path) as first, connect(first.url) as client:
        client.rpush("queue", "task")

    with Broker.open(tmp_path) as second, connect(second.url) as client:
        queued = client.lrange("queue", 0, -1)

    assert queued == [b"task"]


def test_a_stale_socket_and_pid_file_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "server.sock").write_bytes(b"")
    (tmp_path / "broker" / "server.pid").write_text("1")

    with Broker.open(tmp_path) as broker:
        pid = int((tmp_path / "broker" / "server.pid").read_text())

        assert broker.pid == pid


def test_a_server_that_hangs_is_never_joined_by_a_second_one(tmp_path: Path) -> None:
    with Broker.open(tmp_path) as broker:
        (tmp_path / "broker" / "server.sock").unlink()

        with pytest.raises(StoreError, match=r"is running in .* but does not answer"):
            Broker.open(tmp_path, seconds=0.5)

        assert broker.pid is not None
        assert is_alive(broker.pid)


def test_a_long_state_directory_gets_a_socket_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(prefix="gc-", dir="/tmp") as elsewhere:
        monkeypatch.setenv("XDG_RUNTIME_DIR", elsewhere)

        with Broker.open(tmp_path / ("long" * 30)) as broker:
            broker.check()

            assert f"{elsewhere}/ghostcrawl-" in broker.url


def test_a_runtime_directory_with_a_long_name_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("deep" * 30)))

    with Broker.open(tmp_path / ("long" * 30)) as broker:
        broker.check()

        assert "deepdeep" not in broker.url


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    manifest = tmp_path / "broker" / "appendonlydir" / "appendonly.aof.manifest"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("nonsense\n")

    with pytest.raises(StoreError, match=r"does not start: .*AOF manifest"):
        Broker.open(tmp_path, program=server_program())


def test_a_program_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"does not start: .*no-such-server"):
        Broker.open(tmp_path, program=Path("/no-such-server"))


def test_a_directory_of_someone_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "broker").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StoreError, match="is not a directory of this user"):
        Broker.open(tmp_path)


def test_a_named_broker_that_does_not_answer_is_an_error_without_its_password() -> None:
    with pytest.raises(StoreError, match=r"redis://127.0.0.1:1/0 does not answer") as caught:
        Broker.attach("redis://user:hunter2@127.0.0.1:1/0")

    assert "hunter2" not in str(caught.value)


def test_a_named_broker_is_used_and_never_stopped(broker: Broker, tmp_path: Path) -> None:
    unix = broker.url.replace("redis+socket://", "unix://")

    with Broker.open(tmp_path, url=unix) as named:
        named.check()

    broker.check()
    assert named.url == broker.url
    assert not (tmp_path / "broker").exists()
