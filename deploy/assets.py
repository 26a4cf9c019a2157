"""`python -m deploy.assets ORDNER`: Streamlit's frontend as files for nginx, packed once instead of at every visit."""

import argparse
import gzip
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.nginx import FRONTEND

_PACKED = {".js", ".css", ".json", ".svg", ".map"}
_LEVEL = 9


def mirror(target: Path, source: Path = FRONTEND / "static") -> int:
    """Copy the frontend to target/static with a .gz beside each text file; returns the number of files.

    What is there already is left alone, since every name holds a hash of its content.
    """
    files = [path for path in sorted(source.rglob("*")) if path.is_file()]
    for path in files:
        place = target / "static" / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists() or place.stat().st_size != path.stat().st_size:
            shutil.copyfile(path, place)
        packed = place.with_name(f"{place.name}.gz")
        if path.suffix in _PACKED and not packed.exists():
            packed.write_bytes(gzip.compress(path.read_bytes(), _LEVEL, mtime=0))
    return len(files)


def main(words: Sequence[str] | None = None) -> int:
    """Mirror the frontend and say how much it was."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.assets", description="Streamlits Oberfläche für nginx packen"
    )
    parser.add_argument("folder", type=Path, metavar="ORDNER")
    target = parser.parse_args(words).folder
    sys.stdout.write(f"{mirror(target)} Dateien in {target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
