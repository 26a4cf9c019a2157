"""Classes, lever, stages and dwell times from hand-made rows: unknown is never no, and no date moves a state."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradmesser import coverage
from gradmesser.catalog import STATES
from gradmesser.charts import coverage as charts
from gradmesser.charts.template import DARK, LIGHT

STAND = date(2026, 6, 30)


def service(key: str, n: int, of: int, u: int = 0, **fields: object) -> dict[str, object]:
    """One row of leistung_abdeckung; every administration has 1,000 inhabitants unless told otherwise."""
    return {
        "leika_key": key, "leistung": f"Leistung {key}", "themenfeld": "Querschnitt", "adressat": "buerger", "ebene": "gemeinde",
        "n": n, "nenner": of, "u": u, "einwohner_live": 1000 * n, "einwohner_unbekannt": 1000 * u, "einwohner": 1000 * of,
        **fields,
    }  # fmt: skip


def services(*rows: dict[str, object]) -> pd.DataFrame:
    return coverage.classified(pd.DataFrame(rows))


def gap(key: str, unit: str, state: str, since: str = "2026-06-30", planned: str | None = None) -> dict[str, object]:
    """One row of leistung_luecken."""
    return {
        "leika_key": key, "ars": unit, "einheit": unit, "zustand": state, "seit": pd.Timestamp(since),
        "geplant_am": pd.Timestamp(planned) if planned else pd.NaT,
    }  # fmt: skip


def cells(*rows: dict[str, object]) -> pd.DataFrame:
    return coverage.open_cells(services(service("A", 1, 9), service("B", 1, 9)), pd.DataFrame(rows), STAND)


# Classes


@pytest.mark.parametrize(
    ("n", "of", "klasse"),
    [
        (189, 189, "flaechendeckend"),
        (188, 189, "fast"),
        (90, 100, "fast"),
        (9, 10, "fast"),
        (899, 1000, "teilweise"),
        (1, 189, "teilweise"),
        (0, 189, "nirgends"),
        (1, 1, "flaechendeckend"),
        (0, 0, "nirgends"),
    ],
)
def test_class_is_decided_in_whole_numbers(n: int, of: int, klasse: str):
    assert coverage.class_of(n, of) == klasse


@settings(deadline=None)
@given(st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_only_all_is_full_coverage(counts: tuple[int, int]):
    n, of = counts
    assert (coverage.class_of(n, of) == "flaechendeckend") == (n == of)
    assert (coverage.class_of(n, of) == "nirgends") == (n == 0)


def test_every_service_is_in_one_class():
    rows = services(
        service("A", 5, 5), service("B", 9, 10), service("C", 1, 10), service("D", 0, 10), service("E", 0, 4, 4)
    )
    assert coverage.class_counts(rows) == {"flaechendeckend": 1, "fast": 1, "teilweise": 1, "nirgends": 2}
    assert coverage.coverage_sentence(rows) == (
        "1 von 5 Leistungen sind flächendeckend online, 1 fast flächendeckend; 2 sind nirgends nachgewiesen."
    )


def test_filters_take_services_for_both_addressees_along():
    rows = services(
        service("A", 1, 2), service("B", 1, 2, adressat="beide"), service("C", 1, 2, adressat="unternehmen")
    )
    assert list(coverage.chosen(rows, coverage.Filter(addressee="unternehmen"))["leika_key"]) == ["B", "C"]
    assert list(coverage.chosen(rows, coverage.Filter())["leika_key"]) == ["A", "B", "C"]
    assert coverage.chosen(rows, coverage.Filter(field="Bauen & Wohnen")).empty


@pytest.mark.parametrize(("order", "keys"), [("wenig", ["N", "B", "A", "U"]), ("viel", ["A", "B", "N", "U"])])
def test_services_of_which_nothing_is_known_come_last_both_ways(order: str, keys: list[str]):
    rows = services(service("U", 0, 5, 5), service("A", 4, 5), service("N", 0, 5, 4), service("B", 1, 5))
    assert list(coverage.ordered(rows, order)["leika_key"]) == keys


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (2_100_277, 2_100_277, "2,10 von 2,10 Mio."),
        (2_100_276, 2_100_277, "< 2,10 von 2,10 Mio."),
        (2_099_999, 2_100_277, "2,09 von 2,10 Mio."),
        (1_999, 2_100_277, "< 0,01 von 2,10 Mio."),
        (0, 2_100_277, "0 von 2,10 Mio."),
        (12_345, 99_999, "12.345 von 99.999"),
    ],
)
def test_inhabitants_never_look_complete_when_some_are_missing(part: int, whole: int, text: str):
    assert coverage.people(part, whole) == text


# Lever


def test_lever_puts_the_smallest_gap_first_and_then_the_most_inhabitants():
    rows = services(
        service("FULL", 9, 9), service("TWO", 7, 9), service("ONE", 8, 9), service("ONE-BIG", 8, 9, einwohner=99_000),
        service("UNKNOWN", 0, 1, 1),
    )  # fmt: skip
    assert list(coverage.lever(rows)["leika_key"]) == ["ONE-BIG", "ONE", "TWO"]
    assert len(coverage.lever(rows, limit=1)) == 1
    assert coverage.lever_sentence(coverage.lever(rows)) == (
        "Bei 3 Leistungen fehlt der Nachweis aus höchstens drei Verwaltungen; am kleinsten ist die Lücke bei "
        "„Leistung ONE-BIG“ (8 von 9, 0 ohne Meldung)."
    )


def test_who_is_missing_stands_with_its_state_known_ones_first():
    rows = services(service("A", 7, 9, 1), service("B", 8, 9))
    gaps = pd.DataFrame(
        [
            gap("A", "Zeulenroda", "test"),
            gap("A", "Apolda", "keine_meldung"),
            gap("B", "Jena", "interesse"),
            gap("C", "Gera", "test"),
        ]
    )
    missing = coverage.missing(coverage.lever(rows), gaps)
    assert list(zip(missing["leika_key"], missing["einheit"], strict=True)) == [
        ("B", "Jena"), ("A", "Zeulenroda"), ("A", "Apolda"),
    ]  # fmt: skip


def test_without_gaps_the_lever_says_so():
    assert coverage.lever_sentence(coverage.lever(services(service("A", 2, 2)))).startswith("Keine dieser Leistungen")


# Stages


def stays(*rows: tuple[str, bool, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["zustand", "laeuft", "tage", "anzahl"])


def test_funnel_counts_every_cell_once_and_keeps_the_medians_apart():
    rows = coverage.funnel(
        stays(
            ("test", True, 10, 1), ("test", True, 30, 3), ("test", False, 92, 2), ("test", False, 60, 2),
            ("sichtbar", True, 400, 5), ("keine_meldung", True, 500, 7), ("zurueckgestellt", True, 1, 1),
        )
    ).set_index("zustand")  # fmt: skip
    assert list(rows.index) == [*coverage.STAGES, *coverage.ASIDE]
    assert rows.loc["test", ["anzahl", "median_jetzt", "beendet", "median_beendet"]].tolist() == [4, 30, 4, 76]
    assert rows.loc["keine_meldung", "anzahl"] == 7
    assert rows.loc["keine_meldung", ["median_jetzt", "median_beendet"]].isna().all()
    assert rows.loc["interesse", "anzahl"] == 0
    assert pd.isna(rows.loc["interesse", "median_jetzt"])
    triple = coverage.funnel_triple(rows.reset_index())
    assert (triple.n, triple.of, triple.u) == (5, 17, 7)
    assert coverage.funnel_sentence(rows.reset_index()) == (
        "4 von 17 Zuständigkeiten sind unterwegs; am längsten dauert „im Test“: im Median 76 Tage."
    )


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 9)), min_size=1, max_size=9))
def test_median_of_counted_days_is_that_of_the_days_written_out(lengths: list[tuple[int, int]]):
    rows = coverage.funnel(stays(*(("test", True, days, number) for days, number in lengths)))
    written_out = pd.Series([days for days, number in lengths for _ in range(number)])
    assert rows.set_index("zustand").loc["test", "median_jetzt"] == written_out.median()


def test_stages_cover_every_state_that_counts():
    assert sorted([*coverage.STAGES, *coverage.ASIDE, "nicht_zustaendig"]) == sorted(STATES)


def test_nothing_under_way_is_said_so():
    some = stays(("sichtbar", True, 9, 3), ("keine_meldung", True, 9, 1))
    assert "Keine der 4" in coverage.funnel_sentence(coverage.funnel(some))
    everything = coverage.funnel(stays(("sichtbar", True, 9, 3)))
    assert coverage.funnel_sentence(everything) == "Alle 3 Zuständigkeiten sind online."
    nobody = coverage.funnel(stays(("nicht_zustaendig", True, 9, 3)))
    assert coverage.funnel_sentence(nobody) == "Keine der 0 Zuständigkeiten ist als unterwegs gemeldet."


def test_stalled_is_more_than_180_days_between_interesse_and_test():
    rows = cells(
        gap("A", "genau", "interesse", "2026-01-01"), gap("A", "laenger", "test", "2025-12-31"),
        gap("B", "nie begonnen", "nicht_begonnen", "2024-01-01"), gap("B", "abgelehnt", "abgelehnt", "2024-01-01"),
        gap("X", "fremd", "test", "2024-01-01"),
    )  # fmt: skip
    found = coverage.stalled(rows)
    assert list(zip(found["einheit"], found["tage"], strict=True)) == [("laenger", 181)]
    assert coverage.stalled_sentence(found, rows) == (
        "1 von 2 begonnenen Zuständigkeiten steht seit mehr als 180 Tagen auf derselben Stufe."
    )


def test_a_planned_date_that_has_passed_is_overdue_and_moves_no_state():
    rows = cells(
        gap("A", "heute", "test", planned="2026-06-30"), gap("A", "gestern", "onboarding", planned="2026-06-29"),
        gap("B", "ohne Zustand", "keine_meldung", planned="2026-01-01"), gap("B", "ohne Termin", "test"),
    )  # fmt: skip
    found = coverage.overdue(rows)
    assert list(found["einheit"]) == ["ohne Zustand", "gestern"]
    assert list(found["zustand"]) == ["keine_meldung", "onboarding"]
    assert coverage.overdue_sentence(found, rows) == (
        "2 von 3 offenen Terminen sind verstrichen, ohne dass die Leistung online ist."
    )


# One service


def units(*states: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ars": list(states), "einheit": list(states), "zustand": states, "beleg": "geerbt", "geerbt_von": "Land",
            "mitglieder": 0, "mitglieder_belegt": 0, "seit": pd.Timestamp("2026-06-01"), "zu_pruefen": True,
        }
    )  # fmt: skip


def test_who_is_not_responsible_is_listed_but_not_counted():
    rows = units("nicht_zustaendig", "keine_meldung", "live", "test")
    triple = coverage.unit_counts(rows)
    assert (triple.n, triple.of, triple.u) == (1, 3, 1)
    listed = coverage.unit_rows(rows)
    assert list(listed["zustand"]) == ["live", "test", "keine_meldung", "nicht_zustaendig"]
    assert listed["angebot"].tolist() == ["bereitgestellt von Land", "–", "–", "–"]
    assert coverage.funnel_triple(coverage.funnel(coverage.stays_of(rows, STAND))) == triple


# Figures


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_paired_bars_show_both_shares_and_the_unknown(colours: object):
    figure = charts.paired(services(service("A", 1, 4, 1), service("B", 4, 4)), colours)
    shares = {(trace.name, position): trace.x[0] for position, trace in enumerate(figure.data) if trace.type == "bar"}
    assert list(shares.values()) == [25, 25, 25, 25]
    texts = [text for trace in figure.data if trace.type == "scatter" for text in trace.text]
    assert [text.strip() for text in texts][:2] == ["1 von 4", "4 von 4"]


def test_only_what_is_online_is_solid_and_the_unknown_is_hatched():
    rows = coverage.funnel(stays(("test", True, 1, 2), ("keine_meldung", True, 1, 5), ("gestoert", True, 1, 1)))
    stages, aside, unknown = [trace for trace in charts.stages(rows, LIGHT).data if trace.type == "bar"]
    assert [fill == LIGHT.live for fill in stages.marker.color] == [
        state in coverage.ONLINE for state in coverage.STAGES
    ]
    assert (aside.marker.pattern.shape, unknown.marker.pattern.shape) == ("x", "/")


def test_stages_leave_out_empty_states_beside_the_way_but_none_on_it():
    rows = coverage.funnel(stays(("test", True, 1, 2), ("keine_meldung", True, 1, 5)))
    labels = charts.stages(rows, LIGHT).layout.yaxis.ticktext
    assert len(labels) == len(coverage.STAGES) + 1
    assert "▨" in labels[-1]
