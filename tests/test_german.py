"""German numbers, dates, plurals and sorting: what a reader sees can be read back, and never claims too much."""

from datetime import date, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradmesser import german

NUMBERS = st.floats(-1e12, 1e12, allow_nan=False)
COUNTS = st.integers(0, 10**6)
TEXTS = st.text(max_size=30)


@given(NUMBERS, st.integers(0, 6))
def test_number_can_be_read_back(value: float, decimals: int):
    assert german.parse_number(german.number(value, decimals)) == float(f"{value:.{decimals}f}")


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1234.5, 1, "1.234,5"),
        (1234567, 0, "1.234.567"),
        (999, 0, "999"),
        (-3, 0, "\N{MINUS SIGN}3"),
        (-0.04, 1, "0,0"),
        (0.05, 2, "0,05"),
        (None, 0, "k. A."),
        (float("nan"), 2, "k. A."),
        (float("inf"), 0, "k. A."),
    ],
)
def test_number_as_a_german_reader_expects_it(value: float | None, decimals: int, text: str):
    assert german.number(value, decimals) == text


@pytest.mark.parametrize("text", ["k. A.", "", "12 %", "1,2,3", "abc"])
def test_text_that_is_no_number_is_refused(text: str):
    with pytest.raises(ValueError, match="could not convert"):
        german.parse_number(text)


@given(COUNTS, COUNTS, st.integers(0, 3))
def test_share_is_100_or_0_percent_only_if_nothing_or_all_is_missing(one: int, other: int, decimals: int):
    part, whole = sorted((one, other))
    text = german.share(part, whole, decimals)
    assert (text == "100 %") == (part == whole > 0)
    assert (text == "0 %") == (part == 0 < whole)
    assert (text == "k. A.") == (whole == 0)


@given(COUNTS, st.integers(1, 10**6), st.integers(0, 3))
def test_share_tells_the_true_value_within_its_last_digit(part: int, whole: int, decimals: int):
    part = min(part, whole)
    text = german.share(part, whole, decimals)
    shown = german.parse_number(text.strip("<> %"))
    percent = 100 * part / whole
    if text.startswith("<"):
        assert 0 < percent < shown
    elif text.startswith(">"):
        assert shown < percent < 100
    else:
        assert shown == pytest.approx(percent, abs=0.5 * 10.0**-decimals + 1e-9)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1, 8, "12,5 %"),
        (20_720, 20_721, "> 99,9 %"),
        (1, 20_721, "< 0,1 %"),
        (189, 189, "100 %"),
        (0, 189, "0 %"),
        (0, 0, "k. A."),
        (None, 5, "k. A."),
        (3, None, "k. A."),
        (3, float("nan"), "k. A."),
    ],
)
def test_share_in_words(part: float | None, whole: float | None, text: str):
    assert german.share(part, whole) == text


@given(NUMBERS, st.integers(0, 3))
def test_signed_shows_the_sign_that_the_shown_number_has(value: float, decimals: int):
    text = german.signed(value, decimals)
    shown = float(f"{value:.{decimals}f}")
    assert text[0] == ("±" if shown == 0 else "+" if shown > 0 else german.MINUS)
    assert german.parse_number(text.lstrip("+±")) == shown


def test_signed_and_points_in_words():
    assert [german.signed(value) for value in (12, -3, 0, -0.2, None)] == ["+12", "−3", "±0", "±0", "k. A."]
    assert [german.points(value) for value in (1.2, -0.3, 0, None)] == ["+1,2 PP", "−0,3 PP", "±0,0 PP", "k. A."]


@given(st.dates(date(1900, 1, 1)))
def test_day_can_be_read_back(value: date):
    assert datetime.strptime(german.day(value), "%d.%m.%Y").date() == value  # noqa: DTZ007 - a day has no zone


def test_day_that_is_missing_is_told_as_such():
    assert german.day(None) == german.day(pd.NaT) == "k. A."
    assert german.day(pd.Timestamp("2026-06-30")) == "30.06.2026"
    assert german.month(date(2026, 3, 1)) == "März 2026"


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (-1, "von heute"),
        (0, "von heute"),
        (1, "1 Tag alt"),
        (12, "12 Tage alt"),
        (730, "730 Tage alt"),
        (1428, "3,9 Jahre alt"),
    ],
)
def test_age_in_words(days: int, text: str):
    assert german.age(days) == text


def test_counts_and_listings():
    assert german.count(1, "Verwaltung", "Verwaltungen") == "1 Verwaltung"
    assert german.count(0, "Verwaltung", "Verwaltungen") == "0 Verwaltungen"
    assert german.count(1234, "Verwaltung", "Verwaltungen") == "1.234 Verwaltungen"
    assert german.n_of(57, 1121, 12) == "57 von 1.121, 12 ohne Meldung"
    assert [german.listing(names) for names in (["A"], ["A", "B"], ["A", "B", "C"])] == ["A", "A und B", "A, B und C"]


def test_german_order_takes_umlauts_as_their_vowels():
    names = ["Zeulenroda", "Ölknitz", "Öpfershausen", "Oberhof", "apolda", "Äbtissin", "Bad-Berka", "Bad Sulza"]
    assert sorted(names, key=german.sort_key) == [
        *("Äbtissin", "apolda", "Bad-Berka", "Bad Sulza", "Oberhof", "Ölknitz", "Öpfershausen", "Zeulenroda"),
    ]


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str):
    assert german.fold(german.fold(text)) == german.fold(text)
    assert german.spell(german.fold(text)) == german.spell(text)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Grossenehrich", "Großenehrich"),
        ("Muehlhausen", "Mühlhausen"),
        ("muhlhausen", "Mühlhausen"),
        ("OELKNITZ", "Ölknitz"),
        ("Gräfentonna", "Graefentonna"),
    ],
)
def test_spelling_without_umlauts_is_one_with_the_name(typed: str, name: str):
    assert german.spell(typed) == german.spell(name)


@given(st.floats(1e-3, 1e9), st.integers(2, 10))
def test_axis_steps_are_round_and_enough(maximum: float, ticks: int):
    step = german.nice_step(maximum, ticks)
    assert step * ticks >= maximum * (1 - 1e-12)
    assert f"{step:e}"[0] in "125"
    assert german.nice_step(0) == 1
