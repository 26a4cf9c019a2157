"""What the rows say: thresholds, comparisons with an earlier stand, and the sentences above the figures."""

import re
from datetime import date

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradmesser import findings, german
from gradmesser.catalog import STATES
from gradmesser.findings import Change, Triple

MONTH_ENDS = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]


@st.composite
def triples(draw: st.DrawFn) -> Triple:
    of = draw(st.integers(0, 30_000))
    n = draw(st.integers(0, of))
    return Triple(n=n, of=of, u=draw(st.integers(0, of - n)))


def history(*points: tuple[date, int], nenner: int = 100, u: int = 20, version: str = "1") -> pd.DataFrame:
    """Official rows of one catalogue version."""
    return pd.DataFrame(
        [
            {"stichtag": pd.Timestamp(day), "katalog_version": version, "massgeblich": True, "n": n, "nenner": nenner, "u": u}
            for day, n in points
        ]
    )  # fmt: skip


# ---------- the triple ----------


@given(triples())
def test_percentage_can_be_recomputed_from_the_shown_n_and_N_and_u(triple: Triple):  # noqa: N802 - N is the denominator
    """Defect of published dashboards: a percentage that does not follow from the counts beside it."""
    n, of, u = (int(german.parse_number(part)) for part in re.findall(r"[\d.]+", triple.text))
    assert (n, of, u) == (triple.n, triple.of, triple.u)
    if triple.rate.endswith("%"):
        assert triple.rate == german.share(n, of - u)
    assert triple.report_rate == german.share(of - u, of)


@given(triples())
def test_rate_needs_60_percent_known_and_10_services(triple: Triple):
    known = triple.of - triple.u
    if 0 < triple.of < 10:
        assert triple.rate == f"{triple.n} von {triple.of}"
    elif triple.of == 0 or known * 10 < triple.of * 6:
        assert triple.rate == "k. A."
    else:
        assert triple.rate == german.share(triple.n, known)


@pytest.mark.parametrize(
    ("n", "of", "u", "rate"),
    [
        (30, 100, 40, "50,0 %"),
        (30, 100, 41, "k. A."),
        (5, 9, 4, "5 von 9"),
        (0, 9, 9, "0 von 9"),
        (60, 100, 40, "100 %"),
        (0, 100, 40, "0 %"),
        (0, 100, 100, "k. A."),
        (0, 0, 0, "k. A."),
    ],
)
def test_rate_at_its_thresholds(n: int, of: int, u: int, rate: str):
    assert Triple(n=n, of=of, u=u).rate == rate


@given(triples())
def test_interval_holds_the_rate_between_all_unknown_off_and_all_unknown_on(triple: Triple):
    assume(triple.of)
    lower, upper = triple.interval.split(" bis ")
    assert (lower, upper) == (german.share(triple.n, triple.of, 0), german.share(triple.n + triple.u, triple.of, 0))
    if triple.of > triple.u:
        assert triple.n / triple.of <= triple.n / (triple.of - triple.u) <= (triple.n + triple.u) / triple.of


def test_total_is_pooled_not_a_mean_of_shares():
    rows = pd.DataFrame({"n": [1, 90], "nenner": [1, 99], "u": [0, 9]})
    assert findings.total(rows) == Triple(n=91, of=100, u=9)
    assert findings.total(rows.head(0)) == Triple(n=0, of=0, u=0)


# ---------- earlier stands ----------


@pytest.mark.parametrize(
    ("day", "months", "earlier"),
    [
        (date(2026, 10, 31), 1, date(2026, 9, 30)),
        (date(2026, 9, 30), 1, date(2026, 8, 31)),
        (date(2026, 2, 28), 1, date(2026, 1, 31)),
        (date(2025, 2, 28), 12, date(2024, 2, 29)),
        (date(2026, 9, 15), 1, date(2026, 8, 15)),
        (date(2026, 3, 30), 1, date(2026, 2, 28)),
    ],
)
def test_months_are_counted_from_end_to_end(day: date, months: int, earlier: date):
    assert findings.months_before(day, months) == earlier


@pytest.mark.parametrize(
    ("months", "since"),
    [(1, date(2026, 4, 30)), (2, date(2026, 3, 31)), (3, date(2026, 2, 28)), (4, date(2026, 1, 31))],
)
def test_comparison_uses_the_last_stand_on_or_before_the_day(months: int, since: date):
    """Defect of published dashboards: the comparison vanishes unless a snapshot is exactly a month old."""
    rows = history(*((day, 10 * position) for position, day in enumerate(MONTH_ENDS)))
    change = findings.change(rows, date(2026, 5, 31), months)
    assert change == Change(since=since, difference=40 - 10 * MONTH_ENDS.index(since), catalogue=0)
    assert change.text == f"seit {german.day(since)}"


def test_comparison_over_a_gap_prints_the_day_that_it_found():
    rows = history((date(2026, 1, 7), 10), (date(2026, 5, 12), 25))
    assert findings.change(rows, date(2026, 5, 31), 1) == Change(since=date(2026, 1, 7), difference=15, catalogue=0)


def test_comparison_without_an_earlier_stand_is_none():
    rows = history((date(2026, 5, 31), 10))
    assert findings.change(rows, date(2026, 5, 31), 1) is None
    assert findings.change(rows, date(2026, 4, 30), 1) is None
    assert findings.at(rows, date(2026, 5, 30)) is None


def test_effect_of_a_new_catalogue_stands_apart():
    old = history((MONTH_ENDS[0], 50), (MONTH_ENDS[1], 60), version="1")
    both_ways = history((MONTH_ENDS[2], 65), version="1").assign(massgeblich=False)
    new = history((MONTH_ENDS[2], 80), (MONTH_ENDS[3], 82), nenner=130, version="2")
    rows = pd.concat([old, both_ways, new], ignore_index=True)
    change = findings.change(rows, MONTH_ENDS[3], 3)
    assert change == Change(since=MONTH_ENDS[0], difference=32, catalogue=15)
    assert change.text == "seit 31.01.2026, davon neuer Katalog +15"
    after = findings.change(rows, MONTH_ENDS[3], 1)
    assert after == Change(since=MONTH_ENDS[2], difference=2, catalogue=0)


@given(st.lists(st.integers(0, 100), min_size=2, max_size=12), st.integers(1, 6))
def test_changes_between_neighbours_add_up_to_the_change_over_all(counts: list[int], months: int):
    days = [day.date() for day in pd.date_range("2025-01-31", periods=len(counts), freq="ME")]
    rows = history(*zip(days, counts, strict=True))
    months = min(months, len(counts) - 1)
    steps = [findings.change(rows, day, 1) for day in days[-months:]]
    whole = findings.change(rows, days[-1], months)
    assert whole is not None
    assert whole.difference == sum(step.difference for step in steps if step)


# ---------- sentences ----------


def test_sentences_say_counts_with_their_denominator():
    assert findings.glass_sentence(Triple(n=1234, of=25104, u=12000), 206) == (
        "1.234 von 25.104 Zuständigkeiten der 206 Thüringer Verwaltungen sind nachgewiesen online; "
        "für 12.000 liegt keine Meldung vor."
    )
    assert findings.unit_sentence("Jena", Triple(n=5, of=9, u=0)).startswith("Jena: 5 von 9 Leistungen")
    rows = pd.DataFrame({"themenfeld": ["Bildung", "Recht"], "n": [3, 0], "nenner": [4, 9], "u": [1, 9]})
    assert findings.fields_sentence(rows) == (
        "Am weitesten ist „Bildung“ (3 von 4), am wenigsten belegt „Recht“ (0 von 9)."
    )


@pytest.mark.parametrize(("last", "word"), [(12, "gestiegen"), (8, "gesunken"), (10, "gleich geblieben")])
def test_development_is_told_as_it_is(last: int, word: str):
    rows = history((MONTH_ENDS[0], 10), (MONTH_ENDS[1], last))
    sentence = findings.trend_sentence(rows, MONTH_ENDS[1])
    assert sentence == f"Seit Januar 2026 ist die Zahl der Angebote online von 10 auf {last} {word}."
    assert findings.trend_sentence(rows, MONTH_ENDS[0]) == "Für eine Entwicklung liegt erst ein Stand vor."


def changes(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["leistung", "art", "einheit"])


def test_changes_are_summed_by_service_and_named_in_german_order():
    rows = changes(
        *(("Wohnsitz", "neu_online", name) for name in ("Zella", "Ölknitz", "Oberhof", "Apolda", "Gera", "Jena")),
        ("Wohnsitz", "weggefallen", "Suhl"),
        ("Hund", "link_defekt", "Gotha"),
    )
    summed = findings.summed_changes(rows)
    assert list(summed["anzahl"]) == [6, 1, 1]
    assert summed.iloc[0]["einheiten"] == "Apolda, Gera, Jena, Oberhof und 2 weitere"
    assert list(summed["art"]) == ["neu online", "nicht mehr gemeldet", "Link defekt"]
    assert summed["anzahl"].sum() == len(rows)
    assert findings.changes_sentence(rows, date(2026, 5, 31)) == (
        "Zum 31.05.2026: 6 Angebote neu online, 1 weggefallen, 1 mit defektem Link."
    )
    assert findings.summed_changes(rows.head(0)).empty


UNITS = pd.DataFrame(
    [
        {"ars": "160700000000", "name": "Ilm-Kreis", "typ": "landkreis", "kreis_ars": "160700000000", "einwohner": 104_000},
        {"ars": "160705002000", "name": "VG Geratal", "typ": "verwaltungsgemeinschaft", "kreis_ars": "160700000000", "einwohner": 1},
        {"ars": "160705002011", "name": "Elgersburg", "typ": "mitgliedsgemeinde", "kreis_ars": "160700000000", "einwohner": 1_175},
    ]
)  # fmt: skip


def test_member_is_told_whose_value_it_shows():
    member = findings.responsible_sentence(UNITS.iloc[2], UNITS.iloc[1], "Ilm-Kreis")
    assert member == (
        "Elgersburg ist eine Mitgliedsgemeinde im Ilm-Kreis mit 1.175 Einwohnern. Ihre Aufgaben erledigt VG Geratal; "
        "gezeigt wird deren Stand (geerbt, nicht doppelt gezählt)."
    )
    own = findings.responsible_sentence(UNITS.iloc[1], UNITS.iloc[1], "Ilm-Kreis")
    assert own.startswith("VG Geratal ist eine Verwaltungsgemeinschaft im Ilm-Kreis mit 1 Einwohner")
    kreis = findings.responsible_sentence(UNITS.iloc[0], UNITS.iloc[0], "Ilm-Kreis")
    assert kreis.startswith("Ilm-Kreis ist ein Landkreis mit 104.000 Einwohnern")


def cell(**fields: object) -> dict[str, object]:
    return {
        "leistung": "Hund anmelden", "themenfeld": "Steuern", "zustand": "sichtbar", "beleg": "eigen", "geerbt_von": None,
        "mitglieder": 0, "mitglieder_belegt": 0, "urls": 1, "sicherheit": "hoch", "seit": pd.Timestamp("2026-01-31"), **fields,
    }  # fmt: skip


def test_services_of_a_unit_say_whose_offer_it_is_and_what_is_uncertain():
    cells = pd.DataFrame(
        [
            cell(),
            cell(leistung="Ölfeuerung", geerbt_von="Land Thüringen", urls=2),
            cell(leistung="Obstbaum", beleg="geerbt", geerbt_von="Bund", sicherheit="niedrig"),
            cell(leistung="Zaun", zustand="keine_meldung", beleg="keiner", mitglieder=5, mitglieder_belegt=2, urls=0),
        ]
    )
    table = findings.cells_table(cells).set_index("leistung")
    assert list(table.index) == ["Hund anmelden", "Obstbaum", "Ölfeuerung", "Zaun"]
    assert list(table["wessen"]) == [
        *("eigener Dienst", "bereitgestellt von Bund", "eigener Dienst, auch Land Thüringen", "–"),
    ]
    assert list(table["hinweis"]) == [
        *("", "Zuordnung zu bestätigen", "2 Adressen", "teilweise: 2 von 5 Mitgliedsgemeinden"),
    ]
    assert pd.isna(table.loc["Zaun", "seit"]), "nobody knows since when nothing was reported"
    assert table.loc["Hund anmelden", "seit"] == pd.Timestamp("2026-01-31")


def test_unknown_link_check_is_not_counted_as_success():
    """Defect of published dashboards; live states are exactly three, and a broken link is none of them."""
    assert {key for key, state in STATES.items() if state.live} == {"live", "sichtbar", "ende_zu_ende"}
    assert {key for key, state in STATES.items() if not state.known} == {"keine_meldung"}


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)), max_size=8))
def test_biggest_gaps_are_the_largest_and_count_what_nobody_reported(counts: list[tuple[int, int, int]]):
    rows = pd.DataFrame(
        [{"themenfeld": f"Feld {place}", "n": n, "u": u, "nenner": n + u + rest} for place, (n, u, rest) in enumerate(counts)],
        columns=["themenfeld", "n", "u", "nenner"],
    )  # fmt: skip
    found = findings.biggest_gaps(rows)
    gaps = sorted((u + rest for _, u, rest in counts if u + rest), reverse=True)
    assert found["luecke"].tolist() == gaps[:3]
    sentence = findings.gaps_sentence(
        "Jena", found, Triple(n=int(rows["n"].sum()), of=int(rows["nenner"].sum()), u=int(rows["u"].sum()))
    )
    assert (f"{sum(gaps[:3])} von {sum(gaps)} Leistungen" in sentence) if gaps else ("alles nachgewiesen" in sentence)


def test_a_gap_says_how_much_of_it_nobody_reported():
    assert (
        findings.gap_text(pd.Series({"luecke": 9, "nenner": 26, "u": 2}))
        == "9 von 26 ohne Nachweis, davon 2 ohne Meldung"
    )
    assert findings.gap_text(pd.Series({"luecke": 9, "nenner": 26, "u": 0})) == "9 von 26 ohne Nachweis, alle gemeldet"
