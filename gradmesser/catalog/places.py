"""Where the data lie: one definition for the writer (etl) and the reader (gradmesser)."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
REFERENCE_IN_PROJECT = ROOT / "data" / "reference"
STATIC = ROOT / "static"
FONTS = STATIC / "fonts"
QUERIES = ROOT / "gradmesser" / "queries"
POINTER = "CURRENT"
FEED_RSS = "neu.xml"
FEED_JSON = "neu.json"
READING = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
"""How a published database is opened, beside read-only: SQL reaches no file, no network, no extension, no variable of the
program, and cannot change that. DuckDB wants all handles of a process alike."""


def data_root() -> Path:
    """Folder of raw/, the published databases and CURRENT; GRADMESSER_DATA names another one."""
    return Path(os.environ.get("GRADMESSER_DATA") or ROOT / "data")


def reference_root() -> Path:
    """data/reference of this instance if it has one, else the project's own."""
    own = data_root() / "reference"
    return own if own.is_dir() else REFERENCE_IN_PROJECT


def feed_folder(static: Path, root: Path) -> Path:
    """Folder of the feed of the data folder root, below static; any but the project's own data has one of its own."""
    if root.resolve() == (ROOT / "data").resolve():
        return static / "feed"
    return static / "feed" / hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:12]
