"""Where the data lie: one definition for the writer (etl) and the reader (gradmesser)."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
REFERENCE_IN_PROJECT = ROOT / "data" / "reference"
STATIC = ROOT / "static"
FONTS = STATIC / "fonts"
QUERIES = ROOT / "gradmesser" / "queries"
POINTER = "CURRENT"


def data_root() -> Path:
    """Folder of raw/, the published databases and CURRENT; GRADMESSER_DATA names another one."""
    return Path(os.environ.get("GRADMESSER_DATA") or ROOT / "data")


def reference_root() -> Path:
    """data/reference of this instance if it has one, else the project's own."""
    own = data_root() / "reference"
    return own if own.is_dir() else REFERENCE_IN_PROJECT
