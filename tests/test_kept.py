"""What is kept for all visitors: nobody's changes reach another, and another database or configuration is made anew."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from gradmesser.catalog import operator
from gradmesser.charts.template import LIGHT
from gradmesser.ui import blocks, controls, data, start
from gradmesser.ui.blocks import Picture
from tests.support import JANUARY, Instance, pvog, small_reference


def choice() -> start.Choice:
    """The start page as it opens."""
    return start.Choice(view=controls.view_of({}), perspective="zustaendig", weight="verwaltungen")


def test_who_changes_a_fetched_frame_changes_his_own(instance: Instance):  # noqa: ARG001 - named by GRADMESSER_DATA
    before = data.fetch("einheiten").copy()
    mine = data.fetch("einheiten")
    mine["name"] = "verändert"
    mine.loc[mine.index[0], "einwohner"] = -1
    pd.testing.assert_frame_equal(data.fetch("einheiten"), before)


def test_a_picture_is_made_once_and_bears_its_mark_once(instance: Instance):  # noqa: ARG001
    first, second = (data.kept(blocks._marked, start.glass_picture, choice(), LIGHT) for _ in range(2))  # noqa: SLF001
    assert first is second
    assert isinstance(first, Picture)
    assert first.figure.to_json().count("BEISPIELDATEN") == 1
    assert "BEISPIELDATEN" not in start.glass_picture(choice(), LIGHT).figure.to_json(), "slides mark their own"


def test_another_target_of_the_operator_is_seen_at_once(instance: Instance):
    own = instance.root / operator.FILE
    usual = data.kept(start.glass_picture, choice(), LIGHT).figure.to_json()
    try:
        own.write_text('ziele:\n  rollin_rate: {value: 0.5, on: 2031-01-01, source: "Probe"}\n', "utf-8")
        assert "2031" in data.kept(start.glass_picture, choice(), LIGHT).figure.to_json()
    finally:
        own.unlink()
    assert data.kept(start.glass_picture, choice(), LIGHT).figure.to_json() == usual


def test_another_database_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRADMESSER_DATA", str(tmp_path))
    made = Instance(root=tmp_path, reference=small_reference(tmp_path / "reference"))
    made.rows([pvog()])
    made.build()
    assert data.kept(_newest) == data.kept(_newest) == JANUARY
    made.rows([pvog()], date(2026, 2, 28))
    made.build()
    assert data.kept(_newest) == date(2026, 2, 28)


def _newest() -> date | None:
    return data.info().newest
