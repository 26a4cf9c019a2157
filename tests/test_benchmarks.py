"""What the benchmark of growth generates is accepted whole and moves from month to month; the stopwatch fits the build."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import growth, queries
from benchmarks.report import PARTS, Line
from gradmesser.catalog import places
from tests.support import ROOT, SHIPPED, Instance, pvog


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    root = tmp_path_factory.mktemp("wachstum") / "klein"
    growth._write_instance(growth.Case(months=3, units=620, services=30, share=0.2), root)  # noqa: SLF001
    made = Instance(root=root, reference=root / "reference")
    made.build()
    return made


def test_generated_deliveries_are_of_the_size_asked_for_and_accepted(made: Instance):
    assert made.query("SELECT count(*) FROM einheit WHERE ebene = 'gemeinde' AND gueltig_bis = DATE '9999-12-31'") == [
        (620,)
    ]
    rows = made.query(
        "SELECT zeilen, angenommen, status::TEXT FROM snapshot WHERE source_id = 'open_pvog' ORDER BY stand"
    )
    assert len(rows) == 3
    assert all(total == accepted > 400 and status == "veroeffentlicht" for total, accepted, status in rows)


def test_generated_months_differ_a_little(made: Instance):
    (changed,) = made.query("SELECT count(*) FROM aenderung")[0]
    (cells,) = made.query("SELECT count(*) FROM zustaendigkeit")[0]
    assert 0 < changed < cells / 10


def test_every_part_has_a_title_and_a_ratio_is_read_as_one():
    assert set(PARTS) >= {"build", "queries", "wire", "growth", "visitors", "peer"}
    assert Line(title="x", value=3, floor=2, unit="s").cells()[3] == "1,50×"
    assert Line(title="x", value=3, floor=0, unit="s").cells()[3] == "–", "less than a tick of the clock is no floor"


def test_the_stopwatch_fits_the_build_whose_functions_it_names(tmp_path: Path):
    tiny = Instance(root=tmp_path, reference=SHIPPED)
    tiny.rows([pvog()])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.profiled", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "GRADMESSER_DATA": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    steps = json.loads(done.stdout.splitlines()[-1])
    assert {"Fingerabdruck", "Übriges", "SQL roh", "SQL dienst", "SQL rollin_zelle"} <= set(steps)
    assert (tmp_path / "CURRENT").exists()
    shutil.rmtree(places.feed_folder(places.STATIC, tmp_path))


def test_a_first_visit_asks_the_database_every_time(instance: Instance):  # noqa: ARG001 - named by GRADMESSER_DATA
    first, second = queries.first_visit("dashboard.py"), queries.first_visit("dashboard.py")
    assert sorted(one.query for one in first) == sorted(one.query for one in second)
    assert {"datenbank", "verlauf", "rollin_verwaltung"} <= {one.query for one in first}
    assert len(first) == len({one.query for one in first}), "each once"


def test_every_query_can_be_measured(instance: Instance):  # noqa: ARG001
    known = {name: values[:1] for name, values in queries._parameters().items()}  # noqa: SLF001
    for path in sorted(places.QUERIES.glob("*.sql")):
        assert queries._samples(path.stem, known, 1), path.stem  # noqa: SLF001
