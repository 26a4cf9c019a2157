"""The load driver: this machine only, bounded, counts failures; its numbers are what they are called."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import load, visitors


def crowd(address: str, walks: list[list[str]], **pace: float) -> visitors.Log:
    """In a thread of its own: a browser test before may have left its event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(visitors.crowd(address, walks, **pace))).result()


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org", "http://192.168.0.1:8501", "https://127.0.0.1", "http://127.0.0.1.example.org", "ftp://127.0.0.1",
        "http://127.0.0.1@example.org", "http://0.0.0.0:8501", "127.0.0.1:8501", "", "http://",
    ],
)  # fmt: skip
def test_other_machines_are_refused(address: str):
    with pytest.raises(visitors.Refused, match="Nur dieser Rechner"):
        crowd(address, [[""]], within=0, pause=0)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8501", "http://localhost:8501/karte", "http://[::1]:8501"])
def test_this_machine_is_not(address: str):
    assert visitors.local(address) == address.removesuffix("/karte")


@pytest.mark.parametrize(("number", "within", "pause"), [(1_001, 0, 0), (1, 601, 0), (1, 0, 500)])
def test_a_crowd_is_bounded(number: int, within: float, pause: float):
    with pytest.raises(visitors.Refused, match="Höchstens"):
        crowd("http://127.0.0.1:9", [[""]] * number, within=within, pause=pause)


def test_a_server_that_is_not_there_is_counted_not_raised():
    log = crowd("http://127.0.0.1:9", [[""], ["karte"]], within=0, pause=0)
    assert log.runs == []
    assert len(log.failures) == 2
    assert log.failures[0].startswith("Startseite: ConnectError")


def test_walkers_see_every_page_in_different_orders():
    routes = load.walks(100)
    assert {len(route) for route in routes} == {9}
    assert {route[0] for route in routes} == {""}
    assert len({tuple(route) for route in routes}) == 40


@given(st.lists(st.floats(0, 100), min_size=1), st.sampled_from([0.5, 0.95]))
def test_a_percentile_is_a_measured_value_that_the_share_does_not_exceed(seconds: list[float], share: float):
    value = load.percentile(seconds, share)
    assert value in seconds
    assert sum(one <= value for one in seconds) >= share * len(seconds)
    assert sum(one < value for one in seconds) < share * len(seconds)
