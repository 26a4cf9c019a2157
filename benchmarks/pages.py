"""Processor time of all queries of a first visit: `python -m benchmarks.pages PAGE…`, data as GRADMESSER_DATA."""

import json
import sys
from collections.abc import Sequence

from benchmarks.queries import first_visit
from gradmesser.ui import frame


def main(titles: Sequence[str]) -> None:
    """Visit each page once to open the database and once to measure; prints title → ms as JSON."""
    measured = {}
    for page in (page for page in frame.PAGES.values() if page.title in titles):
        first_visit(page.path)
        measured[page.title] = sum(sample.cpu for sample in first_visit(page.path))
    print(json.dumps(measured))


if __name__ == "__main__":
    main(sys.argv[1:])
