"""The stage as one HTML file: everything inside, every text escaped, no name left where names are hidden."""

import base64
import hashlib
import io
import json
import re
from html import unescape
from pathlib import Path

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pptx import Presentation

import gradmesser.__main__ as product
from gradmesser import anonymous, deck, store
from gradmesser.catalog import LAND
from gradmesser.charts.template import LIGHT
from gradmesser.deck import KINDS, Slide
from gradmesser.export import htmldeck
from gradmesser.export import slides as powerpoint
from gradmesser.export.htmldeck import Area, Look, Map, Scene
from gradmesser.ui import data, decks, slides, stage
from tests.support import JENA, VG, Instance

MOST_BYTES = 8 * 1024 * 1024
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


def scene(**changes: object) -> Scene:
    usual = {"finding": "5 von 9 sind online.", "figure": go.Figure(go.Bar(x=[5], y=["Bau"], orientation="h")),
             "source": "Quelle: Test", "method": "n von N"}  # fmt: skip
    return Scene(**{**usual, **changes})


def own_part(made: str) -> str:
    """The file without plotly's code."""
    return re.sub(r"<script>.*?</script>", "", made, count=1, flags=re.DOTALL)


def figures(made: str) -> list[dict]:
    return json.loads(re.search(r'id="abbildungen">(.*?)</script>', made, re.DOTALL)[1])


def plain_slides() -> list[Slide]:
    service = store.fetch("leistungen", **slides.view_of({}).clocks)["leika_key"].iloc[0]
    some = [
        Slide(kind=kind, parameters={"leistung": service} if kind.startswith("leistung-") else {})
        for kind in KINDS if kind != "vergleich-veraenderung"
    ]  # fmt: skip
    of_units = [
        Slide(kind="kommune-themenfelder", parameters={"ars": JENA}), Slide(kind="kommune-verlauf", parameters={"ars": VG}),
        Slide(kind="vergleich-verteilung", parameters={"ars": VG}), Slide(kind="karte", parameters={"ebene": "gemeinden"}),
        Slide(kind="register-verlauf", parameters={"kreis": JENA}), Slide(kind="veraenderung-bruecke", parameters={"ars": JENA}),
    ]  # fmt: skip
    return some + of_units


def unit_names() -> list[str]:
    units = store.fetch("einheiten")
    named = units[units["ars"] != LAND]
    return sorted({name for column in ("name", "langname") for name in named[column].dropna()})


def names_in(text: str) -> set[str]:
    """Names of units in a text as whole words, also where a line break or an entity parts them."""
    plain = " ".join(unescape(unescape(re.sub(r"<[^>]*>|\\u003c.*?\\u003e", " ", text))).split())
    return {name for name in unit_names() if name in plain and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", plain)}


def test_the_file_holds_everything_and_its_policy_allows_no_connection() -> None:
    made = htmldeck.document([scene()])
    own = own_part(made)
    assert not re.search(r"(?:src|href)=\"(?!data:|#)[^\"]*\"", own)
    assert "@font-face" in own
    policy = unescape(re.search(r'Content-Security-Policy" content="(.*?)"', made)[1])
    assert "default-src 'none'" in policy
    assert "connect-src 'none'" in policy
    assert "unsafe" not in policy.partition("script-src")[2].partition(";")[0]
    for script in re.findall(r"<script>(.*?)</script>", made, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert made.count("<script>") == 2


def test_no_text_of_the_data_becomes_markup() -> None:
    area = Area(name=EVIL, rings=[[(10, 50), (11, 50), (11, 51)]])
    evil_map = Map(areas=[area], looks=[Look(label=EVIL, colour="#000000", pattern="none")], frames=[(EVIL, "A")])
    words = dict.fromkeys(("finding", "source", "method", "totals", "filters", "remark", "live", "why_no_code"), EVIL)
    made = own_part(htmldeck.document([scene(**words, figure=evil_map), scene(**words)], title=EVIL))
    assert "<img" not in made
    assert made.count("<script") == 3
    assert not re.search(r"<[^>]*\son\w+=[^>]*>", re.sub(r'"[^"]*"', '""', made))
    assert figures(made)[0]["namen"] == [EVIL]


@given(st.text())
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    section = htmldeck._section(scene(finding=text, source=""), 1, 1, "", [])  # noqa: SLF001 - the whole file takes seconds
    assert unescape(re.search(r"<h1>(.*?)</h1>", section, re.DOTALL)[1]) == text
    assert json.loads(htmldeck._data([text])) == [text]  # noqa: SLF001
    assert "<" not in htmldeck._data([text])  # noqa: SLF001


@pytest.mark.parametrize("hall", list(htmldeck.HALLS))
def test_every_kind_has_letters_of_at_least_24_pixels(hall: str, instance: Instance) -> None:  # noqa: ARG001
    for slide in plain_slides():
        one = stage.scene(slide, htmldeck.HALLS[hall])
        if isinstance(one.figure, Map):
            assert {len(letters) for _, letters in one.figure.frames} == {len(one.figure.areas)}
            continue
        drawn = htmldeck._plot(one.figure)  # noqa: SLF001
        sizes = [int(size) for size in re.findall(r'font": \{[^{}]*?"size": (\d+)', json.dumps(drawn))]
        assert sizes
        assert min(sizes) >= 24, slide.address


def test_style_sheet_writes_nothing_smaller_than_24_pixels() -> None:
    css = (Path(htmldeck.__file__).with_name("htmldeck.css")).read_text("utf-8")
    sizes = [int(size) for size in re.findall(r"font-size: calc\((\d+)px", css)]
    assert min(sizes) >= 24
    assert len(sizes) == css.count("font-size:")


def test_deck_says_source_n_of_n_and_why_there_is_no_code(instance: Instance) -> None:
    made = own_part(stage.document(stage.STARTERS))
    assert made.count('class="folie"') >= 6
    assert made.count('class="marke"') == made.count('class="folie"')
    assert powerpoint.NO_ADDRESS in made
    assert "Wie wird gezählt?" in made
    block = slides.build(Slide(kind="glas", parameters={}), LIGHT).block
    assert block.finding in unescape(made)
    assert f'<p class="zahlen">{block.totals}</p>' in made
    own = instance.root / "betreiber.yaml"
    own.write_text("adresse: https://gradmesser.example/\n", "utf-8")
    try:
        coded = own_part(stage.document(stage.STARTERS))
    finally:
        own.unlink()
    assert 'class="code" href="https://gradmesser.example/karte"' in coded
    assert powerpoint.NO_ADDRESS not in coded


def test_no_name_of_a_unit_is_left_in_the_file_without_names(instance: Instance) -> None:
    own = instance.root / "betreiber.yaml"
    own.write_text("adresse: https://gradmesser.example/\n", "utf-8")
    try:
        chosen = plain_slides()
        made = own_part(stage.document(chosen, named=False))
        named = own_part(stage.document(chosen))
    finally:
        own.unlink()
    assert names_in(made) == set()
    assert not re.search(r"(?<![\w.])16\d{10}(?!\d)", made), "no key of a unit either"
    assert {"Jena", "Erfurt"} <= names_in(named)
    assert 'data-namen="ohne"' in named
    assert 'data-namen="mit"' not in made
    assert made.count("Ohne QR-Code: Die Adresse der Ansicht nennt die Einheit") == 5


def test_no_name_of_a_unit_is_left_in_the_powerpoint_without_names(instance: Instance) -> None:  # noqa: ARG001
    chosen = [
        one for one in plain_slides() if one.parameters.get("ars") or one.kind in ("karte", "vergleich-verteilung")
    ]
    with stage.hidden(chosen):
        name, made = decks.deck_file(chosen[:1] + chosen)
    shown = Presentation(io.BytesIO(made))
    parts = b" ".join(part.blob for part in shown.part.package.iter_parts() if part.partname.endswith(".xml")).decode()
    assert names_in(parts) == set()
    assert not re.search(r"(?<![\w.])16\d{10}(?!\d)", parts + name)


def test_fingerprints_and_numbers_stay_those_of_the_real_rows(instance: Instance) -> None:  # noqa: ARG001
    slide = Slide(kind="kommune-themenfelder", parameters={"ars": JENA})
    real = stage.scene(slide, LIGHT)
    with stage.hidden([slide]):
        hidden = stage.scene(slide, LIGHT)
        assert data.nameless()
    assert not data.nameless()
    assert (hidden.totals, hidden.source) == (real.totals, real.source)
    assert "Jena" in real.filters
    assert re.search(r"Stadt [A-Z]", hidden.filters)


def test_letters_are_the_same_for_the_same_deck_and_tell_nothing_by_their_order(instance: Instance) -> None:  # noqa: ARG001
    units = store.fetch("einheiten")
    first, again, other = (anonymous.aliases(units, seed).by_ars for seed in ("a", "a", "b"))
    assert first == again
    assert first != other
    assert len(set(first.values())) == len(first) == len(units) - 1
    assert LAND not in first


@given(st.lists(st.integers(0, 2000), unique=True, max_size=50))
def test_letters_never_repeat(positions: list[int]) -> None:
    letters = [anonymous._letters(position) for position in positions]  # noqa: SLF001
    assert len(set(letters)) == len(letters)
    assert all(re.fullmatch("[A-Z]+", one) for one in letters)


@pytest.mark.parametrize("command", ["deck", "gallery"])
def test_commands_write_a_file_of_at_most_8_mb(
    command: str,
    instance: Instance,  # noqa: ARG001
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "buehne.html"
    assert product.main([command, "--out", str(out)]) == 0
    made = out.read_text("utf-8")
    assert out.stat().st_size <= MOST_BYTES
    assert made.count('class="folie"') >= len(deck.STARTER) + 1
    assert ('id="pause"' in own_part(made)) == (command == "gallery")
    assert product.main([command, "--folie", "gibtsnicht", "--out", str(out)]) == 1
    assert "gibtsnicht" in capsys.readouterr().err


def test_the_largest_deck_stays_below_8_mb(instance: Instance) -> None:  # noqa: ARG001
    assert len(stage.document(plain_slides()).encode()) <= MOST_BYTES


@pytest.mark.parametrize("seconds", ["4", "601", "-5", "viele"])
def test_nonsense_seconds_are_refused(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        product.main(["gallery", "--out", "x.html", f"--sekunden={seconds}"])
    assert "keine Zahl von 5 bis 600" in capsys.readouterr().err
