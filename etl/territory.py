"""The territory of Thüringen: official registers, changes and boundaries in, data/reference out.

`python -m etl reference` calls `write_reference`. Everything is read and checked first; the files are written to a
folder beside the target and only then put in place, so that a refused delivery leaves the old reference untouched.

Rules (design "Who is counted", docs/methodik.md): the responsible unit of a Gemeinde is the Gemeinde itself where it
is verbandsfrei or kreisfrei, otherwise its Verband, found by the digits 6–9 of the ARS and never by name.
"""

import csv
import hashlib
import io
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from itertools import groupby
from pathlib import Path

import yaml

from etl import geometry
from etl.registers import (
    KREIS_TYPEN,
    VERBAND_TYPEN,
    Gemeinde,
    Kreis,
    ReferenceError,  # noqa: A004
    Register,
    Verband,
    check_register,
    combine,
    content_of,
    decode,
    fulfilling,
    german_date,
    members,
    read_register,
    refuse,
    short_name,
    with_umlauts,
)

__all__ = ["Change", "Einheit", "ReferenceError", "ReferenceReport", "read_changes", "write_reference"]

BUND_ARS = "000000000000"
LAND_ARS = "160000000000"
KREISE_IN_THUERINGEN = 22
EBENEN = ("bund", "land", "kreis", "verband", "gemeinde")

REGISTER_ATTRIBUTION = "© Statistisches Bundesamt (Destatis), 2025, GV-ISys; Auszug, verändert"
BOUNDARY_ATTRIBUTION = "© BKG (2026) dl-de/by-2-0 (Daten verändert)"

_CHANGE_COLUMNS = ("ags_alt", "name_alt", "ags_neu", "name_neu", "wirksam_ab", "hinweis")
_THURINGIAN_AGS = re.compile(r"160[0-9]{5}")
_SUM = "Summe der Gemeinden"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceReport:
    """What `write_reference` wrote: counts and population of today's territory, its date, the files, remarks."""

    gemeinden: int
    verbaende: int
    kreise: int
    einwohner: int
    gebietsstand: date
    files: tuple[Path, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the list of changes: a Gemeinde that ended and the Gemeinde it (mostly) became part of."""

    ags_alt: str
    name_alt: str
    ags_neu: str
    name_neu: str
    wirksam_ab: date
    hinweis: str
    stelle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Einheit:
    """One row of einheiten.csv, every value as the text that is written; empty where there is nothing to say."""

    ars: str
    ags: str
    name: str
    langname: str
    ebene: str
    typ: str
    gruppe: str
    kreis_ars: str
    verband_ars: str
    zustaendig_ars: str
    einwohner: str
    flaeche_km2: str
    gueltig_von: str
    gueltig_bis: str
    herkunft: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    """The files given on the command line, for checksums and for the command that QUELLE.yaml repeats."""

    registers: Sequence[Path]
    boundaries: Sequence[Path]
    changes: Path | None

    @property
    def tables(self) -> list[Path]:
        return [*self.registers, *([self.changes] if self.changes else [])]

    @property
    def command(self) -> str:
        parts = [f"--register {path.name}" for path in self.registers]
        parts += [f"--boundaries {path.name}" for path in self.boundaries]
        parts += [f"--changes {self.changes.name}"] if self.changes else []
        return " ".join(["python -m etl reference", *parts])


def write_reference(
    *, registers: Sequence[Path], boundaries: Sequence[Path], changes: Path | None, target: Path
) -> ReferenceReport:
    """Read official files, check them and write the project's reference tables and map geometry below `target`.

    `registers`: one or more files; those of the newest Gebietsstand are today's territory, older ones add the Gemeinden
    that have ended since. `boundaries`: files with the Gemeinden of today, or none to leave the geometry as it is.
    `changes`: the list of changes; None keeps the list that already lies below `target`, if there is one.
    Writes gebiet/{einheiten,gebietsaenderungen}.csv, geo/{gemeinden,verwaltungen,kreise}.geojson and a QUELLE.yaml in
    each folder; the same input gives the same bytes. Raises ReferenceError (German) and then writes nothing.
    """
    if not registers:
        raise ReferenceError("Es fehlt ein Gemeindeverzeichnis. Bitte mindestens eine Datei mit --register angeben.")
    today, *older = _by_gebietsstand(registers)
    kept = target / "gebiet" / "gebietsaenderungen.csv"
    source = changes or (kept if kept.exists() else None)
    listed = read_changes(source) if source else ()
    successors = _successors(listed, today)
    ended = _ended(today, older, listed)
    einheiten = _einheiten(today, older, listed, ended)
    inputs = _Inputs(registers=registers, boundaries=boundaries, changes=changes)
    notes = [
        *_register_notes(today, older, ended, einheiten),
        *_change_notes(listed, today, ended, kept_list=changes is None and source is not None),
    ]

    contents = {
        "gebiet/einheiten.csv": _csv([each.name for each in fields(Einheit)], map(_values, einheiten)),
        "gebiet/gebietsaenderungen.csv": _changes_csv(listed, successors),
        "gebiet/QUELLE.yaml": _register_source(today, older, inputs),
    }
    if boundaries:
        found = _read_all_boundaries(boundaries)
        _check_same_gemeinden(today, found)
        simplified = geometry.simplify(found)
        contents |= _geometry_files(simplified, einheiten)
        contents["geo/QUELLE.yaml"] = _boundary_source(today, simplified, inputs)
        notes.append(
            f"Grenzen: {simplified.vertices_before} Stützpunkte auf {simplified.vertices} vereinfacht "
            f"(Toleranz {simplified.tolerance:.4f}°)"
        )
    elif (target / "geo" / "gemeinden.geojson").exists():
        notes.append("Ohne --boundaries bleibt die Geometrie unverändert; sie kann einen anderen Gebietsstand haben")
    return ReferenceReport(
        gemeinden=len(today.gemeinden),
        verbaende=len(today.verbaende),
        kreise=len(today.kreise),
        einwohner=sum(gemeinde.einwohner for gemeinde in today.gemeinden.values()),
        gebietsstand=today.gebietsstand,
        files=_put_in_place(contents, target),
        notes=tuple(notes),
    )


def read_changes(path: Path) -> tuple[Change, ...]:
    """Read the list of territorial changes: CSV with ags_alt, name_alt, ags_neu, name_neu, wirksam_ab, hinweis.

    Keys have 8 digits, dates the form YYYY-MM-DD, every old key occurs once; further columns are ignored.
    Raises ReferenceError (German) naming file and line.
    """
    text = decode(content_of(path), path.name)
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in _CHANGE_COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise ReferenceError(
            f"{path.name} ist keine Liste der Gebietsänderungen: es fehlt {', '.join(missing)}. "
            f"Erwartet wird CSV mit dem Kopf {','.join(_CHANGE_COLUMNS)}."
        )
    faults: list[str] = []
    found: dict[str, Change] = {}
    for row in reader:
        place = f"Zeile {reader.line_num}"
        fault = _change_fault(row)
        if fault is None and row["ags_alt"] in found:
            fault = f"{row['ags_alt']} steht doppelt, wie schon {found[row['ags_alt']].stelle}"
        if fault:
            faults.append(f"{place}: {fault}")
            continue
        found[row["ags_alt"]] = Change(
            ags_alt=row["ags_alt"],
            name_alt=row["name_alt"].strip(),
            ags_neu=row["ags_neu"],
            name_neu=row["name_neu"].strip(),
            wirksam_ab=date.fromisoformat(row["wirksam_ab"]),
            hinweis=with_umlauts(row["hinweis"].strip()),
            stelle=f"{path.name}, {place}",
        )
    if faults:
        raise refuse(path.name, faults, "Bitte die Liste berichtigen; die Schlüssel stehen im Gemeindeverzeichnis.")
    return tuple(found[ags] for ags in sorted(found, key=lambda ags: (found[ags].wirksam_ab, ags)))


# Registers and changes


def _by_gebietsstand(paths: Sequence[Path]) -> list[Register]:
    single = sorted((read_register(path) for path in paths), key=lambda register: register.gebietsstand, reverse=True)
    joined = [combine(list(same)) for _, same in groupby(single, key=lambda register: register.gebietsstand)]
    for register in joined:
        check_register(register)
    return joined


def _change_fault(row: Mapping[str, str | None]) -> str | None:
    if any(row[name] is None for name in _CHANGE_COLUMNS):
        return "Felder fehlen"
    for name in ("ags_alt", "ags_neu"):
        if not _THURINGIAN_AGS.fullmatch(row[name] or ""):
            return f"{name} „{row[name]}“ ist kein Thüringer Gemeindeschlüssel (8 Ziffern, Anfang 160)"
    if row["ags_alt"] == row["ags_neu"]:
        return f"{row['ags_alt']} wird zu sich selbst"
    try:
        date.fromisoformat(row["wirksam_ab"] or "")
    except ValueError:
        return f"wirksam_ab „{row['wirksam_ab']}“ ist kein Datum der Form JJJJ-MM-TT"
    return None


def _successors(changes: Sequence[Change], today: Register) -> dict[str, str]:
    """Today's AGS for every old AGS; changes that come into force after today's Gebietsstand are not followed."""
    effective = {change.ags_alt: change for change in changes if change.wirksam_ab <= today.gebietsstand}
    existing = {gemeinde.ags for gemeinde in today.gemeinden.values()}
    faults = [
        f"{change.stelle}: {change.name_alt} ({change.ags_alt}) soll am {german_date(change.wirksam_ab)} "
        f"aufgegangen sein, steht aber noch im Verzeichnis vom {german_date(today.gebietsstand)}"
        for change in effective.values()
        if change.ags_alt in existing
    ]
    resolved = {change.ags_alt: change.ags_alt for change in changes}
    for change in effective.values():
        try:
            resolved[change.ags_alt] = _follow(change, effective)
        except ReferenceError as error:
            faults.append(str(error))
            continue
        if resolved[change.ags_alt] not in existing and not faults:
            faults.append(
                f"{change.stelle}: {change.name_alt} führt zu {resolved[change.ags_alt]}, "
                f"den es am {german_date(today.gebietsstand)} nicht gibt"
            )
    if faults:
        raise refuse(
            "Die Liste der Gebietsänderungen",
            faults,
            "Bitte die Liste um die fehlenden Änderungen ergänzen oder das passende Verzeichnis angeben.",
        )
    return resolved


def _follow(change: Change, effective: Mapping[str, Change]) -> str:
    visited = [change.ags_alt]
    while change.ags_neu in effective:
        following = effective[change.ags_neu]
        if following.ags_alt in visited:
            raise ReferenceError(f"{change.stelle}: Kreis von Änderungen {' → '.join([*visited, following.ags_alt])}")
        if following.wirksam_ab < change.wirksam_ab:
            raise ReferenceError(
                f"{change.stelle}: {change.name_neu} ({change.ags_neu}) ist schon am "
                f"{german_date(following.wirksam_ab)} aufgegangen"
            )
        visited.append(following.ags_alt)
        change = following
    return change.ags_neu


def _ended(today: Register, older: Sequence[Register], changes: Sequence[Change]) -> dict[str, tuple[Register, date]]:
    """The Gemeinden, by ARS, that an older register has and today's has not: that register and the day of their end."""
    existing = {gemeinde.ags for gemeinde in today.gemeinden.values()}
    by_old = {change.ags_alt: change for change in changes if change.wirksam_ab <= today.gebietsstand}
    created = {change.ags_neu for change in by_old.values()}
    ended: dict[str, tuple[Register, date]] = {}
    seen: set[str] = set()
    faults: list[str] = []
    for register in older:
        present = {gemeinde.ags: gemeinde for gemeinde in register.gemeinden.values()}
        for ags in sorted(present.keys() - existing - seen):
            seen.add(ags)
            change = by_old.get(ags)
            if change and change.wirksam_ab > register.gebietsstand:
                ended[present[ags].key] = (register, change.wirksam_ab)
            else:
                faults.append(f"{present[ags].stelle}: {present[ags].name} ({ags}) gibt es heute nicht mehr")
        faults += [
            f"{gemeinde.stelle}: {gemeinde.name} ({gemeinde.ags}) gab es am {german_date(register.gebietsstand)} nicht"
            for gemeinde in today.gemeinden.values()
            if gemeinde.ags not in present and gemeinde.ags not in created
        ]
    if faults:
        raise refuse(
            "Das Verzeichnis und die Liste der Gebietsänderungen passen nicht zusammen und",
            faults,
            "Bitte die Änderungen mit Datum in die Liste eintragen und diese mit --changes angeben.",
        )
    return ended


def _beginnings(older: Sequence[Register], changes: Sequence[Change]) -> dict[str, date]:
    """First day of a Gemeinde where the sources prove it.

    Either an old Gemeinde of the same name got this new key, or an older register from before the change lacks it.
    """
    begun: dict[str, date] = {}
    for change in sorted(changes, key=lambda each: each.wirksam_ab, reverse=True):
        renumbered = short_name(change.name_alt) == short_name(change.name_neu)
        lacking = any(
            register.gebietsstand < change.wirksam_ab
            and all(gemeinde.ags != change.ags_neu for gemeinde in register.gemeinden.values())
            for register in older
        )
        if renumbered or lacking:
            begun[change.ags_neu] = change.wirksam_ab
    return begun


# The rows


def _einheiten(
    today: Register,
    older: Sequence[Register],
    changes: Sequence[Change],
    ended: Mapping[str, tuple[Register, date]],
) -> list[Einheit]:
    begun = _beginnings(older, [change for change in changes if change.wirksam_ab <= today.gebietsstand])
    everything = list(today.gemeinden.values())
    rows = [
        _bund(),
        _area(everything, ars=LAND_ARS, name="Thüringen", langname="Freistaat Thüringen", ebene="land", typ="land"),
    ]
    rows += [_kreis(kreis, everything) for kreis in today.kreise.values() if kreis.textkennzeichen == "44"]
    own = members(today)
    rows += [_verband(unit, own[unit.key], None) for unit in today.verbaende.values() if unit.textkennzeichen != "50"]
    rows += [_gemeinde(gemeinde, today, begun.get(gemeinde.ags), None) for gemeinde in everything]
    rows += [_gemeinde(register.gemeinden[ars], register, None, end) for ars, (register, end) in ended.items()]
    rows += _dissolved_verbaende(today, ended)
    return sorted(rows, key=lambda row: (EBENEN.index(row.ebene), row.ars))


def _dissolved_verbaende(today: Register, ended: Mapping[str, tuple[Register, date]]) -> list[Einheit]:
    """Verbände that former Gemeinden belonged to and that no longer exist: they end with the last such Gemeinde."""
    last: dict[str, tuple[Register, date]] = {}
    for ars, (register, end) in ended.items():
        key = ars[:9]
        unit = register.verbaende[key]
        if unit.textkennzeichen != "50" and key not in today.verbaende:
            last[key] = max(last.get(key, (register, end)), (register, end), key=lambda each: each[1])
    return [_verband(register.verbaende[key], members(register)[key], end) for key, (register, end) in last.items()]


def _bund() -> Einheit:
    return Einheit(
        ars=BUND_ARS,
        ags="",
        name="Bund",
        langname="Bundesrepublik Deutschland",
        ebene="bund",
        typ="bund",
        gruppe="",
        kreis_ars="",
        verband_ars="",
        zustaendig_ars="",
        einwohner="",
        flaeche_km2="",
        gueltig_von="",
        gueltig_bis="",
        herkunft="Schlüssel des Bundes im Open-PVOG",
    )


def _area(
    own: Iterable[Gemeinde],
    *,
    ars: str,
    name: str,
    langname: str,
    ebene: str,
    typ: str,
    gruppe: str = "",
    kreis_ars: str = "",
    verband_ars: str = "",
    end: date | None = None,
) -> Einheit:
    """A row above the Gemeinden: numbers are the sums of its Gemeinden; Kreise and Verbände answer for themselves."""
    gemeinden = list(own)
    return Einheit(
        ars=ars,
        ags="",
        name=name,
        langname=langname,
        ebene=ebene,
        typ=typ,
        gruppe=gruppe,
        kreis_ars=kreis_ars,
        verband_ars=verband_ars,
        zustaendig_ars=ars if gruppe else "",
        einwohner=str(sum(gemeinde.einwohner for gemeinde in gemeinden)),
        flaeche_km2=_square_kilometres(sum(gemeinde.flaeche_ha for gemeinde in gemeinden)),
        gueltig_von="",
        gueltig_bis=end.isoformat() if end else "",
        herkunft=_SUM,
    )


def _kreis(kreis: Kreis, everything: Iterable[Gemeinde]) -> Einheit:
    ars = _kreis_ars(kreis.key)
    own = [gemeinde for gemeinde in everything if gemeinde.kreis_key == kreis.key]
    name = kreis.name if kreis.name.lower().endswith("kreis") else f"Landkreis {kreis.name}"
    return _area(
        own,
        ars=ars,
        name=name,
        langname=kreis.name,
        ebene="kreis",
        typ="landkreis",
        gruppe="landkreis",
        kreis_ars=ars,
    )


def _verband(verband: Verband, own: Iterable[Gemeinde], end: date | None) -> Einheit:
    ars, typ = f"{verband.key}000", VERBAND_TYPEN[verband.textkennzeichen]
    short = short_name(verband.name)
    return _area(
        own,
        ars=ars,
        name=f"VG {short}" if typ == "verwaltungsgemeinschaft" else f"{short} (erfüllende Gemeinde)",
        langname=verband.name,
        ebene="verband",
        typ=typ,
        gruppe="gemeindeebene",
        kreis_ars=_kreis_ars(verband.key[:5]),
        verband_ars=ars,
        end=end,
    )


def _gemeinde(gemeinde: Gemeinde, register: Register, begin: date | None, end: date | None) -> Einheit:
    verband = register.verbaende[gemeinde.verband_key]
    typ = _gemeinde_typ(gemeinde, register)
    verband_ars = f"{verband.key}000"
    return Einheit(
        ars=gemeinde.key,
        ags=gemeinde.ags,
        name=short_name(gemeinde.name),
        langname=gemeinde.name,
        ebene="gemeinde",
        typ=typ,
        gruppe="kreisfreie_stadt" if typ == "kreisfreie_stadt" else "gemeindeebene",
        kreis_ars=_kreis_ars(gemeinde.kreis_key),
        verband_ars=verband_ars,
        zustaendig_ars=gemeinde.key if verband.textkennzeichen == "50" else verband_ars,
        einwohner=str(gemeinde.einwohner),
        flaeche_km2=_square_kilometres(gemeinde.flaeche_ha),
        gueltig_von=begin.isoformat() if begin else "",
        gueltig_bis=end.isoformat() if end else "",
        herkunft=gemeinde.herkunft,
    )


def _gemeinde_typ(gemeinde: Gemeinde, register: Register) -> str:
    if KREIS_TYPEN[register.kreise[gemeinde.kreis_key].textkennzeichen] == "kreisfreie_stadt":
        return "kreisfreie_stadt"
    verband = register.verbaende[gemeinde.verband_key]
    if verband.textkennzeichen == "50":
        return "verbandsfreie_gemeinde"
    same = [each for each in register.gemeinden.values() if each.verband_key == verband.key]
    leads = verband.textkennzeichen == "58" and gemeinde in fulfilling(verband, same)
    return "erfuellende_gemeinde" if leads else "mitgliedsgemeinde"


def _kreis_ars(kreis_key: str) -> str:
    return f"{kreis_key}0000000"


def _square_kilometres(hectares: int) -> str:
    return f"{hectares // 100}.{hectares % 100:02d}"


# Geometry


def _read_all_boundaries(paths: Sequence[Path]) -> dict[str, geometry.BaseGeometry]:
    found: dict[str, geometry.BaseGeometry] = {}
    for path in paths:
        boundaries = geometry.read_boundaries(path)
        repeated = sorted(found.keys() & boundaries.keys())
        if repeated:
            raise ReferenceError(
                f"{path.name} enthält {len(repeated)} Gemeinden, die eine andere Grenzdatei schon hat "
                f"(zuerst {repeated[0]}). Bitte jede Gemeinde nur einmal angeben."
            )
        found |= boundaries
    return found


def _check_same_gemeinden(today: Register, found: Mapping[str, geometry.BaseGeometry]) -> None:
    names = {gemeinde.ags: gemeinde.name for gemeinde in today.gemeinden.values()}
    missing = [f"Grenze fehlt: {ags} {names[ags]}" for ags in sorted(names.keys() - found.keys())]
    surplus = [f"Grenze ohne Gemeinde: {ags}" for ags in sorted(found.keys() - names.keys())]
    if missing or surplus:
        raise refuse(
            f"Verzeichnis ({len(names)} Gemeinden) und Grenzen ({len(found)}) passen nicht zusammen; das Verzeichnis",
            missing + surplus,
            f"Bitte Grenzen vom selben Gebietsstand angeben ({german_date(today.gebietsstand)}).",
        )


def _geometry_files(simplified: geometry.Simplified, einheiten: Sequence[Einheit]) -> dict[str, bytes]:
    current = [row for row in einheiten if not row.gueltig_bis]
    names = {row.ars: row.name for row in current}
    gemeinden = {row.ags: row for row in current if row.ags}
    levels = {
        "gemeinden": {ags: row.ars for ags, row in gemeinden.items()},
        "verwaltungen": {ags: row.zustaendig_ars for ags, row in gemeinden.items()},
        "kreise": {ags: row.kreis_ars for ags, row in gemeinden.items()},
    }
    return {
        f"geo/{level}.geojson": geometry.feature_collection(geometry.dissolve(simplified.geometries, groups), names)
        for level, groups in levels.items()
    }


# Output


def _values(row: Einheit) -> list[str]:
    return [getattr(row, each.name) for each in fields(row)]


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def _changes_csv(changes: Sequence[Change], successors: Mapping[str, str]) -> bytes:
    rows = [
        [
            change.ags_alt,
            change.name_alt,
            change.ags_neu,
            change.name_neu,
            change.wirksam_ab.isoformat(),
            change.hinweis,
            successors[change.ags_alt],
        ]
        for change in changes
    ]
    return _csv([*_CHANGE_COLUMNS, "ags_heute"], rows)


def _put_in_place(contents: Mapping[str, bytes], target: Path) -> tuple[Path, ...]:
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as folder:
        for name, content in contents.items():
            part = Path(folder) / name
            part.parent.mkdir(exist_ok=True)
            part.write_bytes(content)
        for name in contents:
            (target / name).parent.mkdir(exist_ok=True)
            (Path(folder) / name).replace(target / name)
    return tuple(target / name for name in contents)


def _register_notes(
    today: Register, older: Sequence[Register], ended: Mapping[str, object], einheiten: Sequence[Einheit]
) -> list[str]:
    notes = []
    if len(today.kreise) != KREISE_IN_THUERINGEN:
        notes.append(
            f"Achtung: Das Verzeichnis enthält {len(today.kreise)} Kreise; Thüringen hat {KREISE_IN_THUERINGEN} "
            "(17 Landkreise, 5 kreisfreie Städte)"
        )
    if older:
        stands = ", ".join(german_date(register.gebietsstand) for register in older)
        notes.append(f"Frühere Gemeinden aus älteren Verzeichnissen ({stands}): {len(ended)}")
    former = [row.name for row in einheiten if row.ebene == "verband" and row.gueltig_bis]
    if former:
        notes.append(f"Frühere Verbände dieser Gemeinden: {', '.join(former)}")
    now = {gemeinde.ags: gemeinde for gemeinde in today.gemeinden.values()}
    moved = [
        f"{gemeinde.name} {gemeinde.key} → {now[gemeinde.ags].key}"
        for register in older
        for gemeinde in register.gemeinden.values()
        if gemeinde.ags in now and now[gemeinde.ags].key != gemeinde.key
    ]
    if moved:
        notes.append(f"Gleiche Gemeinde, neuer Regionalschlüssel: {'; '.join(moved)}")
    return notes


def _change_notes(
    changes: Sequence[Change], today: Register, ended: Mapping[str, object], *, kept_list: bool
) -> list[str]:
    if not changes:
        return ["Ohne Liste der Gebietsänderungen (--changes): gebietsaenderungen.csv enthält nur den Kopf"]
    notes = ["Liste der Gebietsänderungen aus dem Bestand weiterverwendet"] if kept_list else []
    with_row = {f"{ars[:5]}{ars[9:]}" for ars in ended}
    without = [change for change in changes if change.ags_alt not in with_row]
    future = [change for change in changes if change.wirksam_ab > today.gebietsstand]
    if without:
        notes.append(f"Änderungen, deren alte Gemeinde in keinem Verzeichnis steht: {len(without)} von {len(changes)}")
    if future:
        notes.append(f"Änderungen, die erst nach dem {german_date(today.gebietsstand)} wirksam werden: {len(future)}")
    names = {gemeinde.ags: gemeinde.name for gemeinde in today.gemeinden.values()}
    renamed = [c.name_neu for c in changes if names.get(c.ags_neu, c.name_neu) != c.name_neu]
    if renamed:
        notes.append(f"Name heute anders als in der Liste: {', '.join(sorted(set(renamed)))}")
    return notes


def _checksums(paths: Sequence[Path]) -> list[dict[str, str]]:
    return [{"datei": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in paths]


def _yaml(content: Mapping[str, object]) -> bytes:
    return yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, width=116).encode()


def _register_source(today: Register, older: Sequence[Register], inputs: _Inputs) -> bytes:
    day = german_date(today.bevoelkerung_am) if today.bevoelkerung_am else "laut Verzeichnis"
    return _yaml(
        {
            "titel": "Gebietseinheiten in Thüringen: Kreise, Verbände, Gemeinden und Gebietsänderungen",
            "herausgeber": "Statistisches Bundesamt (Destatis) und Statistische Ämter der Länder",
            "quelle": "Gemeindeverzeichnis-Informationssystem GV-ISys (GV100AD, AuszugGV), destatis.de",
            "lizenz": "Vervielfältigung und Verbreitung, auch auszugsweise, mit Quellenangabe gestattet",
            "namensnennung": REGISTER_ATTRIBUTION,
            "gebietsstand": today.gebietsstand.isoformat(),
            "aeltere_verzeichnisse": [register.quelle for register in older],
            "bevoelkerung": f"Stand der Bevölkerung und Fläche: {day}",
            "befehl": inputs.command,
            "eingaben": _checksums(inputs.tables),
            "dateien": {
                "einheiten.csv": "eine Zeile je Bund, Land, Landkreis, Verband und Gemeinde; Schlüssel ist der ARS",
                "gebietsaenderungen.csv": "aufgelöste Gemeinden mit Nachfolger, in ags_heute bis heute aufgelöst",
            },
            "geaendert": [
                "Auf Thüringen und die gezeigten Spalten gekürzt",
                "Kurze Namen ohne den Zusatz „Stadt“; „Landkreis“, „VG“ und „(erfüllende Gemeinde)“ ergänzt",
                "Zahlen von Land, Kreisen und Verbänden sind Summen ihrer Gemeinden",
                "zustaendig_ars und typ aus den Stellen 6–9 des Regionalschlüssels und dem Textkennzeichen abgeleitet",
                "Frühere Gemeinden aus älteren Verzeichnissen mit dem Tag ihres Endes (gueltig_bis, ausschließlich)",
            ],
            "grenzen": [
                "Bei Zusammenschlüssen nach dem Stichtag der Bevölkerung sind Zahlen addiert (siehe herkunft)",
                "gueltig_von ist nur gefüllt, wo die Quellen den ersten Tag belegen",
                "Aufgeteilte Gemeinden führen zu ihrem größten Teil (siehe hinweis)",
                "Verbandsfreie Gemeinden haben einen verband_ars, aber keine eigene Zeile der Ebene verband",
            ],
        }
    )


def _boundary_source(today: Register, simplified: geometry.Simplified, inputs: _Inputs) -> bytes:
    return _yaml(
        {
            "titel": "Grenzen der Gemeinden, Verwaltungen und Kreise in Thüringen, vereinfacht für die Karte",
            "herausgeber": "Bundesamt für Kartographie und Geodäsie (BKG)",
            "quelle": "Verwaltungsgebiete 1:250 000 (VG250), gdz.bkg.bund.de",
            "lizenz": "Datenlizenz Deutschland – Namensnennung – Version 2.0 (https://www.govdata.de/dl-de/by-2-0)",
            "namensnennung": BOUNDARY_ATTRIBUTION,
            "gebietsstand": today.gebietsstand.isoformat(),
            "befehl": inputs.command,
            "eingaben": _checksums([*inputs.tables, *inputs.boundaries]),
            "dateien": {
                "gemeinden.geojson": "id = ARS der Gemeinde",
                "verwaltungen.geojson": "id = ARS der zuständigen Verwaltung (zustaendig_ars)",
                "kreise.geojson": "id = ARS des Landkreises oder der kreisfreien Stadt (kreis_ars)",
            },
            "koordinaten": f"WGS84, Grad, Länge vor Breite, {geometry.DECIMALS} Nachkommastellen",
            "umlaufsinn": (
                "Außenringe im Uhrzeigersinn, Löcher dagegen: umgekehrt zu RFC 7946, weil plotly (d3-geo) sonst die "
                "ganze Erde außerhalb der Fläche füllt"
            ),
            "stuetzpunkte": {"vorher": simplified.vertices_before, "nachher": simplified.vertices},
            "geaendert": [
                f"Alle Gemeinden gemeinsam vereinfacht (Visvalingam-Whyatt, Toleranz {simplified.tolerance:.4f} Grad)",
                "Verwaltungen und Kreise aus den vereinfachten Gemeinden vereinigt: gemeinsame Grenzen sind gleich",
                "Eigenschaften bis auf den Namen entfernt, Schlüssel auf den Amtlichen Regionalschlüssel umgestellt",
            ],
            "grenzen": [
                "Nur zur Darstellung: für Flächen gilt das Gemeindeverzeichnis (einzelne Polygone weichen deutlich ab)",
                "Nur heutige Einheiten, keine früheren Gebietsstände",
            ],
        }
    )
