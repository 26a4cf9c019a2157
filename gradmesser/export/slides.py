"""A deck as PowerPoint, 16:9: the finding as title, an editable chart, source line, QR code, speaker notes."""

import io
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import segno
from pptx import Presentation
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Emu, Inches, Pt

from gradmesser.catalog import EXAMPLE_MARK
from gradmesser.charts.template import LIGHT
from gradmesser.export.native import FONT, Chart, Drawing, draw, rgb

NO_ADDRESS = "Ohne QR-Code: für diese Instanz ist keine Adresse eingetragen."
ALWAYS = (
    "Was niemand gemeldet hat, zählt als unbekannt (u) und nie als null. Jede Zahl ist deshalb eine Untergrenze: "
    "n von N, u ohne Meldung."
)
_WIDTH, _HEIGHT = Inches(13.333), Inches(7.5)
_MARGIN = Inches(0.5)
_INNER = _WIDTH - 2 * _MARGIN
_TITLE, _SOURCE, _FILTERS, _BODY = Pt(24), Pt(12), Pt(14), Pt(16)
_CODE = Inches(0.95)
_TITLE_ONLY = 5
_TITLE_LINE, _SOURCE_LINE = 54, 112
"""Letters that surely fit on a line, also where Fira Sans is missing and a wider font stands in."""
_LONG = 1200
"""More letters of rules than this get a closing slide of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlideContent:
    """Everything one slide says; live is the whole address of the same view, empty where the instance has none."""

    kind: str
    finding: str
    shown: Chart | Drawing
    caption: str
    notes: str
    method: str
    filters: str = ""
    remark: str = ""
    live: str = ""
    example: bool = False


def deck(slides: Sequence[SlideContent]) -> bytes:
    """The slides in their order and a closing slide how it is counted, as a .pptx file."""
    made = Presentation()
    made.slide_width, made.slide_height = _WIDTH, _HEIGHT
    made.core_properties.title = slides[0].finding[:250] if slides else "Gradmesser"
    made.core_properties.author, made.core_properties.language = "Gradmesser", "de-DE"
    for one in slides:
        _add(made, one)
    for part in rules(one.method for one in slides):
        _closing(made, part, example=any(one.example for one in slides))
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def _add(made: object, one: SlideContent) -> None:
    slide = _titled(made, one.finding, example=one.example)
    top = _below_title(one.finding)
    if one.filters:
        _text(slide, one.filters, (_MARGIN, top, _INNER, Inches(0.35)), _FILTERS, LIGHT.muted)
    top += Inches(0.35)
    source = "\n".join(part for part in (one.remark, one.caption, "" if one.live else NO_ADDRESS) if part)
    lines = sum(len(textwrap.wrap(part, _SOURCE_LINE)) for part in source.split("\n"))
    end = _HEIGHT - Inches(0.15) - lines * Inches(0.2)
    box = (_MARGIN, top, _INNER, end - top - Inches(0.08))
    draw(slide, one.shown, box, f"{one.finding} {one.caption}")
    room = _INNER - (_CODE + Inches(0.2) if one.live else 0)
    frame = _text(slide, source, (_MARGIN, end, room, _HEIGHT - Inches(0.1) - end), _SOURCE, LIGHT.muted)
    frame.vertical_anchor = MSO_ANCHOR.BOTTOM
    if one.live:
        _code(slide, one.live)
    slide.notes_slide.notes_text_frame.text = one.notes


def _below_title(title: str) -> int:
    return Inches(0.5) + len(textwrap.wrap(title, _TITLE_LINE)) * Inches(0.41)


def _titled(made: object, title: str, *, example: bool) -> object:
    slide = made.slides.add_slide(made.slide_layouts[_TITLE_ONLY])
    place = slide.shapes.title
    place.left, place.top, place.width, place.height = _MARGIN, Inches(0.45), _INNER, _below_title(title) - Inches(0.45)
    frame = place.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    frame.text = title
    frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    _font(frame.paragraphs[0].runs, _TITLE, LIGHT.text, bold=True)
    if example:
        mark = _text(
            slide, EXAMPLE_MARK, (_MARGIN, Inches(0.1), _INNER, Inches(0.35)), _FILTERS, LIGHT.broken, bold=True
        )  # fmt: skip
        mark.paragraphs[0].alignment = PP_ALIGN.RIGHT
    return slide


def _text(
    slide: object, text: str, box: tuple[int, int, int, int], size: Emu, colour: str, *, bold: bool = False
) -> object:
    frame = slide.shapes.add_textbox(*box).text_frame
    frame.word_wrap = True
    frame.margin_top = frame.margin_bottom = 0
    frame.text = text
    for paragraph in frame.paragraphs:
        _font(paragraph.runs, size, colour, bold=bold)
    return frame


def _font(runs: Sequence[object], size: Emu, colour: str, *, bold: bool) -> None:
    for run in runs:
        run.font.name, run.font.size, run.font.bold = FONT, size, bold
        run.font.color.rgb = rgb(colour)
        run.font.language_id = _GERMAN


_GERMAN = 1031
"""MSO_LANGUAGE_ID.GERMAN."""


def _code(slide: object, address: str) -> None:
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="png", scale=8, border=2)
    placed = slide.shapes.add_picture(
        picture, _WIDTH - _MARGIN - _CODE, _HEIGHT - _CODE - Inches(0.12), _CODE, _CODE
    )  # fmt: skip
    placed.name = "QR-Code zur lebenden Ansicht"
    placed._element.nvPicPr.cNvPr.set("descr", f"QR-Code: {address}")  # noqa: SLF001 - python-pptx has no other way
    placed.click_action.hyperlink.address = address


def rules(methods: Iterable[str]) -> list[list[str]]:
    """How it is counted, each rule once, in groups that fit on one closing slide each."""
    texts = [ALWAYS, *dict.fromkeys(methods)]
    parts: list[list[str]] = []
    for text in texts:
        if parts and sum(map(len, parts[-1])) + len(text) <= _LONG:
            parts[-1].append(text)
        else:
            parts.append([text])
    return parts


def _closing(made: object, texts: Sequence[str], *, example: bool) -> None:
    slide = _titled(made, "Wie wird gezählt?", example=example)
    frame = _text(slide, "\n".join(texts), (_MARGIN, Inches(1.3), _INNER, Inches(5.8)), _BODY, LIGHT.text)
    for paragraph in frame.paragraphs:
        paragraph.space_after = Pt(10)
    slide.notes_slide.notes_text_frame.text = (
        "Diese Folie ist die Antwort auf die Frage nach der Zählweise. Die ausführlichen Regeln stehen in der Methodik."
    )
