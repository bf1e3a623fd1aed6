"""Fewer requests at once when the server asks for it or gets slow, more when all goes well; and an hour's budget."""

from __future__ import annotations

import threading

import pytest

from auditor.sources.tableau.source import is_cloud, is_in_clear
from auditor.sources.tableau.throttle import Throttle


def test_429_halves_the_width_and_good_answers_give_it_back():
    throttle = Throttle(8, per_hour=None)
    throttle.too_many()
    assert throttle.load().width == 4
    for _ in range(5):
        throttle.too_many()
    assert throttle.load().width == 1
    for _ in range(60):
        throttle.answered(0.05)
    assert throttle.load().width == 8


def test_slowness_narrows_but_never_to_a_trickle():
    throttle = Throttle(8, per_hour=None)
    for _ in range(20):
        throttle.answered(0.05)
    for _ in range(30):
        throttle.answered(4.0)
    assert 2 <= throttle.load().width < 8


def test_a_server_that_is_simply_slow_gets_its_width_back():
    throttle = Throttle(8, per_hour=None)
    throttle.answered(0.01)
    for _ in range(300):
        throttle.answered(0.8)
    assert throttle.load().width == 8


def test_no_more_than_the_width_are_in_the_air():
    throttle = Throttle(3, per_hour=None)
    flying, most, lock = 0, 0, threading.Lock()

    def work():
        nonlocal flying, most
        for _ in range(50):
            with throttle.slot():
                with lock:
                    flying += 1
                    most = max(most, flying)
                with lock:
                    flying -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert 1 <= most <= 3


def test_the_budget_is_spent_and_comes_back_with_the_hour(monkeypatch):
    import auditor.sources.tableau.throttle as room

    now = 1000.0
    monkeypatch.setattr(room.time, "monotonic", lambda: now)
    throttle = Throttle(1, per_hour=2)
    assert [throttle.spend() for _ in range(3)] == [True, True, False]
    now += 3600
    assert throttle.spend()


@pytest.mark.parametrize(
    ("address", "cloud", "clear"),
    [
        ("https://10ax.online.tableau.com", True, False),
        ("https://online.tableau.com.evil.example", False, False),
        ("https://tableau.agency.example", False, False),
        ("http://tableau.agency.example", False, True),
        ("http://127.0.0.1:8000", False, False),
    ],
)
def test_what_an_address_tells(address, cloud, clear):
    assert is_cloud(address) is cloud
    assert is_in_clear(address) is clear
