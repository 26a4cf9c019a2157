"""What is known not to be accessible in full (catalog/barrieren.yaml): told openly on the page Barrierefreiheit."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gradmesser.catalog import yamlfile

_FILE = Path(__file__).parent / "barrieren.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """One gap: what does not work, what helps instead, which criterion it touches."""

    what: str
    instead: str
    criterion: str


@cache
def barriers() -> tuple[Barrier, ...]:
    """All known gaps, in the order of the file."""
    return tuple(Barrier(**fields) for fields in yamlfile.read(_FILE))
