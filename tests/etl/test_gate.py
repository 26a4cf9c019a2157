"""The gate: what differs by more than 20 % from the last published delivery is held back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import gate

ERFURT, EICHSFELD = "16051", "16061"
COUNTS = st.dictionaries(
    st.sampled_from([ERFURT, EICHSFELD, "16062", "16000", "00000"]), st.integers(1, 300), min_size=1
)


def published(*counts: dict[str, int], released: tuple[int, ...] = ()) -> list[bool]:
    verdicts = gate.judge(counts, [nr in released for nr in range(len(counts))])
    return [one.published for one in verdicts]


def test_the_first_delivery_passes() -> None:
    assert published({ERFURT: 1}) == [True]


@pytest.mark.parametrize(("rows", "passes"), [(80, True), (120, True), (79, False), (121, False), (0, False)])
def test_exactly_a_fifth_in_total_passes(rows: int, passes: bool) -> None:  # noqa: FBT001
    assert published({"16000": 100}, {"16000": rows}) == [True, passes]


@given(fifth=st.integers(1, 1_000_000))
def test_exactly_a_fifth_passes_for_every_number_of_rows(fifth: int) -> None:
    assert gate.compare({ERFURT: 5 * fifth}, {ERFURT: 6 * fifth}) is None
    assert gate.compare({ERFURT: 5 * fifth}, {ERFURT: 4 * fifth}) is None
    assert gate.compare({ERFURT: 5 * fifth}, {ERFURT: 6 * fifth + 1}) is not None
    assert gate.compare({ERFURT: 5 * fifth}, {ERFURT: 4 * fifth - 1}) is not None


@pytest.mark.parametrize(
    ("before", "after", "passes"), [(50, 40, True), (50, 39, False), (50, 61, False), (49, 0, True), (49, 140, True)]
)
def test_a_kreis_counts_from_fifty_rows(before: int, after: int, passes: bool) -> None:  # noqa: FBT001
    assert published({ERFURT: before, EICHSFELD: 1000}, {ERFURT: after, EICHSFELD: 1000}) == [True, passes]


def test_a_kreis_that_vanishes_is_noticed() -> None:
    reason = gate.compare({ERFURT: 60, EICHSFELD: 1000}, {EICHSFELD: 1000})
    assert reason == "Kreis 16051: 0 statt zuvor 60 angenommene Zeilen: mehr als 20 % Unterschied."


@pytest.mark.parametrize("area", ["16000", "00000"])
def test_land_and_bund_are_no_kreis(area: str) -> None:
    assert published({area: 60, EICHSFELD: 1000}, {area: 10, EICHSFELD: 1000}) == [True, True]


def test_the_reason_names_both_numbers() -> None:
    assert gate.compare({ERFURT: 10}, {ERFURT: 2}) == "2 statt zuvor 10 angenommene Zeilen: mehr als 20 % Unterschied."


def test_what_is_held_back_is_no_measure_for_the_next() -> None:
    assert published({ERFURT: 100}, {ERFURT: 10}, {ERFURT: 100}, {ERFURT: 11}) == [True, False, True, False]


def test_what_is_released_is_the_measure_for_the_next() -> None:
    assert published({ERFURT: 100}, {ERFURT: 10}, {ERFURT: 11}, released=(1,)) == [True, True, True]


def test_a_released_delivery_keeps_the_reason_why_it_was_held_back() -> None:
    verdict = gate.judge([{ERFURT: 100}, {ERFURT: 10}], [False, True])[1]
    assert (verdict.published, verdict.reason is None) == (True, False)


@settings(derandomize=True)
@given(counts=st.lists(COUNTS, min_size=1, max_size=8), data=st.data())
def test_each_published_one_was_compared_with_the_published_one_before(
    counts: list[dict[str, int]], data: st.DataObject
) -> None:
    released = data.draw(st.lists(st.booleans(), min_size=len(counts), max_size=len(counts)))
    verdicts = gate.judge(counts, released)
    previous = None
    for rows, free, verdict in zip(counts, released, verdicts, strict=True):
        assert verdict.reason == (None if previous is None else gate.compare(previous, rows))
        assert verdict.published == (verdict.reason is None or free)
        previous = rows if verdict.published else previous
