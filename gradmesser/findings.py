"""What the rows say: counts, comparisons and the sentences above the figures; pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from gradmesser import german
from gradmesser.catalog import REPORT_THRESHOLD, SMALL_DENOMINATOR, STATES

LEVEL_NAMES = {"eigen": "eigener Dienst", "geerbt": "bereitgestellt von"}
TYPES = {
    "landkreis": "Landkreis",
    "kreisfreie_stadt": "kreisfreie Stadt",
    "verwaltungsgemeinschaft": "Verwaltungsgemeinschaft",
    "erfuellende_gemeinde": "erfüllende Gemeinde",
    "verbandsfreie_gemeinde": "verbandsfreie Gemeinde",
    "mitgliedsgemeinde": "Mitgliedsgemeinde",
}
GROUPS = {"kreisfreie_stadt": "kreisfreie Städte", "landkreis": "Landkreise", "gemeindeebene": "Gemeindeebene"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Triple:
    """n von N, u ohne Meldung: the form in which every number leaves the app."""

    n: int
    of: int
    u: int

    @property
    def text(self) -> str:
        """`57 von 121, 12 ohne Meldung`."""
        return german.n_of(self.n, self.of, self.u)

    @property
    def rate(self) -> str:
        """Roll-in-Rate n / (N − u), `k. A.` below the reporting threshold, `x von y` for a small denominator."""
        if self.of and self.of < SMALL_DENOMINATOR:
            return f"{german.number(self.n)} von {german.number(self.of)}"
        if not self.of or (self.of - self.u) / self.of < REPORT_THRESHOLD:
            return german.NOT_AVAILABLE
        return german.share(self.n, self.of - self.u)

    @property
    def report_rate(self) -> str:
        """Meldequote: share of services whose state is known."""
        return german.share(self.of - self.u, self.of)

    @property
    def interval(self) -> str:
        """What the true share may be: from n/N to (n+u)/N."""
        return f"{german.share(self.n, self.of, 0)} bis {german.share(self.n + self.u, self.of, 0)}"


def total(rows: pd.DataFrame) -> Triple:
    """Pooled triple of rows with n, nenner, u."""
    return Triple(n=int(rows["n"].sum()), of=int(rows["nenner"].sum()), u=int(rows["u"].sum()))


def at(history: pd.DataFrame, day: date) -> pd.Series | None:
    """Last official row on or before day; None if there is none."""
    rows = history[history["massgeblich"] & (history["stichtag"] <= pd.Timestamp(day))]
    return None if rows.empty else rows.iloc[-1]


def months_before(day: date, months: int) -> date:
    """The same day some months earlier; from the last day of a month to the last day of the earlier month."""
    now = pd.Timestamp(day)
    earlier = now - pd.DateOffset(months=months)
    return (earlier + pd.offsets.MonthEnd(0) if now.is_month_end else earlier).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Difference to an earlier stand, apart from what a new catalogue did; None where there is no earlier stand."""

    since: date
    difference: int
    catalogue: int

    @property
    def text(self) -> str:
        """`+120 seit 30.09.2026 (davon Katalog +3)`."""
        effect = f", davon neuer Katalog {german.signed(self.catalogue)}" if self.catalogue else ""
        return f"seit {german.day(self.since)}{effect}"


def change(history: pd.DataFrame, stand: date, months: int) -> Change | None:
    """Change of n since the last stand on or before `months` earlier, with the part that the catalogue caused."""
    now, before = at(history, stand), at(history, months_before(stand, months))
    if now is None or before is None or now["stichtag"] == before["stichtag"]:
        return None
    effect = 0
    both = history[(history["stichtag"] > before["stichtag"]) & (history["stichtag"] <= now["stichtag"])]
    for _, rows in both.groupby("stichtag"):
        if len(rows) > 1:
            by_version = rows.set_index("massgeblich")["n"]
            effect += int(by_version[True] - by_version[False])
    return Change(since=before["stichtag"].date(), difference=int(now["n"] - before["n"]), catalogue=effect)


def glass_sentence(triple: Triple, units: int) -> str:
    """Title of the start page's figure."""
    return (
        f"{german.number(triple.n)} von {german.number(triple.of)} Zuständigkeiten der {german.number(units)} Thüringer "
        f"Verwaltungen sind nachgewiesen online; für {german.number(triple.u)} liegt keine Meldung vor."
    )


def trend_sentence(history: pd.DataFrame, stand: date) -> str:
    """Title of the development: first against now, in counts."""
    official = history[history["massgeblich"] & (history["stichtag"] <= pd.Timestamp(stand))]
    if len(official) < 2:  # noqa: PLR2004 - a development needs two points
        return "Für eine Entwicklung liegt erst ein Stand vor."
    first, now = official.iloc[0], official.iloc[-1]
    word = "gestiegen" if now["n"] > first["n"] else "gesunken" if now["n"] < first["n"] else "gleich geblieben"
    return (
        f"Seit {german.month(first['stichtag'])} ist die Zahl der Angebote online von {german.number(first['n'])} auf "
        f"{german.number(now['n'])} {word}."
    )


def fields_sentence(rows: pd.DataFrame) -> str:
    """Title of the Themenfelder: the fullest and the emptiest."""
    strong, weak = rows.iloc[0], rows.iloc[-1]
    return (
        f"Am weitesten ist „{strong['themenfeld']}“ ({german.number(strong['n'])} von {german.number(strong['nenner'])}), "
        f"am wenigsten belegt „{weak['themenfeld']}“ ({german.number(weak['n'])} von {german.number(weak['nenner'])})."
    )


def biggest_gaps(rows: pd.DataFrame, number: int = 3) -> pd.DataFrame:
    """The Themenfelder in which most is not proven, largest first; ties by name, none where everything is.

    rows: themenfeld, n, nenner, u. Adds luecke = N − n, which holds both what is reported as missing and what nobody reported.
    """
    gaps = rows.assign(luecke=rows["nenner"] - rows["n"], name=rows["themenfeld"].map(german.sort_key))
    gaps = gaps[gaps["luecke"] > 0].sort_values(["luecke", "name"], ascending=[False, True])
    return gaps.drop(columns="name").head(number)


def gaps_sentence(name: str, gaps: pd.DataFrame, triple: Triple) -> str:
    """Title of the biggest gaps of a unit, with their part of everything that is not proven."""
    if gaps.empty:
        return f"{name}: in jedem Themenfeld ist alles nachgewiesen online."
    fields = german.listing([f"„{field}“" for field in gaps["themenfeld"]])
    missing = german.number(int(gaps["luecke"].sum()))
    places = "Die größte Lücke liegt" if len(gaps) == 1 else "Die größten Lücken liegen"
    return f"{places} in {fields}: {missing} von {german.number(triple.of - triple.n)} Leistungen ohne Nachweis."


def gap_text(row: pd.Series) -> str:
    """`9 von 26 ohne Nachweis, davon 2 ohne Meldung`; `9 von 26 ohne Nachweis, alle gemeldet`."""
    unknown = f"davon {german.number(row['u'])} ohne Meldung" if row["u"] else "alle gemeldet"
    return f"{german.number(row['luecke'])} von {german.number(row['nenner'])} ohne Nachweis, {unknown}"


def changes_sentence(changes: pd.DataFrame, day: date) -> str:
    """Title of the last changes."""
    counts = changes["art"].value_counts()
    new = int(counts.get("neu_online", 0))
    lost, broken = int(counts.get("weggefallen", 0)), int(counts.get("link_defekt", 0))
    return (
        f"Zum {german.day(day)}: {german.count(new, 'Angebot', 'Angebote')} neu online, {german.number(lost)} weggefallen, "
        f"{german.number(broken)} mit defektem Link."
    )


CHANGE_WORDS = {
    "neu_online": "neu online",
    "weggefallen": "nicht mehr gemeldet",
    "link_defekt": "Link defekt",
    "erstmeldung": "erstmals gemeldet",
    "fortschritt": "einen Schritt weiter",
    "rueckschritt": "einen Schritt zurück",
    "sonstige": "anderer Zustand",
}


def summed_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """Changes by service and kind with the units named: leistung, art, anzahl, einheiten."""
    if changes.empty:
        return pd.DataFrame(columns=["leistung", "art", "anzahl", "einheiten"])
    named: dict[tuple[str, str], list[str]] = {}
    for service, kind, unit in zip(changes["leistung"], changes["art"], changes["einheit"], strict=True):
        named.setdefault((service, kind), []).append(unit)  # an aggregation by pandas takes 20 times as long
    grouped = pd.DataFrame(
        [(*key, len(units), _some(sorted(units, key=german.sort_key))) for key, units in sorted(named.items())],
        columns=["leistung", "art", "anzahl", "einheiten"],
    )
    order = grouped["art"].map({kind: position for position, kind in enumerate(CHANGE_WORDS)})
    grouped = grouped.assign(order=order, art=grouped["art"].map(CHANGE_WORDS))
    return grouped.sort_values(["anzahl", "order", "leistung"], ascending=[False, True, True]).drop(columns="order")


def _some(names: Sequence[str], limit: int = 4) -> str:
    return ", ".join(names[:limit]) + (f" und {len(names) - limit} weitere" if len(names) > limit else "")


def unit_sentence(name: str, triple: Triple) -> str:
    """Title of a unit's page."""
    return f"{name}: {german.number(triple.n)} von {german.number(triple.of)} Leistungen sind nachgewiesen online."


def responsible_sentence(unit: pd.Series, responsible: pd.Series, kreis_name: str | None) -> str:
    """Who does the work for a unit, in one sentence."""
    kind = TYPES[unit["typ"]]
    where = f" im {kreis_name}" if kreis_name and unit["kreis_ars"] != unit["ars"] else ""
    people = german.count(int(unit["einwohner"]), "Einwohner", "Einwohnern")
    if unit["ars"] == responsible["ars"]:
        return f"{unit['name']} ist {_article(kind)}{where} mit {people} und für ihre Aufgaben selbst zuständig."
    return (
        f"{unit['name']} ist {_article(kind)}{where} mit {people}. Ihre Aufgaben erledigt {responsible['name']}; "
        "gezeigt wird deren Stand (geerbt, nicht doppelt gezählt)."
    )


def _article(kind: str) -> str:
    return f"ein {kind}" if kind == "Landkreis" else f"eine {kind}"


def cells_table(cells: pd.DataFrame) -> pd.DataFrame:
    """Services of one unit with columns `wessen` (whose offer it is) and `hinweis` added, best state first."""
    order = {state: position for position, state in enumerate(STATES)}
    table = cells.assign(
        wessen=[_whose(row) for row in cells.itertuples()],
        hinweis=[_remark(row) for row in cells.itertuples()],
        rang=cells["zustand"].map(order),
    )
    table["seit"] = table["seit"].where(table["zustand"] != "keine_meldung")
    return table.sort_values(["themenfeld", "leistung"], key=lambda texts: texts.map(german.sort_key)).drop(
        columns="rang"
    )


def _whose(row: object) -> str:
    if row.beleg == "eigen":
        return (
            "eigener Dienst"
            if not row.geerbt_von or pd.isna(row.geerbt_von)
            else f"eigener Dienst, auch {row.geerbt_von}"
        )
    if row.beleg == "geerbt":
        return f"bereitgestellt von {row.geerbt_von}"
    return "–"


def _remark(row: object) -> str:
    parts = []
    if row.beleg != "eigen" and row.mitglieder_belegt:
        parts.append(f"teilweise: {row.mitglieder_belegt} von {row.mitglieder} Mitgliedsgemeinden")
    if row.urls > 1:
        parts.append(f"{row.urls} Adressen")
    if row.sicherheit != "hoch":
        parts.append("Zuordnung zu bestätigen")
    return "; ".join(parts)


def map_sentence(service: str | None, rows: pd.DataFrame, weight: str, *, usable: bool = False) -> str:
    """Title of the map: one service by administrations or inhabitants, or the roll-in of all; usable: by what people can use."""
    if service is None:
        triple = total(rows)
        whole = (rows["gruppe"] == "landkreis").any()
        whose = "Verwaltungen (mit Landkreisen)" if whole else "Verwaltungen der Gemeindeebene"
        if weight == "einwohner":
            shares = rows["n"] / rows["nenner"]
            mean = (shares * rows["einwohner"]).sum() / rows["einwohner"].sum()
            return (
                f"Nach Einwohnern gewichtet sind im Mittel der {german.number(len(rows))} {whose} mindestens "
                f"{german.share(mean, 1)} der Leistungen online ({german.number(triple.n)} von {german.number(triple.of)}, "
                f"{german.number(triple.u)} ohne Meldung)."
            )
        return (
            f"{german.number(triple.n)} von {german.number(triple.of)} "
            f"{'Leistungen in den' if usable else 'Zuständigkeiten der'} {german.number(len(rows))} {whose} sind nachgewiesen online, {german.number(triple.u)} ohne Meldung."
        )
    live = rows[rows["n"] > 0]
    if weight == "einwohner":
        part, whole = int(live["einwohner"].sum()), int(rows["einwohner"].sum())
        unknown = int(rows.loc[rows["u"] > 0, "einwohner"].sum())
        return (
            f"„{service}“ erreicht {german.number(part)} von {german.number(whole)} Einwohnern ({german.share(part, whole)}), "
            f"für {german.number(unknown)} ohne Meldung."
        )
    return (
        f"„{service}“ ist in {german.number(len(live))} von {german.number(len(rows))} zuständigen Verwaltungen online, "
        f"{german.number(int(rows['u'].sum()))} ohne Meldung."
    )
