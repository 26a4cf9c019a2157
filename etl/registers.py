"""Official directories of municipalities (Gemeindeverzeichnis) in the forms they are delivered in, read into one shape.

Three forms are understood, told apart by content, never by name:

- GV100AD: fixed-width text of Destatis, 220 characters a record, UTF-8 or cp1252
- AuszugGV: the quarterly workbook of Destatis (XLSX), whose data rows begin with their Satzart
- the project's CSV tables of Gemeinden, Verbände and Kreise of one Gebietsstand, which complement each other

A file that is not exactly as described is refused with file, line and advice: a shifted field would otherwise become
a wrong population without anyone noticing (the official text file of 30.06.2026 was such a file).
Source of the layout: Destatis, "Datensatzbeschreibung GV100AD" and the header rows of AuszugGV.
"""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path

import openpyxl

from etl.errors import Refused

LAND = "16"
SATZARTEN = ("10", "20", "30", "40", "50", "60")
KREIS_TYPEN = {"41": "kreisfreie_stadt", "44": "landkreis"}
VERBAND_TYPEN = {"50": "verbandsfreie_gemeinde", "54": "verwaltungsgemeinschaft", "58": "erfuellende_gemeinde"}
GEMEINDE_KENNZEICHEN = ("61", "63", "64")
RECORD_LENGTH = 220

_SHOWN_FAULTS = 5
_LAENDER = tuple(f"{number:02d}" for number in range(1, 17))
_ARS = re.compile(r"[0-9]{12}")
_THURINGIAN_ARS = re.compile(r"160[0-9]{9}")
_SHIFTED = re.compile(r"(?:10|20|30|40|50|60)(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9](?:0[1-9]|1[0-6])")
_GERMAN_DATE = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_ASCII_WORDS = {"Schluessel": "Schlüssel", "groesster": "größter"}


class ReferenceError(Refused):  # noqa: A001 - the name is part of the command's contract
    """A register, a list of changes or a boundary file cannot be used; the text says what, where and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kreis:
    """A Landkreis or kreisfreie Stadt; key has 5 digits, numbers are None where the form does not give them."""

    key: str
    name: str
    textkennzeichen: str
    einwohner: int | None
    gemeinden: int | None
    stelle: str = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verband:
    """A Gemeindeverband; key has 9 digits (Kreis 5, Verband 4), numbers are None where the form does not give them."""

    key: str
    name: str
    textkennzeichen: str
    sitz: str | None
    einwohner: int | None
    gemeinden: int | None
    stelle: str = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gemeinde:
    """A Gemeinde; key is the ARS with 12 digits, area in hectares as printed, population as printed."""

    key: str
    name: str
    textkennzeichen: str
    einwohner: int
    flaeche_ha: int
    herkunft: str
    stelle: str = field(compare=False)

    @property
    def ags(self) -> str:
        """Amtlicher Gemeindeschlüssel, 8 digits."""
        return ags_of(self.key)

    @property
    def kreis_key(self) -> str:
        """Key of its Kreis, 5 digits."""
        return self.key[:5]

    @property
    def verband_key(self) -> str:
        """Key of its Verband, 9 digits."""
        return self.key[:9]


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """What one or several files of one Gebietsstand say about Thüringen; the mappings go from key to unit."""

    gebietsstand: date
    bevoelkerung_am: date | None
    quelle: str
    dateien: tuple[str, ...]
    kreise: Mapping[str, Kreis]
    verbaende: Mapping[str, Verband]
    gemeinden: Mapping[str, Gemeinde]


Unit = Kreis | Verband | Gemeinde


def ags_of(ars: str) -> str:
    """AGS of a Gemeinde from its ARS: Land, Bezirk, Kreis (5 digits) and Gemeinde (3), without the Verband (4).

    Raises ReferenceError if `ars` does not consist of 12 digits.
    """
    if not _ARS.fullmatch(ars):
        raise ReferenceError(f"„{ars}“ ist kein Amtlicher Regionalschlüssel: erwartet werden 12 Ziffern.")
    return ars[:5] + ars[9:]


def short_name(name: str) -> str:
    """Name without the official addition: "Erfurt, Stadt" becomes "Erfurt"; other commas stay."""
    head, _, addition = name.partition(", ")
    return head if addition.lower().endswith("stadt") else name


def german_date(day: date) -> str:
    """A date as German readers write it: 30.11.2025."""
    return f"{day:%d.%m.%Y}"


def refuse(file: str, faults: Sequence[str], advice: str) -> ReferenceError:
    """The error for a file with faults: the first five, how many more there are, and what to do."""
    more = f"\n  … und {len(faults) - _SHOWN_FAULTS} weitere" if len(faults) > _SHOWN_FAULTS else ""
    listed = "\n  ".join(faults[:_SHOWN_FAULTS])
    return ReferenceError(f"{file} wurde nicht übernommen:\n  {listed}{more}\n{advice}")


def content_of(path: Path) -> bytes:
    """The bytes of a delivered file. Raises ReferenceError if it is not there, is a folder or may not be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReferenceError(
            f"{path.name} lässt sich nicht lesen ({error.strerror}). Bitte den Pfad prüfen."
        ) from error


def decode(content: bytes, file: str) -> str:
    """Text of an official file, UTF-8 with or without BOM, else cp1252.

    Raises ReferenceError for an empty file and for text that was encoded twice.
    """
    if not content.strip():
        raise ReferenceError(f"{file} ist leer. Bitte die Datei neu herunterladen.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "Ã¼" in text or "Ã¤" in text or "Ã¶" in text:
        raise ReferenceError(f"{file} ist doppelt kodiert („Ã¼“ statt „ü“). Bitte die Originaldatei verwenden.")
    return text


def read_register(path: Path) -> Register:
    """Read one official file; the form is recognised by its content.

    Gives the Thüringen units only. A CSV of Verbände or Kreise gives just that level: complete it with the CSV of the
    Gemeinden through `combine`. Links and sums are checked by `check_register`.
    Raises ReferenceError (German) naming file and line if the file is missing, empty, of no known form or faulty.
    """
    content = content_of(path)
    if content.startswith(b"PK\x03\x04"):
        return _read_workbook(content, path.name)
    text = decode(content, path.name)
    first = text.lstrip().partition("\n")[0]
    if re.match(r"[0-9]{12}", first):
        return _read_fixed_width(text, path.name)
    if "gebietsstand" in first.strip().split(","):
        return _read_table(text, path.name)
    raise ReferenceError(
        f"{path.name} ist kein Gemeindeverzeichnis. Erwartet wird GV100AD (Text mit fester Breite), "
        "AuszugGV (XLSX) oder eine CSV-Tabelle der Gemeinden, Verbände oder Kreise mit der Spalte gebietsstand."
    )


def combine(registers: Sequence[Register]) -> Register:
    """Join files of one Gebietsstand: they complete each other's gaps and must not contradict each other.

    `registers` has at least one element, all of one Gebietsstand. Raises ReferenceError naming both files and the unit.
    """
    first, *others = registers
    for other in others:
        pair = f"{', '.join(first.dateien)} und {', '.join(other.dateien)}"
        if first.bevoelkerung_am and other.bevoelkerung_am and first.bevoelkerung_am != other.bevoelkerung_am:
            raise ReferenceError(
                f"{pair} nennen verschiedene Stichtage der Bevölkerung. Bitte nur eine Quelle angeben."
            )
        first = Register(
            gebietsstand=first.gebietsstand,
            bevoelkerung_am=first.bevoelkerung_am or other.bevoelkerung_am,
            quelle=first.quelle if other.quelle in first.quelle.split(" + ") else f"{first.quelle} + {other.quelle}",
            dateien=first.dateien + other.dateien,
            kreise=_joined(first.kreise, other.kreise, pair),
            verbaende=_joined(first.verbaende, other.verbaende, pair),
            gemeinden=_joined(first.gemeinden, other.gemeinden, pair),
        )
    return first


def check_register(register: Register) -> None:
    """Check what only the whole register can show: links, counts, sums, and who does the work in each Verband.

    Raises ReferenceError listing the faults with file and place.
    """
    if not register.gemeinden:
        raise ReferenceError(
            f"{', '.join(register.dateien)}: Es fehlen die Gemeinden. "
            "Bitte GV100AD, AuszugGV oder die CSV-Tabelle der Gemeinden dazu angeben."
        )
    faults = [
        *_link_faults(register),
        *_gemeinde_faults(register),
        *_count_faults(register),
        *_sum_faults(register),
        *_fulfilling_faults(register),
    ]
    if faults:
        advice = "Bitte das Verzeichnis vollständig und unverändert von destatis.de beziehen; geändert wurde nichts."
        raise refuse(", ".join(register.dateien), faults, advice)


def members(register: Register) -> dict[str, list[Gemeinde]]:
    """Gemeinden of each Verband, by the Verband's 9-digit key, in the order of their ARS."""
    found: dict[str, list[Gemeinde]] = {key: [] for key in register.verbaende}
    for key in sorted(register.gemeinden):
        found.setdefault(key[:9], []).append(register.gemeinden[key])
    return found


def fulfilling(verband: Verband, own: Sequence[Gemeinde]) -> list[Gemeinde]:
    """The Gemeinden of an erfüllende Verband that could be the one doing the work; sound registers give exactly one.

    The Verband carries the name of that Gemeinde (Auengrund sits in Crock, an Ortsteil); where it does not, the seat
    decides. Only Gemeinden of the same Verband are compared, since names repeat in Thüringen.
    """
    named = [gemeinde for gemeinde in own if short_name(gemeinde.name) == short_name(verband.name)]
    if named or not verband.sitz:
        return named
    return [gemeinde for gemeinde in own if short_name(gemeinde.name) == short_name(verband.sitz)]


# GV100AD


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """A field of a record: positions as in the official description (first character is 1) and its pattern."""

    name: str
    first: int
    last: int
    pattern: str

    def of(self, record: str) -> str:
        return record[self.first - 1 : self.last]

    def fault(self, record: str) -> str | None:
        value = self.of(record)
        if re.fullmatch(self.pattern, value):
            return None
        return f"Feld {self.name} (Spalten {self.first}–{self.last}) enthält „{value.strip()}“"


def _blank(first: int, last: int) -> _Field:
    return _Field(name="leer", first=first, last=last, pattern=" *")


_NAME = _Field(name="Name", first=23, last=72, pattern=r"[^\W\d_]\D*")
_SEAT = _Field(name="Verwaltungssitz", first=73, last=122, pattern=r"\D*")
_MARK = _Field(name="Textkennzeichen", first=123, last=124, pattern="[0-9]{2}")
_AREA = _Field(name="Fläche", first=129, last=139, pattern="[0-9]{11}")
_POPULATION = _Field(name="Bevölkerung", first=140, last=150, pattern="[0-9]{11}")
_MALE = _Field(name="Bevölkerung männlich", first=151, last=161, pattern="[0-9]{11}")
_POSTCODE = _Field(name="Postleitzahl", first=166, last=170, pattern="[0-9]{5}")
_KREIS_KEY = _Field(name="Kreisschlüssel", first=11, last=15, pattern="160[0-9]{2}")
_GEMEINDE_KEY = _Field(name="Gemeindeschlüssel", first=11, last=18, pattern="160[0-9]{5}")
_VERBAND_PART = _Field(name="Gemeindeverband", first=19, last=22, pattern="[0-9]{4}")
_LAYOUT: dict[str, tuple[_Field, ...]] = {
    "10": (_blank(13, 22), _NAME, _SEAT, _blank(123, 220)),
    "20": (_NAME,),
    "30": (_NAME,),
    "40": (_KREIS_KEY, _blank(16, 22), _NAME, _SEAT, _MARK, _blank(125, 220)),
    "50": (_KREIS_KEY, _blank(16, 18), _VERBAND_PART, _NAME, _SEAT, _MARK, _blank(125, 220)),
    "60": (
        _GEMEINDE_KEY,
        _VERBAND_PART,
        _NAME,
        _blank(73, 122),
        _MARK,
        _blank(125, 128),
        _AREA,
        _POPULATION,
        _MALE,
        _blank(162, 165),
        _POSTCODE,
    ),
}


def _read_fixed_width(text: str, file: str) -> Register:
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    stamps = Counter(line[2:10] for _, line in lines if _compact_date(line[2:10]))
    if not stamps:
        raise ReferenceError(
            f"{file}: In den Spalten 3–10 steht „{lines[0][1][2:10]}“ statt eines Gebietsstands (JJJJMMTT); "
            "die Felder sind verschoben oder es ist kein GV100AD. Bitte die XLSX-Form (AuszugGV) verwenden."
        )
    stamp = stamps.most_common(1)[0][0]
    gebietsstand = date.fromisoformat(stamp)
    units = _Units(file=file, quelle=f"GV100AD {german_date(gebietsstand)}")
    for number, line in lines:
        record = line.rstrip().ljust(RECORD_LENGTH)
        fault = _record_fault(record, stamp)
        if fault:
            units.faults.append(f"Zeile {number}: {fault}")
        elif record[10:12] == LAND:
            _add_record(units, record, f"{file}, Zeile {number}")
    return units.register(gebietsstand=gebietsstand, bevoelkerung_am=None)


def _record_fault(record: str, stamp: str) -> str | None:
    shift = _SHIFTED.search(record, pos=1, endpos=22)
    if shift and _SHIFTED.match(record) is None:
        return f"Felder um {shift.start()} Zeichen verschoben („{record[:22].strip()} …“)"
    if record[:2] not in SATZARTEN:
        return f"unbekannte Satzart „{record[:2]}“ (erwartet 10, 20, 30, 40, 50, 60)"
    if len(record) > RECORD_LENGTH:
        return f"{len(record)} Zeichen statt {RECORD_LENGTH}, Felder verschoben"
    if record[2:10] != stamp:
        return f"Gebietsstand „{record[2:10]}“ statt „{stamp}“ wie in den übrigen Zeilen"
    if record[10:12] not in _LAENDER:
        return f"unbekanntes Land „{record[10:12]}“, Felder verschoben"
    return _field_fault(record) if record[10:12] == LAND else None


def _field_fault(record: str) -> str | None:
    faults = (each.fault(record) for each in _LAYOUT[record[:2]])
    found = next((fault for fault in faults if fault), None)
    return f"{found}, Felder verschoben" if found else None


def _add_record(units: "_Units", record: str, stelle: str) -> None:
    name, satzart = _NAME.of(record).strip(), record[:2]
    if satzart == "40":
        units.kreis(key=record[10:15], name=name, mark=_MARK.of(record), stelle=stelle)
    elif satzart == "50":
        key = record[10:15] + _VERBAND_PART.of(record)
        units.verband(key=key, name=name, mark=_MARK.of(record), sitz=_SEAT.of(record).strip(), stelle=stelle)
    elif satzart == "60":
        total, male = int(_POPULATION.of(record)), int(_MALE.of(record))
        if male > total:
            units.faults.append(f"{stelle}: {male} Männer bei {total} Einwohnern, Felder verschoben")
        units.gemeinde(
            key=record[10:15] + _VERBAND_PART.of(record) + record[15:18],
            name=name,
            mark=_MARK.of(record),
            einwohner=total,
            flaeche_ha=int(_AREA.of(record)),
            herkunft=units.quelle,
            stelle=stelle,
        )


# AuszugGV


_COLUMNS = {"Satzart": 0, "Gemeindename": 7}
_WIDTHS = (2, 1, 2, 4, 3)
_PARTS = {"10": 1, "20": 2, "30": 3, "40": 3, "50": 4, "60": 5}


def _read_workbook(content: bytes, file: str) -> Register:
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (KeyError, ValueError, zipfile.BadZipFile, openpyxl.utils.exceptions.InvalidFileException) as error:
        raise ReferenceError(
            f"{file} ist ein ZIP-Archiv oder eine beschädigte Arbeitsmappe. Bitte entpacken und die enthaltene "
            "Datei (GV100AD_….txt oder AuszugGV….xlsx) angeben."
        ) from error
    sheets = {sheet.title: [_texts(row) for row in sheet.iter_rows(values_only=True)] for sheet in workbook.worksheets}
    workbook.close()
    title, rows = max(sheets.items(), key=lambda sheet: sum(map(_is_record, sheet[1])))
    first = next((index for index, row in enumerate(rows) if _is_record(row)), None)
    if first is None:
        raise ReferenceError(
            f"{file}: Kein Blatt enthält Zeilen mit Satzart 10, 40, 50 und 60. "
            "Erwartet wird AuszugGV von destatis.de (alle Gemeinden mit ausgewählten Merkmalen)."
        )
    header = rows[:first]
    _check_header(header, file)
    gebietsstand = _workbook_date(header, title, file)
    units = _Units(file=file, quelle=f"AuszugGV {german_date(gebietsstand)}")
    for number, row in enumerate(rows[first:], start=first + 1):
        if re.fullmatch("[0-9]{2}", row[0]):
            _add_row(units, row, number)
    population_day = next(iter(_dates(row[9] for row in header)), None)
    return units.register(gebietsstand=gebietsstand, bevoelkerung_am=population_day)


def _texts(row: Sequence[object]) -> list[str]:
    values = ["" if value is None else str(value).strip() for value in row]
    return values + [""] * (16 - len(values))


def _is_record(row: Sequence[str]) -> bool:
    return row[0] in SATZARTEN and re.fullmatch("[0-9]{1,2}", row[2]) is not None


def _check_header(header: Sequence[Sequence[str]], file: str) -> None:
    for label, position in _COLUMNS.items():
        places = [row.index(label) for row in header if label in row]
        if places and position not in places:
            raise ReferenceError(
                f"{file}: Die Spalte „{label}“ steht an Stelle {places[0] + 1} statt {position + 1}; der Aufbau von "
                "AuszugGV hat sich geändert oder Spalten wurden eingefügt. Bitte die unveränderte Datei verwenden."
            )


def _workbook_date(header: Sequence[Sequence[str]], title: str, file: str) -> date:
    cells = [cell for row in header for cell in row if cell]
    stated = _dates(cell for cell in cells if "Gebietsstand" in cell)
    named = _dates(cell for cell in cells if re.search(r"\bam \d", cell))
    digits = re.search(r"(\d{2})(\d{2})(\d{4})$", title)
    sheet = _dates([".".join(digits.groups())]) if digits else []
    for found in (stated, named, sheet):
        if found:
            return found[0]
    raise ReferenceError(
        f"{file}: Weder der Kopf noch der Blattname „{title}“ nennt einen Gebietsstand (TT.MM.JJJJ). "
        "Bitte die unveränderte Datei von destatis.de verwenden."
    )


def _dates(texts: Iterator[str] | Sequence[str]) -> list[date]:
    found = (_GERMAN_DATE.search(text) for text in texts)
    stamps = (f"{int(m[3]):04d}{int(m[2]):02d}{int(m[1]):02d}" for m in found if m)
    return [day for day in map(_compact_date, stamps) if day]


def _add_row(units: "_Units", row: Sequence[str], number: int) -> None:
    satzart, stelle = row[0], f"{units.file}, Zeile {number}"
    if satzart not in SATZARTEN:
        units.faults.append(f"Zeile {number}: unbekannte Satzart „{satzart}“ (erwartet 10, 20, 30, 40, 50, 60)")
        return
    parts = [cell.zfill(width) for cell, width in zip(row[2:7], _WIDTHS, strict=True)]
    if parts[0] != LAND:
        if parts[0] not in _LAENDER:
            units.faults.append(f"Zeile {number}: unbekanntes Land „{row[2]}“, Spalten verschoben")
        return
    used = _PARTS[satzart]
    key, name, mark = "".join(parts[:used]), row[7], row[1]
    if not re.fullmatch(f"[0-9]{{{sum(_WIDTHS[:used])}}}", key) or not all(row[2 : 2 + used]):
        units.faults.append(f"Zeile {number}: Schlüssel „{' '.join(row[2:7])}“ unvollständig, Spalten verschoben")
    elif any(row[2 + used : 7]) or not re.match(r"[^\W\d_]", name):
        units.faults.append(
            f"Zeile {number}: „{' '.join(row[2:8])}“ passt nicht zu Satzart {satzart}, Spalten verschoben"
        )
    elif satzart == "40":
        units.kreis(key=key, name=name, mark=mark, einwohner=_whole(row[9]), stelle=stelle)
    elif satzart == "50":
        units.verband(key=key, name=name, mark=mark, einwohner=_whole(row[9]), stelle=stelle)
    elif satzart == "60":
        population, area = _whole(row[9]), _hectares(row[8])
        if population is None or area is None:
            units.faults.append(
                f"Zeile {number}: {name} ohne lesbare Fläche („{row[8]}“) oder Bevölkerung („{row[9]}“)"
            )
        else:
            units.gemeinde(
                key=key,
                name=name,
                mark=mark,
                einwohner=population,
                flaeche_ha=area,
                herkunft=units.quelle,
                stelle=stelle,
            )


def _whole(text: str) -> int | None:
    cleaned = text.replace(" ", "").replace(" ", "").removesuffix(".0")
    return int(cleaned) if re.fullmatch("[0-9]+", cleaned) else None


def _hectares(text: str) -> int | None:
    cleaned = text.replace(" ", "").replace(" ", "").replace(",", ".")
    return round(float(cleaned) * 100) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", cleaned) else None


# The project's CSV tables


_SHARED_COLUMNS = ("bevoelkerung", "gebietsstand")
_TABLES: dict[str, frozenset[str]] = {
    "gemeinden": frozenset(
        (
            *("ags", "ars", "name", "typ_code", "kreis_key", "kreis_name", "kreis_typ", "flaeche_ha", "herkunft"),
            *("vb_key", "vb_name", "vb_typ_code", "vb_sitz", *_SHARED_COLUMNS),
        )
    ),
    "verbaende": frozenset(("vb_key", "vb_name", "vb_typ_code", "vb_sitz", "anzahl_gemeinden", *_SHARED_COLUMNS)),
    "kreise": frozenset(("kreis_key", "kreis_name", "kreis_typ_code", "anzahl_gemeinden", *_SHARED_COLUMNS)),
}
_KREIS_MARKS = {"Kreisfreie Stadt": "41", "Landkreis": "44"}


def _read_table(text: str, file: str) -> Register:
    reader = csv.DictReader(io.StringIO(text))
    names = frozenset(reader.fieldnames or ())
    kind = next((kind for kind, needed in _TABLES.items() if needed <= names), None)
    if kind is None:
        wanted = "; ".join(f"{kind}: {', '.join(sorted(needed - names))}" for kind, needed in _TABLES.items())
        raise ReferenceError(f"{file}: Spalten fehlen ({wanted}). Bitte die Tabelle mit vollständigem Kopf verwenden.")
    rows = list(enumerate(reader, start=2))
    odd = [number for number, row in rows if None in row or None in row.values()]
    if odd:
        faults = [f"Zeile {number}: Anzahl der Felder passt nicht zum Kopf, Felder verschoben" for number in odd]
        raise refuse(file, faults, "Bitte die Tabelle unverändert verwenden.")
    stands = {row["gebietsstand"] for _, row in rows}
    days = {row.get("bevoelkerung_stichtag") or "" for _, row in rows}
    if len(stands) != 1 or len(days) != 1:
        raise ReferenceError(
            f"{file}: Alle Zeilen müssen einen Gebietsstand und einen Stichtag der Bevölkerung haben, gefunden: "
            f"{', '.join(sorted(stands | days)) or 'keine Zeile'}. Bitte je Gebietsstand eine Datei angeben."
        )
    gebietsstand, day = _iso(stands.pop(), file), days.pop()
    units = _Units(file=file, quelle=f"Gebietstabellen {german_date(gebietsstand)}")
    add = {"gemeinden": _add_gemeinde, "verbaende": _add_verband, "kreise": _add_kreis}[kind]
    for number, row in rows:
        add(units, row, number)
    return units.register(gebietsstand=gebietsstand, bevoelkerung_am=_iso(day, file) if day else None)


def _iso(text: str, file: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ReferenceError(
            f"{file}: „{text}“ ist kein Datum der Form JJJJ-MM-TT (Spalten gebietsstand, bevoelkerung_stichtag)."
        ) from error


def _add_gemeinde(units: "_Units", row: Mapping[str, str], number: int) -> None:
    ars, stelle = row["ars"], f"{units.file}, Zeile {number}"
    population, area = _whole(row["bevoelkerung"]), _whole(row["flaeche_ha"])
    if not _THURINGIAN_ARS.fullmatch(ars) or row["ags"] != ars[:5] + ars[9:]:
        units.faults.append(f"Zeile {number}: AGS „{row['ags']}“ und ARS „{ars}“ passen nicht zusammen")
    elif row["kreis_key"] != ars[:5] or row["vb_key"] != ars[:9]:
        units.faults.append(
            f"Zeile {number}: Kreis „{row['kreis_key']}“ oder Verband „{row['vb_key']}“ passt nicht zu {ars}"
        )
    elif population is None or area is None:
        units.faults.append(
            f"Zeile {number}: Fläche „{row['flaeche_ha']}“ oder Bevölkerung „{row['bevoelkerung']}“ ist keine Zahl"
        )
    else:
        units.gemeinde(
            key=ars,
            name=row["name"],
            mark=row["typ_code"],
            einwohner=population,
            flaeche_ha=area,
            herkunft=with_umlauts(row["herkunft"]),
            stelle=stelle,
        )
        kreis = {"key": row["kreis_key"], "name": row["kreis_name"], "mark": _KREIS_MARKS.get(row["kreis_typ"], "")}
        verband = {"key": row["vb_key"], "name": row["vb_name"], "mark": row["vb_typ_code"], "sitz": row["vb_sitz"]}
        units.kreis(**kreis, stelle=stelle, repeated=True)
        units.verband(**verband, stelle=stelle, repeated=True)


def _add_verband(units: "_Units", row: Mapping[str, str], number: int) -> None:
    population, count = _sums(units, row, number)
    units.verband(
        key=row["vb_key"],
        name=row["vb_name"],
        mark=row["vb_typ_code"],
        sitz=row["vb_sitz"],
        einwohner=population,
        gemeinden=count,
        stelle=f"{units.file}, Zeile {number}",
    )


def _add_kreis(units: "_Units", row: Mapping[str, str], number: int) -> None:
    population, count = _sums(units, row, number)
    units.kreis(
        key=row["kreis_key"],
        name=row["kreis_name"],
        mark=row["kreis_typ_code"],
        einwohner=population,
        gemeinden=count,
        stelle=f"{units.file}, Zeile {number}",
    )


def _sums(units: "_Units", row: Mapping[str, str], number: int) -> tuple[int | None, int | None]:
    population, count = _whole(row["bevoelkerung"]), _whole(row["anzahl_gemeinden"])
    if population is None or count is None:
        units.faults.append(f"Zeile {number}: Bevölkerung oder Anzahl der Gemeinden ist keine Zahl")
    return population, count


def with_umlauts(text: str) -> str:
    """A remark of the CSV tables with the umlauts that they write in ASCII."""
    for plain, proper in _ASCII_WORDS.items():
        text = text.replace(plain, proper)
    return text


# What all forms share


class _Units:
    """Gathers the units of one file together with the faults found on the way."""

    def __init__(self, *, file: str, quelle: str) -> None:
        self.file = file
        self.quelle = quelle
        self.faults: list[str] = []
        self._kreise: dict[str, Kreis] = {}
        self._verbaende: dict[str, Verband] = {}
        self._gemeinden: dict[str, Gemeinde] = {}

    def kreis(
        self,
        *,
        key: str,
        name: str,
        mark: str,
        stelle: str,
        einwohner: int | None = None,
        gemeinden: int | None = None,
        repeated: bool = False,
    ) -> None:
        if self._sound(key, 5, mark, KREIS_TYPEN, stelle):
            unit = Kreis(
                key=key, name=name, textkennzeichen=mark, einwohner=einwohner, gemeinden=gemeinden, stelle=stelle
            )
            self._keep(self._kreise, unit, repeated=repeated)

    def verband(
        self,
        *,
        key: str,
        name: str,
        mark: str,
        stelle: str,
        sitz: str = "",
        einwohner: int | None = None,
        gemeinden: int | None = None,
        repeated: bool = False,
    ) -> None:
        if self._sound(key, 9, mark, VERBAND_TYPEN, stelle):
            unit = Verband(
                key=key,
                name=re.sub(r"^(?:EG|VG|VGem) ", "", name),
                textkennzeichen=mark,
                sitz=sitz or None,
                einwohner=einwohner,
                gemeinden=gemeinden,
                stelle=stelle,
            )
            self._keep(self._verbaende, unit, repeated=repeated)

    def gemeinde(
        self, *, key: str, name: str, mark: str, einwohner: int, flaeche_ha: int, herkunft: str, stelle: str
    ) -> None:
        if self._sound(key, 12, mark, GEMEINDE_KENNZEICHEN, stelle):
            unit = Gemeinde(
                key=key,
                name=name,
                textkennzeichen=mark,
                einwohner=einwohner,
                flaeche_ha=flaeche_ha,
                herkunft=herkunft,
                stelle=stelle,
            )
            self._keep(self._gemeinden, unit, repeated=False)

    def register(self, *, gebietsstand: date, bevoelkerung_am: date | None) -> Register:
        if self.faults:
            advice = (
                "Bitte die Originaldatei neu herunterladen; ist sie dort fehlerhaft, die andere amtliche Form nehmen."
            )
            raise refuse(self.file, self.faults, advice)
        if not (self._kreise or self._verbaende or self._gemeinden):
            raise ReferenceError(f"{self.file} enthält keine Einheiten aus Thüringen (Land {LAND}).")
        return Register(
            gebietsstand=gebietsstand,
            bevoelkerung_am=bevoelkerung_am,
            quelle=self.quelle,
            dateien=(self.file,),
            kreise=self._kreise,
            verbaende=self._verbaende,
            gemeinden=self._gemeinden,
        )

    def _sound(self, key: str, digits: int, mark: str, known: Mapping[str, str] | Sequence[str], stelle: str) -> bool:
        if not re.fullmatch(f"160[0-9]{{{digits - 3}}}", key):
            self.faults.append(f"{stelle}: Schlüssel „{key}“ hat nicht {digits} Ziffern mit dem Anfang 160")
        elif mark not in known:
            wanted = ", ".join(known)
            self.faults.append(f"{stelle}: Textkennzeichen „{mark}“ kommt in Thüringen nicht vor (erwartet {wanted})")
        else:
            return True
        return False

    def _keep(self, kept: dict[str, Unit], unit: Unit, *, repeated: bool) -> None:
        earlier = kept.setdefault(unit.key, unit)
        if earlier is unit or (repeated and earlier == unit):
            return
        what = "widerspricht" if repeated else "steht doppelt, wie schon"
        self.faults.append(f"{unit.stelle}: Schlüssel {unit.key} ({unit.name}) {what} {earlier.stelle}")


def _joined(left: Mapping[str, Unit], right: Mapping[str, Unit], pair: str) -> dict[str, Unit]:
    joined = dict(left)
    for key, unit in right.items():
        earlier = joined.get(key)
        joined[key] = _completed(earlier, unit, pair) if earlier else unit
    return joined


def _completed(left: Unit, right: Unit, pair: str) -> Unit:
    gaps = {}
    for each in fields(left):
        ours, theirs = getattr(left, each.name), getattr(right, each.name)
        if ours is None:
            gaps[each.name] = theirs
        elif each.compare and each.name != "herkunft" and theirs is not None and ours != theirs:
            raise ReferenceError(
                f"{pair} widersprechen sich bei {left.key} ({left.name}), {each.name}: „{ours}“ gegen „{theirs}“. "
                "Bitte je Gebietsstand nur zusammengehörige Dateien angeben."
            )
    return replace(left, **gaps)


def _compact_date(stamp: str) -> date | None:
    if not re.fullmatch("[0-9]{8}", stamp):
        return None
    try:
        return date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:]))
    except ValueError:
        return None


def _link_faults(register: Register) -> Iterator[str]:
    for gemeinde in register.gemeinden.values():
        if gemeinde.verband_key not in register.verbaende:
            yield f"{gemeinde.stelle}: {gemeinde.name} gehört zu Verband {gemeinde.verband_key}, den es nicht gibt"
        if gemeinde.kreis_key not in register.kreise:
            yield f"{gemeinde.stelle}: {gemeinde.name} gehört zu Kreis {gemeinde.kreis_key}, den es nicht gibt"
    for verband in register.verbaende.values():
        if verband.key[:5] not in register.kreise:
            yield f"{verband.stelle}: Verband {verband.name} gehört zu Kreis {verband.key[:5]}, den es nicht gibt"


def _gemeinde_faults(register: Register) -> Iterator[str]:
    seen: dict[str, Gemeinde] = {}
    for gemeinde in register.gemeinden.values():
        earlier = seen.setdefault(gemeinde.ags, gemeinde)
        if earlier is not gemeinde:
            yield f"{gemeinde.stelle}: AGS {gemeinde.ags} ({gemeinde.name}) steht doppelt, wie schon {earlier.stelle}"
        if gemeinde.einwohner <= 0 or gemeinde.flaeche_ha <= 0:
            yield f"{gemeinde.stelle}: {gemeinde.name} hat keine Einwohner oder keine Fläche"


def _count_faults(register: Register) -> Iterator[str]:
    own = members(register)
    for verband in register.verbaende.values():
        count = len(own[verband.key])
        if count == 0 or (verband.textkennzeichen == "50" and count != 1):
            yield f"{verband.stelle}: {verband.name} ({verband.key}) hat {count} Gemeinden, Datei unvollständig"
        if verband.gemeinden not in (None, count):
            yield f"{verband.stelle}: {verband.name} hat {count} Gemeinden, angegeben sind {verband.gemeinden}"
    counts = Counter(gemeinde.kreis_key for gemeinde in register.gemeinden.values())
    cities = Counter(gemeinde.kreis_key for gemeinde in register.gemeinden.values() if gemeinde.textkennzeichen == "61")
    for kreis in register.kreise.values():
        free = kreis.textkennzeichen == "41"
        if counts[kreis.key] == 0 or kreis.gemeinden not in (None, counts[kreis.key]):
            yield f"{kreis.stelle}: Kreis {kreis.name} hat {counts[kreis.key]} Gemeinden, Datei unvollständig"
        elif cities[kreis.key] != int(free) or (free and counts[kreis.key] != 1):
            yield f"{kreis.stelle}: {kreis.name}: Kreis und Gemeinde sind sich nicht einig, ob die Stadt kreisfrei ist"


def _sum_faults(register: Register) -> Iterator[str]:
    by_kreis: Counter[str] = Counter()
    by_verband: Counter[str] = Counter()
    for gemeinde in register.gemeinden.values():
        by_kreis[gemeinde.kreis_key] += gemeinde.einwohner
        by_verband[gemeinde.verband_key] += gemeinde.einwohner
    for units, sums in ((register.kreise, by_kreis), (register.verbaende, by_verband)):
        for unit in units.values():
            if unit.einwohner not in (None, sums[unit.key]):
                yield (
                    f"{unit.stelle}: {unit.name} hat {unit.einwohner} Einwohner, "
                    f"seine Gemeinden haben zusammen {sums[unit.key]}"
                )


def _fulfilling_faults(register: Register) -> Iterator[str]:
    own = members(register)
    for verband in register.verbaende.values():
        if verband.textkennzeichen != "58":
            continue
        found = fulfilling(verband, own[verband.key])
        if len(found) != 1:
            names = ", ".join(gemeinde.name for gemeinde in own[verband.key])
            yield f"{verband.stelle}: Welche Gemeinde ist für {verband.name} die erfüllende? Zur Wahl stehen: {names}"
