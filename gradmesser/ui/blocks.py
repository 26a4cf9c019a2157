"""The chart block: finding, picture, n/N/u, source and Stand, table of the same rows, downloads, how it is computed."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from gradmesser import catalog, deck, fingerprint, german, store
from gradmesser.catalog import EXAMPLE_MARK, Measure
from gradmesser.charts import template
from gradmesser.charts.template import Palette
from gradmesser.export import html_table, recompute, table
from gradmesser.export.html_table import Column
from gradmesser.ui import data, savebutton, style

PLOT_CONFIG = {"displayModeBar": False, "topojsonURL": "app/static/", "locale": "de", "scrollZoom": False}
_BEHIND = 10
_IN_TABLE = 500
"""More rows than this a browser does not draw at once; the files have them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Everything that belongs to one figure. `key` names widgets and files and is unique on the page.

    query and parameters are what the rows were fetched with: from them the figure is recomputed and verified.
    """

    key: str
    finding: str
    measure: Measure
    stand: date
    rows: pd.DataFrame
    columns: Sequence[Column]
    query: str
    parameters: Mapping[str, object]
    ars: str = catalog.LAND
    totals: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A block with its figure: what a page draws and what goes onto a slide; remark is what to know beyond the source.

    marked: the figure bears the example mark already, where it needs one.
    """

    block: Block
    figure: go.Figure
    remark: str = ""
    marked: bool = False


def made(make: Callable[..., Picture | None], *about: Hashable) -> Picture | None:
    """The picture that `make(*about, colours)` returns, in the colours of the reader, made once for all who see the same.

    A page does half of its work in plotly. Nobody may change such a figure; slides and files make their own.
    """
    return data.kept(_marked, make, *about, style.colours())


def _marked(make: Callable[..., Picture | None], *about: Hashable) -> Picture | None:
    one = make(*about)
    return None if one is None else _with_mark(one, about[-1])


def _with_mark(one: Picture, colours: Palette) -> Picture:
    template.watermark(one.figure, colours, example=is_example(one.block.measure))
    return replace(one, marked=True)


def draw(one: Picture) -> None:
    """Heading, figure and everything under it."""
    style.finding(one.block.finding)
    draw_below_heading(one)


def draw_below_heading(one: Picture) -> None:
    """Figure and everything under it, where the finding stands further up, as the answer of the page."""
    picture(one)
    if one.remark:
        style.remark(one.remark)
    below(one.block)


def picture(one: Picture) -> None:
    """The figure alone, with example mark and alt text, where the caller puts something between heading and figure."""
    block, figure = one.block, (one if one.marked else _with_mark(one, style.colours())).figure
    st.plotly_chart(figure, theme=None, key=f"{block.key}_bild", alt=alt_text(block), config=PLOT_CONFIG)


def below(block: Block) -> None:
    """n/N/u, source line, table, downloads and Rechenweg of a block whose picture stands above."""
    with st.container(gap="xxsmall"):
        _below(block)


def _below(block: Block) -> None:
    style.note(caption(block))
    with st.container(horizontal=True, gap="small"):
        _downloads(block)
        _pin(block)
    with st.expander(
        "Tabelle derselben Zeilen", key=f"{block.key}_tabelle", type="compact", on_change="rerun"
    ) as opened:
        if opened.open:
            shown = block.rows.head(_IN_TABLE)
            rest = (
                f" Die ersten {len(shown)} von {german.number(len(block.rows))} Zeilen; alle stehen in den Dateien."
                if len(shown) < len(block.rows)
                else ""
            )
            style.html(html_table.render(shown, block.columns, f"{block.finding} {caption(block)}{rest}"))
    if block.key in deck.KINDS:
        _as_picture(block)
    with st.expander("Quellen & Rechenweg", key=f"{block.key}_weg", type="compact", on_change="rerun") as opened:
        if opened.open:
            _explain(block)


def _slide_of(block: Block) -> deck.Slide:
    return deck.pinned(block.key, st.query_params.to_dict())


def _as_picture(block: Block) -> None:
    """The picture with everything inside, saved by the reader's own browser: no browser on the server is needed."""
    from gradmesser.ui import pictures  # noqa: PLC0415 - pictures are made of blocks

    with st.expander("Als Bild (PNG, SVG)", key=f"{block.key}_als_bild", type="compact", on_change="rerun") as opened:
        if not opened.open:
            return
        kind = st.radio("Dateiart", ["PNG", "SVG"], key=f"{block.key}_bildart", horizontal=True).lower()
        try:
            figure = pictures.framed(_slide_of(block))
        except deck.UnknownSlide as error:
            style.remark(str(error))
            return
        chart = f"{block.key}_bild_{kind}"
        with st.container(key=f"gm_bild_{block.key}"):
            st.plotly_chart(
                figure, theme=None, key=chart, alt=alt_text(block), config=PLOT_CONFIG, width=int(figure.layout.width)
            )
        savebutton.show(f"Als {kind.upper()} speichern", chart, kind, file_name(block, kind))


def pins() -> list[str]:
    """Addresses of the slides that this visitor put aside, in order; the address of the deck keeps them for good."""
    return st.session_state.setdefault("folien", [])


def _pin(block: Block) -> None:
    """Button that puts the picture of the block, as the address shows it now, onto the visitor's next slide."""
    if block.key not in deck.KINDS:
        return
    address = deck.pinned(block.key, st.query_params.to_dict()).address
    taken = address in pins()
    st.button(
        "✓ liegt auf der Folie" if taken else "Auf die Folie", key=f"{block.key}_folie", type="tertiary", disabled=taken,
        on_click=pins().append, args=(address,), help="Diese Ansicht in die Präsentation legen (Seite Präsentation)",
    )  # fmt: skip


def caption(block: Block) -> str:
    """`57 von 121, 12 ohne Meldung · Open-PVOG, Stand 30.06.2026 (12 Tage alt) · Fingerabdruck …`."""
    example = EXAMPLE_MARK if is_example(block.measure) else ""
    return " · ".join(part for part in (example, block.totals, source_line(block)) if part)


def source_line(block: Block) -> str:
    """The same without n/N/u: source, Stand, what was known, rules and fingerprint."""
    info = data.info()
    source = catalog.sources()[block.measure.source_id]
    days = (datetime.now(UTC).date() - block.stand).days
    parts = [
        f"Quelle: {source.title}, Stand {german.day(block.stand)} ({german.age(days)})",
        f"bekannt bis {german.day(known_on(block.parameters))}",
        f"Regeln {info.rules}, Fingerabdruck {data.fingerprint_of(block.query, dict(block.parameters))}",
    ]
    return " · ".join(parts)


def known_on(parameters: Mapping[str, object]) -> date:
    """Day by which the rows of a query were known."""
    return data.asked(dict(parameters)).get("wissen", data.info().known)


def verify_command(query: str, parameters: Mapping[str, object]) -> str:
    """What to type to compute the fingerprint of these rows again, also after later deliveries and corrections."""
    given = dict(parameters)
    return (
        f"python -m gradmesser verify {data.fingerprint_of(query, given)} "
        f"{fingerprint.question(query, data.asked(given))}"
    )


def alt_text(block: Block) -> str:
    """Text instead of the picture: the finding, the triple, the source."""
    return f"{block.finding} {caption(block)}. Die Zeilen stehen in der Tabelle darunter."


def file_name(block: Block, suffix: str) -> str:
    """`gradmesser_<ansicht>_<ars>_stand-<date>.<suffix>`; the date is that of the data."""
    example = "_BEISPIEL" if is_example(block.measure) else ""
    known = known_on(block.parameters)
    frozen = "" if known == data.info().known else f"_wissen-{known}"
    return f"gradmesser_{block.key}_{block.ars}_stand-{block.stand}{frozen}{example}.{suffix}"


def age_badge(stand: date) -> str:
    """Badge with the age of the data: notice from 30, warning from 60 days."""
    days = (datetime.now(UTC).date() - stand).days
    if days >= catalog.AGE_WARNING_DAYS:
        return style.badge(f"Stand {german.day(stand)}, {german.age(days)}", "warning", "⚠")
    if days >= catalog.AGE_NOTICE_DAYS:
        return style.badge(f"Stand {german.day(stand)}, {german.age(days)}", "info", "•")
    return style.badge(f"Stand {german.day(stand)}, {german.age(days)}", "success", "✓")


def is_example(measure: Measure) -> bool:
    """Whether the values of a measure are invented: never those of a published source."""
    return data.info().example and measure.source_id in {"open_pvog", "meldung", "themen"}


def _downloads(block: Block) -> None:
    kinds: dict[str, tuple[str, Callable[[], bytes], str]] = {
        "CSV": ("csv", lambda: as_csv(block), "text/csv"),
        "XLSX": (
            "xlsx", lambda: as_xlsx(block), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        ),
    }  # fmt: skip
    if block.key in deck.KINDS:
        kinds |= {
            "PPTX": (
                "pptx", lambda: _as_slide(block), "application/vnd.openxmlformats-officedocument.presentationml.presentation"
            )
        }  # fmt: skip
    for label, (suffix, make, mime) in kinds.items():
        st.download_button(
            label, make, file_name(block, suffix), mime, key=f"{block.key}_{suffix}", on_click="ignore", type="tertiary",
            help="Eine Folie mit bearbeitbarem Diagramm" if suffix == "pptx" else f"Die gezeigten Zeilen als {label}-Datei",
        )  # fmt: skip


def as_csv(block: Block) -> bytes:
    """The rows of the table under the figure, Stand and origin in columns of their own: a CSV has no second sheet."""
    herkunft = "BEISPIELDATEN" if is_example(block.measure) else "amtlich"
    rows = _shown(block).assign(
        stand_der_daten=block.stand.isoformat(),
        bekannt_bis=known_on(block.parameters).isoformat(),
        herkunft=herkunft,
    )
    return table.to_csv(rows)


def as_xlsx(block: Block) -> bytes:
    """The same rows as a workbook with the sheets Daten, Lesehilfe and Quellen."""
    return table.to_xlsx(_shown(block), reading_aid(block), origin(block))


def _shown(block: Block) -> pd.DataFrame:
    return block.rows[[column.field for column in block.columns]]


def _as_slide(block: Block) -> bytes:
    from gradmesser.ui import decks  # noqa: PLC0415 - slides are made of blocks

    return decks.deck_file([_slide_of(block)])[1]


def reading_aid(block: Block) -> dict[str, str]:
    """Sheet Lesehilfe: what the rows mean."""
    aid = {
        "Aussage": block.finding,
        "Kennzahl": block.measure.title,
        "Was gemessen wird": block.measure.description,
        "Rechenweg": block.measure.formula,
        "Grenzen": block.measure.caveat,
        "Stand der Daten": german.day(block.stand),
        "Bekannt bis": german.day(known_on(block.parameters)),
    }
    headings = {f"Spalte {column.field}": column.heading for column in block.columns}
    warning = {"Achtung": EXAMPLE_MARK} if is_example(block.measure) else {}
    return warning | aid | headings


def origin(block: Block) -> dict[str, str]:
    """Sheet Quellen: where the rows come from."""
    source = catalog.sources()[block.measure.source_id]
    info = data.info()
    return {
        "Quelle": source.title,
        "Herausgeber": source.publisher,
        "Lizenz": source.licence,
        "Quellenvermerk": source.attribution,
        "Grenzen": source.limits,
        "Gebiet": catalog.sources()["gebietsstand"].attribution,
        "Regelversion": info.rules,
        "Prüfsumme der Daten": info.checksum,
        "Fingerabdruck": data.fingerprint_of(block.query, dict(block.parameters)),
        "Prüfen mit": verify_command(block.query, block.parameters),
    }


def _explain(block: Block) -> None:
    measure, source = block.measure, catalog.sources()[block.measure.source_id]
    st.markdown(
        f"**{_plain(measure.title)}** ({measure.origin})\n\n{_plain(measure.description)}\n\n"
        f"**Rechenweg.** {_plain(measure.formula)}\n\n**Verarbeitung.** {_plain(measure.processing)}\n\n"
        f"**Grenzen.** {_plain(measure.caveat)} {_plain(source.limits)}\n\n"
        f"**Quelle.** {_plain(source.title)}, {_plain(source.publisher)}. Lizenz: {_plain(source.licence)}. "
        f"{_plain(source.attribution)}"
    )
    _rows_behind(block)
    st.markdown(
        "**Nachrechnen.** Derselbe Fingerabdruck heißt: gleiche Regeln, gleiche Zeilen, auch nach späteren Lieferungen. Der erste "
        "Befehl prüft ihn, darunter steht die Abfrage."
    )
    st.code(verify_command(block.query, block.parameters), language="bash")
    st.code(store.sql(block.query), language="sql")


def _rows_behind(block: Block) -> None:
    """The rows of the query as the database gave them, before anything was summed up or put into words."""
    rows = data.fetch(block.query, **block.parameters)
    first = rows.head(_BEHIND)
    count = german.count(len(rows), "Zeile", "Zeilen")
    rest = f", hier die ersten {len(first)}" if len(first) < len(rows) else ""
    columns = [
        Column(field=name, heading=name, show=_raw, numeric=pd.api.types.is_numeric_dtype(rows[name])) for name in rows
    ]
    st.markdown(f"**Zeilen hinter der Zahl.** {_plain(_asked(block))}")
    style.html(html_table.render(first, columns, f"{block.finding} Dahinter: {count} der Abfrage {block.query}{rest}"))
    st.download_button(
        "Zum Nachrechnen (ZIP)", lambda: recompute_file(block), file_name(block, "zip"), "application/zip",
        key=f"{block.key}_zip", on_click="ignore", type="tertiary",
        help="Alle Zeilen als CSV, die Abfrage, der Rechenweg in Worten und der Text, aus dem der Fingerabdruck entsteht",
    )  # fmt: skip


def recompute_file(block: Block) -> bytes:
    """ZIP with which somebody computes the figure again: rows, query, words, and the text of the fingerprint."""
    rows, asked = data.fetch(block.query, **block.parameters), data.asked(dict(block.parameters))
    told = reading_aid(block) | {"Verarbeitung": block.measure.processing, "Abfrage": _asked(block)} | origin(block)
    told |= {
        "Fingerabdruck von Hand": "sha256sum fingerabdruck.txt: Die ersten zwölf Zeichen sind der Fingerabdruck.",
        "Dateien": "zeilen.csv: die Zeilen der Abfrage; abfrage.sql: die Abfrage mit benannten Werten ($stand, $wissen …).",
    }
    hashed = fingerprint.text(block.query, asked, rows, data.info().rules)
    return recompute.bundle(rows, store.sql(block.query), hashed, told)


def _asked(block: Block) -> str:
    values = data.asked(dict(block.parameters))
    words = ", ".join(f"{name} = {value or 'alle'}" for name, value in sorted(values.items()))
    return f"Abfrage {block.query} mit {words}." if words else f"Abfrage {block.query}, ohne Einschränkung."


def _raw(value: object) -> str:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "–"
    if isinstance(value, (bool, np.bool_)):
        return "ja" if value else "nein"
    if isinstance(value, (datetime, date)):
        return f"{value:%Y-%m-%d}"
    return escape(str(list(value)) if isinstance(value, np.ndarray) else str(value))


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|$~])", r"\\\1", text)
