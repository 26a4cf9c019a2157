"""Who may keep a report through the web: people signed in at the operator's login, listed with their units."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import yaml

from gradmesser.catalog import CatalogError, places, yamlfile

FILE = "betreuer.yaml"
SIGN_IN_HOLDS = timedelta(hours=12)
"""Streamlit's cookie lives 30 days and is not checked again; a steward signs in once a working day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steward:
    """One entry of betreuer.yaml: a login (verified e-mail or `sub`), the body it acts for, and its units."""

    login: str
    stelle: str
    einheiten: frozenset[str]
    alle: bool

    def refusal(self, units: Collection[str]) -> str | None:
        """Why a file that names these units may not be kept by this steward, None if it may."""
        foreign = [] if self.alle else sorted(set(units) - self.einheiten)
        if not foreign:
            return None
        return f"Die Datei enthält Zeilen für Einheiten, die {self.stelle} nicht betreut: {', '.join(foreign[:10])}" + (
            f" und {len(foreign) - 10} weitere." if len(foreign) > 10 else "."  # noqa: PLR2004 - as listed
        )


def stewards() -> tuple[Steward, ...] | None:
    """Entries of betreuer.yaml in the data folder, None without that file; raises CatalogError if it cannot be used."""
    path = places.data_root() / FILE
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    return parse(text)


def parse(text: str) -> tuple[Steward, ...]:
    """Entries of the text of betreuer.yaml; raises CatalogError with the number of the entry that cannot be used.

    Never with its content: the page shows the text to everybody, and a login is an address of a person.
    """
    try:
        entries = yamlfile.parse(text) or []
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (Zeile {mark.line + 1})" if mark else ""
        raise CatalogError(f"{FILE} ist kein gültiges YAML{where}.") from error
    if not isinstance(entries, list):
        raise CatalogError(f"{FILE} muss eine Liste sein.")
    found = tuple(_steward(number, entry) for number, entry in enumerate(entries, start=1))
    logins = [steward.login for steward in found]
    doubled = [str(number) for number, login in enumerate(logins, start=1) if logins.count(login) > 1]
    if doubled:
        raise CatalogError(f"{FILE}: Anmeldung doppelt: Einträge {', '.join(doubled)}.")
    return found


def _steward(number: int, entry: object) -> Steward:
    if not isinstance(entry, dict) or set(entry) - {"login", "stelle", "einheiten", "alle"}:
        raise CatalogError(f"{FILE}, Eintrag {number}: Erlaubt sind login, stelle, einheiten, alle.")
    login, stelle = (str(entry.get(name) or "").strip() for name in ("login", "stelle"))
    if not login or not stelle:
        raise CatalogError(f"{FILE}, Eintrag {number}: login und stelle müssen angegeben sein.")
    everything, units = entry.get("alle", False), entry.get("einheiten") or []
    if not isinstance(everything, bool) or not isinstance(units, list):
        raise CatalogError(f"{FILE}, Eintrag {number}: alle ist true oder false, einheiten eine Liste.")
    keys = [str(unit) for unit in units]
    wrong = [key for key in keys if not re.fullmatch(r"[0-9]{12}", key)]
    if wrong:
        raise CatalogError(f"{FILE}, Eintrag {number}: Das sind keine Regionalschlüssel: {', '.join(wrong)}.")
    if everything == bool(keys):
        raise CatalogError(f"{FILE}, Eintrag {number}: Bitte entweder einheiten oder alle: true angeben.")
    return Steward(login=_spelled(login), stelle=stelle, einheiten=frozenset(keys), alle=everything)


def find(claims: Mapping[str, object], listed: Sequence[Steward], now: datetime) -> Steward | None:
    """The steward that a signed-in person is; None if not signed in, signed in too long ago, or not listed.

    claims: what the login says of the person. An entry with an @ is an e-mail and counts only if the login vouches for
    it (`email_verified`), because elsewhere anybody may write any address into a profile; any other entry is a `sub`.
    """
    if claims.get("is_logged_in") is not True or not is_fresh(claims, now):
        return None
    sub = str(claims.get("sub") or "")
    names = {sub} - {""} if "@" not in sub else set()
    email = str(claims.get("email") or "")
    if "@" in email and claims.get("email_verified") is True:
        names.add(_spelled(email))
    return next((steward for steward in listed if steward.login in names), None)


def is_fresh(claims: Mapping[str, object], now: datetime) -> bool:
    """Whether the sign-in is no older than SIGN_IN_HOLDS."""
    issued = claims.get("iat")
    if not isinstance(issued, int | float):
        return False
    return timedelta(minutes=-5) <= now - datetime.fromtimestamp(issued, UTC) <= SIGN_IN_HOLDS


def _spelled(login: str) -> str:
    """An e-mail address in small letters; a `sub` as it is."""
    return login.casefold() if "@" in login else login
