"""The only module that joins Streamlit's cache to the store."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeVar

import pandas as pd
import streamlit as st

from gradmesser import anonymous, fingerprint, store
from gradmesser.catalog import operator

Made = TypeVar("Made")
_ALIASES: ContextVar[anonymous.Aliases | None] = ContextVar("aliases", default=None)
_SEED: ContextVar[str] = ContextVar("seed", default="")


@contextmanager
def without_names(seed: str) -> Iterator[None]:
    """All that is fetched inside has letters for the names of units (gradmesser.anonymous); fingerprints stay the real ones."""
    token = _ALIASES.set(anonymous.aliases(_fetch(version(), "einheiten", {}), seed))
    seeded = _SEED.set(seed)
    try:
        yield
    finally:
        _SEED.reset(seeded)
        _ALIASES.reset(token)


def nameless() -> bool:
    """Whether names of units are hidden just now."""
    return _ALIASES.get() is not None


def hidden_by() -> str:
    """What the letters are drawn by, empty with names: part of the key of every cache that holds names."""
    return _SEED.get()


_PINNED: ContextVar[str] = ContextVar("pinned")


@contextmanager
def pinned() -> Iterator[None]:
    """What runs inside reads one database to its end, whatever is published meanwhile."""
    token = _PINNED.set(store.version())
    try:
        yield
    finally:
        _PINNED.reset(token)


def version() -> str:
    """Version of the database that this page reads; outside a page the published one."""
    return _PINNED.get(None) or store.version()


@st.cache_resource(max_entries=400, show_spinner="Daten werden geladen …")
def _fetch(published: str, query: str, parameters: dict[str, object]) -> pd.DataFrame:
    """Kept as an object: unpickling it for every visitor takes longer than most pages do with it."""
    return store.fetch_from(published, query, **parameters)


def fetch(query: str, /, **parameters: object) -> pd.DataFrame:
    """Cached store.fetch; a rebuilt database is a new cache key. The frame is the caller's own (pandas copies on write)."""
    rows, aliases = _fetch(version(), query, parameters), _ALIASES.get()
    return rows.copy(deep=False) if aliases is None else anonymous.renamed(rows, aliases)


def kept(make: Callable[..., Made], *about: Hashable) -> Made:
    """What `make(*about)` returns, made once for all visitors of this database and this configuration.

    For results that nobody changes, of functions of a module that read nothing but the database, the configuration and
    `about`: no widget, no address, no clock.
    """
    return _kept(version(), hidden_by(), operator.state(), make, about)


@lru_cache(maxsize=500)
def _kept(
    published: str,  # noqa: ARG001 - cache key, as are the next two
    hidden: str,  # noqa: ARG001
    configuration: Hashable,  # noqa: ARG001
    make: Callable[..., Made],
    about: tuple[Hashable, ...],
) -> Made:
    return make(*about)


@lru_cache(maxsize=2_000)
def _fingerprint(published: str, query: str, parameters: tuple[tuple[str, object], ...], rules: str) -> str:
    """A page asks nine times; Streamlit's cache takes longer to hash the key than everything else here."""
    return fingerprint.of(query, asked(dict(parameters)), _fetch(published, query, dict(parameters)), rules)


def forget() -> None:
    """Make everything anew that is kept here: for whoever measures a first visit."""
    for cached in (_kept, _fingerprint, _info):
        cached.cache_clear()


def fingerprint_of(query: str, parameters: dict[str, object]) -> str:
    """Fingerprint of the rows of a query (gradmesser.fingerprint); `python -m gradmesser verify` computes it again."""
    return _fingerprint(version(), query, tuple(parameters.items()), info().rules)


def asked(parameters: dict[str, object]) -> dict[str, object]:
    """The parameters with the day instead of "today's knowledge", so that the same can be asked later."""
    known, today = info().known, store.known_by(None)
    open_ended = [name for name in ("wissen", "wissen_von") if parameters.get(name) == today]
    return parameters if known is None else parameters | dict.fromkeys(open_ended, known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What the published database is made of."""

    example: bool
    rules: str
    checksum: str
    territory: date
    newest: date | None
    known: date | None
    """Day on which the youngest of all deliveries became known."""
    catalogue: str
    catalogue_status: str


def info() -> Info:
    """One row about the database, for banner, footer and captions."""
    return _info(version())


@lru_cache(maxsize=8)
def _info(published: str) -> Info:
    """Asked a hundred times a page, so kept as an object instead of being unpickled and its key hashed each time."""
    row = _fetch(published, "datenbank", {}).iloc[0]
    return Info(
        example=row["herkunft"] == "beispiel",
        rules=row["regelversion"],
        checksum=row["eingang_sha256"],
        territory=row["gebietsstand"].date(),
        known=None if pd.isna(row["bekannt"]) else row["bekannt"].date(),
        newest=None if pd.isna(row["stand"]) else row["stand"].date(),
        catalogue=row["katalog"],
        catalogue_status=row["katalog_status"],
    )
