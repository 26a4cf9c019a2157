"""Files under a figure: opened again, they hold exactly the numbers that the table beside them shows."""

import csv
import io
from datetime import datetime

import openpyxl
import pandas as pd
import pytest

from gradmesser import german, store
from gradmesser.charts.template import LIGHT
from gradmesser.deck import KINDS, Slide
from gradmesser.export import html_table, table
from gradmesser.ui import blocks, slides
from tests.support import Instance
from tests.test_tables import Reader

_ADDED = ["stand_der_daten", "bekannt_bis", "herkunft"]


def _block(kind: str) -> blocks.Block:
    parameters = {}
    if kind.startswith("leistung-"):
        parameters["leistung"] = store.fetch("leistungen", **slides.view_of({}).clocks)["leika_key"].iloc[0]
    return slides.build(Slide(kind=kind, parameters=parameters), LIGHT).block


def _csv_value(value: object, text: str) -> object:
    """What the text of a cell means where the row holds this value."""
    if text == "":
        return None
    if isinstance(value, bool):
        return text == "True"
    if pd.api.types.is_number(value):
        return round(float(text.replace(",", ".")), 9)
    if isinstance(value, (datetime, pd.Timestamp)):
        return pd.Timestamp(text)
    return text


def _plain(value: object) -> object:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    return round(float(value), 9) if pd.api.types.is_number(value) and not isinstance(value, bool) else value


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"vergleich-veraenderung"}))
def test_csv_and_workbook_hold_the_rows_of_the_table(kind: str, instance: Instance) -> None:  # noqa: ARG001
    block = _block(kind)
    example = blocks.is_example(block.measure)
    fields = [column.field for column in block.columns]
    rows = [list(row) for row in block.rows[fields].itertuples(index=False)]
    assert rows

    lines = list(csv.reader(io.StringIO(blocks.as_csv(block).decode("utf-8-sig")), delimiter=";"))
    assert lines[0] == [*fields, *_ADDED]
    read = [
        [_csv_value(v, t) for v, t in zip(row, line, strict=False)] for row, line in zip(rows, lines[1:], strict=True)
    ]
    assert read == [[_plain(table.neutral(value)) for value in row] for row in rows]
    assert {tuple(line[len(fields) :]) for line in lines[1:]} == {
        (
            block.stand.isoformat(),
            blocks.known_on(block.parameters).isoformat(),
            "BEISPIELDATEN" if example else "amtlich",
        )
    }

    book = openpyxl.load_workbook(io.BytesIO(blocks.as_xlsx(block)), read_only=True)
    assert book.sheetnames == ["Daten", "Lesehilfe", "Quellen"]
    head, *cells = book["Daten"].iter_rows(values_only=True)
    assert list(head) == fields
    told = {True: "ja", False: "nein"}
    assert [[_plain(value) for value in row] for row in cells] == [
        [told.get(value, value) if isinstance(value, bool) else _plain(value) for value in row] for row in rows
    ]
    aid = dict(row[:2] for row in book["Lesehilfe"].iter_rows(values_only=True))
    assert aid["Aussage"] == block.finding
    assert aid.get("Achtung", "").startswith("BEISPIELDATEN") is example


def _number(text: str) -> float | None:
    return (
        None
        if text == german.NOT_AVAILABLE
        else float(text.translate({ord("."): "", ord("±"): "", ord("\N{MINUS SIGN}"): "-"}))
    )


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"vergleich-veraenderung"}))
def test_the_table_beside_them_shows_the_same_numbers(kind: str, instance: Instance) -> None:  # noqa: ARG001
    block = _block(kind)
    width = len(block.columns)
    cells = Reader(html_table.render(block.rows, block.columns, "Überschrift")).cells[1 + width :]
    assert len(cells) == width * len(block.rows)
    compared = 0
    for place, column in enumerate(block.columns):
        values = block.rows[column.field]
        if not column.numeric or not pd.api.types.is_integer_dtype(values):
            continue
        assert [_number(text) for text in cells[place::width]] == [_plain(value) for value in values]
        compared += 1
    assert compared or kind.startswith("europa-"), "Europe has points with decimals"
