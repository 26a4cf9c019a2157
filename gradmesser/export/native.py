"""What an editable chart of a slide shows, and how it is drawn into a PowerPoint slide; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
)
from pptx.enum.dml import MSO_LINE_DASH_STYLE, MSO_PATTERN_TYPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Emu, Pt

from gradmesser.charts.template import LIGHT

FONT = "Fira Sans"
_SMALL, _SMALLEST, _TINY = Pt(14), Pt(12), Pt(10)
_MANY = 9
_VERY_MANY = 15
"""From so many bars on their labels are set smaller."""
_LEGEND_WIDTH = Emu(2_900_000)


class Form(Enum):
    """Kind of native chart."""

    BARS = XL_CHART_TYPE.BAR_STACKED
    SHARES = XL_CHART_TYPE.BAR_STACKED_100
    BESIDE = XL_CHART_TYPE.BAR_CLUSTERED
    COLUMNS = XL_CHART_TYPE.COLUMN_STACKED
    LINES = XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Colour, and what tells the same without colour: pattern of an area, dash and marker of a line."""

    colour: str
    pattern: str = ""
    dash: bool = False
    line: bool = True
    marker: bool = False
    large: bool = False


SOLID = Look(colour=LIGHT.live)
SOFT = Look(colour=LIGHT.live_soft)
OPEN = Look(colour=LIGHT.line, pattern="open")
UNKNOWN = Look(colour=LIGHT.unknown, pattern="stripes")
BROKEN = Look(colour=LIGHT.broken, pattern="cross")
REST = Look(colour=LIGHT.open, pattern="dots")
CHOSEN = Look(colour=LIGHT.mark)
DOTS = Look(colour=LIGHT.mark, pattern="dots")
HIDDEN = Look(colour="", pattern="none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series; `across` are the x values of a line, None in values is an empty cell and never 0."""

    name: str
    values: Sequence[float | None]
    look: Look
    across: Sequence[float] = ()
    points: Sequence[Look] = ()
    labels: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A native chart; dates across are Excel's day numbers with the format `mm/yyyy`."""

    form: Form
    series: Sequence[Series]
    categories: Sequence[str] = ()
    across_format: str = "#,##0"
    across_title: str = ""
    title: str = ""
    value_format: str = "#,##0"
    top: float | None = None
    narrow: bool = False
    legend: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One area of the map: outer rings in degrees (longitude, latitude), its name with numbers, its class."""

    name: str
    rings: Sequence[Sequence[tuple[float, float]]]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A map of native shapes: the looks by class in the order of the legend, each with its words."""

    areas: Sequence[Area]
    classes: dict[str, tuple[str, Look]] = field(default_factory=dict)


def rgb(colour: str) -> RGBColor:
    """`#2044aa` as python-pptx wants it."""
    return RGBColor.from_string(colour.lstrip("#").upper())


_PATTERNS = {
    "stripes": MSO_PATTERN_TYPE.WIDE_UPWARD_DIAGONAL,
    "cross": MSO_PATTERN_TYPE.DIAGONAL_CROSS,
    "dots": MSO_PATTERN_TYPE.PERCENT_20,
}


def paint(filled: object, look: Look) -> None:
    """Give a shape, series or point (anything with fill and line) its look."""
    if look.pattern == "none":
        filled.fill.background()
        filled.line.fill.background()
        return
    if look.pattern in _PATTERNS:
        filled.fill.patterned()
        filled.fill.pattern = _PATTERNS[look.pattern]
        filled.fill.fore_color.rgb = rgb(look.colour)
        filled.fill.back_color.rgb = rgb(LIGHT.surface)
    else:
        filled.fill.solid()
        filled.fill.fore_color.rgb = rgb(LIGHT.surface if look.pattern == "open" else look.colour)
    if look.pattern:
        filled.line.color.rgb = rgb(look.colour)
        filled.line.width = Pt(1)


def draw(slide: object, shown: Chart | Drawing, box: tuple[int, int, int, int], alt: str) -> None:
    """Put the chart or the map into the box (left, top, width, height) of a slide; alt is read to who does not see it."""
    if isinstance(shown, Drawing):
        _map(slide, shown, box, alt)
        return
    left, top, width, height = box
    if shown.narrow:
        left, width = left + width // 5, 3 * width // 5
    frame = slide.shapes.add_chart(shown.form.value, left, top, width, height, _data(shown))
    frame._element.nvGraphicFramePr.cNvPr.set("descr", alt)  # noqa: SLF001 - python-pptx has no other way to set it
    chart = frame.chart
    chart.font.name, chart.font.size, chart.font.color.rgb = FONT, _SMALL, rgb(LIGHT.text)
    chart.has_title = False
    _legend(chart, shown)
    (_lines if shown.form is Form.LINES else _areas)(chart, shown)


def _data(shown: Chart) -> CategoryChartData | XyChartData:
    if shown.form is Form.LINES:
        points = XyChartData(number_format=shown.value_format)
        for one in shown.series:
            line = points.add_series(one.name)
            for across, value in zip(one.across, one.values, strict=True):
                line.add_data_point(across, value)
        return points
    data = CategoryChartData(number_format=shown.value_format)
    data.categories = shown.categories
    for one in shown.series:
        data.add_series(one.name, one.values)
    return data


def _legend(chart: object, shown: Chart) -> None:
    named = [one for one in shown.series if one.look.pattern != "none"]
    chart.has_legend = shown.legend and len(named) > 1
    if not chart.has_legend:
        return
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    chart.legend.font.name, chart.legend.font.size = FONT, _SMALL
    seen: set[str] = set()
    for position, one in enumerate(shown.series):
        if one.look.pattern == "none" or one.name in seen:
            entry = chart.legend._element.makeelement(_C + "legendEntry")  # noqa: SLF001 - no other way
            for tag, value in (("idx", str(position)), ("delete", "1")):
                entry.append(entry.makeelement(_C + tag, {"val": value}))
            chart.legend._element.find(_C + "legendPos").addnext(entry)  # noqa: SLF001
        seen.add(one.name)


_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def _areas(chart: object, shown: Chart) -> None:
    plot = chart.plots[0]
    plot.overlap, plot.gap_width = (0, 60) if shown.form is Form.BESIDE else (100, 40)
    size = _SMALL if len(shown.categories) < _MANY else _SMALLEST if len(shown.categories) < _VERY_MANY else _TINY
    for one, drawn in zip(shown.series, plot.series, strict=True):
        drawn.invert_if_negative = False
        paint(drawn.format, one.look)
        for position, look in enumerate(one.points):
            paint(drawn.points[position].format, look)
        if one.labels:
            labels = drawn.data_labels
            labels.show_value, labels.number_format, labels.number_format_is_linked = True, shown.value_format, False
            labels.font.size, labels.font.name = size, FONT
            if shown.form is Form.BESIDE:
                labels.position = XL_LABEL_POSITION.OUTSIDE_END
            elif one.look is SOLID and not one.points:
                labels.font.color.rgb, labels.position = rgb(LIGHT.on_live), XL_LABEL_POSITION.CENTER
            else:
                labels.position = XL_LABEL_POSITION.INSIDE_BASE
    category, value = chart.category_axis, chart.value_axis
    category.tick_labels.font.size = size
    category.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    category.format.line.color.rgb = rgb(LIGHT.line)
    category.has_major_gridlines = False
    every = category._element.makeelement(_C + "tickLblSkip", {"val": "1"})  # noqa: SLF001 - no other way: name each bar
    category._element.find(_C + "noMultiLvlLbl").addprevious(every)  # noqa: SLF001
    category.reverse_order = shown.form in (Form.BARS, Form.SHARES, Form.BESIDE)
    _scale(value, shown)
    value.visible = not shown.narrow
    value.has_major_gridlines = not shown.narrow
    if shown.form is Form.SHARES:
        value.maximum_scale, value.minimum_scale, value.major_unit = 1, 0, 0.25
        value.tick_labels.number_format, value.tick_labels.number_format_is_linked = "0 %", False


def _scale(axis: object, shown: Chart) -> None:
    axis.has_major_gridlines = True
    axis.major_gridlines.format.line.color.rgb = rgb(LIGHT.grid)
    axis.format.line.fill.background()
    axis.tick_labels.font.size = _SMALLEST
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = shown.value_format, False
    if shown.top is not None:
        axis.minimum_scale, axis.maximum_scale = 0, shown.top
    if shown.title and len(shown.categories) < _VERY_MANY:
        _name(axis, shown.title)


def _name(axis: object, title: str) -> None:
    axis.has_title = True
    axis.axis_title.text_frame.text = title
    font = axis.axis_title.text_frame.paragraphs[0].runs[0].font
    font.size, font.bold, font.name = _SMALL, False, FONT


def _lines(chart: object, shown: Chart) -> None:
    for one, drawn in zip(shown.series, chart.plots[0].series, strict=True):
        drawn.smooth = False
        line = drawn.format.line
        if one.look.line:
            line.color.rgb, line.width = rgb(one.look.colour), Pt(2 if one.look.dash else 3.5)
            if one.look.dash:
                line.dash_style = MSO_LINE_DASH_STYLE.DASH
        else:
            line.fill.background()
        drawn.marker.style = XL_MARKER_STYLE.DIAMOND if one.look.large else XL_MARKER_STYLE.CIRCLE
        if not one.look.marker:
            drawn.marker.style = XL_MARKER_STYLE.NONE
            continue
        drawn.marker.size = 17 if one.look.large else 11
        drawn.marker.format.fill.solid()
        drawn.marker.format.fill.fore_color.rgb = rgb(one.look.colour)
    across = chart.category_axis
    across.has_major_gridlines = False
    across.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    across.tick_labels.font.size = _SMALLEST
    across.tick_labels.number_format, across.tick_labels.number_format_is_linked = shown.across_format, False
    across.format.line.color.rgb = rgb(LIGHT.line)
    places = [place for one in shown.series for place in one.across]
    room = max(1.0, (max(places) - min(places)) / 40)
    across.minimum_scale, across.maximum_scale = min(places) - room, max(places) + room
    if shown.across_title:
        _name(across, shown.across_title)
    _scale(chart.value_axis, shown)


_SQUEEZE = 0.63
"""Length of a degree of longitude against one of latitude at 51° north."""


def _map(slide: object, shown: Drawing, box: tuple[int, int, int, int], alt: str) -> None:
    left, top, width, height = box
    points = [point for area in shown.areas for ring in area.rings for point in ring]
    west, south = min(x for x, _ in points), min(y for _, y in points)
    wide, high = (max(x for x, _ in points) - west) * _SQUEEZE, max(y for _, y in points) - south
    scale = min((width - _LEGEND_WIDTH) / wide, height / high)
    left += round((width - _LEGEND_WIDTH - wide * scale) / 2)
    group = slide.shapes.add_group_shape()
    group.name = "Karte"
    group._element.nvGrpSpPr.cNvPr.set("descr", alt)  # noqa: SLF001 - python-pptx has no other way to set it
    for area in shown.areas:
        rings = [
            [(left + (x - west) * _SQUEEZE * scale, top + height - (y - south) * scale) for x, y in ring]
            for ring in area.rings
        ]
        pen = group.shapes.build_freeform(*map(round, rings[0][0]))
        for position, ring in enumerate(rings):
            if position:
                pen.move_to(*map(round, ring[0]))
            pen.add_line_segments([tuple(map(round, point)) for point in ring[1:]], close=True)
        shape = pen.convert_to_shape()
        shape.name = area.name
        _flat(shape)
        paint(shape, shown.classes[area.key][1])
        shape.line.color.rgb, shape.line.width = rgb(LIGHT.surface), Pt(0.5)
    _map_legend(slide, shown, box[0] + width - _LEGEND_WIDTH, top)


def _flat(shape: object) -> None:
    """Without the shadow and the colours of the theme."""
    shape.shadow.inherit = False
    style = shape._element.find(_P + "style")  # noqa: SLF001 - python-pptx has no other way
    if style is not None:
        shape._element.remove(style)  # noqa: SLF001


def _map_legend(slide: object, shown: Drawing, left: int, top: int) -> None:
    counts = {key: sum(area.key == key for area in shown.areas) for key in shown.classes}
    step = Emu(330_000)
    for position, (key, (label, look)) in enumerate(shown.classes.items()):
        y = top + position * step
        box = slide.shapes.add_shape(1, left, y + 50_000, Emu(300_000), Emu(210_000))
        _flat(box)
        paint(box, look)
        box.line.color.rgb, box.line.width = rgb(LIGHT.line), Pt(0.75)
        words = slide.shapes.add_textbox(left + 360_000, y, _LEGEND_WIDTH - 360_000, step).text_frame
        words.word_wrap = True
        words.margin_top = words.margin_bottom = 0
        words.vertical_anchor = MSO_ANCHOR.MIDDLE
        words.paragraphs[0].alignment = PP_ALIGN.LEFT
        run = words.paragraphs[0].add_run()
        run.text = f"{label}: {counts[key]}"
        run.font.size, run.font.name, run.font.color.rgb = _SMALL, FONT, rgb(LIGHT.text)
