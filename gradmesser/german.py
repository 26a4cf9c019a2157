"""Numbers, dates, plurals and sorting as a German reader expects them; pure functions, text in and out."""

import unicodedata
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from math import floor, isfinite, log10

MINUS = "−"
NOT_AVAILABLE = "k. A."
_YEAR = 365.25
MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip


def number(value: float | None, decimals: int = 0) -> str:
    """`1.234,5`; a missing value is `k. A.`, never 0."""
    if value is None or not isfinite(value):
        return NOT_AVAILABLE
    text = f"{abs(value):,.{decimals}f}".translate(str.maketrans(",.", ".,"))
    negative = value < 0 and any(digit in text for digit in "123456789")
    return MINUS + text if negative else text


def parse_number(text: str) -> float:
    """The number that `number` wrote; raises ValueError for anything else."""
    return float(text.strip().replace(MINUS, "-").replace(".", "").replace(",", "."))


def share(part: float | None, whole: float | None, decimals: int = 1) -> str:
    """`12,3 %` of part in whole; `> 99,9 %` instead of a false 100 %, `< 0,1 %` instead of a false 0 %."""
    if part is None or whole is None or not isfinite(part) or not isfinite(whole) or whole <= 0:
        return NOT_AVAILABLE
    step = 10.0**-decimals
    percent = 100 * part / whole
    if part < whole and round(percent, decimals) >= 100:  # noqa: PLR2004 - percent
        return f"> {number(100 - step, decimals)} %"
    if part > 0 and round(percent, decimals) <= 0:
        return f"< {number(step, decimals)} %"
    return f"{number(percent, 0 if percent in {0, 100} else decimals)} %"


def points(difference: float | None, decimals: int = 1) -> str:
    """Difference of two percentages, `+1,2 PP`."""
    if difference is None or not isfinite(difference):
        return NOT_AVAILABLE
    return f"{signed(difference, decimals)} PP"


def signed(value: float | None, decimals: int = 0) -> str:
    """`+12`, `−3`, `±0`."""
    if value is None or not isfinite(value):
        return NOT_AVAILABLE
    text = number(value, decimals)
    if parse_number(text) == 0:
        return f"±{text}"
    return text if value < 0 else f"+{text}"


def day(value: date | None) -> str:
    """`30.06.2026`."""
    return NOT_AVAILABLE if value is None or value != value else f"{value:%d.%m.%Y}"  # noqa: PLR0124 - NaT


def month(value: date) -> str:
    """`Juni 2026`."""
    return f"{MONTHS[value.month - 1]} {value.year}"


def age(days: int) -> str:
    """`von heute`, `1 Tag alt`, `12 Tage alt`, `3,9 Jahre alt` from two years on."""
    if days >= 2 * _YEAR:
        return f"{number(days / _YEAR, 1)} Jahre alt"
    return "von heute" if days <= 0 else f"{count(days, 'Tag', 'Tage')} alt"


def count(value: int, one: str, many: str) -> str:
    """`1 Verwaltung`, `189 Verwaltungen`."""
    return f"{number(value)} {one if value == 1 else many}"


def n_of(n: int, of: int, u: int) -> str:
    """The triple that every number leaves the app as: `57 von 121, 12 ohne Meldung`."""
    return f"{number(n)} von {number(of)}, {number(u)} ohne Meldung"


def listing(names: Sequence[str]) -> str:
    """`A, B und C`."""
    return " und ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else list(names))


def sort_key(text: str) -> str:
    """German dictionary order: umlauts as their vowels, ß as ss, case and signs ignored."""
    return fold(text).replace("-", " ")


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """Lower case without accents; `Großenehrich` and `Grossenehrich` are one."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("ß", "ss"))
    return "".join(char for char in plain if not unicodedata.combining(char))


def spell(text: str) -> str:
    """Fold with ae, oe, ue read as ä, ö, ü: what people type without umlauts finds the name."""
    folded = fold(text)
    for two, one in (("ae", "a"), ("oe", "o"), ("ue", "u")):
        folded = folded.replace(two, one)
    return folded


def nice_step(maximum: float, ticks: int = 5) -> float:
    """Round step for an axis from 0 to maximum."""
    if maximum <= 0:
        return 1.0
    raw = maximum / ticks
    power = 10 ** floor(log10(raw))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw)
