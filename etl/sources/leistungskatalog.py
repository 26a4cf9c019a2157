"""The catalogue of services: the shipped version in data/reference/katalog and later versions delivered as files."""

import csv
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd

from etl.errors import BuildError, Refused
from etl.rows import insert, snapshot_row
from etl.snapshots import Snapshot
from etl.sources import tables
from etl.sources.tables import Layout
from gradmesser.catalog import yamlfile

SOURCE_ID = "leistungskatalog"
COLUMNS = {
    "leika_key": "leika_key",
    "leistung": "name",
    "leika_bezeichnung": "bezeichnung",
    "ozg_id": "ozg_id",
    "ozg_bezeichnung": "ozg_bezeichnung",
    "themenfeld": "themenfeld",
    "lebenslage": "lebenslage",
    "ebene": "ebene",
    "adressat": "adressat",
    "register_id": "register_id",
    "rechtsgrundlage_kurz": "rechtsgrundlage",
    "vollzug_hinweis": "vollzug_hinweis",
    "sicherheit": "sicherheit",
}
"""Name in the file → column of table leistung."""
REQUIRED = ("leika_key", "leistung", "themenfeld", "ebene", "adressat", "sicherheit")
FIELDS = (
    "Arbeit & Ruhestand", "Bauen & Wohnen", "Bildung", "Ein- & Auswanderung", "Engagement & Hobby", "Familie & Kind",
    "Forschung & Förderung", "Gesundheit", "Mobilität & Reisen", "Querschnitt", "Recht & Ordnung", "Steuern & Zoll",
    "Umwelt", "Unternehmensführung & -entwicklung",
)  # fmt: skip
"""The 14 Themenfelder of the OZG catalogue."""
_VALUES = {
    "ebene": {"gemeinde", "kreis"},
    "adressat": {"buerger", "unternehmen", "beide"},
    "sicherheit": {"hoch", "mittel", "niedrig"},
    "themenfeld": set(FIELDS),
}


def probe(path: Path) -> Layout:
    """How the file is written; raises Refused if it is no catalogue of services."""
    return tables.probe(path, COLUMNS, REQUIRED)


def read(path: Path, layout: Layout) -> pd.DataFrame:
    """Rows of table leistung without katalog_version; raises Refused with every fault, a catalogue is whole or not."""
    faults: list[str] = []
    rows: list[dict[str, str | None]] = []
    seen: set[str] = set()
    for record in tables.records(path, layout):
        cells = dict(zip(layout.columns, record.cells, strict=False))
        row = {ours: (cells.get(name) or "").strip() or None for name, ours in COLUMNS.items()}
        key = row["leika_key"] or ""
        if not record.complete:
            faults.append(f"Zeile {record.line}: falsche Zahl von Feldern")
        elif not (len(key) == 14 and key.isdigit() and key.isascii()):  # noqa: PLR2004 - digits of a LeiKa key
            faults.append(f"Zeile {record.line}: leika_key „{key}“ hat nicht 14 Ziffern")
        elif not row["name"]:
            faults.append(f"Zeile {record.line}: die Leistung {key} hat keinen Namen")
        elif key in seen:
            faults.append(f"Zeile {record.line}: leika_key {key} steht doppelt")
        else:
            faults += [
                f"Zeile {record.line}: {name} „{row[name]}“ ist nicht vorgesehen"
                for name, allowed in _VALUES.items()
                if row[name] not in allowed
            ]
        seen.add(key)
        rows.append({**row, "bezeichnung": row["bezeichnung"] or row["name"]})
    if faults or not rows:
        raise Refused(
            f"{path.name}: Der Katalog ist nicht verwendbar: {'; '.join(faults[:10]) or 'keine Zeilen'}"
            + (f" und {len(faults) - 10} weitere." if len(faults) > 10 else ".")  # noqa: PLR2004 - as listed above
        )
    return pd.DataFrame(rows)


def registers(reference: Path) -> set[str]:
    """Ids of the registers that a service may name."""
    with (reference / "katalog" / "register.csv").open(encoding="utf-8", newline="") as stream:
        return {row["register_id"] for row in csv.DictReader(stream)}


def load(connection: duckdb.DuckDBPyConnection, reference: Path, delivered: Sequence[Snapshot]) -> None:
    """Fill katalog_version, register, leistung and zustaendigkeit_ausnahme.

    Example versions replace the shipped one; real ones follow it, each from its own date.
    """
    folder = reference / "katalog"
    meta = yamlfile.read(folder / "QUELLE.yaml")
    versions: list[dict[str, object]] = []
    frames: dict[str, pd.DataFrame] = {}
    if not any(snapshot.herkunft == "beispiel" for snapshot in delivered):
        path = folder / "leistungen.csv"
        frames[meta["version"]] = read(path, probe(path)).assign(katalog_version=meta["version"])
        versions.append(
            {
                "katalog_version": meta["version"],
                "titel": meta["titel"],
                "jahrgang": str(meta["jahrgang"]),
                "status": meta["status"],
                "gueltig_von": str(meta["gueltig_von"]),
                "bekannt_von": str(meta["gueltig_von"]),
                "herkunft": "amtlich",
            }
        )
    for snapshot in delivered:
        rows = read(snapshot.path, Layout.from_manifest(snapshot.layout))
        books = snapshot_row(snapshot, rows=len(rows), accepted=len(rows), rejected=0, warnings=0)
        insert(connection, "snapshot", pd.DataFrame([books]))
        version = snapshot.stand.isoformat() if snapshot.herkunft != "beispiel" else f"beispiel-{snapshot.stand}"
        if version in frames:
            version = f"{version}-{snapshot.sha256[:6]}"
        frames[version] = rows.assign(katalog_version=version)
        versions.append(
            {
                "katalog_version": version,
                "titel": f"Leistungskatalog vom {snapshot.stand:%d.%m.%Y}",
                "jahrgang": str(meta["jahrgang"]),
                "status": "Beispiel" if snapshot.herkunft == "beispiel" else meta["status"],
                "gueltig_von": snapshot.stand.isoformat(),
                "bekannt_von": snapshot.known_from.isoformat(),
                "herkunft": snapshot.herkunft,
            }
        )
    insert(connection, "katalog_version", pd.DataFrame(versions))
    register = pd.read_csv(folder / "register.csv", dtype="str", keep_default_na=False, na_values=[""])
    register["nachweisbezug"] = register["nachweisbezug"].map({"ja": True, "nein": False})
    insert(connection, "register", register)
    services = pd.concat(list(frames.values()), ignore_index=True)
    insert(connection, "leistung", services)
    insert(connection, "zustaendigkeit_ausnahme", _exceptions(folder / "ausnahmen.csv"))


def _exceptions(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    unclear = [row for row in rows if row["zustaendig"] not in {"ja", "nein"}]
    if unclear:
        raise BuildError(f"{path}: zustaendig muss ja oder nein sein, nicht „{unclear[0]['zustaendig']}“.")
    return pd.DataFrame(
        [
            {
                "leika_key": row["leika_key"],
                "ars": row["ars"],
                "zustaendig": row["zustaendig"] == "ja",
                "fundstelle": row["fundstelle"],
            }
            for row in rows
        ],
        columns=["leika_key", "ars", "zustaendig", "fundstelle"],
    )
