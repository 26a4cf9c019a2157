"""Who runs this instance: footer links and the address for reports of errors, from configuration."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from gradmesser.catalog import CatalogError, places

_DEFAULT = Path(__file__).parent / "betreiber.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Entries of betreiber.yaml; an empty text means not configured."""

    name: str
    adresse_url: str
    kontakt_mail: str
    impressum_url: str
    datenschutz_url: str
    barrierefreiheit_url: str
    adresse: str


def operator() -> Operator:
    """The instance's own betreiber.yaml over the shipped one; raises CatalogError for an unknown entry."""
    entries = yaml.safe_load(_DEFAULT.read_text("utf-8"))
    own = places.data_root() / "betreiber.yaml"
    if own.exists():
        entries |= yaml.safe_load(own.read_text("utf-8")) or {}
    try:
        return Operator(**{key: str(value or "") for key, value in entries.items()})
    except TypeError as error:
        raise CatalogError(f"{own}: {error}") from error
