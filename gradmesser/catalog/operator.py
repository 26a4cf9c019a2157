"""Who runs this instance: what the legal pages say, the address for reports of errors, its own targets; from configuration."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from gradmesser.catalog import CatalogError, Target, measures, places, yamlfile

FILE = "betreiber.yaml"
_DEFAULT = Path(__file__).parent / FILE
_TARGETS = "ziele"
_ADDRESS = re.compile(r"(?i)https?://[^\s<>\"'`\\]+")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Entries of betreiber.yaml; an empty text means not configured."""

    name: str
    kontakt_mail: str
    impressum_url: str
    datenschutz_url: str
    barrierefreiheit_url: str
    adresse: str
    anschrift: str
    vertreten_durch: str
    telefon: str
    verantwortlich: str
    aufsicht: str
    hosting: str
    protokolle: str
    datenschutzbeauftragte: str
    barrierefreiheit_stand: str
    barrierefreiheit_pruefung: str
    barrierefreiheit_mail: str


def operator() -> Operator:
    """The instance's own betreiber.yaml over the shipped one; raises CatalogError for an unknown entry."""
    entries = _entries()
    entries.pop(_TARGETS, None)
    try:
        found = Operator(**{key: str(value or "").strip() for key, value in entries.items()})
    except TypeError as error:
        raise CatalogError(f"{_own()}: {error}") from error
    for key in ("impressum_url", "datenschutz_url", "barrierefreiheit_url", "adresse"):
        if getattr(found, key) and not _ADDRESS.fullmatch(getattr(found, key)):
            raise CatalogError(f"{_own()}: {key} muss mit https:// oder http:// beginnen und ohne Leerzeichen sein.")
    for key in ("kontakt_mail", "barrierefreiheit_mail"):
        if getattr(found, key) and not _MAIL.fullmatch(getattr(found, key)):
            raise CatalogError(f"{_own()}: {key} ist keine E-Mail-Adresse.")
    return found


def target(measure_id: str) -> Target | None:
    """Target of a measure: the operator's own (entry `ziele`), else the one of the catalogue; None where it is switched off.

    Only proposals can be replaced, a deadline of the law cannot. Raises CatalogError for another measure and for values
    that are no target.
    """
    own = _entries().get(_TARGETS) or {}
    open_ones = [key for key, one in measures().items() if one.target and one.target.proposal]
    if not isinstance(own, Mapping) or set(own) - set(open_ones):
        raise CatalogError(f"{_own()}: ziele kann nur diese Kennzahlen nennen: {', '.join(open_ones)}.")
    shipped = measures()[measure_id].target
    if measure_id not in own:
        return shipped
    entry = own[measure_id]
    if not entry:
        return None
    return _target(measure_id, entry)


def _target(measure_id: str, entry: object) -> Target:
    # a bare `on` is the word "true" in YAML 1.1; the operator need not know that
    fields = (
        {"on" if key is True else key: value for key, value in dict(entry).items()}
        if isinstance(entry, Mapping)
        else {}
    )
    highest = measures()[measure_id].maximum
    fits = (
        set(fields) == {"value", "on", "source"}
        and isinstance(fields["value"], (int, float)) and not isinstance(fields["value"], bool)
        and 0 < fields["value"] <= (float("inf") if highest is None else highest)
        and type(fields["on"]) is date
        and isinstance(fields["source"], str) and fields["source"].strip()
    )  # fmt: skip
    if not fits:
        raise CatalogError(
            f"{_own()}: Das Ziel für {measure_id} braucht value (Zahl über 0), on (JJJJ-MM-TT) und source (Text); "
            "ein leerer Eintrag schaltet es ab."
        )
    return Target(value=float(fields["value"]), on=fields["on"], source=fields["source"].strip())


def state() -> tuple[str, int, int] | None:
    """What changes when the operator changes the configuration: part of the key of whatever is kept; None without a file."""
    try:
        found = _own().stat()
    except OSError:
        return None
    return str(_own()), found.st_mtime_ns, found.st_size


def _entries() -> dict[str, object]:
    return dict(_read(state()))


@lru_cache(maxsize=8)
def _read(own: tuple[str, int, int] | None) -> Mapping[str, object]:
    """Read again only when the file is another one: a page asks five times."""
    entries = yamlfile.read(_DEFAULT)
    if own is not None:
        entries |= yamlfile.read(Path(own[0])) or {}
    return entries


def _own() -> Path:
    return places.data_root() / FILE
