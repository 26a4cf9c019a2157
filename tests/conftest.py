"""Fixtures that all tests share: a small example instance, an empty one, and the app on the example."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings
from streamlit.testing.v1 import AppTest

from etl import deliver, example
from tests.support import ROOT, Instance, example_instance, noon, pvog

settings.register_profile("gradmesser", deadline=None, derandomize=True)
settings.register_profile("suche", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gradmesser"))

PLAN = example.Plan(months=6, units=200, until=date(2026, 6, 30))
"""All 222 services, both catalogue versions, six stands; two thirds of the Gemeinden have reported nothing."""
WITHHELD_STAND = date(2026, 7, 31)
"""A seventh delivery is nearly empty, holds an unknown value, and is held back by the gate."""


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The example instance, built once; GRADMESSER_DATA names it until the session ends."""

    def withheld(made: Instance) -> None:
        stray = pvog(url=deliver.EXAMPLE_HOST + "antrag", online_status="vielleicht")
        made.rows([stray], WITHHELD_STAND, retrieved=noon(WITHHELD_STAND))

    with example_instance(tmp_path_factory.mktemp("instanz"), PLAN, withheld) as made:
        yield made


@pytest.fixture
def empty_instance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An instance folder with nothing in it; GRADMESSER_DATA names it."""
    monkeypatch.setenv("GRADMESSER_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def app(instance: Instance) -> AppTest:  # noqa: ARG001 - the app reads it through GRADMESSER_DATA
    """The dashboard on the example instance, not yet run; `switch_page` opens the other pages."""
    return AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=20)
