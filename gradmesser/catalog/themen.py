"""The congress's other themes: what is asked, and the sheet in which it is answered; one definition for writer and reader.

A theme is a measure whose source is this one: a new YAML file in measures/ is asked, read and shown without another line of code.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gradmesser.catalog import RULE_VERSION, Measure, formsheet, measures
from gradmesser.catalog.formsheet import EXAMPLE, NOTES

SOURCE_ID = "themen"
SHEET = "Themen"
COLUMNS = ("ars", "thema", "merkmal", "auspraegung", "stichtag", "wert", "status", "bemerkung")
_WIDTHS = {
    "ars": 14, "einheit": 26, "thema": 22, "merkmal": 22, "auspraegung": 12, "frage": 60, "bisher": 18, "stichtag": 12, "wert": 12,
    "status": 20, "bemerkung": 40,
}  # fmt: skip
_LAYOUT = formsheet.Layout(
    columns=["ars", "einheit", "thema", "merkmal", "auspraegung", "frage", "bisher", *COLUMNS[4:]], widths=_WIDTHS,
    locked={"ars", "einheit", "thema", "merkmal", "auspraegung", "frage", "bisher"}, dated={"stichtag"},
)  # fmt: skip

STATUSES = {
    "gemeldet": "gemeldet",
    "vorlaeufig": "vorläufig",
    "geschaetzt": "geschätzt",
    "nicht_verfuegbar": "nicht verfügbar",
    "nicht_zutreffend": "trifft nicht zu",
}
"""What an answer may be; the last two have no value."""
WITHOUT_VALUE = frozenset({"nicht_verfuegbar", "nicht_zutreffend"})
YES, NO = "ja", "nein"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A version of a model of levels: its highest level and the days for which it is used; None: open."""

    highest: int
    first: date | None
    last: date | None


MODELS = {
    "reifegrad_1_1": Model(highest=4, first=None, last=date(2025, 6, 30)),
    "reifegrad_2_0": Model(highest=7, first=date(2025, 7, 1), last=None),
}
"""By Merkmal; a number keeps its version, levels of two versions are never added (OZG-Reifegradmodell, Juli 2025)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing that a theme asks: the keys of the answer and its words."""

    thema: str
    merkmal: str
    auspraegung: str
    text: str


def themes() -> dict[str, Measure]:
    """The measures that are asked on the sheet, by id."""
    return {key: measure for key, measure in measures().items() if measure.source_id == SOURCE_ID}


def questions(measure: Measure, day: date) -> list[Question]:
    """What a theme asks for a day; of a model only the version that is used then."""
    return [
        Question(
            thema=measure.measure_id, merkmal=merkmal, auspraegung=level, text=question_text(measure, merkmal, level)
        )
        for merkmal in measure.merkmale
        if fits(merkmal, day)
        for level in (measure.auspraegungen or {"": ""})
        if not level or merkmal not in MODELS or int(level) <= MODELS[merkmal].highest
    ]


def fits(merkmal: str, day: date) -> bool:
    """Whether a version of a model is used on a day; anything that is no model always is."""
    model = MODELS.get(merkmal)
    return model is None or ((model.first is None or day >= model.first) and (model.last is None or day <= model.last))


def question_text(measure: Measure, merkmal: str, level: str) -> str:
    """A question in words: `E-Akte: in mindestens einem Bereich eingeführt`."""
    words = [measure.short_title, measure.merkmale[merkmal]]
    return ": ".join([*words, *([measure.auspraegungen[level]] if level else [])])


def shown(measure: Measure, value: float | None, status: str | None) -> str:
    """An answer in words: `ja`, `12`, `trifft nicht zu`; `keine Meldung` where there is none."""
    if status is None:
        return "keine Meldung"
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return STATUSES.get(status, status)
    word = (YES if value else NO) if measure.unit == "yes_no" else f"{value:g}".replace(".", ",")
    return word if status == "gemeldet" else f"{word} ({STATUSES.get(status, status)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Content of one sheet: rows hold COLUMNS and the helping columns einheit, frage, bisher."""

    unit: str
    ars: str
    stand: date
    example: bool
    rows: Sequence[dict[str, object]]


def form(unit: Mapping[str, str], known: Sequence[Mapping[str, object]], stand: date) -> Form:
    """An empty form for a unit, or for all that known names: known are rows of queries/themen_stand.sql."""
    units = {str(row["ars"]): str(row["name"]) for row in known}
    before = {
        (row["ars"], row["measure_id"], row["merkmal"], row["auspraegung"]): (row["value"], row["status"])
        for row in known
    }
    rows = [
        {"ars": ars, "einheit": name, "thema": asked.thema, "merkmal": asked.merkmal, "auspraegung": asked.auspraegung, "frage": asked.text,
         "bisher": shown(measure, *before.get((ars, asked.thema, asked.merkmal, asked.auspraegung), (None, None)))}
        for ars, name in units.items() for measure in themes().values() for asked in questions(measure, stand)
    ]  # fmt: skip
    return Form(
        unit=unit["name"], ars=unit["ars"], stand=stand, example=unit["herkunft"] == "beispiel", rows=rows
    )  # fmt: skip


_GUIDE = (
    "So geht es: Auf dem Blatt Themen nur die weißen Felder ausfüllen, speichern, an die Stelle geben, die den Gradmesser betreut.",
    "wert: „ja“ oder „nein“; bei Anzahlen eine ganze Zahl, auch 0. Ein leeres Feld heißt: dazu wird nichts gesagt.",
    "status bleibt leer (gemeldet) oder ist eines der Wörter unten; „nicht verfügbar“ und „trifft nicht zu“ stehen ohne wert.",
    "„trifft nicht zu“ braucht einen Grund im Feld bemerkung; die Verwaltung zählt bei dieser Frage dann nicht mit.",
    "stichtag: der Tag, für den die Angabe stimmt; leer gilt der Stand der Meldung (oben). Er liegt nicht nach ihm.",
    "Reifegrad: bis 30.06.2025 gilt Modell 1.1 (Stufen 0 bis 4), danach Modell 2.0 (Stufen 0 bis 7).",
    "Schlüssel (grau) nicht ändern, Blätter nicht umbenennen oder ausblenden, keine Zellen verbinden.",
)


def workbook(form: Form) -> bytes:
    """The sheet with locked keys and a drop-down list, and the notes."""
    buffer = io.BytesIO()
    with formsheet.workbook(buffer) as (book, formats):
        sheet = book.add_worksheet(SHEET)
        formsheet.fill(sheet, _LAYOUT, form.rows, formats, example=form.example)
        notes = book.add_worksheet(NOTES)
        facts = {
            "Vorlage": "Weitere Themen" + (f" ({EXAMPLE} – erfundene Werte)" if form.example else ""),
            "Einheit": f"{form.unit} ({form.ars})",
            "Regelversion": RULE_VERSION,
        }
        free = formsheet.notes(notes, facts, form.stand, _GUIDE, formats)
        statuses = formsheet.words(notes, free, STATUSES, formats)
        formsheet.choices(sheet, _LAYOUT.columns.index("status"), len(form.rows), statuses, "Status")
    return buffer.getvalue()


def as_csv(form: Form) -> bytes:
    """The same as a CSV file."""
    return formsheet.csv_file(COLUMNS, form.rows, example=form.example)
