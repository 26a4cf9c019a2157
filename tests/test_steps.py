"""Next steps: rules in their order, at most five, never for what is not the unit's task, the same for any order of rows."""

from datetime import date

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gradmesser import peers, steps, store
from gradmesser.catalog import IDNR_DEADLINE, STATES
from tests.support import Instance

STAND = date(2026, 10, 31)
NOTHING = pd.DataFrame(columns=["gemeldet", "erreicht", "register_id"])


def cell(key: str, zustand: str, **more: object) -> dict[str, object]:
    return {
        "ars": "a", "name": "Ort", "leika_key": key, "leistung": f"Leistung {key}", "themenfeld": "Feld", "zustand": zustand,
        "beleg": None, "eigen": False, "geerbt": False, "geerbt_von": None, "gemeldet": None, "mitglieder": 0,
        "mitglieder_belegt": 0, "geplant_am": pd.NaT, "zu_pruefen": False, **more,
    }  # fmt: skip


def register(register_id: str, lueckenlos: int | None = 2, **more: object) -> dict[str, object]:
    return {
        "register_id": register_id, "register": f"Register {register_id}", "gemeldet": lueckenlos is not None,
        "erreicht": list(range(1, (lueckenlos or 0) + 1)), "lueckenlos": lueckenlos, "m6_geplant": pd.Timestamp("2028-01-31"),
        "ueberfaellig": False, "ueberfaellig_nr": None, "ueberfaellig_seit": pd.NaT, **more,
    }  # fmt: skip


def taken(cells: list[dict[str, object]], registers: list[dict[str, object]] = (), others: list[dict] = ()) -> list:
    frame = pd.DataFrame([*cells, *others])
    shared = peers.shared_services(frame, "a", sorted({one["ars"] for one in others}))
    return steps.next_steps(
        frame[frame["ars"] == "a"], pd.DataFrame(registers) if registers else NOTHING, shared, STAND
    )


def at_peers(key: str, *states: str) -> list[dict[str, object]]:
    return [cell(key, state, ars=f"p{number}", eigen=True) for number, state in enumerate(states)]


def test_one_of_each_kind_in_the_order_of_the_rules():
    cells = [
        cell("7", "keine_meldung"),
        cell("6", "sichtbar", geerbt=True, geerbt_von="Thüringen"),
        cell("5", "keine_meldung", mitglieder=3, mitglieder_belegt=2),
        cell("3", "test", geplant_am=pd.Timestamp("2026-10-30")),
        cell("2", "live", gemeldet="live", zu_pruefen=True),
        cell("1", "gestoert", eigen=True), cell("0", "gestoert", eigen=True),
    ]  # fmt: skip
    found = taken(
        cells, [register("r", ueberfaellig=True, ueberfaellig_nr=3, ueberfaellig_seit=pd.Timestamp("2026-10-01"))]
    )
    assert [one.kind for one in found] == ["link_defekt", "widerspruch", "ueberfaellig", "register_frist", "teilweise"]
    assert (found[0].leika_key, found[0].more) == ("0", 1)
    rest = taken(
        [one for one in cells if one["leika_key"] in "567"], others=at_peers("7", "live", "live", "keine_meldung")
    )
    assert [one.kind for one in rest] == ["teilweise", "geerbt", "vergleichbare"]
    assert "2 von 3 Mitgliedsgemeinden" in rest[0].reason
    assert rest[1].reason.startswith("Thüringen bietet den Dienst an")
    assert rest[2].others == "von 3 vergleichbaren haben 2, 1 ohne Meldung"


def test_free_places_are_filled_in_the_same_order():
    cells = [cell(str(number), "gestoert", eigen=True) for number in range(7)]
    cells.append(cell("9", "sichtbar", geerbt=True, geerbt_von="Thüringen"))
    found = taken(cells)
    assert [(one.kind, one.leika_key) for one in found] == [
        *(("link_defekt", str(number)) for number in range(4)), ("geerbt", "9"),
    ]  # fmt: skip
    assert [one.more for one in found] == [0, 0, 0, 3, 0]


def test_half_of_the_peers_is_not_most_and_a_decision_is_respected():
    most, half = ("live", "live", "test"), ("live", "test")
    assert [one.kind for one in taken([cell("1", "nicht_begonnen")], others=at_peers("1", *most))] == ["vergleichbare"]
    assert not taken([cell("1", "nicht_begonnen")], others=at_peers("1", *half))
    for state in ("abgelehnt", "zurueckgestellt"):
        assert not taken([cell("1", state)], others=at_peers("1", *most))


def test_a_planned_day_that_is_today_is_not_overdue():
    assert not taken([cell("1", "test", geplant_am=pd.Timestamp(STAND))])
    assert not taken([cell("1", "sichtbar", eigen=True, geplant_am=pd.Timestamp("2026-01-01"))])


def test_registers_the_most_urgent_first():
    late = pd.Timestamp(IDNR_DEADLINE) + pd.Timedelta(days=1)
    rows = [
        register("stumm", None, m6_geplant=pd.NaT), register("ohne", m6_geplant=pd.NaT), register("spaet", m6_geplant=late),
        register("vorbei", ueberfaellig=True, ueberfaellig_nr=3, ueberfaellig_seit=pd.Timestamp("2026-10-01")),
        register("fertig", 6), register("gut"),
        register("danach", ueberfaellig=True, ueberfaellig_nr=7, ueberfaellig_seit=pd.Timestamp("2026-10-01")),
    ]  # fmt: skip
    found = steps.next_steps(
        pd.DataFrame([cell("1", "nicht_zustaendig")]), pd.DataFrame(rows), peers.shared_services(pd.DataFrame([cell("1", "live")]), "x", []), STAND
    )  # fmt: skip
    assert [one.register_id for one in found] == ["vorbei", "spaet", "ohne", "stumm"]
    assert "M3" in found[0].action
    assert "keine Meldung" in found[3].reason
    assert "melden" in found[3].action


states = st.sampled_from(list(STATES))
cells_of = st.lists(
    st.builds(
        lambda key, zustand, gemeldet, eigen, geerbt, part, late, pruefen: cell(
            f"{key:02d}", zustand, gemeldet=gemeldet, eigen=eigen, geerbt=geerbt, geerbt_von="Thüringen" if geerbt else None,
            mitglieder=4 if part else 0, mitglieder_belegt=part, zu_pruefen=pruefen,
            geplant_am=pd.Timestamp("2026-01-01") if late else pd.NaT,
        ),
        st.integers(0, 20), states, st.none() | states, st.booleans(), st.booleans(), st.integers(0, 3), st.booleans(),
        st.booleans(),
    ),
    min_size=1, max_size=12, unique_by=lambda one: one["leika_key"],
)  # fmt: skip


@given(cells_of, st.lists(states, max_size=5), st.randoms(use_true_random=False))
def test_at_most_five_never_twice_never_what_is_not_the_task(cells: list[dict], theirs: list[str], random: object):
    others = [one for mine in cells for one in at_peers(mine["leika_key"], *theirs)]
    found = taken(cells, others=others)
    by_key = {one["leika_key"]: one for one in cells}
    assert len(found) <= steps.LIMIT
    assert len({one.leika_key for one in found}) == len(found)
    assert all(by_key[one.leika_key]["zustand"] != "nicht_zustaendig" for one in found)
    assert [list(steps.KINDS).index(one.kind) for one in found] == sorted(
        list(steps.KINDS).index(one.kind) for one in found
    )
    assert all(one.reason.endswith(".") and one.action.endswith(".") for one in found)
    shuffled = random.sample(cells, len(cells))
    assert taken(shuffled, others=others) == found


def test_every_unit_of_the_example_has_sensible_steps(instance: Instance):  # noqa: ARG001 - named by GRADMESSER_DATA
    day = {"stand": date(2026, 6, 30), "wissen": store.known_by(None)}
    units, registers = store.fetch("einheiten"), store.fetch("register_stand", **day)
    responsible = peers.described(units)["ars"]
    for ars in responsible[::25]:
        near = peers.nearest(units, ars, list(peers.CRITERIA), 7)["ars"].tolist()
        cells = store.fetch("vergleich_zellen", einheiten=",".join([ars, *near]), **day)
        own = cells[cells["ars"] == ars]
        found = steps.next_steps(
            own, registers[registers["ars"] == ars], peers.shared_services(cells, ars, near), STAND
        )
        outside = set(own.loc[own["zustand"] == "nicht_zustaendig", "leika_key"])
        assert 0 < len(found) <= steps.LIMIT
        assert not outside & {one.leika_key for one in found}
