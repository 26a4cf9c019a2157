"""Everything from outside is hostile: addresses, names and URLs in deliveries. None runs, none is stored unescaped."""

import csv
import io
import logging
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import streamlit
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from lxml import etree
from streamlit.testing.v1 import AppTest

from etl import snapshots
from gradmesser import deck, intake
from gradmesser.catalog import CatalogError, operator, stewards
from gradmesser.export import html_table, table
from gradmesser.ui import decks, frame, reporting, style
from tests import support
from tests.support import EICHSFELD, JENA, NEBENWOHNSITZ, ROOT, SHIPPED, VG, WOHNSITZ, ZULASSUNG, Instance, pvog
from tests.support import table as csv_of

MARKUP = '<a href="javascript:alert(1)">x</a><img src=x onerror=alert(1)><script>alert(1)</script>'
LINK = "[x](javascript:alert(1)) ![y](https://boese.example/y.png) $x$ :red[a] **f**"
FORMULA = '=HYPERLINK("https://boese.example";"x")'
NASTY = (
    MARKUP, LINK, FORMULA, "@SUM(A1)", "' OR 1=1 --", "../../etc/passwd", "..\\..\\boese", "javascript:alert(1)", "-1", "1e999",
    "data:text/html,<script>alert(1)</script>", "\x00", "a\x00b", "\u202egnp.exe", "\ufeff", "²", "٣", "2026-W01-1", "20260131",
    "9999-12-31", "0001-01-01", "None", "nan", "[]", "x" * 5_000, "=" * 300, "%00%0d%0a", "\r\nSet-Cookie: a=b", "🦄" * 50, "",
)  # fmt: skip
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), max_size=120))
SAFE_LINK = re.compile(r"(?s)(https?://|mailto:).+|[a-z]+(\?[^\s<>\"]*)?|app/static/[\w/.-]+|#[\w-]*")


class _Page(HTMLParser):
    """Tags and attributes of markup as a browser would take them."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_harmless(markup: str) -> None:
    """No script, no foreign picture, no handler; links only to http, https, mailto and pages; outgoing ones cut off."""
    for tag, attributes in _Page(markup).tags:
        assert tag not in {"script", "iframe", "object", "embed", "form", "base", "meta", "link"}, markup[:300]
        assert not [name for name in attributes if name.startswith("on")], attributes
        assert (attributes.get("src") or "data:image/svg+xml").startswith("data:image/svg+xml"), attributes
        address = attributes.get("href")
        if address is not None:
            assert SAFE_LINK.fullmatch(address), address
            if address.startswith("http"):
                assert "noopener" in (attributes.get("rel") or ""), address


OWN_LINK = "[Landesdurchsetzungsstelle für digitale Barrierefreiheit](https://tlmb-thueringen.de/themen/barrierefreiheit/landesdurchsetzungsstelle)"
"""The one link in running text; it is a word of the project."""


def opened(name: str, address: Mapping[str, str]) -> AppTest:
    """A page as a first visit; fails if it raised or shows anything that could run."""
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    if name != "gradmesser":
        app.switch_page(frame.PAGES[name].path)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, (name, address, [one.message for one in app.exception])
    for element in app.get("html"):
        body = element.proto.body
        for script in style.SCRIPTS:
            body = body.replace(f"<script>{script}</script>", "")
        if not body.startswith("<style>"):
            assert_harmless(body)
    for element in (*app.markdown, *app.info, *app.warning, *app.error, *app.success, *app.subheader, *app.caption):
        text = element.value.replace(OWN_LINK, "")
        assert not re.search(r"(?<!\\)<[a-z]|(?<!\\)\]\(\w*:", text), text
    for chart in app.get("plotly_chart"):
        assert not re.search(r"(<|\\u003c)(img|a|script|iframe)\b", chart.proto.spec), chart.proto.spec[:300]
    for kind in ("button", "download_button", "link_button", "page_link", "button_group", "radio", "expander"):
        for element in app.get(kind):
            assert "alert(1)" not in str(element.proto), kind
    return app


# Addresses ------------------------------------------------------------------------------------------------------------


def parameters() -> list[str]:
    """Every parameter of an address that the code reads, so that a new one is tried without being named here."""
    read = r'(?:_choose|_segmented|_day)\(\s*"(\w+)"|words\([^)]*?"(\w+)"\)|query_params(?:\.get\(|\[)"(\w+)"'
    found = {
        name
        for path in (ROOT / "gradmesser" / "ui").glob("*.py")
        for match in re.findall(read, path.read_text("utf-8"))
        for name in match
        if name
    }
    assert len(found) > 20, found
    return sorted(found)


SECTIONS = {
    "kommune": ("ueberblick", "leistungen", "register", "entwicklung", "themen", "vergleichbare", "melden"),
    "register": ("weg", "matrix", "idnr", "nachweise", "termine"),
    "daten": ("quellen", "lieferungen", "meldung", "widersprueche", "downloads"),
    "vergleich": ("verteilung", "veraenderung", "kreise", "index"),
}


@pytest.mark.parametrize("name", list(frame.PAGES))
@settings(max_examples=5, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])
@given(drawn=st.data())
def test_no_address_breaks_a_page_or_runs(instance: Instance, name: str, drawn: st.DataObject) -> None:  # noqa: ARG001
    address = {parameter: drawn.draw(TEXTS, label=parameter) for parameter in parameters()}
    if name in SECTIONS:
        address["abschnitt"] = drawn.draw(st.sampled_from(SECTIONS[name]))
    app = opened(name, address)
    if frame.PAGES[name].needs_data:
        assert [body for body in app.get("html") if "gm-finding" in body.proto.body or "gm-notice" in body.proto.body]


@settings(max_examples=300)
@given(text=st.one_of(TEXTS, st.text()))
def test_any_address_of_a_slide_is_a_slide_or_is_refused(text: str) -> None:
    try:
        found = deck.parse(text)
    except deck.UnknownSlide:
        return
    assert not re.search(r"[<>\"\s]", found.address)


# Names and URLs in deliveries -----------------------------------------------------------------------------------------


def _changed(path: Path, key: str, values: Mapping[str, dict[str, str]]) -> None:
    rows = support.read_csv(path)
    for row in rows:
        row.update(values.get(row[key], {}))
    path.write_text(csv_of(rows, list(rows[0]), ","), "utf-8")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """Territory, catalogue, deliveries and a report, all full of markup, links and formulas."""
    root = tmp_path_factory.mktemp("feindlich")
    reference = support.small_reference(root / "reference")
    for name in ("geo", "beobachtungen"):
        (reference / name).symlink_to(SHIPPED / name)
    _changed(
        reference / "gebiet" / "einheiten.csv",
        "ars",
        {
            JENA: {"name": f"Jena {MARKUP}", "langname": MARKUP}, VG: {"name": f"VG {LINK}"},
            EICHSFELD: {"name": f"{FORMULA} {MARKUP}"},
        },
    )  # fmt: skip
    _changed(
        reference / "katalog" / "leistungen.csv",
        "leika_key",
        {WOHNSITZ: {"leistung": f"{MARKUP} @SUM(A1)"}, ZULASSUNG: {"leistung": LINK}},
    )
    _changed(reference / "katalog" / "register.csv", "register_id", {"melderegister": {"name": f"Register {MARKUP}"}})
    made = Instance(root=root, reference=reference)
    rows = [
        pvog(url="javascript:alert(1)"), pvog(WOHNSITZ, VG, url=f'https://dienst.example/?a=">{MARKUP}'),
        pvog(NEBENWOHNSITZ, online_status=MARKUP, url="https://dienst.example/b"), pvog("1", MARKUP),
        pvog(ZULASSUNG, EICHSFELD, url="data:text/html,<script>alert(1)</script>"),
    ]  # fmt: skip
    made.take(csv_of(rows), "=cmd|<img src=x>.csv", stand=date(2026, 5, 31), sender=MARKUP)
    made.take(csv_of(rows[1:]), stand=date(2026, 6, 30))
    said = {"ars": JENA, "leika_key": WOHNSITZ, "zustand": "nicht zuständig", "bemerkung": MARKUP,
            "beleg_url": 'https://x.example/"><img src=x>'}  # fmt: skip
    made.take(csv_of([said], list(said)), "meldung.csv", source_id="meldung", stand=date(2026, 6, 29), sender=MARKUP)
    made.build()
    return made


HOSTILE_PAGES = [
    ("gradmesser", {}), ("karte", {"leistung": WOHNSITZ}), ("karte", {"ebene": "kreise"}), ("kommune", {"ars": JENA}),
    ("kommune", {"ars": VG}), ("leistungen", {}), ("leistungen", {"leistung": WOHNSITZ}), ("register", {"kreis": EICHSFELD}),
    ("vergleich", {"ars": JENA, "abschnitt": "veraenderung"}), ("vergleich", {"ars": VG, "abschnitt": "kreise"}),
    ("vergleich", {"ars": JENA, "abschnitt": "index"}), ("veraenderung", {"ars": JENA}), ("daten", {"abschnitt": "lieferungen"}),
    ("daten", {"abschnitt": "widersprueche"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "address"), HOSTILE_PAGES)
def test_nothing_from_a_delivery_runs_on_a_page(
    hostile: Instance, monkeypatch: pytest.MonkeyPatch, name: str, address: dict[str, str]
) -> None:
    monkeypatch.setenv("GRADMESSER_DATA", str(hostile.root))
    opened(name, address)


def test_slides_hold_names_as_text_and_link_nowhere_but_to_the_operator(
    hostile: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADMESSER_DATA", str(hostile.root))
    wanted = [
        "glas",
        f"kommune-verlauf?ars={JENA}",
        "leistungen-abdeckung",
        f"leistung-zustaende?leistung={WOHNSITZ}",
        "register-meilensteine",
    ]
    content = decks.deck_file([deck.parse(address) for address in wanted])[1]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                tree = etree.fromstring(archive.read(name))
                for element in tree.iter("{*}Relationship"):
                    if element.get("TargetMode") == "External":
                        assert element.get("Target").startswith(("http://", "https://")), name
                        assert "boese" not in element.get("Target")


@settings(max_examples=200)
@given(texts=st.lists(TEXTS, min_size=1, max_size=4), caption=TEXTS)
@example(texts=[MARKUP], caption=MARKUP)
def test_tables_hold_any_text_as_text(texts: list[str], caption: str) -> None:
    columns = [html_table.text("a", caption), html_table.optional("b", "B"), html_table.link("c", "C", caption)]
    rows = pd.DataFrame({"a": texts, "b": texts, "c": texts})
    markup = html_table.render(rows, columns, caption)
    assert_harmless(markup)
    assert {tag for tag, _ in _Page(markup).tags} <= {
        *("div", "table", "caption", "thead", "tbody", "tr", "th", "td", "a", "span")
    }


@settings(max_examples=300)
@given(address=st.one_of(TEXTS, st.from_regex(r"(?i)\s*(java|vb)script:\S*|https?:\S*|//\S*|data:\S*", fullmatch=True)))
def test_only_http_becomes_a_link(address: str) -> None:
    markup = html_table.anchor(address, "Dienst")
    assert_harmless(markup)
    assert ("<a " in markup) == address.lower().startswith(("http://", "https://"))


@settings(max_examples=200)
@given(texts=st.lists(TEXTS, min_size=1, max_size=3))
@example(texts=[FORMULA, "\n=1+1", "\uff1d1+1"])
def test_no_cell_of_a_file_is_a_formula(texts: list[str]) -> None:
    rows = pd.DataFrame({"a": texts})
    text = io.StringIO(table.to_csv(rows).decode("utf-8-sig"), newline="")
    cells = [row[0] for row in list(csv.reader(text, delimiter=";"))[1:] if row]
    assert not [cell for cell in cells if re.match(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]", cell)]
    with zipfile.ZipFile(io.BytesIO(table.to_xlsx(rows, {"a": texts[0]}, {"b": texts[0]}))) as book:
        sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        assert not any(b"<f>" in sheet or b"<f " in sheet or b"hyperlink" in sheet.lower() for sheet in sheets)


# Configuration, people, secrets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("impressum_url", "javascript:alert(1)"), ("datenschutz_url", "data:text/html,x"), ("adresse", "ftp://x.example"),
        ("barrierefreiheit_url", 'https://x.example/"><script>'), ("kontakt_mail", "a@b.example?bcc=alle@c.example"),
        ("kontakt_mail", "kein Konto"),
    ],
)  # fmt: skip
def test_an_address_of_the_operator_that_is_none_is_refused_without_breaking_the_page(
    instance: Instance, empty_instance: Path, entry: str, value: str
) -> None:
    (empty_instance / operator.FILE).write_text(f"{entry}: {value!r}\n", "utf-8")
    with pytest.raises(CatalogError, match=entry):
        operator.operator()
    if entry == "adresse":
        published = (instance.root / "CURRENT").read_text().strip()
        (empty_instance / published).symlink_to(instance.root / published)
        (empty_instance / "CURRENT").write_text(published)
        app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60).run()
        assert not app.exception
        assert entry in app.text[0].value


@pytest.mark.parametrize(
    "text", ["- {login: a@stadt.example, stelle: b, alle: true}\n" * 2, "- {login: 'a@stadt.example"]
)
def test_a_wrong_list_of_stewards_names_nobody(text: str) -> None:
    with pytest.raises(CatalogError) as refused:
        stewards.parse(text)
    assert "stadt.example" not in str(refused.value)


TRACE = """Traceback (most recent call last):
  File "/srv/gradmesser/etl/deliver.py", line 88, in take_in
    found = read(path, stand, place)
  File "/srv/gradmesser/etl/sources/meldung.py", line 12, in read
ValueError: could not convert 'Erika Muster, erika@stadt.example'
"""


def test_logs_tell_the_place_of_an_error_and_never_a_cell() -> None:
    told = intake._anonymous(TRACE)  # noqa: SLF001 - what goes into the log
    assert told == "deliver.py:88 > meldung.py:12 ValueError"
    assert intake._anonymous("") == "ohne Angabe"  # noqa: SLF001


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """A small instance with a steward of Jena who is signed in."""
    root = tmp_path / "instanz"
    made = Instance(root=root, reference=support.small_reference(root / "reference"))
    made.build()
    monkeypatch.setenv("GRADMESSER_DATA", str(root))
    (root / stewards.FILE).write_text(
        f"- {{login: erika@stadt.example, stelle: Stadtverwaltung Jena, einheiten: ['{JENA}']}}\n", "utf-8"
    )
    claims = {
        "is_logged_in": True, "iat": datetime.now(UTC).timestamp(), "sub": "4711", "email": "erika@stadt.example",
        "email_verified": True, "name": "Erika Muster",
    }  # fmt: skip
    monkeypatch.setattr(streamlit, "user", type("User", (), {"to_dict": lambda _self: claims})())
    monkeypatch.setattr(reporting, "find_spec", lambda _name: object())
    return made


def checked(ars: str) -> AppTest:
    """The page with a report about one unit, checked."""
    app = opened("daten", {"abschnitt": "meldung"})
    report = f"ars;leika_key;zustand\n{ars};{WOHNSITZ};zurückgestellt\n".encode()
    app.file_uploader(key="meldung").upload("meldung.csv", report, "text/csv").run()
    app.date_input(key="meldung_stand").set_value(date(2026, 6, 30)).run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    "how", ["gestrichen", "andere Einheit", "andere Anmeldung", "Liste unlesbar", "Liste gelöscht"]
)
def test_who_loses_the_right_between_check_and_click_keeps_nothing(own: Instance, how: str) -> None:
    app = checked(JENA)
    listed = own.root / stewards.FILE
    texts = {
        "gestrichen": "[]\n", "andere Einheit": listed.read_text("utf-8").replace(JENA, VG),
        "andere Anmeldung": listed.read_text("utf-8").replace("erika", "otto"), "Liste unlesbar": "- {login: ",
    }  # fmt: skip
    if how in texts:
        listed.write_text(texts[how], "utf-8")
    else:
        listed.unlink()
    app.button(key="uebernehmen").click().run()
    assert not app.exception
    assert own.kept() == []
    assert "erika" not in " ".join(str(element.value) for element in (*app.error, *app.warning, *app.info))


def test_a_report_about_another_unit_is_not_kept_and_logs_name_nobody(
    own: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        app = checked(support.ERFUELLENDE)
        assert "uebernehmen" not in [button.key for button in app.button]
        app = checked(JENA)
        app.button(key="uebernehmen").click().run()
    assert [snapshot.sender for snapshot in snapshots.all_of(own.root / "raw")] == ["Stadtverwaltung Jena"]
    assert not re.search(r"erika|muster|4711", caplog.text, re.IGNORECASE)
    manifest = next((own.root / "raw").rglob("manifest.json")).read_text("utf-8")
    assert not re.search(r"erika|muster|4711", manifest, re.IGNORECASE)


def test_only_the_reporting_page_keeps_files_and_only_known_variables_configure() -> None:
    folders = ("gradmesser", "pages", "etl")
    modules = {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {name for name, text in modules.items() if re.search(r"intake\.(keep|build)\(", text)} == {
        "gradmesser/ui/reporting.py"
    }
    assert not {name for name, text in modules.items() if "st.secrets" in text}
    read = {name for text in modules.values() for name in re.findall(r"environ(?:\.get\(|\[)\"(\w+)\"", text)}
    storage = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"}
    assert read == {"GRADMESSER_DATA", "BROWSER_PATH"} | storage
    words = re.compile(r"(?i)\b(password|passwort|secret|token|api_?key)\w*\s*=\s*[\"'][^\"']{6,}")
    assert not [name for name, text in modules.items() if words.search(text)]
    assert ".streamlit/secrets.toml" in (ROOT / ".gitignore").read_text("utf-8").split()
