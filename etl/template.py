"""The reporting workbook of one unit, or of all for the Roll-in office, filled in from the published database."""

from datetime import date
from pathlib import Path

import duckdb

from etl import build
from etl.errors import Refused
from gradmesser.catalog import meldung, places


def write(root: Path, ars: str, target: Path, stand: date) -> list[Path]:
    """Write FILE.xlsx, or for FILE.csv the two files FILE_rollin.csv and FILE_register.csv; returns what was written.

    Raises Refused for a key that is neither a responsible unit nor the Land, and for another kind of file.
    """
    kind = target.suffix.lower()
    if kind not in {".xlsx", ".csv"}:
        raise Refused(f"{target.name}: Die Vorlage gibt es als .xlsx oder .csv.")
    with build.opened(root) as connection:
        found = _rows(connection, "vorlage_einheit", ars)
        if not found:
            raise Refused(
                f"{ars} ist keine zuständige Einheit. Für eine Mitgliedsgemeinde meldet ihre Verwaltungsgemeinschaft oder "
                "erfüllende Gemeinde; 160000000000 gibt die Vorlage für alle."
            )
        form = meldung.form(
            found[0], _rows(connection, "vorlage_rollin", ars), _rows(connection, "vorlage_register", ars), stand
        )
    if kind == ".xlsx":
        target.write_bytes(meldung.workbook(form))
        return [target]
    written = [target.with_name(f"{target.stem}_{part}.csv") for part in ("rollin", "register")]
    for path, content in zip(written, meldung.as_csv(form), strict=True):
        path.write_bytes(content)
    return written


def _rows(connection: duckdb.DuckDBPyConnection, query: str, ars: str) -> list[dict[str, object]]:
    sql = (places.QUERIES / f"{query}.sql").read_text("utf-8")
    cursor = connection.execute(sql, {"ars": ars})
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
