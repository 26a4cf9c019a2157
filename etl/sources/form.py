"""What all sheets that administrations fill in have in common: cells, keys, days, where their Stand stands."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from etl.errors import Refused
from etl.sources.observation import Rejected
from etl.sources.tables import Formula, Layout, Record
from gradmesser.catalog.formsheet import NOTES, STAND_LABEL, as_typed

MAX_ROWS = 100_000
_TEXT_LIMIT = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One file, judged; accepted + rejected = rows.

    named: every well-formed ARS of the file, rejected rows included; unread: names of sheets that are no part of the form or
    hidden; example: the file says of itself that its values are invented.
    """

    rows: int
    rejected: tuple[Rejected, ...]
    stand: date | None
    named: frozenset[str]
    unread: tuple[str, ...]
    example: bool


class Fault(ValueError):
    """Reason code of a row that cannot be used."""


def cells(layout: Layout, record: Record) -> dict[str, str]:
    """Cells of a row by column, as they were typed; raises Fault for a row that is none."""
    if not record.complete:
        raise Fault("spalten")
    if layout.kind == "xlsx" and Formula in map(type, record.cells):
        raise Fault("formel_ohne_wert")
    found = {name: text.strip() for name, text in zip(layout.columns, record.cells, strict=False) if name}
    whole = "".join(found.values())  # one look at the row instead of one at each cell
    if layout.kind == "csv" and "'" in whole:
        found = {name: as_typed(text) if text[:1] == "'" else text for name, text in found.items()}
    if len(whole) > _TEXT_LIMIT and max(map(len, found.values())) > _TEXT_LIMIT:
        raise Fault("text_zu_lang")
    return found


def unit(ars: str, responsible: Collection[str], areas: Collection[str]) -> str:
    """The key of a responsible unit; raises Fault for any other."""
    if ars in responsible:
        return ars
    if not re.fullmatch(r"[0-9]{12}", ars):
        raise Fault("ars_ungueltig")
    raise Fault("einheit_nicht_zustaendig" if ars in areas else "ars_unbekannt")


@lru_cache(maxsize=4096)
def day(text: str) -> date:
    """A day as people and spreadsheets write it; raises Fault for anything else."""
    for form in ("%d.%m.%Y", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    raise Fault("datum_ungueltig")


def require(path: Path, title: str, layout: Layout, wanted: Sequence[str]) -> None:
    """Refuse a sheet that lacks one of its columns or has one twice."""
    missing = [name for name in wanted if name not in layout.columns]
    if missing:
        raise Refused(
            f"{path.name}, Blatt {title}: Es fehlen die Spalten {', '.join(missing)}. Bitte die Vorlage verwenden."
        )
    names = [name for name in layout.columns if name]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise Refused(f"{path.name}, Blatt {title}: Die Spalten {', '.join(doubled)} stehen doppelt in der Kopfzeile.")


def stand_in(notes: Sequence[tuple[int, tuple[str, ...]]], path: Path) -> date | None:
    """The day that the sheet of notes names, None if it names none; refuses what is no day."""
    for line, found in notes:
        if len(found) > 1 and found[0].strip().rstrip(":") == STAND_LABEL and found[1].strip():
            try:
                return day(found[1])
            except Fault as error:
                raise Refused(
                    f"{path.name}, Blatt {NOTES}, Zeile {line}: „{found[1]}“ ist kein Datum (TT.MM.JJJJ)."
                ) from error
    return None


def whole_number(text: str) -> int:
    """A number of things, thousands points allowed; raises Fault."""
    plain = text.replace(".", "").replace("\u00a0", "").replace(" ", "")
    if not re.fullmatch(r"[0-9]{1,10}", plain):
        raise Fault("zahl_ungueltig")
    return int(plain)
