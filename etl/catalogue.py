"""Derive data/reference/katalog from the proposal's files: portfolio, registers, exceptions."""

import csv
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from etl.errors import Refused
from etl.snapshots import sha256_of
from etl.sources import leistungskatalog
from etl.sources.leistungskatalog import FIELDS

_FILES = {
    "rollin_portfolio.csv": "leistungen.csv",
    "register.csv": "register.csv",
    "zustaendigkeit_ausnahmen.csv": "ausnahmen.csv",
    "belege.csv": "belege.csv",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueReport:
    """What was written."""

    services: int
    registers: int
    exceptions: int


def write_reference(folder: Path, target: Path, *, version: str, valid_from: date, vintage: str) -> CatalogueReport:
    """Check the four files of folder and write them with their metadata; raises Refused and writes nothing on a fault."""
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise Refused(f"{folder}: Es fehlen {', '.join(missing)}.")
    portfolio = folder / "rollin_portfolio.csv"
    services = leistungskatalog.read(portfolio, leistungskatalog.probe(portfolio))
    registers = _rows(folder / "register.csv")
    exceptions = _rows(folder / "zustaendigkeit_ausnahmen.csv")
    known = {row["register_id"] for row in registers}
    faults = [
        f"Register {name} ist nicht in register.csv" for name in services["register_id"].dropna() if name not in known
    ]
    faults += [
        f"Ausnahme {row['leika_key']} {row['ars']}: Leistung nicht im Katalog"
        for row in exceptions
        if row["leika_key"] not in set(services["leika_key"])
    ]
    faults += [f"Themenfeld {name} fehlt im Portfolio" for name in FIELDS if name not in set(services["themenfeld"])]
    if faults:
        raise Refused(f"{folder}: {'; '.join(faults[:10])}.")
    out = target / "katalog"
    out.mkdir(parents=True, exist_ok=True)
    for name, derived in _FILES.items():
        shutil.copyfile(folder / name, out / derived)
    meta = {
        "version": version,
        "titel": "Roll-in-Portfolio Thüringen, Vorschlag",
        "jahrgang": vintage,
        "status": "Vorschlag, zu bestätigen",
        "gueltig_von": valid_from.isoformat(),
        "herausgeber": "Gradmesser; Schlüssel und Namen aus einer offenen Datenbank (MIT)",
        "grenzen": "LeiKa-Schlüssel und Namen Jahrgang 2019; Zuordnung zu Ebene und Register ist ein eigener Vorschlag.",
        "erzeugt_mit": "python -m etl reference --catalogue",
        "eingang": {name: sha256_of(folder / name) for name in _FILES},
    }
    (out / "QUELLE.yaml").write_text(yaml.safe_dump(meta, allow_unicode=True, sort_keys=False), "utf-8")
    return CatalogueReport(services=len(services), registers=len(registers), exceptions=len(exceptions))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
