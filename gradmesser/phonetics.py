"""Kölner Phonetik (Hans Joachim Postel, 1969): words that sound alike in German have one code; pure text in and out."""

from functools import lru_cache

from gradmesser import german

_VOWELS = frozenset("aeijouy")
_SOUNDS = {
    "b": "1",
    "f": "3",
    "v": "3",
    "w": "3",
    "g": "4",
    "k": "4",
    "q": "4",
    "l": "5",
    "m": "6",
    "n": "6",
    "r": "7",
    "s": "8",
    "z": "8",
}
_C_HARD_FIRST, _C_HARD = frozenset("ahkloqrux"), frozenset("ahkoqux")


@lru_cache(maxsize=8192)
def code(word: str) -> str:
    """Code of one word: `Müller-Lüdenscheidt` is 65752682; signs and digits are passed over, no letters give ""."""
    letters = "".join(char for char in german.fold(word) if "a" <= char <= "z")
    digits = "".join(
        _sound(letter, letters[place - 1 : place], letters[place + 1 : place + 2])
        for place, letter in enumerate(letters)
    )
    single = "".join(digit for place, digit in enumerate(digits) if digit != digits[place - 1 : place])
    return single[:1] + single[1:].replace("0", "")


def _sound(letter: str, before: str, after: str) -> str:
    if letter in _VOWELS or letter == "h":
        return "" if letter == "h" else "0"
    depends = {
        "c": _sound_of_c(before, after),
        "d": "8" if after and after in "csz" else "2",
        "p": "3" if after == "h" else "1",
        "x": "8" if before and before in "ckq" else "48",
    }
    return (_SOUNDS | depends | {"t": depends["d"]})[letter]


def _sound_of_c(before: str, after: str) -> str:
    if not before:
        return "4" if after in _C_HARD_FIRST else "8"
    return "8" if before in "sz" or after not in _C_HARD else "4"
