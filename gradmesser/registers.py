"""Register modernisation: what the rows of register_stand, register_verlauf and once_only say; pure functions.

One row of `rows` is one register of one responsible unit. A register without any report is unknown: never 0, never in a mean,
last in every order. Rules: docs/methodik.md, "Registermodernisierung".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from gradmesser import findings, forecast, german
from gradmesser.catalog import MILESTONES, Target
from gradmesser.findings import Triple
from gradmesser.forecast import Outlook

UNKNOWN = "keine_meldung"
IDNR_MILESTONE = 6
EVIDENCE_MILESTONE = 9
PARALLEL = (7, 8, 9)
SILENT_MONTHS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step of the five-step version, with the two that say that there is nothing yet or nothing known."""

    label: str
    glyph: str


STAGES = {
    "im_verbund": Stage(label="im Verbund", glyph="◆"),
    "idnr_gespeichert": Stage(label="IDNr gespeichert", glyph="●"),
    "im_test": Stage(label="im Test", glyph="◕"),
    "vorbereitet": Stage(label="vorbereitet", glyph="◑"),
    "erfasst": Stage(label="erfasst", glyph="◔"),
    "offen": Stage(label="noch nicht erfasst", glyph="○"),
    UNKNOWN: Stage(label="keine Meldung", glyph="▨"),
}
ORDERS = {"name": "nach Name, je Kreis", "weit": "Fortschritt: weit zuerst", "anfang": "Fortschritt: am Anfang zuerst"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Records with IDNr of all records, over the registers that report both, and how many registers that are."""

    with_idnr: int
    records: int
    reporting: int
    of: int

    @property
    def text(self) -> str:
        """`98,2 % (1.234 von 1.257 Datensätzen; 3 von 6 Registern melden beides)`."""
        return f"{german.share(self.with_idnr, self.records)} ({self.counts})"

    @property
    def counts(self) -> str:
        """`1.234 von 1.257 Datensätzen; 3 von 6 Registern melden beides`."""
        return (
            f"{german.number(self.with_idnr)} von {german.number(self.records)} Datensätzen; "
            f"{german.number(self.reporting)} von {german.number(self.of)} Registern melden beides"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Mean of gap-free by possible milestones over the registers that report; value None if none does."""

    value: float | None
    reporting: int
    of: int

    @property
    def text(self) -> str:
        """`46 % im Mittel von 5 der 6 Register`; `k. A.` if none reports."""
        if self.value is None:
            return german.NOT_AVAILABLE
        return f"{german.share(self.value, 1, 0)} im Mittel über {german.number(self.reporting)} von {german.number(self.of)} Registern"


def name(number: int) -> str:
    """`M6 IDNr-Ersteinspeicherung`."""
    return f"M{number} {MILESTONES[number].title}"


def chosen(rows: pd.DataFrame, register: str, kreis: str) -> pd.DataFrame:
    """Rows of one register and one Kreis; empty text stands for all."""
    keep = pd.Series(data=True, index=rows.index)
    if register:
        keep &= rows["register_id"] == register
    if kreis:
        keep &= rows["kreis_ars"] == kreis
    return rows[keep]


def reached(rows: pd.DataFrame, number: int) -> pd.Series:
    """Which rows have reached one milestone; false where nothing is known."""
    return pd.Series([number in numbers for numbers in rows["erreicht"]], index=rows.index, dtype=bool)


def triple(rows: pd.DataFrame, number: int) -> Triple:
    """Counts (n von N, u ohne Meldung) for one milestone; M9 to M11 count only registers whose evidence is needed."""
    able = rows[rows["moeglich"] >= number]
    return Triple(n=int(reached(able, number).sum()), of=len(able), u=int((~able["gemeldet"]).sum()))


def milestones(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a milestone: nr, meilenstein, n, n_lueckenlos, nenner, u, bedingung; without those that no register here has."""
    lines = []
    for number, milestone in MILESTONES.items():
        counted = triple(rows, number)
        if not counted.of:
            continue
        able = rows[rows["moeglich"] >= number]
        lines.append(
            {"nr": number, "meilenstein": name(number), "n": counted.n,
             "n_lueckenlos": int((able["lueckenlos"] >= number).sum()),
             "nenner": counted.of, "u": counted.u, "bedingung": milestone.done_when, "grundlage": milestone.basis}
        )  # fmt: skip
    return pd.DataFrame(lines)


def quota(rows: pd.DataFrame) -> Quota:
    """IDNr-Quote over the registers that report both numbers."""
    both = rows[rows["datensaetze"].notna() & rows["datensaetze_mit_idnr"].notna()]
    return Quota(
        with_idnr=int(both["datensaetze_mit_idnr"].sum()), records=int(both["datensaetze"].sum()), reporting=len(both), of=len(rows)
    )  # fmt: skip


def quotas(rows: pd.DataFrame) -> pd.DataFrame:
    """IDNr-Quote by register: register, mit_idnr, datensaetze, anteil, n (registers reporting both), nenner, u."""
    lines = []
    for register, part in rows.groupby("register"):
        found = quota(part)
        share = found.with_idnr / found.records if found.records else None
        lines.append({"register": register, "mit_idnr": found.with_idnr if found.reporting else None,
                      "datensaetze": found.records if found.reporting else None, "anteil": share,
                      "n": found.reporting, "nenner": found.of, "u": found.of - found.reporting})  # fmt: skip
    table = pd.DataFrame(lines).astype({"mit_idnr": "Int64", "datensaetze": "Int64", "anteil": "Float64"})
    return table.sort_values(["anteil", "register"], ascending=[False, True], na_position="last")


def progress(rows: pd.DataFrame) -> Progress:
    """Fortschritt of the rows, usually those of one unit."""
    known = rows[rows["gemeldet"]]
    value = float((known["lueckenlos"] / known["moeglich"]).mean()) if len(known) else None
    return Progress(value=value, reporting=len(known), of=len(rows))


def units(rows: pd.DataFrame, order: str) -> pd.DataFrame:
    """Units in order: ars, name, kreis_ars, fortschritt, gemeldet, nenner; what is unknown comes last both ways."""
    known = rows.assign(anteil=(rows["lueckenlos"] / rows["moeglich"]).astype("Float64"))
    table = known.groupby(["ars", "name", "kreis_ars"], as_index=False).agg(
        fortschritt=("anteil", "mean"), gemeldet=("gemeldet", "sum"), nenner=("gemeldet", "size")
    )
    table = table.sort_values("name", key=lambda names: names.map(german.sort_key))
    if order == "name":
        return table
    return table.sort_values("fortschritt", ascending=order == "anfang", na_position="last", kind="stable")


def in_stage(rows: pd.DataFrame, stage: str) -> pd.DataFrame:
    """All rows of the units that have at least one register in this stage; empty text for all."""
    return rows[rows["ars"].isin(rows.loc[rows["stufe"] == stage, "ars"])] if stage else rows


def upcoming(rows: pd.DataFrame, stand: date) -> pd.DataFrame:
    """Registers whose M6 is planned for the stand or later, the nearest first."""
    ahead = rows[rows["m6_geplant"] >= pd.Timestamp(stand)]
    return ahead.sort_values(["m6_geplant", "name", "register"])


def overdue(rows: pd.DataFrame) -> pd.DataFrame:
    """Registers with a planned date that has passed, the longest waiting first; `offen` names the milestone."""
    late = rows[rows["ueberfaellig"]]
    return late.assign(offen=[name(int(number)) for number in late["ueberfaellig_nr"]]).sort_values(
        ["ueberfaellig_seit", "name", "register"]
    )


def silent(rows: pd.DataFrame, stand: date) -> pd.DataFrame:
    """Units without any report on registers, or none within six months: ars, name, kreis_ars, register, letzte_meldung."""
    limit = pd.Timestamp(findings.months_before(stand, SILENT_MONTHS))
    table = rows.groupby(["ars", "name", "kreis_ars"], as_index=False).agg(
        register=("register_id", "size"), letzte_meldung=("letzte_meldung", "max")
    )
    table = table[table["letzte_meldung"].isna() | (table["letzte_meldung"] < limit)]
    return table.sort_values("name", key=lambda names: names.map(german.sort_key))


def next_step(row: object) -> str:
    """What comes next for one register, in words."""
    if not row.gemeldet:
        return "Mit der Vorlage melden, wie weit das Register ist"
    if row.lueckenlos >= row.moeglich:
        return "alles erreicht"
    number = int(row.lueckenlos) + 1
    return f"{name(number)}: {MILESTONES[number].done_when}"


def state_text(row: object) -> str:
    """`im Test, lückenlos bis M5 von 11, erreicht bis M7, überfällig`; for tables and screen readers."""
    if not row.gemeldet:
        return STAGES[UNKNOWN].label
    parts = [
        STAGES[row.stufe].label,
        f"M{row.lueckenlos} von {row.moeglich}" if row.lueckenlos else f"0 von {row.moeglich}",
    ]
    if row.hoechster > row.lueckenlos:
        parts.append(f"nach Lücke erreicht bis M{row.hoechster}")
    if row.ueberfaellig:
        parts.append("überfällig")
    return ", ".join(parts)


def described(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with what a table shows: stufe_text, fortschritt, haken, quote, naechster_schritt, naechster_text."""
    lines = list(rows.itertuples())
    return rows.assign(
        stufe_text=[f"{STAGES[row.stufe].glyph} {STAGES[row.stufe].label}" for row in lines],
        fortschritt=[f"{row.lueckenlos} von {row.moeglich}" if row.gemeldet else german.NOT_AVAILABLE for row in lines],
        haken=[_ticks(row) for row in lines],
        quote=[_share(row) for row in lines],
        naechster_schritt=[next_step(row) for row in lines],
        naechster_text=[_planned(row) for row in lines],
    )


def _ticks(row: object) -> str:
    """Which of the parallel M7, M8, M9 are reached."""
    if not row.gemeldet:
        return german.NOT_AVAILABLE
    return " ".join(
        f"M{number}\u00a0{'✓' if number in set(row.erreicht) else '–'}" for number in PARALLEL if number <= row.moeglich
    )


def _share(row: object) -> str:
    if pd.isna(row.datensaetze_mit_idnr) or pd.isna(row.datensaetze):
        return german.NOT_AVAILABLE
    return f"{german.share(row.datensaetze_mit_idnr, row.datensaetze)} ({german.number(row.datensaetze_mit_idnr)} von {german.number(row.datensaetze)})"


def _planned(row: object) -> str:
    if row.ueberfaellig:
        return f"M{row.ueberfaellig_nr} war für {german.day(row.ueberfaellig_seit)} geplant"
    return "–" if pd.isna(row.naechster_am) else f"M{row.naechster} für {german.day(row.naechster_am)}"


# Against the path to the deadline --------------------------------------------------------------------------------------


def should(history: pd.DataFrame, target: Target, stand: date) -> float:
    """Where the straight line from the first point of a series to the target is on the stand."""
    first, last = history.iloc[0], history.iloc[-1]
    begin = forecast.position(first["stichtag"])
    whole, gone = forecast.position(target.on) - begin, forecast.position(stand) - begin
    share = min(1.0, gone / whole) if whole > 0 else 1.0
    return float(first["n"] + share * (target.value / 100 * last["nenner"] - first["n"]))


# Once-Only -------------------------------------------------------------------------------------------------------------


def gaps(services: pd.DataFrame, by: str) -> pd.DataFrame:
    """Once-Only by unit or register: `by` columns, nenner (online), n (M9 reached), u (nothing known), luecke (not reached).

    With by="ars" also hebel and hebel_luecken: the register whose reaching M9 closes most of the unit's gaps.
    """
    label = {"ars": "name", "register_id": "register"}[by]
    flags = services.assign(
        n=services["ergebnis"] == "m9", u=services["ergebnis"] == UNKNOWN, luecke=services["ergebnis"] == "offen"
    )
    table = flags.groupby([by, label], as_index=False).agg(
        nenner=("n", "size"), n=("n", "sum"), u=("u", "sum"), luecke=("luecke", "sum"),
        einheiten=("ars", "nunique"),
    )  # fmt: skip
    if by == "ars":
        levers = (
            flags[flags["luecke"]].groupby(["ars", "register"], as_index=False).agg(hebel_luecken=("luecke", "sum"))
        )
        levers = levers.sort_values(["hebel_luecken", "register"], ascending=[False, True]).drop_duplicates("ars")
        table = table.merge(levers.rename(columns={"register": "hebel"}), on="ars", how="left", validate="one_to_one")
        table["hebel_luecken"] = table["hebel_luecken"].astype("Int64")
    return table.sort_values(["luecke", label], ascending=[False, True])


def lever_steps(rows: pd.DataFrame, register_id: str) -> str:
    """The milestones before M9 at which the units that report this register stand, the most frequent one in words."""
    waiting = rows[(rows["register_id"] == register_id) & rows["gemeldet"] & ~reached(rows, EVIDENCE_MILESTONE)]
    if waiting.empty:
        return ""
    counts = (waiting["lueckenlos"] + 1).clip(upper=EVIDENCE_MILESTONE).value_counts()
    return (
        f"Der häufigste nächste Schritt dort ist {name(int(counts.index[0]))} "
        f"({german.number(int(counts.iloc[0]))} von {german.number(len(waiting))} gemeldeten)."
    )


# Sentences -------------------------------------------------------------------------------------------------------------


def idnr_sentence(rows: pd.DataFrame, where: str) -> str:
    """Title of the page: M6, the step that the law dates."""
    counted = triple(rows, IDNR_MILESTONE)
    return (
        f"{where}: In {german.number(counted.n)} von {german.number(counted.of)} kommunal geführten Registern ist die "
        f"Identifikationsnummer gespeichert; für {german.number(counted.u)} liegt keine Meldung vor."
    )


def path_sentence(history: pd.DataFrame, found: Outlook | None, stand: date) -> str:
    """Title of the development: level against the straight path, then the forecast."""
    if found is None:
        return "Für eine Entwicklung liegt noch keine Meldung zu Registern vor."
    path = should(history, found.target, stand)
    word = "über" if found.n > path else "unter" if found.n < path else "auf"
    return (
        f"Mit {german.number(found.n)} liegt M6 {word} dem geraden Weg zur Frist {german.day(found.target.on)} "
        f"({german.number(path)} an diesem Tag). {forecast.sentence(found)}"
    )


def milestones_sentence(table: pd.DataFrame) -> str:
    """Title of the bars: the first milestone that less than half of the reporting registers have reached."""
    known = table["nenner"] - table["u"]
    if not known.sum():
        return "Zu keinem Meilenstein liegt eine Meldung vor."
    reach = table[2 * table["n"] >= known]
    if reach.empty:
        return f"{table.iloc[0]['meilenstein']} haben {german.number(table.iloc[0]['n'])} von {german.number(known.iloc[0])} gemeldeten Registern erreicht."
    last = reach.iloc[-1]
    return (
        f"{last['meilenstein']} ist der weiteste Meilenstein, den mindestens die Hälfte der gemeldeten Register erreicht hat "
        f"({german.number(last['n'])} von {german.number(last['nenner'] - last['u'])})."
    )


def matrix_sentence(shown: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Title of the matrix: how many units, how many of them report."""
    reporting = rows.groupby("ars")["gemeldet"].any()
    filtered = f" (gefiltert aus {german.number(rows['ars'].nunique())})" if len(shown) < rows["ars"].nunique() else ""
    told = int(reporting[shown["ars"]].sum()) if len(shown) else 0
    return (
        f"{german.count(len(shown), 'Verwaltung', 'Verwaltungen')}{filtered}: {german.number(told)} melden zu mindestens "
        "einem Register, wie weit es ist."
    )


def quota_sentence(table: pd.DataFrame, found: Quota) -> str:
    """Title of the IDNr-Quote."""
    if not found.reporting:
        return "Zur IDNr-Quote liegt noch keine Meldung vor."
    first = table.iloc[0]
    return (
        f"In {german.share(found.with_idnr, found.records)} der gemeldeten Datensätze steht die Identifikationsnummer; am "
        f"weitesten ist „{first['register']}“ mit {german.share(first['mit_idnr'], first['datensaetze'])}."
    )


def gap_sentence(services: pd.DataFrame, where: str) -> str:
    """Title of the Once-Only-Lücke."""
    counts: Mapping[str, int] = services["ergebnis"].value_counts().to_dict()
    if not counts:
        return f"{where}: Keine Leistung, die einen Registernachweis braucht, ist online."
    return (
        f"{where}: Bei {german.number(counts.get('offen', 0))} von {german.number(len(services))} Onlinediensten, die einen "
        f"Registernachweis brauchen, ist er noch nicht abrufbar; bei {german.number(counts.get('m9', 0))} ist er es, für "
        f"{german.number(counts.get(UNKNOWN, 0))} liegt keine Meldung vor."
    )


def lever_sentence(table: pd.DataFrame, steps: str) -> str:
    """Which register closes most gaps."""
    open_gaps = table[table["luecke"] > 0]
    if open_gaps.empty:
        return "Es ist keine Once-Only-Lücke bekannt."
    first = open_gaps.iloc[0]
    return (
        f"Am meisten schließt M9 im „{first['register']}“: {german.number(first['luecke'])} von "
        f"{german.number(table['luecke'].sum())} Lücken. {steps}"
    ).strip()
