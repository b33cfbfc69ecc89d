from __future__ import annotations

import threading

from tests.servers.small_world import Clock
from workers.demo.quotas import PointLimit, Quotas

_THREE = PointLimit(resource="search", limit=3, seconds=60)


def test_points_are_taken_until_none_are_left() -> None:
    quotas = Quotas(clock=Clock(), clock_factor=1)

    charges = [quotas.spend(_THREE, "t") for _ in range(4)]

    assert [charge.remaining for charge in charges] == [2, 1, 0, 0]
    assert [charge.allowed for charge in charges] == [True, True, True, False]
    assert quotas.stats().violations == 1


def test_a_window_ends_after_its_seconds_and_the_clock_factor_shortens_them() -> None:
    clock = Clock(1000.0)
    quotas = Quotas(clock=clock, clock_factor=60)
    spent = [quotas.spend(_THREE, "t", 3)]

    clock.now = 1000.9
    spent.append(quotas.spend(_THREE, "t"))
    clock.now = 1001.0
    spent.append(quotas.spend(_THREE, "t"))

    assert [charge.allowed for charge in spent] == [True, False, True]
    assert [charge.reset for charge in spent] == [1001, 1001, 1002]


def test_identities_and_resources_have_windows_of_their_own() -> None:
    quotas = Quotas(clock=Clock(), clock_factor=1)
    other = PointLimit(resource="core", limit=3, seconds=60)

    left = [
        quotas.spend(_THREE, "t", 2).remaining,
        quotas.spend(_THREE, "u").remaining,
        quotas.spend(other, "t").remaining,
    ]

    assert left == [1, 2, 2]


def test_a_price_above_what_is_left_takes_nothing() -> None:
    quotas = Quotas(clock=Clock(), clock_factor=1)

    refused = quotas.spend(_THREE, "t", 4)

    assert (refused.allowed, refused.remaining) == (False, 3)


def test_points_are_given_back() -> None:
    quotas = Quotas(clock=Clock(), clock_factor=1)
    quotas.spend(_THREE, "t", 2)

    assert quotas.refund(_THREE, "t").remaining == 2
    assert quotas.look(_THREE, "t").remaining == 2


def test_the_fourth_violation_of_a_window_names_a_time_to_wait() -> None:
    quotas = Quotas(clock=Clock(), clock_factor=6)
    quotas.spend(_THREE, "t", 3)

    waits = [quotas.spend(_THREE, "t").retry_after for _ in range(4)]

    assert waits == [None, None, None, 10]


def test_threads_never_get_more_than_the_limit() -> None:
    quotas = Quotas(clock=Clock(), clock_factor=1)
    hundred = PointLimit(resource="core", limit=100, seconds=60)
    allowed: list[bool] = []

    def ask() -> None:
        for _ in range(50):
            quotas.count("GET /x")
            allowed.append(quotas.spend(hundred, "t").allowed)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(allowed) == 100
    assert (quotas.stats().total, quotas.stats().violations) == (200, 100)
