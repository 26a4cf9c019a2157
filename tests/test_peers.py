"""Peers: distances mean what they say, never another group; what peers have is counted without making unknown a no."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradmesser import peers, store
from gradmesser.peers import CRITERIA, PeersError
from tests.support import EICHSFELD, JENA, VG, VG_MEMBERS, WOHNSITZ, Instance

ALL = tuple(CRITERIA)
KREISE = {"160610000000": 90.0, "160620000000": 150.0, "160630000000": 99.0}
TYPES = ("verbandsfreie_gemeinde", "verwaltungsgemeinschaft", "erfuellende_gemeinde")


def kreis(ars: str, density: float) -> dict[str, object]:
    return {
        "ars": ars, "name": f"Landkreis {ars[3:5]}", "typ": "landkreis", "gruppe": "landkreis", "zustaendig_ars": ars,
        "kreis_ars": ars, "einwohner": 1000 * density, "flaeche_km2": 1000.0,
    }  # fmt: skip


@st.composite
def units(draw: st.DrawFn) -> pd.DataFrame:
    """Three Landkreise and some administrations in them, one of the municipal level at least twice."""
    rows = [kreis(ars, density) for ars, density in KREISE.items()]
    for number in range(draw(st.integers(2, 12))):
        home = draw(st.sampled_from(list(KREISE)))
        ars = f"{home[:5]}{number + 1:04d}000"
        rows.append(
            {
                "ars": ars, "name": f"Ort {number}", "typ": draw(st.sampled_from(TYPES)), "gruppe": "gemeindeebene",
                "zustaendig_ars": ars, "kreis_ars": home, "einwohner": draw(st.integers(300, 300_000)),
                "flaeche_km2": draw(st.floats(1, 400)),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


criteria = st.lists(st.sampled_from(ALL), min_size=1, unique=True)


def distances(frame: pd.DataFrame, ars: str, names: list[str]) -> dict[str, float]:
    found = peers.nearest(frame, ars, names, len(frame))
    return dict(zip(found["ars"], found["abstand"], strict=True))


def municipal(frame: pd.DataFrame) -> list[str]:
    return frame.loc[frame["gruppe"] == "gemeindeebene", "ars"].tolist()


@given(units(), criteria)
def test_distance_is_symmetric_and_zero_to_a_twin(frame: pd.DataFrame, names: list[str]):
    one, other = municipal(frame)[:2]
    assert distances(frame, one, names)[other] == pytest.approx(distances(frame, other, names)[one])
    twin = frame[frame["ars"] == one].assign(ars="160639999000", zustaendig_ars="160639999000")
    assert distances(pd.concat([frame, twin]), one, names)["160639999000"] == 0


@given(units(), criteria)
def test_peers_are_of_the_same_group_and_never_oneself(frame: pd.DataFrame, names: list[str]):
    group = frame.set_index("ars")["gruppe"]
    for ars in frame["ars"]:
        found = peers.nearest(frame, ars, names, 15)["ars"]
        assert ars not in set(found)
        assert set(group[found]) <= {group[ars]}


@given(units(), criteria, st.randoms(use_true_random=False))
def test_order_of_rows_and_units_of_measurement_do_not_matter(frame: pd.DataFrame, names: list[str], random: object):
    one = municipal(frame)[0]
    expected = peers.nearest(frame, one, names, 5)
    shuffled = frame.sample(frac=1, random_state=random.randrange(1000))
    pd.testing.assert_frame_equal(peers.nearest(shuffled, one, names, 5), expected)
    known = [name for name in names if name != "kreis"] or ["dichte"]
    hectares = frame.assign(flaeche_km2=100 * frame["flaeche_km2"])
    assert distances(hectares, one, known) == pytest.approx(distances(frame, one, known))


@given(units(), criteria, st.integers(1, 5))
def test_a_far_unit_more_changes_no_distance(frame: pd.DataFrame, names: list[str], count: int):
    one = municipal(frame)[0]
    before = distances(frame, one, names)
    far = frame[frame["ars"] == one].assign(
        ars="160630000001", zustaendig_ars="160630000001", einwohner=10**9, flaeche_km2=0.01
    )
    after = distances(pd.concat([frame, far]), one, names)
    assert {key: after[key] for key in before} == before
    near = peers.nearest(frame, one, names, count)["ars"].tolist()
    if {"einwohner", "dichte"} & set(names) and count <= len(before):
        assert peers.nearest(pd.concat([frame, far]), one, names, count)["ars"].tolist() == near


def test_a_doubling_another_role_and_another_kreis_are_the_steps():
    frame = pd.DataFrame([kreis(ars, density) for ars, density in KREISE.items()])
    base = {
        "name": "x", "typ": TYPES[0], "gruppe": "gemeindeebene", "kreis_ars": "160610000000", "einwohner": 1000,
        "flaeche_km2": 10.0,
    }  # fmt: skip
    changes = {
        "160610001000": {}, "160610002000": {"einwohner": 2000}, "160610003000": {"flaeche_km2": 40.0},
        "160610004000": {"typ": TYPES[1]}, "160610005000": {"kreis_ars": "160630000000"},
        "160610006000": {"kreis_ars": "160620000000"},
    }  # fmt: skip
    rows = [{**base, **change, "ars": ars, "zustaendig_ars": ars} for ars, change in changes.items()]
    found = distances(pd.concat([frame, pd.DataFrame(rows)]), "160610001000", list(ALL))
    assert found == pytest.approx(
        {"160610002000": 2, "160610003000": 2, "160610004000": 1, "160610005000": 0.5, "160610006000": 1}
    )
    tied = peers.nearest(pd.concat([frame, pd.DataFrame(rows)]), "160610001000", list(ALL), 2)["ars"].tolist()
    assert tied == ["160610005000", "160610004000"], "ties by ARS"


def test_a_unit_without_population_is_left_out_not_taken_for_near():
    frame = pd.DataFrame([kreis(ars, density) for ars, density in KREISE.items()])
    frame.loc[1, "einwohner"] = None
    assert distances(frame, frame["ars"][0], ["einwohner"]).keys() == {frame["ars"][2]}


@pytest.mark.parametrize(("names", "count"), [([], 7), (["farbe"], 7), (["einwohner"], 0)])
def test_what_cannot_be_compared_is_refused(instance: Instance, names: list[str], count: int):  # noqa: ARG001
    with pytest.raises(PeersError):
        peers.nearest(store.fetch("einheiten"), JENA, names, count)


def test_a_member_has_no_peers_of_its_own(instance: Instance):  # noqa: ARG001 - named by GRADMESSER_DATA
    with pytest.raises(PeersError, match="keine zuständige Einheit"):
        peers.nearest(store.fetch("einheiten"), VG_MEMBERS[0], ALL, 7)


def test_real_units_have_real_peers(instance: Instance):  # noqa: ARG001 - named by GRADMESSER_DATA
    frame = store.fetch("einheiten")
    assert len(peers.nearest(frame, JENA, ALL, 7)) == 4, "there are five kreisfreie Städte"
    assert set(peers.nearest(frame, VG, ALL, 7)["typ"]) == {"verwaltungsgemeinschaft"}
    assert set(peers.nearest(frame, EICHSFELD, ALL, 15)["typ"]) == {"landkreis"}


# What peers have ------------------------------------------------------------------------------------------------------


def cell(ars: str, zustand: str, key: str = WOHNSITZ, **more: object) -> dict[str, object]:
    return {
        "ars": ars, "name": f"Ort {ars}", "leika_key": key, "leistung": "Wohnsitz", "themenfeld": "Feld", "zustand": zustand,
        "eigen": False, "gemeldet": None, **more,
    }  # fmt: skip


def test_unknown_and_not_responsible_peers_are_never_a_no():
    cells = pd.DataFrame(
        [
            cell("a", "keine_meldung"), cell("b", "sichtbar", eigen=True), cell("c", "live", gemeldet="live"),
            cell("d", "sichtbar"), cell("e", "keine_meldung"), cell("f", "nicht_zustaendig"), cell("g", "test"),
        ]
    )  # fmt: skip
    (row,) = peers.shared_services(cells, "a", list("bcdefgh")).itertuples()
    assert (row.vergleichbare, row.n, row.nenner, row.u) == (7, 3, 5, 1)
    assert (row.eigen, row.gemeldet, row.geerbt) == (1, 1, 1)
    assert (row.wer, row.ohne) == ("Ort b, Ort c, Ort d", "Ort e")
    assert peers.peers_text(row) == "von 7 vergleichbaren haben 3, 1 ohne Meldung, 2 nicht zuständig"
    assert peers.evidence_text(row) == "1 mit eigenem Nachweis, 1 nach eigener Meldung, 1 über Kreis, Land oder Bund"


def test_only_what_the_unit_lacks_and_has_to_do_is_missing():
    lacking = [
        cell("a", "test", "1"),
        cell("a", "live", "2"),
        cell("a", "nicht_zustaendig", "3"),
        cell("a", "test", "4"),
    ]
    cells = pd.DataFrame([*lacking, *(cell("b", "sichtbar", key) for key in "123"), cell("b", "test", "4")])
    assert peers.missing(peers.shared_services(cells, "a", ["b"]))["leika_key"].tolist() == ["1"]


def test_shared_services_of_the_example_add_up(instance: Instance):  # noqa: ARG001 - named by GRADMESSER_DATA
    near = peers.nearest(store.fetch("einheiten"), VG, ALL, 7)["ars"].tolist()
    day = {"stand": date(2026, 6, 30), "wissen": store.known_by(None)}
    cells = store.fetch("vergleich_zellen", einheiten=",".join([VG, *near]), **day)
    shared = peers.shared_services(cells, VG, near)
    assert (shared["n"] == shared[list(peers.EVIDENCE)].sum(axis=1)).all()
    assert ((shared["n"] + shared["u"] <= shared["nenner"]) & (shared["nenner"] <= 7)).all()
    units = store.fetch("rollin_verwaltung", **day).set_index("ars")
    own = cells[(cells["ars"] == VG) & (cells["zustand"] != "nicht_zustaendig")]
    assert len(own) == len(shared) == units.loc[VG, "nenner"]
    for ars in near:
        live = [peers.evidence(row) for row in cells[cells["ars"] == ars].itertuples()]
        assert len(live) - live.count(None) == units.loc[ars, "n"]


def test_all_peers_are_named_as_all():
    cells = pd.DataFrame([cell("a", "keine_meldung"), *(cell(one, "live") for one in "bc")])
    (row,) = peers.shared_services(cells, "a", ["b", "c"]).itertuples()
    assert peers.peers_text(row) == "alle 2 vergleichbaren haben es"
    (row,) = peers.shared_services(cells, "a", ["b"]).itertuples()
    assert peers.peers_text(row) == "von 1 vergleichbaren hat 1"
