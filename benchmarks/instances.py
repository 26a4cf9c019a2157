"""Instances of generated deliveries, made once and shared by the parts of a run."""

import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.deliveries import VARIANTS, Size, write_instance
from gradmesser.catalog import places

_DONE = "fertig"


class Instances:
    """One folder a variant below `folder`; those that an earlier run left complete are used again."""

    def __init__(self, folder: Path, size: Size, progress: Callable[[str], None]) -> None:
        """Nothing is generated before it is asked for."""
        self._folder = folder
        self._size = size
        self._progress = progress
        self.import_seconds: dict[str, float] = {}

    @property
    def size(self) -> Size:
        """Months and rows of every instance."""
        return self._size

    @property
    def folder(self) -> Path:
        """Where all of it is generated."""
        return self._folder

    def deliveries(self, name: str) -> Path:
        """Root of an instance of this variant with all deliveries taken in."""
        root = self._folder / f"{name}-{self._size.months}x{self._size.rows}"
        mark = root / _DONE
        if not mark.exists():
            shutil.rmtree(root, ignore_errors=True)
            seconds = write_instance(root, places.REFERENCE_IN_PROJECT, self._size, VARIANTS[name], self._progress)
            mark.write_text(f"{statistics.median(seconds):.3f}\n", "utf-8")
        self.import_seconds[name] = float(mark.read_text("utf-8"))
        return root

    def built(self, name: str) -> Path:
        """The same with a database, built now by the program as it stands."""
        root = self.deliveries(name)
        subprocess.run([sys.executable, "-m", "etl", "build"], env=environment(root), check=True, capture_output=True)
        return root


def environment(root: Path) -> dict[str, str]:
    """Environment of a process that works on this instance; it may keep its compiled modules, as an operator's does."""
    return {**os.environ, "GRADMESSER_DATA": str(root), "PYTHONDONTWRITEBYTECODE": ""}
