"""Tables as files: CSV for German spreadsheets, XLSX with its reading aid, Parquet."""

import io
import re
from collections.abc import Mapping
from datetime import date, datetime

import pandas as pd
import xlsxwriter

_FORMULA = re.compile(r"^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def neutral(value: object) -> object:
    """A text that a spreadsheet would run as a formula, with an apostrophe in front; anything else as it is."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def to_csv(frame: pd.DataFrame) -> bytes:
    """`;`, UTF-8 with BOM, decimal comma, dates as JJJJ-MM-TT; missing values stay empty."""
    safe = frame.rename(columns=neutral)
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(neutral)
    text = safe.to_csv(sep=";", decimal=",", index=False, date_format="%Y-%m-%d", lineterminator="\r\n")
    return text.encode("utf-8-sig")


def to_parquet(frame: pd.DataFrame) -> bytes:
    """Typed columns for analysts."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def to_xlsx(frame: pd.DataFrame, reading: Mapping[str, str], sources: Mapping[str, str]) -> bytes:
    """Workbook with the sheets Daten, Lesehilfe and Quellen; every text is written as text, never as a formula."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        dates = book.add_format({"num_format": "dd.mm.yyyy"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("Daten")
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(frame.columns):
            sheet.write_string(0, column, str(name), bold)
            width = max([len(str(name)), *(len(str(value)) for value in frame[name].head(200))])
            sheet.set_column(column, column, min(60, width + 2))
            for row, value in enumerate(frame[name], start=1):
                _write(sheet, row, column, value, dates)
        if len(frame):
            sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
        for title, entries in (("Lesehilfe", reading), ("Quellen", sources)):
            sheet = book.add_worksheet(title)
            sheet.set_column(0, 0, 28)
            sheet.set_column(1, 1, 100)
            for row, (key, text) in enumerate(entries.items()):
                sheet.write_string(row, 0, key, bold)
                sheet.write_string(row, 1, text, wrapped)
    return buffer.getvalue()


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: object, dates: object) -> None:
    if pd.isna(value):  # None, NaN, NaT and the NA of nullable columns: an empty cell
        return
    if isinstance(value, bool):
        sheet.write_string(row, column, "ja" if value else "nein")
    elif isinstance(value, (datetime, date, pd.Timestamp)):
        sheet.write_datetime(row, column, pd.Timestamp(value).to_pydatetime(), dates)
    elif isinstance(value, (int, float)) or pd.api.types.is_number(value):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))
