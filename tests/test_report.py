"""What is reported and recomputed: the mail holds the cell, both days and the frozen view; the ZIP gives the fingerprint back."""

import hashlib
import io
import re
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from gradmesser import store
from gradmesser.export import recompute
from gradmesser.ui import frame
from tests.support import JENA, WOHNSITZ, Instance
from tests.test_pages import markup, opened

ADDRESSES = {
    "kommune": ("kommune", {"ars": JENA, "abschnitt": "leistungen"}, "kommune"),
    "leistungen": ("leistungen", {"leistung": WOHNSITZ}, "leistung"),
    "register": ("register", {"abschnitt": "matrix"}, "register_register"),
    "register der Kommune": ("kommune", {"ars": JENA, "abschnitt": "register"}, "kommune_register"),
}


@pytest.fixture
def configured(instance: Instance) -> object:
    """The instance with a contact and an address."""
    path = instance.root / "betreiber.yaml"
    path.write_text(yaml.safe_dump({"kontakt_mail": "post@stelle.example", "adresse": "https://gm.example/"}), "utf-8")
    yield path
    path.unlink()


def reporting(app: AppTest, case: str) -> str:
    """Key of the opened expander of this page."""
    name, address, key = ADDRESSES[case]
    app.session_state[f"{key}_fehler"] = True
    opened(app, name, **address)
    return key


@pytest.mark.parametrize("case", ADDRESSES)
def test_mail_holds_cell_days_and_frozen_address(app: AppTest, configured: Path, case: str):  # noqa: ARG001
    key = reporting(app, case)
    cells = app.selectbox(key=f"{key}_zelle")
    assert len(cells.options) > 1
    number = "melderegister" if "register" in key else WOHNSITZ
    cells.set_value(f"{JENA}/{number}").run()
    assert not app.exception
    (link,) = [one.proto.url for one in app.get("link_button") if one.proto.url.startswith("mailto:")]
    parts = urlsplit(link)
    body = parse_qs(parts.query)["body"][0]
    assert parts.path == "post@stelle.example"
    assert f"Einheit: Jena ({JENA})" in body
    assert f"({number})" in body
    assert "Zustand laut Gradmesser: " in body
    assert "BEISPIELDATEN" in body
    where = body.split("Ansicht: ")[1].splitlines()[0]
    assert where.startswith(f"https://gm.example/{ADDRESSES[case][0]}?")
    assert {"stand", "wissen", *ADDRESSES[case][1]} <= set(parse_qs(urlsplit(where).query))


def test_the_reported_address_opens_the_same_view(app: AppTest, configured: Path):  # noqa: ARG001
    key = reporting(app, "kommune")
    text = next(one.value for one in app.code if "Ansicht: " in one.value)
    where = text.split("Ansicht: ")[1].splitlines()[0]
    address = {name: values[0] for name, values in parse_qs(urlsplit(where).query).items()}
    opened(app, "kommune", **address)
    assert not app.exception
    assert address["stand"] in {
        str(day.date()) for day in store.fetch("stichtage", wissen=store.known_by(None))["stichtag"]
    }
    assert key == "kommune"


@pytest.mark.parametrize("case", ADDRESSES)
def test_without_configuration_the_text_can_be_copied_and_no_address_is_made_up(app: AppTest, case: str):
    reporting(app, case)
    assert not [one for one in app.get("link_button") if "mailto" in one.proto.url]
    assert any("noch nicht eingetragen" in one.value for one in app.markdown)
    assert any("Was stimmt nicht:" in one.value for one in app.code)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_name_stays_text_in_a_mail(unit: str, what: str):
    unit, what = (text.encode("utf-8", "ignore").decode() for text in (unit, what))
    link = frame.mail("post@stelle.example", "x", f"{unit}&bcc=x {what}?#")
    assert set(parse_qs(urlsplit(link).query, keep_blank_values=True)) == {"subject", "body"}


@pytest.mark.parametrize(
    "name", ["gradmesser", "karte", "kommune", "leistungen", "register", "vergleich", "veraenderung"]
)
def test_every_block_shows_definition_formula_query_rows_and_download(app: AppTest, name: str):
    opened(app, name)
    ways = [one for one in app.expander if one.label == "Quellen & Rechenweg"]
    assert ways
    for one in ways:
        app.session_state[re.sub(r"^\$\$ID-[0-9a-f]+-", "", one.proto.id)] = True
    app.run()
    assert not app.exception
    told = " ".join(one.value for one in app.markdown)
    count = len(ways)
    for part in (
        "**Rechenweg.**",
        "**Verarbeitung.**",
        "**Grenzen.**",
        "**Quelle.**",
        "**Zeilen hinter der Zahl.**",
        "**Nachrechnen.**",
    ):
        assert told.count(part) == count, part
    assert sum(one.language == "sql" for one in app.code) == count
    assert sum(one.label == "Zum Nachrechnen (ZIP)" for one in app.get("download_button")) == count
    assert len([body for body in markup(app) if " der Abfrage " in body]) >= count


def test_the_archive_gives_the_fingerprint_back():
    rows = pd.DataFrame({"name": ["=1+1", "Jena"], "n": [1, 2]})
    hashed = b"1.0\nverlauf ars=\nname,n\n"
    content = recompute.bundle(rows, "SELECT 1", hashed, {"Rechenweg": "n von N", "Leer": ""})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("fingerabdruck.txt") == hashed
        assert "'=1+1" in archive.read("zeilen.csv").decode("utf-8-sig")
        assert archive.read("LIESMICH.txt").decode() == "Rechenweg\nn von N\n"
        assert archive.read("abfrage.sql") == b"SELECT 1"
    assert recompute.bundle(rows, "SELECT 1", hashed, {"Rechenweg": "n von N"}) == content


def test_the_archive_of_a_block_has_its_fingerprint(instance: Instance):  # noqa: ARG001
    script = """
from gradmesser.ui import blocks, controls, start
import streamlit as st
view = controls.view_of({})
choice = start.Choice(view=view, perspective="zustaendig", weight="verwaltungen")
from gradmesser.ui import style
block = start.trend_picture(choice, style.colours()).block
st.session_state["zip"] = blocks.recompute_file(block)
st.session_state["abdruck"] = blocks.data.fingerprint_of(block.query, dict(block.parameters))
"""
    made = AppTest.from_string(script, default_timeout=20).run()
    assert not made.exception
    with zipfile.ZipFile(io.BytesIO(made.session_state["zip"])) as archive:
        digest = hashlib.sha256(archive.read("fingerabdruck.txt")).hexdigest()
    assert digest.startswith(made.session_state["abdruck"])
