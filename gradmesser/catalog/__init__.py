"""The contract: measures and sources declared in YAML, and the schema their rows live in."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

from gradmesser.catalog import yamlfile

_HERE = Path(__file__).parent
SCHEMA_SQL = (_HERE / "schema.sql").read_text("utf-8")

RULE_VERSION = "1.0"
"""Version of the counting rules (docs/methodik.md); part of every fingerprint."""

OPEN_END = date(9999, 12, 31)
"""End of an interval that still holds."""

REPORT_THRESHOLD = 0.6
"""Least share of known states from which a rate is shown (docs/methodik.md §4)."""

SMALL_DENOMINATOR = 10
"""Below this many responsible services: "x von y" instead of a percentage, no rank."""

AGE_NOTICE_DAYS = 30
AGE_WARNING_DAYS = 60
GATE_SHARE = 0.2
GATE_KREIS_ROWS = 50

LAND = "160000000000"
EXAMPLE_MARK = "BEISPIELDATEN – erfundene Werte"
"""What stands on every page, figure and file that shows invented values."""
BUND = "000000000000"


class CatalogError(ValueError):
    """A catalogue file says something the product cannot use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where numbers come from; one YAML file in sources/."""

    source_id: str
    title: str
    publisher: str
    licence: str
    attribution: str
    url: str
    frequency: str
    limits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A value that a measure is to reach by a date, with the source of that aim."""

    value: float
    on: date
    source: str

    @property
    def proposal(self) -> bool:
        """Whether its source still calls it a proposal (Vorschlag, zu bestätigen)."""
        return "zu bestätigen" in self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One Kennzahl; one YAML file in measures/; holds every word that a user is shown about it."""

    measure_id: str
    source_id: str
    title: str
    short_title: str
    unit: Literal["percent", "count", "score", "yes_no"]
    decimals: int
    minimum: float | None
    maximum: float | None
    direction: Literal["higher_is_better", "lower_is_better", "neutral"]
    frequency: str
    origin: Literal["Definition des Gradmessers", "veröffentlichte Quelle"]
    description: str
    formula: str
    processing: str
    caveat: str
    target: Target | None
    merkmale: dict[str, str]
    auspraegungen: dict[str, str]


@dataclass(frozen=True, slots=True)
class State:
    """One value of the cell enumeration (docs/methodik.md §3)."""

    label: str
    glyph: str
    live: bool
    known: bool


STATES = {
    "ende_zu_ende": State("durchgängig digital", "◆", live=True, known=True),
    "sichtbar": State("online und auffindbar", "●", live=True, known=True),
    "live": State("online", "●", live=True, known=True),
    "gestoert": State("gemeldet, Link defekt", "▲", live=False, known=True),
    "test": State("im Test", "◐", live=False, known=True),
    "onboarding": State("Voraussetzungen in Arbeit", "◔", live=False, known=True),
    "beschlossen": State("Nachnutzung beschlossen", "◇", live=False, known=True),
    "interesse": State("Interesse bekundet", "○", live=False, known=True),
    "nicht_begonnen": State("noch nicht begonnen", "○", live=False, known=True),
    "zurueckgestellt": State("zurückgestellt", "‖", live=False, known=True),
    "abgelehnt": State("abgelehnt", "✕", live=False, known=True),
    "keine_meldung": State("keine Meldung", "▨", live=False, known=False),
    "nicht_zustaendig": State("nicht zuständig", "–", live=False, known=True),
}


@dataclass(frozen=True, slots=True)
class Milestone:
    """One milestone of register modernisation (docs/methodik.md, "Registermodernisierung")."""

    title: str
    done_when: str
    basis: str
    evidence_only: bool = False


MILESTONES = {
    1: Milestone("Bestandsaufnahme", "Register, Verfahren und Version, Betreiber und Zahl der Datensätze sind erfasst", "Registerlandkarte"),
    2: Milestone("Anschlussfähigkeit geprüft", "IDA-Checkliste erledigt, Zusage des Herstellers, Weg entschieden", "IDNrG § 6"),
    3: Milestone("Recht und Organisation", "Auftrag, Berechtigungskonzept, DSFA und Zertifikate liegen vor", "IDNrG §§ 7–8"),
    4: Milestone("Daten vorbereitet", "Dubletten und Pflichtfelder sind bereinigt", "IDNrG § 6 Abs. 3"),
    5: Milestone("Testanschluss IDA", "Testabruf XBasisdaten war erfolgreich", "Definition des Gradmessers"),
    6: Milestone("IDNr-Ersteinspeicherung", "mindestens 98 % der Datensätze haben die IDNr, der Rest ist dokumentiert", "IDNrG § 2 Nr. 1"),
    7: Milestone("laufende Aktualisierung", "Abgleich der Basisdaten ist in Betrieb", "IDNrG § 2 Nr. 2"),
    8: Milestone("Datenschutzcockpit", "Protokolldaten sind aus dem Cockpit abrufbar", "IDNrG § 2 Nr. 3, OZG § 10"),
    9: Milestone("NOOTS, Nachweis-Reifegrad B", "Nachweise sind abrufbar", "NOOTS", evidence_only=True),
    10: Milestone("Nachweis-Reifegrad C", "Nachweise sind maschinenlesbar", "IT-PLR 2024/15", evidence_only=True),
    11: Milestone("Nachweis-Reifegrad D1", "Nachweise sind datensparsam", "IT-PLR 2024/15", evidence_only=True),
}  # fmt: skip

IDNR_DEADLINE = date(2028, 12, 31)
"""First storage of the IDNr is due (IDNrG § 2 Nr. 1; BVA, FAQ 2.6)."""

IDNR_SHARE = 0.98
"""Share of records with IDNr from which M6 counts as reached (definition of the Gradmesser)."""

Entry = TypeVar("Entry", Source, Measure)


def _read(entry_type: type[Entry], folder: str, key: str) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for path in sorted((_HERE / folder).glob("*.yaml")):
        if path.name.endswith(".api.yaml"):
            continue
        fields = yamlfile.read(path)
        if fields.get("target"):
            fields["target"] = Target(**fields["target"])
        try:
            entry = entry_type(**fields)
        except TypeError as error:
            raise CatalogError(f"{path.name}: {error}") from error
        if getattr(entry, key) != path.stem:
            raise CatalogError(f"{path.name}: {key} must equal the file name")
        entries[path.stem] = entry
    return entries


@cache
def measures() -> dict[str, Measure]:
    """All measures by id, in file-name order; raises CatalogError when a file lacks a field or has one too many."""
    return _read(Measure, "measures", "measure_id")


@cache
def sources() -> dict[str, Source]:
    """All sources by id, in file-name order."""
    return _read(Source, "sources", "source_id")
