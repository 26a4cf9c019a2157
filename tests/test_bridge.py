"""The bridge on small hand-made histories: each part with both signs, the break, what was known, the export."""

import io
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import gradmesser.__main__ as product
from gradmesser import bridge, findings, store
from tests import support
from tests.support import (
    EICHSFELD,
    FEBRUARY,
    GOTHA,
    ILM_KREIS,
    JANUARY,
    JENA,
    LAND,
    MARCH,
    NEBENWOHNSITZ,
    SCHMOELLN,
    UNKNOWN_KEY,
    VG,
    WOHNBERECHTIGUNG,
    WOHNSITZ,
    ZULASSUNG,
    Instance,
    noon,
    pvog,
)

TODAY = date(9999, 12, 30)
PADDING = [pvog(UNKNOWN_KEY, LAND, url=f"https://dienst.example/{nr}") for nr in range(60)]
NAMES = ("ars", "leika_key", "zustand", "seit", "bemerkung")
KEYS = ["von", "bis", "n_von", "n_bis", *bridge.PARTS]


def asked(von: date = JANUARY, bis: date = MARCH, **other: object) -> dict[str, object]:
    return {
        "von": von,
        "bis": bis,
        "wissen": TODAY,
        "wissen_von": TODAY,
        "ars": "",
        "kreis": "",
        "themenfeld": "",
        **other,
    }


def moved(**given: object) -> dict[tuple[str, str], tuple[str, int]]:
    """(unit, service) → part and sign; fails if a cell stands in two parts."""
    rows = store.fetch("bruecke", **asked(**given))
    assert not rows.duplicated(["ars", "leika_key"]).any()
    return {(row.ars, row.leika_key): (row.teil, row.vorzeichen) for row in rows.itertuples()}


def found(**given: object) -> bridge.Bridge | None:
    parameters = asked(**given)
    ends, cells = store.fetch("bruecke_enden", **parameters), store.fetch("bruecke", **parameters)
    return bridge.whole(ends, cells, parameters["von"], parameters["bis"])


def report(made: Instance, stand: date, *rows: tuple[str, ...]) -> None:
    """A report in its real form: (unit, service, state, since, remark)."""
    content = support.table([dict(zip(NAMES, (*row, "", ""), strict=False)) for row in rows], NAMES)
    made.take(content, f"meldung-{stand}.csv", source_id="meldung", stand=stand, retrieved=noon(stand))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """An instance of four services with nothing in it yet."""
    monkeypatch.setenv("GRADMESSER_DATA", str(tmp_path))
    return Instance(root=tmp_path, reference=support.small_reference(tmp_path / "reference"))


def test_every_cell_that_moved_stands_in_exactly_the_part_of_the_rule(made: Instance):
    broken = {"online_status": "nicht ok"}
    flapping = pvog(WOHNBERECHTIGUNG, ILM_KREIS)
    made.rows([*PADDING, pvog(WOHNSITZ, VG), pvog(NEBENWOHNSITZ, VG), flapping], JANUARY)
    made.rows([*PADDING, pvog(WOHNSITZ, VG), pvog(NEBENWOHNSITZ, VG)], FEBRUARY)
    new = [pvog(WOHNSITZ, JENA), pvog(NEBENWOHNSITZ, SCHMOELLN), pvog(NEBENWOHNSITZ, VG, **broken)]
    made.rows([*PADDING, *new, flapping], MARCH)
    report(
        made,
        JANUARY,
        (JENA, NEBENWOHNSITZ, "onboarding"),
        (GOTHA, WOHNSITZ, "live"),
        (GOTHA, NEBENWOHNSITZ, "live"),
        (ILM_KREIS, ZULASSUNG, "live"),
        (EICHSFELD, ZULASSUNG, "nicht_zustaendig", "", "anderswo"),
        (EICHSFELD, WOHNBERECHTIGUNG, "test"),
    )
    report(
        made,
        MARCH,
        (JENA, NEBENWOHNSITZ, "live"),
        (JENA, ZULASSUNG, "live", "2026-02-15"),
        (JENA, WOHNBERECHTIGUNG, "live", "2025-12-01"),
        (SCHMOELLN, WOHNSITZ, "ende_zu_ende"),
        (SCHMOELLN, NEBENWOHNSITZ, "live"),
        (GOTHA, WOHNSITZ, "onboarding"),
        (GOTHA, NEBENWOHNSITZ, "keine_meldung"),
        (ILM_KREIS, ZULASSUNG, "nicht_zustaendig", "", "anderswo"),
        (EICHSFELD, ZULASSUNG, "live"),
        (EICHSFELD, WOHNBERECHTIGUNG, "abgelehnt"),
    )
    made.build()
    assert moved() == {
        (JENA, WOHNSITZ): ("neu_online", 1),
        (JENA, NEBENWOHNSITZ): ("neu_online", 1),
        (JENA, ZULASSUNG): ("neu_online", 1),
        (SCHMOELLN, NEBENWOHNSITZ): ("neu_online", 1),
        (JENA, WOHNBERECHTIGUNG): ("erstmeldungen", 1),
        (SCHMOELLN, WOHNSITZ): ("erstmeldungen", 1),
        (GOTHA, NEBENWOHNSITZ): ("erstmeldungen", -1),
        (VG, WOHNSITZ): ("weggefallen", -1),
        (VG, NEBENWOHNSITZ): ("weggefallen", -1),
        (GOTHA, WOHNSITZ): ("weggefallen", -1),
        (ILM_KREIS, ZULASSUNG): ("zustaendigkeit", -1),
        (EICHSFELD, ZULASSUNG): ("zustaendigkeit", 1),
    }
    whole = found()
    assert (whole.n_von, whole.n_bis) == (6, 8)
    assert whole.parts == {
        "neu_online": 4, "weggefallen": -3, "erstmeldungen": 1, "katalog": 0, "zustaendigkeit": 0, "gebiet": 0, "korrektur": 0,
    }  # fmt: skip
    rows = store.fetch("bruecke", **asked()).set_index(["ars", "leika_key"])
    lost = rows.loc[(VG, NEBENWOHNSITZ)]
    assert (lost["zustand_alt"], lost["zustand_neu"], lost["seit"].date()) == ("sichtbar", "gestoert", MARCH)
    assert (
        "1 Link defekt"
        in bridge.parts_table(whole, rows.reset_index()).set_index("teil").loc["weggefallen", "bedeutung"]
    )


def test_what_the_portal_shows_first_was_learnt_then_and_not_gained(made: Instance):
    report(made, JANUARY, (JENA, NEBENWOHNSITZ, "onboarding"), (JENA, ZULASSUNG, "live"))
    made.rows([pvog(WOHNSITZ, JENA), pvog(NEBENWOHNSITZ, JENA)], MARCH)
    made.build()
    assert moved() == {(JENA, WOHNSITZ): ("erstmeldungen", 1), (JENA, NEBENWOHNSITZ): ("neu_online", 1)}
    assert found(von=date(2025, 1, 1)) is None


def test_a_catalogue_break_is_shown_apart_as_on_the_start_page(made: Instance):
    one, other = date(2026, 2, 15), date(2026, 3, 15)
    keys = [WOHNSITZ, ZULASSUNG, WOHNBERECHTIGUNG]
    changed = support.catalogue_of([*keys, NEBENWOHNSITZ]).splitlines()
    assert ",gemeinde," in next(line for line in changed if WOHNSITZ in line)
    handed = "\n".join(line.replace(",gemeinde,", ",kreis,") if line.startswith(WOHNSITZ) else line for line in changed)
    (made.reference / "katalog" / "leistungen.csv").write_text(support.catalogue_of(keys), "utf-8")
    made.take(handed, "a.csv", source_id="leistungskatalog", stand=one, retrieved=noon(one))
    made.take(support.catalogue_of([WOHNSITZ, NEBENWOHNSITZ]), "b.csv", source_id="leistungskatalog", stand=other, retrieved=noon(other))  # fmt: skip
    start = [
        pvog(WOHNSITZ, GOTHA),
        pvog(NEBENWOHNSITZ, VG),
        pvog(NEBENWOHNSITZ, GOTHA),
        pvog(WOHNSITZ, ILM_KREIS),
        pvog(ZULASSUNG, ILM_KREIS),
    ]
    made.rows([*PADDING, *start], JANUARY)
    made.rows([*PADDING, *start[1:], pvog(ZULASSUNG, EICHSFELD)], MARCH)
    made.build()
    rows = store.fetch("bruecke", **asked())
    at_break = rows[rows["anfang"] == rows["ende"]]
    assert {(r.anfang.date(), r.ars, r.leika_key, r.teil, r.vorzeichen) for r in at_break.itertuples()} >= {
        (one, GOTHA, WOHNSITZ, "zustaendigkeit", -1),
        (one, GOTHA, NEBENWOHNSITZ, "katalog", 1),
        (one, ILM_KREIS, WOHNSITZ, "zustaendigkeit", 1),
        (other, ILM_KREIS, ZULASSUNG, "katalog", -1),
        (other, GOTHA, WOHNSITZ, "zustaendigkeit", 1),
    }
    history = store.fetch("verlauf", ars="", wissen=store.known_by(None))
    change = findings.change(history, MARCH, 2)
    assert (change.since, change.difference) == (JANUARY, found().difference)
    assert change.catalogue == at_break["vorzeichen"].sum() != 0
    for end in (one, other):
        until = store.fetch("bruecke", **asked(bis=end))
        assert until.loc[until["anfang"] == until["ende"], "anfang"].max().date() == end, (
            "the day of the break is on the way"
        )
        assert found(bis=end).n_bis == made.export("rollin", end, "--level", "land").json()["n"]
        assert not (store.fetch("bruecke", **asked(von=end))["anfang"].dt.date < end).any()


def test_the_break_of_the_examples_is_that_of_the_start_page(instance: Instance):  # noqa: ARG001 - named by GRADMESSER_DATA
    history = store.fetch("verlauf", ars="", wissen=store.known_by(None))
    (day,) = history.loc[~history["massgeblich"], "stichtag"].dt.date
    stand = max(history["stichtag"]).date()
    change = findings.change(history, stand, 5)
    assert change.since < day
    rows = store.fetch("bruecke", **asked(von=change.since, bis=stand))
    assert rows.loc[rows["anfang"] == rows["ende"], "vorzeichen"].sum() == change.catalogue > 0


def test_a_correction_is_named_and_only_there_for_another_knowledge(made: Instance):
    made.rows([*PADDING, pvog(WOHNSITZ, JENA), pvog(WOHNSITZ, GOTHA)], JANUARY, retrieved=noon(JANUARY))
    made.rows(
        [*PADDING, pvog(WOHNSITZ, JENA), pvog(WOHNSITZ, VG)], JANUARY, retrieved=noon(date(2026, 2, 10)), name="neu.csv"
    )
    made.rows([*PADDING, pvog(WOHNSITZ, JENA), pvog(WOHNSITZ, VG)], MARCH, retrieved=noon(MARCH))
    made.build()
    assert moved() == {}
    then = {"wissen_von": date(2026, 2, 1)}
    assert moved(**then) == {(GOTHA, WOHNSITZ): ("korrektur", -1), (VG, WOHNSITZ): ("korrektur", 1)}
    with made.chosen():
        words = [
            "export",
            "bruecke",
            "--von",
            str(JANUARY),
            "--bis",
            str(MARCH),
            "--wissen-von",
            "2026-02-01",
            "--format",
            "json",
        ]
        rows = {row["ars"]: row for row in support.run(product.main, [*words, "--level", "verwaltung"]).json()}
    assert (rows[GOTHA]["korrektur"], rows[VG]["korrektur"], rows[JENA]["korrektur"]) == (-1, 1, 0)
    assert found(wissen_von=date(2026, 1, 1)) is None


def test_parts_that_do_not_add_up_are_an_error_in_german():
    ends = pd.DataFrame([{"n_von": 1, "n_bis": 3}])
    cells = pd.DataFrame([{"teil": "neu_online", "vorzeichen": 1}])
    with pytest.raises(bridge.BridgeError, match=r"Die Teile ergeben \+1, der Unterschied ist \+2"):
        bridge.whole(ends, cells, JANUARY, MARCH)


def test_the_waterfall_goes_from_one_end_to_the_other():
    parts = dict.fromkeys(bridge.PARTS, 0) | {"neu_online": 5, "weggefallen": -2, "katalog": 4}
    steps = bridge.steps(bridge.Bridge(von=JANUARY, bis=MARCH, n_von=10, n_bis=17, parts=parts))
    assert list(steps["label"]) == ["31.01.2026", "neu online", "weggefallen", "neuer Katalog", "31.03.2026"]
    assert list(steps["beginn"][1:]) == [*list(steps["ende"][:-1])[:-1], 17]
    assert list(steps["art"]) == ["stand", "mehr", "weniger", "neben", "stand"]


# The command line -----------------------------------------------------------------------------------------------------

VON, BIS = date(2026, 1, 31), date(2026, 6, 30)


def exported(made: Instance, *options: str, von: date = VON, bis: date = BIS) -> support.Ran:
    with made.chosen():
        return support.run(product.main, ["export", "bruecke", "--von", str(von), "--bis", str(bis), *options])


def test_the_land_is_one_object_with_the_keys_of_the_contract(instance: Instance):
    land = exported(instance, "--level", "land", "--format", "json").json()
    assert list(land) == KEYS
    assert (land["von"], land["bis"]) == (str(VON), str(BIS))
    assert land["n_bis"] - land["n_von"] == sum(land[part] for part in bridge.PARTS) > 0
    for name, day in (("n_von", VON), ("n_bis", BIS)):
        assert land[name] == instance.export("rollin", day, "--level", "land").json()["n"]


@pytest.mark.parametrize(("level", "size"), [("kreis", 22), ("verwaltung", 206)])
def test_levels_are_lists_that_add_up_to_the_land(instance: Instance, level: str, size: int):
    rows = exported(instance, "--level", level, "--format", "json").json()
    land = exported(instance, "--level", "land", "--format", "json").json()
    assert [list(row) for row in rows] == [["ars", "name", *KEYS]] * size
    assert [row["ars"] for row in rows] == sorted(row["ars"] for row in rows)
    assert {name: sum(row[name] for row in rows) for name in KEYS[2:]} == {name: land[name] for name in KEYS[2:]}
    assert all(isinstance(row["name"], str) for row in rows)


def test_csv_and_parquet_hold_the_same_and_say_that_it_is_invented(instance: Instance):
    land = exported(instance, "--level", "land", "--format", "json").json()
    with instance.chosen(), pytest.MonkeyPatch.context() as patch:
        for kind, read in (("csv", lambda raw: pd.read_csv(io.BytesIO(raw), sep=";")), ("parquet", lambda raw: pd.read_parquet(io.BytesIO(raw)))):  # fmt: skip
            out = io.TextIOWrapper(io.BytesIO())
            patch.setattr("sys.stdout", out)
            words = ["export", "bruecke", "--level", "land", "--von", str(VON), "--bis", str(BIS), "--format", kind]
            assert product.main(words) == 0
            (row,) = read(out.buffer.getvalue()).to_dict("records")
            assert row.pop("herkunft") == "BEISPIELDATEN"
            assert {key: str(value) for key, value in row.items()} == {key: str(value) for key, value in land.items()}


def test_before_the_first_stand_there_is_an_empty_list_and_a_message(instance: Instance):
    for level in ("land", "kreis", "verwaltung"):
        ran = exported(instance, "--level", level, "--format", "json", von=date(2020, 1, 1))
        assert (ran.code, ran.json()) == (0, [])
        assert "Für den 01.01.2020 liegt noch kein Stand vor." in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("bruecke", "--von", "2026-06-30", "--bis", "2026-01-31"),
        ("bruecke", "--von", "2026-01-31"),
        ("bruecke", "--von", "2026-01-31", "--bis", "2026-06-30", "--stand", "2026-06-30"),
        ("bruecke", "--von", "2026-01-31", "--bis", "2026-06-30", "--level", "leistung"),
        ("rollin", "--von", "2026-01-31"),
    ],
)
def test_a_wrong_call_ends_with_2(instance: Instance, words: tuple[str, ...]):  # noqa: ARG001 - named by GRADMESSER_DATA
    assert support.run(product.main, ["export", *words]).code == 2
