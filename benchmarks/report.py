"""What was measured, as lines of a German table, and benchmarks/RESULTS.md that keeps the last run of each part."""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
PARTS = {
    "build": "Datenbank bauen",
    "queries": "Abfragen",
    "wire": "Karte im Browser",
    "growth": "Wachstum",
    "visitors": "Besucher",
    "peer": "Dieselbe Karte in Dash",
    "load": "Viele Besucher zugleich",
}
_LIBRARIES = ("duckdb", "streamlit", "pandas")
_INTRODUCTION = """# Gemessene Geschwindigkeit

Erzeugt von `python -m benchmarks` (`make bench`); jeder Teil wird von seinem letzten Lauf überschrieben. Gemessen wird
immer neben einem Maßstab aus demselben Lauf: Zu lesen sind die Verhältnisse, nicht die Sekunden. Die Daten sind erzeugt,
ihre Form und Menge sind echt. „Schranke“ ist die Zusage des Projekts; Zeilen ohne Schranke erklären, woran es liegt.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measured thing. Numbers are in `unit`; `gate` limits the ratio if there is a floor, else the value."""

    title: str
    value: float
    unit: str
    floor: float | None = None
    gate: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the floor, None without one."""
        return self.value / self.floor if self.floor else None

    @property
    def ok(self) -> bool:
        """Whether the gate, if any, is kept."""
        measured = self.value if self.ratio is None else self.ratio
        return self.gate is None or measured <= self.gate

    def cells(self) -> tuple[str, ...]:
        """The line as it is read."""
        gate = "–" if self.gate is None else f"≤ {_number(self.gate)}{'×' if self.ratio else f' {self.unit}'}"
        return (
            self.title,
            "–" if self.floor is None else f"{_number(self.floor)} {self.unit}",
            f"{_number(self.value)} {self.unit}",
            "–" if self.ratio is None else f"{_number(self.ratio)}×",
            gate,
            "–" if self.gate is None else "ja" if self.ok else "**nein**",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Result of one part: how it was measured, its lines, and longer tables of their own."""

    name: str
    method: str
    lines: Sequence[Line]
    details: str = ""

    @property
    def ok(self) -> bool:
        """Whether every gate is kept."""
        return all(line.ok for line in self.lines)

    def markdown(self) -> str:
        """The part as it stands in RESULTS.md."""
        head = ("Messung", "Maßstab", "Wert", "Verhältnis", "Schranke", "eingehalten")
        measured = table(head, [line.cells() for line in self.lines])
        body = f"## {PARTS[self.name]}\n\n{self.method}\n\n{_machine()}\n\n{measured}"
        return f"{body}\n\n{self.details}".rstrip() + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def save(part: Part) -> None:
    """Put one part into RESULTS.md and leave the others as they are."""
    kept = dict.fromkeys(PARTS, "")
    if RESULTS.exists():
        for text in re.split(r"^(?=## )", RESULTS.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            name = next((name for name, title in PARTS.items() if text.startswith(f"## {title}\n")), None)
            if name:
                kept[name] = text.rstrip() + "\n"
    kept[part.name] = part.markdown()
    RESULTS.write_text("\n".join([_INTRODUCTION, *filter(None, kept.values())]), "utf-8")


def _number(value: float) -> str:
    """Three significant digits, with a decimal comma."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f}".replace(".", ",")


def _machine() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"{datetime.now(UTC):%d.%m.%Y}, {os.cpu_count()} Kerne ({platform.machine()}, Last {os.getloadavg()[0]:.1f}), "
        f"Python {platform.python_version()}, {libraries}."
    ).replace("Last 0.", "Last 0,")
