"""Legal pages say what the operator configured, tell every gap, and stand without a database; no text becomes markup."""

from dataclasses import fields
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from gradmesser.catalog.barriers import barriers
from gradmesser.catalog.operator import Operator, operator
from gradmesser.ui import frame, legal
from tests.test_pages import headings, markup, opened, words

LEGAL = ["impressum", "datenschutz", "barrierefreiheit", "kontakt"]


@pytest.mark.parametrize("name", LEGAL)
def test_without_configuration_and_database_the_page_says_what_is_missing(
    app: AppTest,
    name: str,
    empty_instance: Path,  # noqa: ARG001
):
    opened(app, name)
    assert not app.error
    assert legal.UNKNOWN in words(app)
    assert "Noch nicht ausgefüllt" in words(app)
    assert all(f'href="{other}"' in " ".join(markup(app)) for other in LEGAL)


@pytest.mark.parametrize("name", LEGAL)
def test_with_configuration_the_page_shows_it_as_text(app: AppTest, name: str, empty_instance: Path):
    given_entries = {one.name: f"<b>{one.name}</b>" for one in fields(Operator)}
    given_entries |= {"kontakt_mail": "post@stelle.example", "barrierefreiheit_mail": "zugang@stelle.example"}
    given_entries["adresse"] = "https://stelle.example/"
    given_entries |= {one: "https://stelle.example/x" for one in given_entries if one.endswith("_url")}
    (empty_instance / "betreiber.yaml").write_text(yaml.safe_dump(given_entries), "utf-8")
    opened(app, name)
    assert legal.UNKNOWN not in words(app)
    assert "Noch nicht ausgefüllt" not in words(app)
    assert "<b>" not in " ".join(markup(app))
    assert "stelle.example" in words(app) + str([one.proto.url for one in app.get("link_button")])


def test_every_entry_of_the_configuration_is_documented():
    documented = (Path(__file__).parents[1] / "docs" / "betrieb.md").read_text("utf-8")
    for one in fields(operator()):
        assert f"`{one.name}`" in documented, one.name


def test_declaration_names_gaps_feedback_and_enforcement(app: AppTest):
    opened(app, "barrierefreiheit")
    assert {"Was noch nicht barrierefrei ist", "Eine Barriere melden", "Wie geprüft wurde"} <= set(headings(app))
    for barrier in barriers():
        assert barrier.what in words(app)
    assert any("Landesdurchsetzungsstelle" in one.value for one in app.markdown)


@pytest.mark.parametrize("name", list(frame.PAGES))
def test_every_page_leads_to_the_legal_pages_also_without_a_database(app: AppTest, name: str, empty_instance: Path):  # noqa: ARG001
    opened(app, name)
    for other in LEGAL:
        assert f'<a href="{other}" target="_self"' in " ".join(markup(app))


@given(st.text(max_size=200), st.text(max_size=60))
def test_a_mail_carries_any_text_and_nothing_else(body: str, subject: str):
    body, subject = (text.encode("utf-8", "ignore").decode() for text in (body, subject))
    parts = urlsplit(frame.mail("post@stelle.example", subject, body))
    assert (parts.scheme, parts.path, parts.fragment) == ("mailto", "post@stelle.example", "")
    told = parse_qs(parts.query, keep_blank_values=True)
    assert set(told) == {"subject", "body"}
    assert unquote(parts.query.split("body=")[1]) == body


def test_an_address_cannot_add_recipients():
    assert frame.mail("a@x.example?bcc=b@y.example", "s", "b").split("?subject=")[0].count("?") == 0
