"""The reporting workbook of one unit, or of all for the Roll-in office, filled in from the published database."""

from datetime import date
from pathlib import Path

import duckdb

from etl import build
from etl.errors import Refused
from gradmesser.catalog import LAND, OPEN_END, meldung, places, themen

_TODAY = OPEN_END.replace(day=30)


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


def write_themes(root: Path, ars: str, target: Path, stand: date) -> Path:
    """Write the sheet of the other themes of one unit or of all as FILE.xlsx or FILE.csv; raises Refused like write."""
    kind = target.suffix.lower()
    if kind not in {".xlsx", ".csv"}:
        raise Refused(f"{target.name}: Die Vorlage gibt es als .xlsx oder .csv.")
    with build.opened(root) as connection:
        found = _rows(connection, "vorlage_einheit", ars)
        known = _rows(connection, "themen_stand", stand=stand, wissen=_TODAY) if found else []
    if not found:
        raise Refused(f"{ars} ist keine zuständige Einheit; 160000000000 gibt die Vorlage für alle.")
    wanted = [row for row in known if ars in {row["ars"], LAND}]
    form = themen.form(found[0], wanted, stand)
    target.write_bytes(themen.workbook(form) if kind == ".xlsx" else themen.as_csv(form))
    return target


def _rows(
    connection: duckdb.DuckDBPyConnection, query: str, ars: str | None = None, **parameters: object
) -> list[dict[str, object]]:
    sql = (places.QUERIES / f"{query}.sql").read_text("utf-8")
    cursor = connection.execute(sql, parameters if ars is None else {"ars": ars, **parameters})
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
