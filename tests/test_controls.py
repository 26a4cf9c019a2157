"""The picker of units understands what people type; free text finds services whatever its case and umlauts."""

from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import DamerauLevenshtein

from gradmesser import german, store
from gradmesser.catalog import LAND
from gradmesser.ui import controls
from tests.support import Instance

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def titles(instance: Instance) -> dict[str, str]:  # noqa: ARG001 - the store reads it through GRADMESSER_DATA
    """All units that can be picked, by ARS."""
    units = store.fetch("einheiten")
    units = units[(units["ars"] != LAND) & units["zustaendig_ars"].notna()]
    return dict(zip(units["ars"], units["name"], strict=True))


def without_umlauts(name: str) -> str:
    return name.translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"}))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "shouted": str.upper,
    "small": str.lower,
    "without umlauts": without_umlauts,
    "umlauts as vowels": german.fold,
    "with spaces around": lambda name: f"  {name} ",
}


def test_names_are_unique_also_when_spelled_without_umlauts(titles: dict[str, str]):
    spelled = pd.Series([german.spell(name) for name in titles.values()])
    assert not spelled[spelled.duplicated()].tolist()


@FEW
@given(data=st.data())
def test_every_name_finds_itself_in_every_spelling(titles: dict[str, str], data: st.DataObject):
    ars = data.draw(st.sampled_from(sorted(titles)))
    spelling = data.draw(st.sampled_from(sorted(SPELLINGS)))
    found = controls.search(SPELLINGS[spelling](titles[ars]), titles)
    assert titles[str(found)] == titles[ars]


@st.composite
def misspelled(draw: st.DrawFn, name: str) -> str:
    """One letter left out, doubled, wrong, or swapped with its neighbour; the first letter is right."""
    place = draw(st.integers(1, len(name) - 2))
    before, letter, after = name[:place], name[place], name[place + 1 :]
    wrong = draw(st.sampled_from("aeinrst"))
    return draw(
        st.sampled_from(
            [
                before + after,
                before + 2 * letter + after,
                before + wrong + after,
                before + after[0] + letter + after[1:],
            ]
        )
    )


@FEW
@given(data=st.data())
def test_one_typo_finds_the_name_or_one_that_is_as_near(titles: dict[str, str], data: st.DataObject):
    ars = data.draw(st.sampled_from(sorted(ars for ars, name in titles.items() if len(name) > 5)))
    typed = data.draw(misspelled(titles[ars]))
    found = controls.search(typed, titles)
    assert found is not None, typed
    nearest, meant = (german.spell(titles[key]) for key in (found, ars))
    distance = DamerauLevenshtein.distance
    begins = titles[found].startswith(titles[ars]) or nearest.startswith(german.spell(typed))
    assert begins or distance(german.spell(typed), nearest) <= distance(german.spell(typed), meant), (
        f"{typed!r} for {titles[ars]} gave {titles[found]}"
    )


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Muehlhausen", "Mühlhausen/Thüringen"),
        ("Ilmenua", "Ilmenau"),
        ("Grossbreitenbach", "Großbreitenbach"),
        ("Elxleben", "Elxleben (Ilm-Kreis)"),
        ("Weimarer Land", "Landkreis Weimarer Land"),
        ("Kreis Gotha", "Landkreis Gotha"),
        ("gotha", "Gotha"),
        ("Landeshauptstadt Erfurt", "Erfurt"),
        ("langensalza", "Bad Langensalza"),
        ("Sankt Gangloff", "St.Gangloff"),
        ("VG Geratal", "VG Geratal/Plaue"),
        ("schmalkalden meiningen", "Landkreis Schmalkalden-Meiningen"),
        ("Soemerda", "Sömmerda"),
    ],
)
def test_what_people_type(titles: dict[str, str], typed: str, name: str):
    assert titles[str(controls.search(typed, titles))] == name


@pytest.mark.parametrize("typed", ["", "   ", "x", "xyzxyz", "123456789", "???", "<b>", "Grossenehrich", "Hamburg"])
def test_nothing_is_found_rather_than_anything(titles: dict[str, str], typed: str):
    assert controls.search(typed, titles) is None


@given(st.text(max_size=30))
def test_any_text_is_answered(typed: str):
    assert controls.search(typed, {"1": "Jena", "2": "<b>Gera</b>"}) in {"1", "2", None}
    assert controls.search(typed, {}) is None


SERVICES = pd.Series(["Hundesteuer anmelden · Steuern", "Führerschein · Mobilität", "Straße (gesperrt) · Bauen"])


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", [True, True, True]),
        ("steuer HUND", [True, False, False]),
        ("fuehrerschein", [False, True, False]),
        ("strasse (", [False, False, True]),
        ("hund mobil", [False, False, False]),
        (".*", [False, False, False]),
    ],
)
def test_free_text_needs_every_word_and_is_no_pattern(typed: str, found: list[bool]):
    assert controls.matching(SERVICES, german.spell(typed).strip()).tolist() == found
