"""Every named query on 60 months of history, and all queries of each page together."""

import os
import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import product
from unittest.mock import patch

import pandas as pd
import streamlit as st
from streamlit.testing.v1 import AppTest

from benchmarks.instances import Instances
from benchmarks.report import Line, Part, table
from gradmesser import store
from gradmesser.catalog import places, themen
from gradmesser.ui import data, frame

GATE = 50.0
_REPEATS = 25
_PAGE_REPEATS = 5
_SLOWEST_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One call of a query: milliseconds on the clock and of processor time of this process, all threads."""

    query: str
    wall: float
    cpu: float


def measure(instances: Instances, progress: Callable[[str], None], *, quick: bool) -> Part:
    """Median and 95th percentile of each query over its parameters; then what the first visit of each page fetches."""
    os.environ["GRADMESSER_DATA"] = str(instances.built("plain"))
    names = sorted(path.stem for path in places.ROOT.glob("gradmesser/queries/*.sql"))
    known = _parameters()
    rows, medians = [], {}
    for name in names:
        samples = _samples(name, known, 5 if quick else _REPEATS)
        walls, cpus = [one.wall for one in samples], [one.cpu for one in samples]
        medians[name] = statistics.median(cpus)
        rows.append((f"`{name}`", *(f"{value:.1f}".replace(".", ",") for value in (
            medians[name], _p95(cpus), statistics.median(walls), _p95(walls)
        ))))  # fmt: skip
        progress(f"queries {name}: {medians[name]:.1f} ms")
    slowest = sorted(medians, key=medians.get, reverse=True)[:_SLOWEST_SHOWN]
    lines = [Line(title=f"Abfrage `{name}`", value=medians[name], unit="ms", gate=GATE) for name in slowest]
    for page in frame.PAGES.values():
        runs = [first_visit(page.path) for _ in range(1 if quick else _PAGE_REPEATS)]
        if not runs[0]:
            continue
        cpu = statistics.median(sum(one.cpu for one in run) for run in runs)
        dearest = max(statistics.median(one.cpu for run in runs for one in run if one.query == name) for name in
                      {one.query for one in runs[0]})  # fmt: skip
        title = f"Seite {page.title}: {len(runs[0])} Abfragen"
        lines += [
            Line(title=f"{title}, die teuerste", value=dearest, unit="ms", gate=GATE),
            Line(title=f"{title} zusammen (erster Besuch)", value=cpu, unit="ms"),
        ]
        progress(f"queries {page.title}: {cpu:.0f} ms")
    method = (
        f"Jede Datei in gradmesser/queries über `store.fetch` auf {instances.size.months} Monaten Geschichte, mit allen "
        "Verbindungen aus neuestem und mittlerem Stand, Land und einzelnen Einheiten, heutigem und früherem Wissen; Median "
        "der Prozessorzeit des Python-Prozesses einschließlich DuckDB (alle Fäden). Die Seiten laufen ohne Zwischenspeicher "
        f"durch Streamlits AppTest. Gezeigt sind die {len(slowest)} teuersten Abfragen, unten alle."
    )
    head = ("Abfrage", "Prozessor Median ms", "Prozessor p95 ms", "Uhr Median ms", "Uhr p95 ms")
    return Part(name="queries", method=method, lines=lines, details=table(head, rows))


def _parameters() -> dict[str, list[object]]:
    """Plausible values of every parameter: the defaults of the pages first."""
    days = [day.date() for day in store.fetch("stichtage", wissen=store.known_by(None))["stichtag"]]
    newest, middle = days[-1], days[len(days) // 2]
    units = store.fetch("einheiten")
    responsible = units[units["ars"] == units["zustaendig_ars"]]
    largest = [group.loc[group["einwohner"].idxmax(), "ars"] for _, group in responsible.groupby("typ")]
    services = store.fetch("leistungen", stand=newest, wissen=store.known_by(None))["leika_key"]
    deliveries = store.fetch("lieferungen")["snapshot_id"]
    known: dict[str, list[object]] = {
        "stand": [newest, middle],
        "wissen": [store.known_by(None), middle],
        "ars": ["", *largest],
        "leika_key": list(services.iloc[:: max(1, len(services) // 6)]),
        "snapshot_id": [deliveries.iloc[0]],
        "von": [days[max(0, len(days) - 13)]],
        "bis": [newest],
        "vorher": [days[max(0, len(days) - 13)]],
        "wissen_von": [store.known_by(None)],
        "kreis": [""],
        "themenfeld": [""],
        "register": [""],
        "meilenstein": [6],
        "sicht": ["zustaendig", "nutzbar"],
        "einheiten": [",".join(largest)],
        "measure_id": list(themen.themes()),
    }
    return known


def _samples(name: str, known: dict[str, list[object]], repeats: int) -> list[Sample]:
    """Calls with every combination of its parameters, in turns; the first call of all warms up and does not count."""
    text = store.sql(name)
    asked = sorted(set(re.findall(r"\$([a-z_]+)", text)))
    combinations = [dict(zip(asked, values, strict=True)) for values in product(*(known[one] for one in asked))]
    _timed(store.fetch, name, combinations[0])
    rounds = max(2, repeats // len(combinations))
    return [_timed(store.fetch, name, parameters)[1] for _ in range(rounds) for parameters in combinations]


def _timed(
    fetch: Callable[..., pd.DataFrame], query: str, parameters: dict[str, object]
) -> tuple[pd.DataFrame, Sample]:
    wall, cpu = time.perf_counter(), time.process_time()
    rows = fetch(query, **parameters)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return rows, Sample(query=query, wall=1000 * wall, cpu=1000 * cpu)


def first_visit(path: str) -> list[Sample]:
    """The queries of one visit with empty caches; raises RuntimeError if the page fails."""
    with _watched() as seen:
        app = AppTest.from_file(str(places.ROOT / "dashboard.py"), default_timeout=120)
        if path != "dashboard.py":
            app.switch_page(path)
        app.run()
        if app.exception:
            message = f"{path}: {app.exception[0].message}"
            raise RuntimeError(message)
    return seen


@contextmanager
def _watched() -> Iterator[list[Sample]]:
    """Collect every query of the block, with everything forgotten that the app keeps."""
    st.cache_data.clear()
    st.cache_resource.clear()
    data.forget()
    seen: list[Sample] = []
    fetch = store.fetch_from

    def timed(published: str, query: str, /, **parameters: object) -> pd.DataFrame:
        rows, sample = _timed(partial(fetch, published), query, parameters)
        seen.append(sample)
        return rows

    with patch.object(store, "fetch_from", timed):
        yield seen


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]
