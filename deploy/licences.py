"""`python -m deploy.licences`: licences of everything that is installed to run the dashboard, and whether they may be used."""

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from gradmesser.catalog import places

LIST = places.ROOT / "docs" / "lizenzen.md"
REQUIREMENTS = places.ROOT / "requirements.txt"

PERMISSIVE = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0",
        "Unlicense", "Zlib",
    }
)  # fmt: skip
WEAK = frozenset({"LGPL-3.0-or-later", "MPL-2.0"})
"""Copyleft that ends at the package's own files: allowed, since the packages are used unchanged."""

_WORDS = {
    "3-clause bsd license": "BSD-3-Clause", "apache 2": "Apache-2.0", "apache 2.0": "Apache-2.0", "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0", "bsd": "BSD", "bsd 2-clause license": "BSD-2-Clause", "bsd license": "BSD",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later", "isc license (iscl)": "ISC",
    "mit license": "MIT", "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0", "python software foundation license": "PSF-2.0",
    "the mit license (mit)": "MIT",
}  # fmt: skip
_TOKENS = re.compile(r"\(|\)|[A-Za-z0-9.+-]+")
_HEAD = """# Lizenzen der Abhängigkeiten

Alles, was `requirements.txt` zur Laufzeit mitbringt, mit der Lizenz aus den Angaben des Pakets. Erzeugt von
`python -m deploy.licences --write`; ein Test vergleicht die Liste und scheitert an jeder unbekannten Lizenz und an
jedem Copyleft, das auf den Gradmesser übergreift (GPL, AGPL). „Eigene Dateien“: Das Copyleft endet bei den Dateien des
Pakets; es wird unverändert benutzt. „oder“ nennt die Wahl, die das Paket lässt, „und“ alles, was darin gilt.

| Paket | Lizenz | Art |
| --- | --- | --- |
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """Licence of one package as an SPDX expression, "" if the package does not say."""

    package: str
    expression: str

    @property
    def kind(self) -> str:
        """How far it reaches: frei, eigene Dateien, or nicht erlaubt."""
        if not self.expression:
            return "unbekannt"
        if _holds(self.expression, PERMISSIVE):
            return "frei"
        return "eigene Dateien" if _holds(self.expression, PERMISSIVE | WEAK) else "nicht erlaubt"

    @property
    def ok(self) -> bool:
        """Whether the package may be used."""
        return self.kind in {"frei", "eigene Dateien"}


def installed(requirements: Path = REQUIREMENTS) -> list[Licence]:
    """Licences of the required packages and of all that they require here; raises PackageNotFoundError if one is missing."""
    lines = [line.split("#")[0].strip() for line in requirements.read_text("utf-8").splitlines()]
    waiting = [Requirement(line) for line in lines if line]
    seen: dict[tuple[str, str], Distribution] = {}
    while waiting:
        wanted = waiting.pop()
        found = distribution(wanted.name)
        for extra in ["", *wanted.extras]:
            key = (canonicalize_name(wanted.name), extra)
            if key in seen:
                continue
            seen[key] = found
            inner = map(Requirement, found.requires or [])
            waiting += [one for one in inner if one.marker is None or one.marker.evaluate({"extra": extra})]
    packages = {name: found for (name, _), found in seen.items()}
    return [Licence(package=name, expression=expression(packages[name])) for name in sorted(packages)]


def expression(package: Distribution) -> str:
    """SPDX expression of a package: its own, else of its classifiers (all of them), else of its old free field."""
    own = package.metadata.get("License-Expression")
    if own:
        return own
    classifiers = [
        text.split(" :: ")[-1] for text in package.metadata.get_all("Classifier") or [] if text.startswith("License ::")
    ]
    if classifiers:
        return " AND ".join(sorted({_named(text) for text in classifiers}))
    return _named((package.metadata.get("License") or "").split("\n")[0])


def _named(text: str) -> str:
    return _WORDS.get(text.strip().lower(), text.strip())


def _holds(text: str, allowed: frozenset[str]) -> bool:
    """Whether an SPDX expression can be met with these licences only; what cannot be read cannot be met."""
    words = _TOKENS.findall(text)
    if "".join(words) != re.sub(r"\s", "", text):
        return False
    try:
        good = _any_of(words, allowed)
    except IndexError:
        return False
    return good and not words


def _any_of(words: list[str], allowed: frozenset[str]) -> bool:
    good = _all_of(words, allowed)
    while words and words[0] == "OR":
        words.pop(0)
        good = _all_of(words, allowed) or good
    return good


def _all_of(words: list[str], allowed: frozenset[str]) -> bool:
    good = _one(words, allowed)
    while words and words[0] == "AND":
        words.pop(0)
        good = _one(words, allowed) and good
    return good


def _one(words: list[str], allowed: frozenset[str]) -> bool:
    word = words.pop(0)
    if word != "(":
        return word in allowed
    good = _any_of(words, allowed)
    return words.pop(0) == ")" and good


def markdown(licences: Sequence[Licence]) -> str:
    """The list as docs/lizenzen.md holds it; without versions, so that it changes only with the packages."""
    words = {" AND ": " und ", " OR ": " oder "}
    rows = []
    for one in licences:
        shown = one.expression or "–"
        for english, german in words.items():
            shown = shown.replace(english, german)
        rows.append(f"| {one.package} | {shown} | {one.kind} |\n")
    return _HEAD + "".join(rows)


def main(words: Sequence[str] | None = None) -> int:
    """Print or write the list; 1 if a package may not be used or is missing."""
    parser = argparse.ArgumentParser(prog="python -m deploy.licences", description="Lizenzen der Abhängigkeiten")
    parser.add_argument("--write", action="store_true", help=f"nach {LIST.relative_to(places.ROOT)} schreiben")
    options = parser.parse_args(words)
    try:
        licences = installed()
    except PackageNotFoundError as error:
        sys.stderr.write(f"Nicht eingerichtet: {error}\n")
        return 1
    if options.write:
        LIST.write_text(markdown(licences), "utf-8")
    else:
        sys.stdout.write(markdown(licences))
    refused = [one for one in licences if not one.ok]
    for one in refused:
        sys.stderr.write(f"{one.package}: {one.kind} ({one.expression or 'keine Angabe'})\n")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
