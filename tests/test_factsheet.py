"""The fact sheet: one tagged page, the numbers of the export, nothing that a name could break, readable in grey."""

import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdf
import pytest

import gradmesser.__main__ as product
from gradmesser import sheet, store
from gradmesser.catalog import EXAMPLE_MARK, LAND, places
from gradmesser.export import factsheet
from gradmesser.export.factsheet import Entry, FactSheet, FieldLine, Figure, Listing, Numbered, Row, TrendPoint
from tests import support
from tests.support import ILM_KREIS, JENA, VG, VG_MEMBERS, Instance

STAND = date(2026, 6, 15)
HOSTILE = '=1+1 <b>Öd</b> #strong[x] *y* _z_ `c` $a$ @ref "Größe" \\ & //'


TODAY = date(9999, 12, 30)


def content(ars: str) -> FactSheet:
    return sheet.gather(store.fetch, ars, STAND, TODAY)


def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def text(pdf: bytes) -> str:
    return re.sub(r"\s+", " ", read(pdf).pages[0].extract_text())


def longest(instance: Instance) -> str:  # noqa: ARG001 - chooses the example
    units = store.fetch("einheiten")
    own = units[units["ars"] == units["zustaendig_ars"]]
    return own.loc[own["name"].map(len).idxmax(), "ars"]


def elements(pdf: bytes) -> list[pypdf.generic.DictionaryObject]:
    """All structure elements, in reading order."""
    found: list[pypdf.generic.DictionaryObject] = []

    def walk(node: object) -> None:
        node = node.get_object() if isinstance(node, pypdf.generic.IndirectObject) else node
        if isinstance(node, pypdf.generic.ArrayObject):
            for one in node:
                walk(one)
        elif isinstance(node, pypdf.generic.DictionaryObject):
            if "/S" in node:
                found.append(node)
            if "/K" in node:
                walk(node["/K"])

    walk(read(pdf).trailer["/Root"]["/StructTreeRoot"])
    return found


def tags(pdf: bytes) -> list[str]:
    """Names of all structure elements."""
    return [str(one["/S"]).removeprefix("/") for one in elements(pdf)]


@pytest.fixture(scope="module")
def jena(instance: Instance) -> bytes:  # noqa: ARG001 - chooses the example
    return factsheet.to_pdf(content(JENA), places.FONTS)


def test_it_is_a_tagged_german_page_with_title(jena: bytes):
    root = read(jena).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].lower().startswith("de")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert read(jena).metadata.title == content(JENA).title
    assert b"pdfuaid" in root["/Metadata"].get_data()
    found = tags(jena)
    assert found.count("H1") == 1
    assert {"H2", "Table", "TH", "TD", "Figure", "L", "LI"} <= set(found)


def test_every_figure_has_a_text_instead(jena: bytes):
    figures = [one for one in elements(jena) if one["/S"] == "/Figure"]
    assert figures
    for figure in figures:
        assert "Liniendiagramm" in figure["/Alt"]
        assert figure["/Alt"].startswith(EXAMPLE_MARK)


@pytest.mark.parametrize("ars", [JENA, VG, VG_MEMBERS[0], ILM_KREIS, LAND, "longest"])
def test_it_is_exactly_one_page_without_pictures_in_pixels(instance: Instance, ars: str):
    pdf = factsheet.to_pdf(content(longest(instance) if ars == "longest" else ars), places.FONTS)
    reader = read(pdf)
    assert len(reader.pages) == 1
    assert not reader.pages[0].images
    width, height = reader.pages[0].mediabox.width, reader.pages[0].mediabox.height
    assert (round(float(width)), round(float(height))) == (595, 842)
    names = {str(font.get_object()["/BaseFont"]) for font in reader.pages[0]["/Resources"]["/Font"].values()}
    assert all("Fira" in name for name in names), names


def test_numbers_are_those_of_the_export(instance: Instance, jena: bytes):
    (row,) = [row for row in instance.export("rollin", STAND).json() if row["ars"] == JENA]
    assert f"{row['n']} von {row['N']} Leistungen" in text(jena)
    assert f"{row['n']} von {row['N']}, {row['u']} ohne Meldung" in text(jena)
    land = instance.export("rollin", STAND, "--level", "land").json()
    page = content(LAND)
    assert (page.n, page.of, page.u) == (land["n"], land["N"], land["u"])
    whole = [sum(getattr(line, name) for line in page.fields) for name in ("n", "of", "u")]
    assert whole == [land["n"], land["N"], land["u"]]


def test_it_says_stand_knowledge_rules_fingerprint_address_and_that_it_is_an_example(jena: bytes):
    shown = text(jena)
    about = store.fetch("datenbank").iloc[0]
    for part in (
        "Stand 31.05.2026, bekannt bis ", f"Regeln {about['regelversion']}", about["eingang_sha256"][:12],
        f"kommune?ars={JENA}&stand=2026-05-31", "31.12.2028", "ähnlichsten Verwaltungen", "nächste Schritte",
        "Definition des Gradmessers",
    ):  # fmt: skip
        assert part in shown, part
    assert shown.count("BEISPIELDATEN") >= 2


def test_a_member_shows_its_administration(instance: Instance):  # noqa: ARG001
    whole, member = content(VG), content(VG_MEMBERS[0])
    assert (member.title, member.n, member.of, member.u) == (whole.title, whole.n, whole.of, whole.u)
    assert "Ihre Aufgaben erledigt" in member.subtitle


def test_the_day_of_knowledge_is_on_the_page(instance: Instance):  # noqa: ARG001
    page = sheet.gather(store.fetch, JENA, STAND, STAND)
    assert page.clock == "Stand 31.05.2026, bekannt bis 15.06.2026"
    assert any("&wissen=2026-06-15" in line for line in page.footer)


def test_the_operator_gives_the_address(instance: Instance):
    (instance.root / "betreiber.yaml").write_text("adresse: https://gradmesser.example/\n", "utf-8")
    try:
        clocks = sheet.Clocks(stand=STAND, wissen=TODAY, known=date(2026, 7, 1))
        assert sheet.address("kommune?ars=1", clocks) == (
            "https://gradmesser.example/kommune?ars=1&stand=2026-06-15&wissen=2026-07-01"
        )
    finally:
        (instance.root / "betreiber.yaml").unlink()


def test_the_same_data_give_the_same_bytes(jena: bytes):
    assert factsheet.to_pdf(content(JENA), places.FONTS) == jena


def hostile(name: str, length: int) -> FactSheet:
    long = (name + " ") * length
    return FactSheet(
        title=f"{long}: 1 von 2", kicker=name, clock=name, subtitle=long, stand=STAND, n=1, of=2, u=1,
        figures=[Figure(label=name, value="> 99 %", remark=name)] * 3, trend_title=name,
        trend=[TrendPoint(day=date(2026, month, 1), n=month, of=20) for month in (1, 3, 6)], fields_title=name,
        fields=[FieldLine(name=name, n=1, of=2, u=1)] * 14,
        right=[Listing(title=name, note=name, head=(name, "n"), rows=[Row(cells=(name, "1 von 2"), strong=True)] * 8)],
        below=[Numbered(title=name, note=name, entries=[Entry(head=name, text=name)] * 5)], footer=[name, name], example=False,
    )  # fmt: skip


def test_names_are_text_and_never_markup():
    pdf = factsheet.to_pdf(hostile(HOSTILE, 1), places.FONTS)
    assert len(read(pdf).pages) == 1
    shown = text(pdf)
    for part in ("=1+1", "<b>Öd</b>", "#strong[x]", "*y*", "_z_", "`c`", "$a$", "@ref", '"Größe"', "//"):
        assert part in shown, part
    assert "BEISPIEL" not in shown


@pytest.mark.parametrize("name", ["", "\u0000\u200b\ud7ff", "日本語 😀", "a\nb\tc", "A" * 60, "ﬁﬀ‑–—≥●"])
def test_any_sign_leaves_a_page(name: str):
    assert len(read(factsheet.to_pdf(hostile(name, 1), places.FONTS)).pages) == 1


def test_without_a_development_there_is_no_line_and_no_error():
    for trend in ([], [TrendPoint(day=STAND, n=1, of=2)]):
        assert len(read(factsheet.to_pdf(replace(hostile("x", 1), trend=trend), places.FONTS)).pages) == 1


def test_what_does_not_fit_is_refused_by_name():
    with pytest.raises(factsheet.FactSheetError, match="passt nicht auf eine Seite"):
        factsheet.to_pdf(hostile("Wort", 4000), places.FONTS)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_page_reads_in_grey():
    template = factsheet.TEMPLATE.read_text("utf-8")
    colours = dict(re.findall(r'#let ([a-z-]+) = rgb\("(#[0-9a-f]{6})"\)', template))
    assert {"ink", "muted", "line-colour", "action"} <= set(colours)
    for name, least in {"ink": 4.5, "muted": 4.5, "line-colour": 3, "action": 3}.items():
        assert 1.05 / (luminance(colours[name]) + 0.05) >= least, name
    assert template.count("tiling(") == 2, "what is unknown and what is not online differ by pattern, not by colour"


def test_the_file_is_named_by_the_date_of_the_data():
    assert (
        factsheet.file_name(JENA, STAND, None, example=True)
        == f"gradmesser_datenblatt_{JENA}_stand-2026-06-15_BEISPIEL.pdf"
    )
    assert factsheet.file_name(JENA, STAND, STAND, example=False).endswith("_stand-2026-06-15_wissen-2026-06-15.pdf")


# The command ----------------------------------------------------------------------------------------------------------


def command(instance: Instance, *arguments: str) -> support.Ran:
    with instance.chosen():
        return support.run(product.main, ["blatt", *arguments])


def test_the_command_writes_the_page(instance: Instance, jena: bytes, tmp_path: Path):
    target = tmp_path / "jena.pdf"
    ran = command(instance, JENA, str(target), "--stand", str(STAND))
    assert (ran.code, ran.out) == (0, "")
    assert "BEISPIELDATEN" in ran.err
    assert target.read_bytes() == jena


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("999999999999", "x.pdf"), "weder eine Gemeinde"),
        (("000000000000", "x.pdf"), "weder eine Gemeinde"),
        ((JENA, "x.pdf", "--stand", "2020-01-01"), "liegt noch kein Stand vor"),
        ((JENA, "gibt/es/nicht.pdf"), "nicht.pdf"),
    ],
)
def test_the_command_says_why_it_refuses(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], complaint: str
):
    monkeypatch.chdir(tmp_path)
    ran = command(instance, *arguments)
    assert ran.code == 1
    assert complaint in ran.err
    assert not list(tmp_path.iterdir())
