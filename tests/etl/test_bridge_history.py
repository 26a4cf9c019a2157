"""The bridge of any history equals an oracle that knows only the rules, and adds up however it is cut."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gradmesser import bridge, store
from tests.etl import test_report_history as reports
from tests.etl.test_report_history import LATE, LIVE, NEW_CATALOGUE, TODAY, UNITS, History, Oracle, instance

DAYS = sorted({day + timedelta(days=d) for day in (*reports.DAYS, NEW_CATALOGUE) for d in (-1, 0, 1)})
ALL = {"ars": "", "kreis": "", "themenfeld": ""}

questions = st.tuples(
    st.lists(st.sampled_from(DAYS), min_size=2, max_size=2).map(sorted),
    st.sampled_from([TODAY, TODAY, *DAYS[6:]]),
    st.sampled_from([None, *DAYS]),
)


def fetched(von: date, bis: date, wissen: date, wissen_von: date, **where: str) -> tuple:
    """Both query results."""
    asked = {"von": von, "bis": bis, "wissen": wissen, "wissen_von": wissen_von, **ALL, **where}
    return store.fetch("bruecke_enden", **asked), store.fetch("bruecke", **asked)


def expected(oracle: Oracle, von: date, bis: date, wissen: date, wissen_von: date) -> dict[str, Counter] | None:
    """Parts of every unit by the rules of docs/methodik.md, None where at one of the ends nothing was known."""
    first, start, end = oracle.cells(von, wissen_von), oracle.cells(von, wissen), oracle.cells(bis, wissen)
    if not (first and start and end):
        return None
    found: dict[str, Counter] = {ars: Counter() for ars in UNITS}
    for place in {**start, **first}:
        now, then = ((known[place].zustand in LIVE) if place in known else False for known in (start, first))
        found[place[0]]["korrektur"] += now - then
    cuts = [NEW_CATALOGUE] if oracle.late and oracle.late_known <= wissen and von < NEW_CATALOGUE <= bis else []
    for begin, finish in pairwise([von, *cuts, bis]):
        before, after = oracle.cells(begin, wissen), oracle.cells(finish, wissen)
        seen = any(d.proof is not None and d.stand <= begin and d.known <= wissen for d in oracle.deliveries)
        for place in before:
            part = part_of(before[place], after[place], portal_seen=seen)
            if part:
                found[place[0]][part] += 1 if after[place].zustand in LIVE else -1
    for cut in cuts:
        for (ars, key), one in oracle.cells(cut, wissen).items():
            found[ars]["katalog"] += key == LATE and one.zustand in LIVE
    return found


def part_of(before: reports.Verdict, after: reports.Verdict, *, portal_seen: bool) -> str | None:
    """Which part a cell of one section belongs to; nobody dates a start in these histories."""
    if (before.zustand in LIVE) == (after.zustand in LIVE):
        return None
    if "nicht_zustaendig" in {before.zustand, after.zustand}:
        return "zustaendigkeit"
    if after.zustand in LIVE:
        learnt = after.zu_pruefen or not portal_seen
        return "erstmeldungen" if before.zustand == "keine_meldung" and learnt else "neu_online"
    return "erstmeldungen" if after.zustand == "keine_meldung" and before.zu_pruefen else "weggefallen"


@settings(
    max_examples=6, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck)
)
@given(history=reports.histories(), asked=st.lists(questions, min_size=5, max_size=5))
def test_bridge_of_any_history_is_that_of_the_rules_and_adds_up(history: History, asked: list) -> None:
    with instance(services=history.first_catalogue) as made, pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADMESSER_DATA", str(made.root))
        oracle = reports._made(history, made, range(len(history.deliveries)))  # noqa: SLF001 - its own histories
        for (von, bis), wissen, earlier in asked:
            assert_bridge(oracle, made, von, bis, wissen, earlier or wissen)
        (von, bis), wissen, earlier = asked[0]
        assert_cuts_add_up(made, von, bis, wissen, earlier or wissen)


def assert_bridge(oracle: Oracle, made: reports.Instance, von: date, bis: date, wissen: date, wissen_von: date) -> None:
    """The Land and its units."""
    ends, cells = fetched(von, bis, wissen, wissen_von)
    whole = bridge.whole(ends, cells, von, bis)
    wanted = expected(oracle, von, bis, wissen, wissen_von)
    assert (whole is None) == (wanted is None)
    if whole is None:
        return
    units = bridge.table(ends, cells, von, bis, ["ars", "name"])
    assert {row.ars: {part: getattr(row, part) for part in bridge.PARTS} for row in units.itertuples()} == {
        ars: {part: wanted[ars][part] for part in bridge.PARTS} for ars in UNITS
    }
    for ends_of, day, known in (("n_von", von, wissen_von), ("n_bis", bis, wissen)):
        (land,) = [made.export(day, known, "land")]
        assert getattr(whole, ends_of) == land["n"] == units[ends_of].sum()
    assert whole.parts["weggefallen"] <= 0 <= whole.parts["neu_online"]
    assert whole.parts == {part: units[part].sum() for part in bridge.PARTS}


def assert_cuts_add_up(made: reports.Instance, von: date, bis: date, wissen: date, wissen_von: date) -> None:
    """The bridges of all Themenfelder, and those of all Kreise, are together that of the Land."""
    ends, cells = fetched(von, bis, wissen, wissen_von)
    whole = bridge.whole(ends, cells, von, bis)
    fields = [name for (name,) in made.query("SELECT DISTINCT themenfeld FROM leistung")]
    for cuts in ([{"themenfeld": name} for name in fields], [{"kreis": kreis} for kreis in set(ends["kreis_ars"])]):
        pieces = [bridge.whole(*fetched(von, bis, wissen, wissen_von, **where), von, bis) for where in cuts]
        assert added(pieces) == added([whole])


def added(pieces: list[bridge.Bridge | None]) -> Mapping[str, int]:
    """Ends and parts of several bridges together."""
    total: Counter = Counter()
    for one in pieces:
        if one:
            total.update({"n_von": one.n_von, "n_bis": one.n_bis, **one.parts})
    return dict(total)
