"""What stands on the fact sheet of a unit or of the Land: gathered from the same queries as the pages, so the same numbers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from gradmesser import catalog, coverage, findings, german, landvalue, peers, registers, steps
from gradmesser.catalog import EXAMPLE_MARK, IDNR_DEADLINE, LAND
from gradmesser.catalog.operator import operator
from gradmesser.export.factsheet import Entry, FactSheet, FieldLine, Figure, Listing, Numbered, Row, TrendPoint
from gradmesser.findings import Triple

Fetch = Callable[..., pd.DataFrame]
_NAME, _LINE = 60, 110
_LEVERS, _ENDS, _REGISTERS = 5, 3, 8
_CHANGES = ((1, "Veränderung zum Vormonat"), (12, "Veränderung zum Vorjahr"))


class SheetError(ValueError):
    """There is nothing to put on a sheet; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Day for which the sheet holds, day by which it was known (as queries take it), and that day in words."""

    stand: date
    wissen: date
    known: date

    @property
    def both(self) -> dict[str, date]:
        """Both as parameters of a query."""
        return {"stand": self.stand, "wissen": self.wissen}

    @property
    def text(self) -> str:
        """`Stand 31.10.2026, bekannt bis 02.11.2026`."""
        return f"Stand {german.day(self.stand)}, bekannt bis {german.day(self.known)}"


def gather(fetch: Fetch, ars: str, stand: date, wissen: date) -> FactSheet:
    """Content for a responsible unit, a member Gemeinde (its administration's) or the Land.

    fetch: store.fetch or a cached one. The last stand on or before the day counts; wissen is store.known_by(None) for
    today's knowledge. Raises SheetError for an unknown ARS and for a day before the first stand.
    """
    days = fetch("stichtage", wissen=wissen)["stichtag"]
    before = days[days <= pd.Timestamp(stand)]
    if before.empty:
        raise SheetError(f"Für den {german.day(stand)} liegt noch kein Stand vor.")
    newest = fetch("datenbank").iloc[0]["bekannt"].date()
    clocks = Clocks(stand=before.max().date(), wissen=wissen, known=min(wissen, newest))
    if ars == LAND:
        return _land(fetch, clocks)
    units = fetch("einheiten").set_index("ars", drop=False)
    if ars not in units.index or pd.isna(units.loc[ars, "zustaendig_ars"]):
        raise SheetError(f"„{ars}“ ist weder eine Gemeinde noch eine Verwaltung, ein Kreis oder das Land.")
    return _unit(fetch, units, units.loc[ars], clocks)


# One unit --------------------------------------------------------------------------------------------------------------


def _unit(fetch: Fetch, units: pd.DataFrame, chosen: pd.Series, clocks: Clocks) -> FactSheet:
    own = units.loc[chosen["zustaendig_ars"]]
    ars = own["ars"]
    history = fetch("verlauf", ars=ars, wissen=clocks.wissen)
    fields = fetch("themenfelder", ars=ars, **clocks.both)
    counted = findings.total(fields)
    rows = fetch("rollin_verwaltung", **clocks.both).set_index("ars", drop=False)
    near = list(peers.nearest(units.reset_index(drop=True), ars, list(peers.CRITERIA), peers.COUNT)["ars"])
    cells = fetch("vergleich_zellen", einheiten=",".join([ars, *near]), **clocks.both)
    register = fetch("register_stand", **clocks.both)
    register = register[register["ars"] == ars]
    shared = peers.shared_services(cells, ars, near)
    todo = steps.next_steps(cells[cells["ars"] == ars], register, shared, clocks.stand)
    kreis = units["name"].get(chosen["kreis_ars"])
    return FactSheet(
        title=findings.unit_sentence(_short(own["name"], _LINE), counted), clock=clocks.text,
        kicker="Gradmesser · Datenblatt für den Rat" if own["gruppe"] != "landkreis" else "Gradmesser · Datenblatt für den Kreistag",
        subtitle=findings.responsible_sentence(chosen, own, kreis), stand=clocks.stand, n=counted.n, of=counted.of, u=counted.u,
        figures=_figures(counted, history, clocks.stand), trend_title=findings.trend_sentence(history, clocks.stand),
        trend=_points(history, clocks.stand), fields_title=findings.fields_sentence(fields), fields=_fields(fields),
        right=[_peer_list(rows, ars, near), _register_list(register)],
        below=[_step_list(todo), _issues(fetch, rows.loc[ars], ars, clocks)],
        **_origin(fetch, f"kommune?ars={chosen['ars']}", clocks),
    )  # fmt: skip


def _peer_list(rows: pd.DataFrame, ars: str, near: Sequence[str]) -> Listing:
    shown = [one for one in (ars, *near) if one in rows.index]
    own = rows.loc[ars]
    more = sum(rows.loc[one, "n"] * own["nenner"] > own["n"] * rows.loc[one, "nenner"] for one in shown[1:])
    return Listing(
        title=f"Von den {german.number(len(shown) - 1)} ähnlichsten Verwaltungen {'hat' if more <= 1 else 'haben'} "
        f"{german.number(more) if more else 'keine'} einen höheren nachgewiesenen Anteil.",
        note=f"Ähnlich nach {german.listing(list(peers.CRITERIA.values()))}. Keine Rangliste.",
        head=("Verwaltung", "n von N", "u"),
        rows=[
            Row(
                cells=(
                    _short(rows.loc[one, "name"], _NAME),
                    f"{german.number(rows.loc[one, 'n'])} von {german.number(rows.loc[one, 'nenner'])}",
                    german.number(rows.loc[one, "u"]),
                ),
                strong=one == ars,
            )
            for one in shown
        ],
    )


def _register_list(rows: pd.DataFrame) -> Listing:
    reached = registers.triple(rows, registers.IDNR_MILESTONE)
    ordered = rows.assign(wort=rows["register"].map(german.sort_key)).sort_values(
        ["gemeldet", "lueckenlos", "wort"], ascending=[False, True, True]
    )
    rest = len(ordered) - _REGISTERS
    return Listing(
        title=f"In {german.number(reached.n)} von {german.count(reached.of, 'Register', 'Registern')} ist die Identifikationsnummer "
        f"gespeichert (M6), {german.number(reached.u)} ohne Meldung.",
        note=f"Frist für M6: {german.day(IDNR_DEADLINE)} (IDNrG § 2 Nr. 1). Lückenlos erreichter Meilenstein; am Anfang zuerst"
        + (f", {german.number(rest)} weitere auf der Seite." if rest > 0 else "."),
        head=("Register", "Meilenstein"),
        rows=[
            Row(cells=(_short(row.register, _NAME), f"M{row.lueckenlos} von {row.moeglich}" if row.gemeldet else "keine Meldung"))
            for row in ordered.head(_REGISTERS).itertuples()
        ],
    )  # fmt: skip


def _step_list(todo: Sequence[steps.Step]) -> Numbered:
    return Numbered(
        title=f"{german.count(len(todo), 'nächster Schritt', 'nächste Schritte')}" if todo else "Nächste Schritte",
        note="" if todo else "Aus den Regeln des Gradmessers ergibt sich gerade kein nächster Schritt.",
        entries=[
            Entry(
                head=f"{step.label}: {_short(step.title, _LINE)}.",
                text=" ".join(
                    part for part in (step.reason, step.action, f"({step.others})" if step.others else "") if part
                ),
            )
            for step in todo
        ],
    )


def _issues(fetch: Fetch, row: pd.Series, ars: str, clocks: Clocks) -> Numbered:
    counts = fetch("widersprueche_zahl", **clocks.both).set_index("ars")["widersprueche"]
    contradictions = int(counts.get(ars, 0))
    parts = [
        german.count(int(row["gestoert"]), "Dienst mit defektem Link", "Dienste mit defektem Link"),
        german.count(contradictions, "Widerspruch zwischen Meldung und Portalverbund", "Widersprüche zwischen Meldung und Portalverbund"),
        german.count(int(row["teilweise"]), "Dienst nur in einem Teil der Mitgliedsgemeinden", "Dienste nur in einem Teil der Mitgliedsgemeinden"),
    ]  # fmt: skip
    return Numbered(title="Zu prüfen", note=" · ".join(parts), entries=[])


# The Land ----------------------------------------------------------------------------------------------------------------


def _land(fetch: Fetch, clocks: Clocks) -> FactSheet:
    units = fetch("rollin_verwaltung", **clocks.both)
    history = fetch("verlauf", ars="", wissen=clocks.wissen)
    fields = fetch("themenfelder", ars="", **clocks.both)
    counted = findings.total(units)
    services = coverage.classified(fetch("flaechendeckung", **clocks.both))
    return FactSheet(
        title=findings.glass_sentence(counted, len(units)), clock=clocks.text, kicker="Gradmesser · Datenblatt Thüringen",
        subtitle="Gezählt wird je Leistung und zuständiger Verwaltung, nur was nachgewiesen ist. Ohne Meldung heißt unbekannt, nie null.",
        stand=clocks.stand, n=counted.n, of=counted.of, u=counted.u, figures=_figures(counted, history, clocks.stand),
        trend_title=findings.trend_sentence(history, clocks.stand), trend=_points(history, clocks.stand),
        fields_title=findings.fields_sentence(fields), fields=_fields(fields),
        right=[_value_list(units), _class_list(services), _land_registers(fetch("register_stand", **clocks.both))],
        below=[_lever_list(services), _land_issues(fetch, units, clocks)], **_origin(fetch, "", clocks),
    )  # fmt: skip


def _value_list(units: pd.DataFrame) -> Listing:
    values = landvalue.four_ways(units)
    return Listing(
        title="Der Landeswert auf vier Weisen", note=landvalue.why_they_differ(values),
        head=("Rechenweise (Verwaltungen)", "mindestens", "höchstens"),
        rows=[
            Row(
                cells=(f"{value.name} ({german.number(value.units)})", value.at_least, value.at_most),
                strong=value.key == landvalue.POOLED,
            )
            for value in values.values()
        ],
    )  # fmt: skip


def _class_list(services: pd.DataFrame) -> Listing:
    counts = coverage.class_counts(services)
    return Listing(
        title=coverage.coverage_sentence(services), note="Nach zuständigen Verwaltungen; fast flächendeckend ab 90 % (Definition des Gradmessers).",
        head=("Abdeckung", "Leistungen"),
        rows=[Row(cells=(coverage.CLASSES[key], german.number(number))) for key, number in counts.items()],
    )  # fmt: skip


def _land_registers(rows: pd.DataFrame) -> Listing:
    reached = registers.triple(rows, registers.IDNR_MILESTONE)
    found = registers.progress(rows)
    return Listing(
        title=f"In {german.number(reached.n)} von {german.number(reached.of)} kommunal geführten Registern ist die "
        f"Identifikationsnummer gespeichert (M6), {german.number(reached.u)} ohne Meldung.",
        note=f"Frist für M6: {german.day(IDNR_DEADLINE)} (IDNrG § 2 Nr. 1). Fortschritt: {found.text}.", head=(), rows=[],
    )  # fmt: skip


def _lever_list(services: pd.DataFrame) -> Numbered:
    nearest = coverage.lever(services, None)
    return Numbered(
        title=coverage.lever_sentence(nearest),
        note="Die kleinsten Lücken zur Flächendeckung; „ohne Meldung“ kann längst online sein.",
        entries=[
            Entry(
                head=f"{_short(row.leistung, _LINE)}.",
                text=f"{german.n_of(row.n, row.nenner, row.u)}; Nachweis fehlt aus {german.count(row.luecke, 'Verwaltung', 'Verwaltungen')} "
                f"mit zusammen {german.number(row.einwohner_offen)} Einwohnern.",
            )
            for row in nearest.head(_LEVERS).itertuples()
        ],
    )  # fmt: skip


def _land_issues(fetch: Fetch, units: pd.DataFrame, clocks: Clocks) -> Numbered:
    contradictions = fetch("widersprueche_zahl", **clocks.both)
    found = landvalue.all_or_nothing(fetch("flaechendeckung", **clocks.both))
    parts = [
        f"{german.count(int(units['gestoert'].sum()), 'Dienst', 'Dienste')} mit defektem Link",
        f"{german.count(int(contradictions['widersprueche'].sum()), 'Widerspruch', 'Widersprüche')} zwischen Meldung und Portalverbund in "
        f"{german.count(len(contradictions), 'Verwaltung', 'Verwaltungen')}",
    ]  # fmt: skip
    return Numbered(
        title="Zu prüfen, und der Vergleich mit dem Bund",
        note=f"{' · '.join(parts)}. {landvalue.all_or_nothing_sentence(found)}",
        entries=[],
    )


# Parts of both -----------------------------------------------------------------------------------------------------------


def _figures(counted: Triple, history: pd.DataFrame, stand: date) -> list[Figure]:
    figures = [
        Figure(
            label="Mindestens, höchstens",
            value=counted.interval if counted.u else german.share(counted.n, counted.of, 0),
            remark=counted.text,
        )
    ]
    for months, label in _CHANGES:
        change = findings.change(history, stand, months)
        if change is None:
            figures.append(Figure(label=label, value=german.NOT_AVAILABLE, remark="kein früherer Stand"))
        else:
            figures.append(Figure(label=label, value=german.signed(change.difference), remark=change.text))
    return figures


def _points(history: pd.DataFrame, stand: date) -> list[TrendPoint]:
    official = history[history["massgeblich"] & (history["stichtag"] <= pd.Timestamp(stand))]
    return [TrendPoint(day=row.stichtag.date(), n=int(row.n), of=int(row.nenner)) for row in official.itertuples()]


def _fields(fields: pd.DataFrame) -> list[FieldLine]:
    return [
        FieldLine(name=_short(row.themenfeld, _NAME), n=int(row.n), of=int(row.nenner), u=int(row.u))
        for row in fields.itertuples()
    ]


def _origin(fetch: Fetch, path: str, clocks: Clocks) -> dict[str, object]:
    about = fetch("datenbank").iloc[0]
    example = about["herkunft"] == "beispiel"
    return {"example": example, "footer": list(_footer(about, path, clocks, example=example))}


def _footer(about: pd.Series, path: str, clocks: Clocks, *, example: bool) -> Iterator[str]:
    start = f"{EXAMPLE_MARK}. " if example else ""
    yield (
        f"{start}Definition des Gradmessers: n = nachgewiesen online, N = Zuständigkeiten, u = ohne Meldung (unbekannt, nie null). "
        f"{clocks.text}. Regeln {about['regelversion']}, Fingerabdruck der Daten {about['eingang_sha256'][:12]}."
    )
    rollin, area = catalog.sources()["open_pvog"], catalog.sources()["gebietsstand"]
    yield f"Quellen: {rollin.title}; Meldungen der Verwaltungen; {about['katalog']} ({about['katalog_status']}); {area.attribution}"
    yield f"Diese Ansicht im Gradmesser: {address(path, clocks)}"


def address(path: str, clocks: Clocks) -> str:
    """Address of the live view with both clocks frozen; without the operator's address only its end."""
    frozen = f"stand={clocks.stand}&wissen={clocks.known}"
    end = f"{path}{'&' if '?' in path else '?'}{frozen}"
    base = operator().adresse.rstrip("/")
    return f"{base}/{end}" if base else end


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"
