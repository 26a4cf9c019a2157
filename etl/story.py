"""The story that the example data tell: who starts when, drawn from names alone, so that it is the same every time."""

import csv
import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

# Shares of the story.
NEVER_OFFERED = 0.12
OFFERED_EVERYWHERE = 0.97
FULL_COVERAGE = 0.985


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A responsible unit as the story sees it: inhabitants, size 0–1, members of a VG, pace of its Kreis 0–1."""

    ars: str
    name: str
    people: int
    size: float
    kind: str
    members: tuple[tuple[str, str], ...]
    kreis_ars: str
    kreis_pace: float


def chance(*parts: object) -> float:
    """Number in [0, 1) that depends on nothing but its arguments."""
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


def units(reference: Path, gemeinden: int | None) -> list[Unit]:
    """Responsible units in key order, as many as cover the wanted number of Gemeinden."""
    with (reference / "gebiet" / "einheiten.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if not row["gueltig_bis"]]
    members: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        if row["ebene"] == "gemeinde":
            members.setdefault(row["zustaendig_ars"], []).append((row["ars"], row["name"]))
    found, taken = [], 0
    for row in rows:
        if row["ars"] != row["zustaendig_ars"]:
            continue
        below = members.get(row["ars"], [])
        if gemeinden is not None and row["gruppe"] != "landkreis":
            if taken >= gemeinden:
                continue
            taken += len(below)
        people = float(row["einwohner"] or 1)
        found.append(
            Unit(
                ars=row["ars"],
                name=row["name"],
                people=int(people),
                size=min(1.0, math.log10(max(people, 100) / 100) / 3.3),
                kind=row["typ"],
                members=tuple(below) if row["typ"] == "verwaltungsgemeinschaft" else (),
                kreis_ars=row["kreis_ars"],
                kreis_pace=chance("kreis", row["kreis_ars"]),
            )
        )
    return found


def services(reference: Path, count: int) -> list[dict[str, str]]:
    """Services of the shipped catalogue, beyond their number with invented keys of the same form."""
    with (reference / "katalog" / "leistungen.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    if count > len(rows):
        rows += [
            {**rows[nr % len(rows)], "leika_key": f"{98_000_000_000_000 + nr}", "leistung": f"Beispielleistung {nr}"}
            for nr in range(count - len(rows))
        ]
    return rows[:count]


def start(unit: Unit, key: str, months: int) -> int | None:
    """Month in which a service goes online at a unit (negative: before the history), None if not within it."""
    popularity = chance("beliebt", key)
    if popularity < NEVER_OFFERED:
        return None
    luck = chance("start", unit.ars, key)
    kind = {"kreisfreie_stadt": 0.14, "landkreis": 0.06}.get(unit.kind, 0.0)
    drive = (
        0.3 * popularity + 0.34 * unit.size + 0.3 * (unit.kreis_pace - 0.35) + 0.12 * chance("eifer", unit.ars) + kind
    )
    share = min(FULL_COVERAGE, 0.12 + drive) if popularity < OFFERED_EVERYWHERE else 1.0
    if luck > share:
        return None
    middle = months * (0.62 - 0.75 * drive)
    steep = months * 0.28
    spread = math.log(max(luck / share, 1e-6) / max(1 - luck / share, 1e-6))
    return round(middle + steep * spread)
