from __future__ import annotations

import pytest

from crawler.errors import ConfigurationError, StoreError
from workers.cluster.app import BrokerHints, make_app, work

URL = "redis://127.0.0.1:1/0"


def test_only_json_is_accepted_nothing_is_kept_and_what_is_taken_is_acknowledged() -> None:
    conf = make_app(URL).conf

    assert make_app(URL).backend.as_uri() == "disabled://"
    assert conf.accept_content == ["json"]
    assert conf.task_ignore_result is True
    assert conf.task_acks_late is False
    assert conf.worker_prefetch_multiplier == 1


def test_a_task_without_a_name_of_its_own_is_refused() -> None:
    app = make_app(URL)

    def visit() -> None: ...

    app.task(visit)

    with pytest.raises(ConfigurationError, match="visit needs an explicit name"):
        app.finalize()


def test_a_worker_of_no_queue_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="unknown queue parse; there are api, git"):
        work(make_app(URL), pool="parse", threads=1, name="x")


def test_a_broker_that_is_away_is_a_store_error() -> None:
    hints = BrokerHints(make_app(URL), URL)

    with pytest.raises(StoreError, match="cannot enqueue tasks"):
        hints.send("git")
    with pytest.raises(StoreError, match="cannot read the queue git"):
        hints.waiting("git")
    hints.close()
