from __future__ import annotations

import pytest

from crawler.errors import ConfigurationError, StoreError
from workers.cluster.app import PoolHint, make_app, sender, work
from workers.ledger.work import WorkKind

URL = "redis://127.0.0.1:1/0"


def test_only_json_is_accepted_and_nothing_is_kept() -> None:
    conf = make_app(URL, pool_hint=PoolHint.THREADS).conf

    assert make_app(URL, pool_hint=PoolHint.THREADS).backend.as_uri() == "disabled://"
    assert conf.accept_content == ["json"]
    assert conf.task_ignore_result is True
    assert conf.task_acks_late is True
    assert conf.task_reject_on_worker_lost is False
    assert conf.worker_prefetch_multiplier == 1


@pytest.mark.parametrize("seconds", [1.0, 4.5, 600.0])
def test_a_message_is_given_out_again_only_after_twice_the_longest_task(seconds: float) -> None:
    conf = make_app(URL, pool_hint=PoolHint.PREFORK, task_seconds=seconds).conf

    assert conf.task_time_limit == seconds
    assert conf.broker_transport_options["visibility_timeout"] > 2 * seconds


def test_a_task_without_a_name_of_its_own_is_refused() -> None:
    app = make_app(URL, pool_hint=PoolHint.SOLO)

    def visit() -> None: ...

    app.task(visit)

    with pytest.raises(ConfigurationError, match="visit needs an explicit name"):
        app.finalize()


def test_a_worker_of_no_queue_is_refused() -> None:
    app = make_app(URL, pool_hint=PoolHint.SOLO)

    with pytest.raises(ConfigurationError, match="unknown queues parse; there are api, git"):
        work(app, queues=["parse", "git"], pool=PoolHint.SOLO, concurrency=1, name="x")


def test_a_broker_that_is_away_is_a_store_error() -> None:
    send = sender(make_app(URL, pool_hint=PoolHint.SOLO))

    with pytest.raises(StoreError, match="cannot enqueue tasks"):
        send(WorkKind.VISIT, [(1, 1)])
