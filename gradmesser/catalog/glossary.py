"""Words: the glossary for tooltips, page and search, and the start page in Leichte Sprache."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gradmesser.catalog import CatalogError, yamlfile

_FILE = Path(__file__).parent / "glossar.yaml"
_EASY = Path(__file__).parent / "leichte_sprache.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One word: a sentence for a tooltip, a longer text for the page, and who says so."""

    term: str
    short: str
    text: str
    source: str
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EasyPart:
    """A heading and its sentences in Leichte Sprache; **…** marks a word in bold."""

    heading: str
    lines: tuple[str, ...]


@cache
def easy_language() -> tuple[EasyPart, ...]:
    """The start page in Leichte Sprache."""
    return tuple(EasyPart(heading=part["heading"], lines=tuple(part["lines"])) for part in yamlfile.read(_EASY))


@cache
def terms() -> dict[str, Term]:
    """All words by id; raises CatalogError when an entry lacks a field or has one too many."""
    entries: dict[str, Term] = {}
    for key, fields in yamlfile.read(_FILE).items():
        try:
            entries[key] = Term(**{**fields, "also": tuple(fields.get("also", ()))})
        except TypeError as error:
            raise CatalogError(f"{_FILE.name}, {key}: {error}") from error
    return entries


def tip(key: str) -> str:
    """Sentence for a tooltip; raises CatalogError for a word that the glossary does not have."""
    try:
        return terms()[key].short
    except KeyError as error:
        raise CatalogError(f"{_FILE.name} kennt {key} nicht.") from error
