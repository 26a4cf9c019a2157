"""One way to find things by what people type: the picker of units and the search field of every page use it.

Literal matches come first: a key, whole words, beginnings of words, parts of a compound word. Only where nothing is
literally there, names with a typo and names that sound the same are offered.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from gradmesser import german, phonetics

_LIKE_ALL_OF_IT = 0.85
_LIKE_ITS_NAME = 0.7
_LIKE_A_WORD = 0.8
_MIN_LETTERS = 3
_MIN_SOUND = 3
_MIN_DIGITS = 4
_MAX_LETTERS = 80
_PART = 4
_QUALIFIER = re.compile(r"\s*\([^)]*\)")
_KIND = re.compile(r"^(Landkreis|VG)\s+")
_SHORT = {
    "verwaltungsgemeinschaft": "vg",
    "verwaltungsgemeinschaften": "vg",
    "landkreis": "lk",
    "lkr": "lk",
    "sankt": "st",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that can be found: kind is the group it is shown in, also holds other names, keys its official numbers."""

    kind: str
    title: str
    address: str
    hint: str = ""
    also: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    is_name: bool = False
    """Whether it is a proper name: only names are compared by sound."""


@dataclass(frozen=True, slots=True)
class Index:
    """Entries made ready once to be searched many times."""

    entries: tuple[Entry, ...]
    _texts: tuple[tuple[str, ...], ...] = field(init=False, repr=False)
    _shortest_first: tuple[int, ...] = field(init=False, repr=False)
    _names: tuple[dict[int, str], ...] = field(init=False, repr=False)
    _words: dict[str, frozenset[int]] = field(init=False, repr=False)
    _sounds: dict[str, tuple[int, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Fold, shorten and order everything that a search compares with."""
        texts = tuple(tuple(f" {one} " for one in _spellings(entry)) for entry in self.entries)
        order = tuple(sorted(range(len(self.entries)), key=lambda at: len(self.entries[at].title)))
        plain = {at: _QUALIFIER.sub("", self.entries[at].title) for at in order}
        names = (
            {at: words(self.entries[at].title) for at in order},
            {at: words(name) for at, name in plain.items()},
            {at: words(_KIND.sub("", name)) for at, name in plain.items()},
        )
        of_word: dict[str, set[int]] = {}
        for at in order:
            for word in " ".join(texts[at]).split():
                of_word.setdefault(word, set()).add(at)
        sounds: dict[str, list[int]] = {}
        for at in order:
            if self.entries[at].is_name:
                for form in dict.fromkeys(kind[at] for kind in names):
                    sounds.setdefault(_sound(form), []).append(at)
                    for word in form.split():
                        sounds.setdefault(_sound(word), []).append(at)
        object.__setattr__(self, "_texts", texts)
        object.__setattr__(self, "_shortest_first", order)
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_words", {word: frozenset(places) for word, places in of_word.items()})
        object.__setattr__(self, "_sounds", {sound: tuple(places) for sound, places in sounds.items() if sound})

    def find(self, typed: str) -> list[Entry]:
        """Everything that typed may mean, best first; a typo is only forgiven where nothing is literally there."""
        wanted = words(typed[:_MAX_LETTERS])
        found = self._by_key(typed) or self._literal(wanted)
        if not found and len(wanted) >= _MIN_LETTERS:
            ways = (self._by_typo, self._within_names, self._by_words, self._by_sound, self._around)
            found = next((places for places in (way(wanted) for way in ways) if places), [])
        return [self.entries[at] for at in found]

    def _by_key(self, typed: str) -> list[int]:
        digits = re.sub(r"\s", "", typed)
        if not re.fullmatch(rf"[0-9]{{{_MIN_DIGITS},}}", digits):
            return []
        return [at for at, entry in enumerate(self.entries) if any(key.startswith(digits) for key in entry.keys)]

    def _literal(self, wanted: str) -> list[int]:
        short = _shortened(wanted)
        asked = dict.fromkeys(one for one in (wanted, short) if len(one) > 1)
        ranks: dict[int, int] = {}
        for at in self._shortest_first:
            ranked = [_rank(one, text) for one in asked for text in self._texts[at]]
            best = min((rank for rank in ranked if rank is not None), default=None)
            if best is not None and not (best == _PART and self.entries[at].is_name):
                ranks[at] = best
        return sorted(ranks, key=ranks.__getitem__)

    def _by_typo(self, wanted: str) -> list[int]:
        cutoffs = zip(self._names, (_LIKE_ALL_OF_IT, _LIKE_ITS_NAME, _LIKE_ITS_NAME), strict=True)
        found: list[int] = []
        for names, least in cutoffs:
            scored = process.extract(
                wanted, names, scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=least, limit=None
            )
            found += [place for _, _, place in scored]
        return list(dict.fromkeys(found))

    def _within_names(self, wanted: str) -> list[int]:
        """A part of a name counts less than a typo: Oetten is Oettern, not a village on -ottendorf."""
        return [at for at in self._shortest_first if any(_rank(wanted, text) == _PART for text in self._texts[at])]

    def _by_words(self, wanted: str) -> list[int]:
        """Every word is there, but for a typo in one or the other that leaves its first letter."""
        common: frozenset[int] | None = None
        for word in wanted.split():
            if len(word) < _MIN_LETTERS:
                continue
            like = process.extract(
                word, list(self._words), scorer=DamerauLevenshtein.normalized_similarity, score_cutoff=_LIKE_A_WORD, limit=None
            )  # fmt: skip
            have = frozenset().union(*(self._words[one] for one, _, _ in like if one[0] == word[0]))
            common = have if common is None else common & have
        return [at for at in self._shortest_first if at in (common or ())]

    def _by_sound(self, wanted: str) -> list[int]:
        """The name, or one word of it, sounds the same; a code of two digits is too common to mean anything."""
        sound = _sound(wanted)
        alike = self._sounds.get(sound, ()) if len(sound) >= _MIN_SOUND else ()
        return [at for at in self._shortest_first if at in alike]

    def _around(self, wanted: str) -> list[int]:
        """A title with something around it: `Stadt Jena`; the longest that is in it."""
        return [at for at in reversed(self._shortest_first) if any(text in f" {wanted} " for text in self._texts[at])]


def words(text: str) -> str:
    """What is compared: folded words and numbers, without signs; `Bad Köstritz (Greiz)` is `bad kostritz greiz`."""
    return " ".join(re.findall(r"[0-9a-z]+", german.spell(text)))


def titles_index(titles: Mapping[str, str]) -> Index:
    """Index of names that a picker offers; the key of a title is its address and can be typed as well."""
    return Index(
        tuple(Entry(kind="", title=title, address=key, keys=(key,), is_name=True) for key, title in titles.items())
    )


def best(typed: str, index: Index) -> Entry | None:
    """What typed means most probably, None if nothing is close enough; one or two letters mean nothing."""
    if len(words(typed)) < _MIN_LETTERS:
        return None
    return next(iter(index.find(typed)), None)


def groups(found: Sequence[Entry], most: int) -> dict[str, tuple[list[Entry], int]]:
    """What was found by kind, the kind with the best match first: the first `most` of each, and how many there are."""
    by_kind: dict[str, list[Entry]] = {}
    for entry in found:
        by_kind.setdefault(entry.kind, []).append(entry)
    return {kind: (entries[:most], len(entries)) for kind, entries in by_kind.items()}


def _rank(wanted: str, text: str) -> int | None:
    """0 the whole title, 1 whole words, 2 beginning of words, 3 the same in any order, 4 parts of words; None for no match."""
    if text == f" {wanted} ":
        return 0
    if f" {wanted} " in text:
        return 1
    if f" {wanted}" in text:
        return 2 if len(wanted) >= _MIN_LETTERS else None
    each = wanted.split()
    if len(each) > 1 and all(f" {word}" in text for word in each):
        return 3
    if all(len(word) > _MIN_LETTERS and word in text for word in each):
        return _PART
    return None


def _spellings(entry: Entry) -> list[str]:
    forms = [words(one) for one in (entry.title, *entry.also)]
    return [form for form in dict.fromkeys(forms + [_shortened(form) for form in forms]) if form]


def _shortened(text: str) -> str:
    return " ".join(_SHORT.get(word, word) for word in text.split())


def _sound(text: str) -> str:
    """Codes of the words; a mute h at the beginning is heard all the same, Hamburg is not Ohmberg."""
    return " ".join(word[: word[0] == "h"] + phonetics.code(word) for word in text.split())
