"""Rules of the congress's other themes: n von N, u per question, sums that are lower bounds, sentences; pure functions.

rows everywhere: queries/themen_stand.sql, one row an answer and one empty row a unit that has not answered.
"""

from datetime import date

import pandas as pd

from gradmesser import german
from gradmesser.catalog import Measure, themen
from gradmesser.catalog.themen import MODELS
from gradmesser.findings import Triple

OPEN_DATA = "opendata_publisher"
_NOT_ASKED = "nicht_zutreffend"


def of_theme(rows: pd.DataFrame, measure_id: str) -> pd.DataFrame:
    """Answers to one theme."""
    return rows[rows["measure_id"] == measure_id]


def reporting(rows: pd.DataFrame, measure_id: str) -> Triple:
    """How many administrations have answered at least one question of a theme; u are the others."""
    units = rows["ars"].nunique()
    found = of_theme(rows, measure_id)
    known = found.loc[found["value"].notna() | (found["status"] == _NOT_ASKED), "ars"].nunique()
    return Triple(n=known, of=units, u=units - known)


def newest(rows: pd.DataFrame, measure_id: str) -> date | None:
    """Stichtag of the youngest answer."""
    found = of_theme(rows, measure_id)["period"]
    return None if found.empty else found.max().date()


def merkmale(rows: pd.DataFrame, measure: Measure) -> list[str]:
    """Questions that are shown together: all, or of a model only the youngest version that has been answered."""
    if not set(measure.merkmale) <= set(MODELS):
        return list(measure.merkmale)
    answered = set(of_theme(rows, measure.measure_id)["merkmal"])
    return [[name for name in measure.merkmale if name in answered][-1]] if answered else []


def older_versions(rows: pd.DataFrame, measure: Measure) -> list[str]:
    """Versions of a model with answers that stand apart from the shown one."""
    answered = set(of_theme(rows, measure.measure_id)["merkmal"])
    shown = merkmale(rows, measure)
    return [name for name in measure.merkmale if name in answered and name in MODELS and name not in shown]


def counts(rows: pd.DataFrame, measure: Measure, shown: list[str]) -> pd.DataFrame:
    """One row a question: merkmal, auspraegung, frage, n, nein, nenner, u, summe (missing without any answer).

    n: answers above 0 (yes, at least one); nein: answers of 0; nenner: units without those to which it does not apply; u: the rest.
    """
    units = rows["ars"].nunique()
    found = of_theme(rows, measure.measure_id)
    table = []
    for merkmal in shown:
        levels = measure.auspraegungen or {"": ""}
        for level, word in levels.items():
            if merkmal in MODELS and int(level) > MODELS[merkmal].highest:
                continue
            part = found[(found["merkmal"] == merkmal) & (found["auspraegung"] == level)]
            values = part["value"].dropna()
            of = units - int((part["status"] == _NOT_ASKED).sum())
            table.append(
                {"merkmal": merkmal, "auspraegung": level, "frage": word or measure.merkmale[merkmal], "n": int((values > 0).sum()),
                 "nein": int((values == 0).sum()), "nenner": of, "u": of - len(values), "summe": values.sum() if len(values) else None}
            )  # fmt: skip
    return pd.DataFrame(table, columns=["merkmal", "auspraegung", "frage", "n", "nein", "nenner", "u", "summe"]).astype(
        {"summe": "float64"}
    )


def sentence(rows: pd.DataFrame, measure: Measure) -> str:
    """The finding of a theme; that there is no answer yet where there is none."""
    shown = merkmale(rows, measure)
    table, told = counts(rows, measure, shown), reporting(rows, measure.measure_id)
    if not told.n:
        return f"{measure.short_title}: noch keine Meldung."
    behind = f"{german.count(told.n, 'Verwaltung meldet', 'Verwaltungen melden')}, {german.number(told.u)} ohne Meldung"
    if measure.unit == "yes_no":
        first = table.iloc[0]
        return (
            f"{measure.short_title}: {german.number(first['n'])} von {german.number(first['nenner'])} Verwaltungen melden „{first['frage']}“, "
            f"{german.number(first['u'])} ohne Meldung dazu."
        )
    total = table["summe"].sum()
    if measure.auspraegungen:
        top = table.iloc[-1]
        return (
            f"{measure.short_title}: {german.number(top['summe'])} von {german.number(total)} gemeldeten Leistungen auf „{top['frage']}“ "
            f"({measure.merkmale[shown[0]]}); {behind}."
        )
    if not total:
        return f"{measure.short_title}: keine der meldenden Verwaltungen nennt eine Anwendung; {behind}."
    most = table.loc[table["summe"].idxmax()]
    return (
        f"{measure.short_title}: mindestens {german.count(int(total), 'Anwendung', 'Anwendungen')} im Einsatz, am häufigsten für "
        f"„{most['frage']}“ ({german.number(most['summe'])}); {behind}."
    )


def development(history: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """One row a Stichtag and line: stichtag, linie, wert, n, nenner, u.

    Lines: administrations with yes (or at least one) per question; of a model the services on its highest level, a line of its own a
    version, as long as that version is used. history: queries/themen_verlauf.sql.
    """
    place = {name: position for position, name in enumerate(measure.merkmale)}
    rows = history.assign(u=history["nenner"] - history["bekannt"], platz=history["merkmal"].map(place))
    rows = rows.sort_values(["stichtag", "platz"], kind="stable")
    if measure.auspraegungen:
        highest = rows["merkmal"].map(lambda key: str(MODELS[key].highest) if key in MODELS else "")
        rows = rows[rows["auspraegung"] == highest]
        used = [themen.fits(row.merkmal, row.stichtag.date()) for row in rows.itertuples()]
        rows = rows[used]
        names = rows["merkmal"].map(measure.merkmale) + ", Stufe " + rows["auspraegung"]
        return rows.assign(linie=names, wert=rows["summe"])[["stichtag", "linie", "wert", "n", "nenner", "u"]]
    value = rows["n"] if measure.unit == "yes_no" else rows["summe"]
    return rows.assign(linie=rows["merkmal"].map(measure.merkmale), wert=value)[
        ["stichtag", "linie", "wert", "n", "nenner", "u"]
    ]


def development_sentence(table: pd.DataFrame, measure: Measure) -> str:
    """From the first to the last Stichtag of the first line that goes on."""
    last = table["stichtag"].max()
    line = table.loc[table["stichtag"] == last, "linie"].iloc[0]
    part = table[table["linie"] == line]
    begun, now = part.iloc[0], part.iloc[-1]
    what = "Verwaltungen" if measure.unit == "yes_no" else "Leistungen" if measure.auspraegungen else "Anwendungen"
    if begun["stichtag"] == now["stichtag"]:
        return f"„{line}“: {german.number(now['wert'])} {what}; bisher gibt es einen Stichtag."
    return (
        f"„{line}“: von {german.number(begun['wert'])} {what} ({german.month(begun['stichtag'])}) auf {german.number(now['wert'])} "
        f"({german.month(now['stichtag'])}). Mehr Meldungen allein heben die Zahl auch."
    )


def told(rows: pd.DataFrame, measure: Measure) -> str:
    """What one unit says of a theme in one line; rows of one unit."""
    found = of_theme(rows, measure.measure_id)
    if found.empty:
        return "noch keine Meldung"
    shown = merkmale(rows, measure)
    found = found[found["merkmal"].isin(shown)]
    if measure.auspraegungen:
        parts = [
            f"{measure.auspraegungen[row.auspraegung].partition(':')[0]}: {themen.shown(measure, row.value, row.status)}"
            for row in found.itertuples()
            if row.value or row.status != "gemeldet"
        ]
        return f"{measure.merkmale[shown[0]]}. {', '.join(parts) or 'überall 0'}"
    answers = found.set_index("merkmal")
    grouped: dict[str, list[str]] = {}
    for merkmal in shown:
        row = answers.loc[merkmal] if merkmal in answers.index else None
        answer = themen.shown(measure, *((None, None) if row is None else (row["value"], row["status"])))
        grouped.setdefault(answer, []).append(measure.merkmale[merkmal])
    if measure.unit == "yes_no":
        return "; ".join(f"{answer}: {', '.join(names)}" for answer, names in grouped.items())
    parts = [f"{name}: {answer}" for answer, names in grouped.items() if answer != "0" for name in names]
    return "; ".join([*parts, *(["sonst 0" if parts else "überall 0"] if "0" in grouped else [])])


# Open data ------------------------------------------------------------------------------------------------------------


def publishers(bodies: pd.DataFrame) -> pd.DataFrame:
    """One row a date: stichtag, n on the list, nenner observed, u without a value. bodies: queries/opendata_stellen.sql."""
    grouped = bodies.groupby("stichtag")["value"]
    table = pd.DataFrame({"n": grouped.sum(), "nenner": grouped.size(), "bekannt": grouped.count()}).reset_index()
    return table.assign(n=table["n"].astype(int), u=table["nenner"] - table["bekannt"])[
        ["stichtag", "n", "nenner", "u"]
    ]


def publisher_sentence(table: pd.DataFrame) -> str:
    """How many stood on the list at the last date and at the first; where all do at the end, they were chosen by that."""
    begun, now = table.iloc[0], table.iloc[-1]
    if now["n"] == now["nenner"]:
        return (
            f"Offene Daten: Von den {german.number(now['nenner'])} beobachteten Stellen, die am {german.day(now['stichtag'])} auf der Liste "
            f"der Bereitsteller standen, standen {german.number(begun['n'])} schon am {german.day(begun['stichtag'])} darauf."
        )
    return (
        f"Offene Daten: {german.number(now['n'])} von {german.number(now['nenner'])} beobachteten Stellen standen am "
        f"{german.day(now['stichtag'])} auf der Liste der Bereitsteller, {german.number(begun['n'])} am {german.day(begun['stichtag'])}."
    )
