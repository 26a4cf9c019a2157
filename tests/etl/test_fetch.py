"""The download against a local server that behaves, and misbehaves, like the documented interface."""

import csv
import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.fetch import API_FILE, Api, Delivery, FetchError, Unreachable, clear, fetch_open_pvog, load_api
from tests.etl.pvog_server import BUND, COLUMNS, LAND, Answer, Form, Pvog, Row, camel, multiset, row, running

ERFURT, EICHSFELD, WARTBURG = KREISE = ("160510000000", "160610000000", "160630000000")
VERBAND, GEMEINDE, EISENACH = "160615001000", "160615001003", "160560000000"
NOW = datetime(2026, 1, 16, 6, 30, tzinfo=UTC)
DUPLICATE = row(GEMEINDE, 7)
ROWS = [
    row(BUND, 1, art_flaechendeckung="bundesweit flächendeckend"),
    row(ERFURT, 2),
    row(LAND, 3, leika_name='Mit "Anführung"\nund Zeilenumbruch\rund Rest'),
    DUPLICATE,
    row(VERBAND, 4, online_status="nicht ok", aktiv="nein"),
    row(EICHSFELD, 5, url=""),
    DUPLICATE,
    row(WARTBURG, 6, leika_name="Umzug – „Straße“; 100 %, §"),
    row(LAND, 8),
    row("160630101101", 9, ozgid=""),
]


@dataclass
class Call:
    """One fetch with everything injected: no real waiting, a fixed clock, a record of progress."""

    pvog: Pvog
    staging: Path
    changes: dict[str, object] = field(default_factory=dict)
    kreise: tuple[str, ...] = KREISE
    now: datetime = NOW
    slept: list[float] = field(default_factory=list)
    seen: list[tuple[int, int, str]] = field(default_factory=list)

    def api(self, **changes: object) -> Api:
        """The project's own configuration, quick, and pointed at the local server."""
        quick = {"base": self.pvog.base, "read_seconds": 0.3, "retries": 2, "page_size": 2, "backoff_seconds": 2}
        return replace(load_api(None), **(quick | self.changes | changes))

    def __call__(self, **changes: object) -> Delivery:
        """Fetch."""
        return fetch_open_pvog(
            self.api(**changes),
            staging=self.staging,
            kreise=self.kreise,
            progress=lambda done, total, what: self.seen.append((done, total, what)),
            sleep=self.slept.append,
            clock=lambda: self.now,
        )

    def fails(self, match: str, kind: type[FetchError] = FetchError, **changes: object) -> str:
        """Fetch in vain; the error's text."""
        with pytest.raises(kind, match=match) as caught:
            self(**changes)
        return str(caught.value)

    def files(self) -> set[str]:
        """Names in the staging folder."""
        return {file.name for file in self.staging.glob("*")}


@pytest.fixture
def pvog() -> Iterator[Pvog]:
    with running(Pvog(rows=list(ROWS))) as server:
        yield server


@pytest.fixture
def call(pvog: Pvog, tmp_path: Path) -> Call:
    return Call(pvog, tmp_path / "staging")


@pytest.fixture
def split(call: Call) -> Call:
    """A call to a server to which the whole Land is too large."""
    call.pvog.too_large = {("export", LAND)}
    return call


def read(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


# The three routes


def test_whole_land_is_kept_as_delivered(call: Call) -> None:
    form = Form(delimiter="\t", encoding="cp1252", spell=camel, line_end="\r\n")
    call.pvog.forms = {LAND: form}
    delivery = call()
    assert delivery.file.read_bytes() == form.write(ROWS)
    assert (delivery.rows, delivery.route, delivery.retrieved) == (len(ROWS), "land", NOW)
    assert delivery.file.suffix == ".csv"
    assert delivery.requests == len(call.pvog.asked) == 2
    assert delivery.notes == ("Land 160000000000, ganz: nicht in UTF-8 geliefert, gelesen als cp1252.",)
    assert call.seen == [(0, 1, "Land 160000000000, ganz"), (1, 1, "Land 160000000000, ganz")]


def test_the_question_is_complete_and_polite(call: Call) -> None:
    call()
    areas, export = call.pvog.asked
    assert areas.kind == "open-ars"
    assert export.query == {"filetype": "csv", "includeAbove": "true", "includeBelow": "true"}
    assert export.headers["Accept"] == "application/octet-stream"
    assert export.headers["Accept-Encoding"] == "identity"
    assert export.headers["User-Agent"].startswith("Gradmesser (")
    assert "@" not in export.headers["User-Agent"]
    assert call.slept == [load_api(None).pause_seconds]


def test_too_large_land_comes_as_land_bund_and_kreise(split: Call) -> None:
    delivery = split()
    assert multiset(read(delivery.file)) == multiset(ROWS)
    assert delivery.rows == len(ROWS)
    assert delivery.route == "kreise"
    assert delivery.file.read_bytes().startswith(";".join(COLUMNS).encode() + b"\r\n")
    assert [one["ars"] for one in read(delivery.file)] == [
        *(BUND, LAND, LAND, ERFURT, GEMEINDE, VERBAND, EICHSFELD, GEMEINDE, WARTBURG, "160630101101")
    ]
    questions = [
        (one.ars, one.query["includeAbove"], one.query["includeBelow"])
        for one in split.pvog.asked
        if one.kind == "export"
    ]
    assert questions == [(LAND, "true", "true"), (LAND, "true", "false"), *((ars, "false", "true") for ars in KREISE)]
    assert [step[:2] for step in split.seen] == [(0, 1), (0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    assert split.slept == [1] * (len(split.pvog.asked) - 1)


@pytest.mark.parametrize("spell", [str, camel])
@pytest.mark.parametrize("envelope", ["new", "snake", "flat", "last"])
def test_too_large_kreis_and_level_come_in_pages(split: Call, envelope: str, spell: Callable[[str], str]) -> None:
    split.pvog.too_large |= {("export", EICHSFELD), ("export", "ebene")}
    split.pvog.envelope, split.pvog.spell = envelope, spell
    delivery = split()
    assert multiset(read(delivery.file)) == multiset(ROWS)
    assert delivery.route == "seiten"
    pages = [(one.ars, one.query["page"]) for one in split.pvog.asked if one.kind == "page"]
    assert pages == [(LAND, "0"), (LAND, "1"), (EICHSFELD, "0"), (EICHSFELD, "1")]
    assert all(one.query["size"] == "2" for one in split.pvog.asked if one.kind == "page")
    assert (2, 4, "Kreis 160610000000, Seite 2 von " + ("?" if envelope == "last" else "2")) in split.seen


def test_an_area_without_rows_in_pages_is_an_area_without_rows(split: Call) -> None:
    split.pvog.rows = [one for one in ROWS if one["ars"] != ERFURT]
    split.pvog.too_large.add(("export", ERFURT))
    delivery = split()
    assert multiset(read(delivery.file)) == multiset(split.pvog.rows)
    assert delivery.notes == (
        "Verzeichnis der Gebiete: nicht gefunden (160510000000): 1.",
        f"Kreis {ERFURT}: keine Zeile.",
    )


def test_a_page_that_is_too_large_ends_the_call(split: Call) -> None:
    split.pvog.too_large |= {("export", ERFURT), ("page", ERFURT)}
    assert "page_size" in split.fails(f"Kreis {ERFURT}, Seite 1: dem Server ist die Antwort zu groß")


# Parts of many forms


def test_parts_of_different_form_become_one_file(split: Call) -> None:
    split.pvog.forms = {
        LAND: Form(delimiter=",", encoding="utf-8-sig", spell=camel),
        ERFURT: Form(delimiter="\t", encoding="cp1252", columns=COLUMNS[::-1]),
        EICHSFELD: Form(spell=str.upper, line_end="\r\n"),
        WARTBURG: Form(encoding="cp1252", columns=[*COLUMNS, "neu"]),
    }
    delivery = split()
    assert multiset(read(delivery.file)) == multiset(ROWS)
    assert delivery.notes == (
        f"Kreis {ERFURT}: nicht in UTF-8 geliefert, gelesen als cp1252.",
        f"Kreis {WARTBURG}: nicht in UTF-8 geliefert, gelesen als cp1252.",
        f"Kreis {WARTBURG}: unbekannte Spalten: 1.",
    )


def test_missing_optional_columns_are_empty_cells(split: Call) -> None:
    required = ("url", "leika_key", "online_status", "ars")
    split.pvog.forms = {ERFURT: Form(columns=required)}
    [erfurt] = [one for one in read(split().file) if one["ars"] == ERFURT]
    assert {name: value for name, value in erfurt.items() if value} == {name: ROWS[1][name] for name in required}


def test_rows_with_too_few_fields_stay_for_the_import_to_reject(split: Call) -> None:
    header, erfurt = Form().write(ROWS[1:2]).splitlines()
    split.pvog.faults = {("export", ERFURT): [Answer(body=b"\n".join([header, b"99000000000001;kaputt", erfurt]))]}
    delivery = split()
    with delivery.file.open(encoding="utf-8", newline="") as stream:
        odd = [cells for cells in csv.reader(stream, delimiter=";") if len(cells) != len(COLUMNS)]
    assert odd == [["99000000000001;kaputt"]]
    assert delivery.rows == len(ROWS) + 1
    assert multiset(one for one in read(delivery.file) if one["ars"]) == multiset(ROWS)
    assert f"Kreis {ERFURT}: Zeilen mit falscher Feldzahl, als eine Zelle erhalten: 1." in delivery.notes


@pytest.mark.parametrize("ignored", ["includeAbove", "includeBelow"])
def test_rows_that_were_not_asked_for_come_once_and_are_counted(split: Call, ignored: str) -> None:
    split.pvog.ignores = {ignored}
    delivery = split()
    assert multiset(read(delivery.file)) == multiset(ROWS)
    counted = [int(note.rsplit(" ", 1)[1].strip(".")) for note in delivery.notes if "nicht verlangt" in note]
    assert counted == ([3, 3, 3] if ignored == "includeAbove" else [len(ROWS) - 3])


def test_keys_that_fit_no_part_are_kept(split: Call) -> None:
    strange = [row(EISENACH, 11), row("1,6063E+11", 12)]
    split.pvog.faults = {("export", WARTBURG): [Answer(body=Form().write([*ROWS[7:8], *strange, *ROWS[9:]]))]}
    assert multiset(read(split().file)) == multiset([*ROWS, *strange])


def test_parts_of_different_date_are_named(split: Call) -> None:
    split.pvog.rows = [*ROWS, row(ERFURT, 20, datenstand_pvog_import="2026-01-16")]
    assert split().notes == ("Die Teile haben verschiedene Datenstände: 2026-01-15, 2026-01-16.",)


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=30), st.sampled_from([";", ",", "\t", "seiten"]))
def test_any_text_survives_the_merge(split: Call, texts: list[tuple[str, str]], form: str) -> None:
    clear(split.staging)
    own = [row(ERFURT, nr, leika_name=name, ars_name=other) for nr, (name, other) in enumerate(texts)]
    split.pvog.rows = [*own, *ROWS[2:]]
    paged = form == "seiten"
    split.pvog.forms = {} if paged else {ERFURT: Form(delimiter=form, line_end="\r\n")}
    split.pvog.too_large = {("export", LAND)} | ({("export", ERFURT)} if paged else set())
    assert multiset(read(split().file)) == multiset(split.pvog.rows)


# Failures that pass


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (Answer(status=429, headers={"Retry-After": "7"}), 7),
        (Answer(status=429, headers={"Retry-After": format_datetime(NOW + timedelta(seconds=9), usegmt=True)}), 9),
        (Answer(status=429, headers={"Retry-After": format_datetime(NOW - timedelta(days=1), usegmt=True)}), 0),
        (Answer(status=429, headers={"Retry-After": "Fri, 16 Jan 2026 06:30:05 -0000"}), 5),
        (Answer(status=503, headers={"Retry-After": "86400"}), 120),
        (Answer(status=503, headers={"Retry-After": "bald"}), 2),
        (Answer(status=500), 2),
        (Answer(status=504), 2),
        (Answer(close=True), 2),
        (lambda answer: replace(answer, announce=len(answer.body) + 10), 2),
        (lambda answer: replace(answer, chunked_and_cut=True), 2),
        (lambda answer: replace(answer, length_unknown=True, body=answer.body[:-40]), 2),
        (lambda answer: replace(answer, slow=5.0), 2),
    ],
)
def test_a_passing_failure_is_asked_again(
    split: Call, fault: Answer | Callable[[Answer], Answer], waits: float
) -> None:
    split.pvog.faults = {("export", EICHSFELD): [fault]}
    delivery = split(pause_seconds=0.25)
    assert multiset(read(delivery.file)) == multiset(ROWS)
    assert [wait for wait in split.slept if wait != 0.25] == [waits]
    assert split.pvog.names("export").count(EICHSFELD) == 2
    assert delivery.requests == len(split.pvog.asked)


def test_waiting_doubles_up_to_the_limit(split: Call) -> None:
    split.pvog.faults = {("export", ERFURT): [Answer(status=500)] * 4}
    split(retries=4, pause_seconds=0, wait_max_seconds=10)
    assert [wait for wait in split.slept if wait] == [2, 4, 8, 10]


def test_a_dripping_answer_is_bounded(call: Call) -> None:
    call.pvog.faults = {("export", LAND): [lambda answer: replace(answer, slow=0.02)] * 2}
    call.fails(r"nach 0\.1 Sekunden nicht vollständig \(Versuche: 2\)", total_seconds=0.1, retries=1)
    assert call.files() == set()


def test_a_page_cut_short_is_asked_again(split: Call) -> None:
    split.pvog.too_large.add(("export", EICHSFELD))
    split.pvog.faults = {("page", EICHSFELD): [lambda answer: replace(answer, body=answer.body[:-20])]}
    assert multiset(read(split().file)) == multiset(ROWS)
    assert split.pvog.names("page") == [EICHSFELD] * 3


# Failures that stay: no partial delivery, and the next call goes on


def test_a_lasting_failure_names_the_area_and_the_next_call_asks_only_for_the_rest(split: Call) -> None:
    split.pvog.faults = {("export", EICHSFELD): [Answer(status=500)] * 3}
    message = split.fails(f"Kreis {EICHSFELD}: der Server meldet HTTP 500")
    assert f"{split.pvog.base}/public/v1/dash/open-pvog/{EICHSFELD}/export" in message
    assert "fertige Teile bleiben" in message
    assert "includeAbove" not in message
    kept = {f"open_pvog-{name}" for name in (f"{LAND}-ganz.json", f"{LAND}-ebene.json", f"{LAND}-ebene.csv")}
    assert split.files() == kept | {f"open_pvog-{ERFURT}.csv", f"open_pvog-{ERFURT}.json"}

    split.pvog.asked.clear()
    split.now += timedelta(hours=11)
    delivery = split()
    assert [(one.kind, one.ars) for one in split.pvog.asked] == [("export", EICHSFELD), ("export", WARTBURG)]
    assert multiset(read(delivery.file)) == multiset(ROWS)
    assert delivery.requests == 2
    assert delivery.retrieved == split.now
    assert delivery.notes == ("Aus einem früheren Abruf übernommene Teile: 2, ältester von 16.01.2026 06:30 UTC.",)


def test_what_is_kept_beside_a_part_tells_what_it_is(split: Call) -> None:
    split()
    record = json.loads((split.staging / f"open_pvog-{ERFURT}.json").read_text())
    part = (split.staging / f"open_pvog-{ERFURT}.csv").read_bytes()
    assert part == Form().write(ROWS[1:2])
    assert (record["area"], record["bytes"], record["retrieved"]) == (ERFURT, len(part), NOW.isoformat())
    assert record["parameters"].endswith(f"/{ERFURT}/export?filetype=csv&includeAbove=false&includeBelow=true")


def test_the_next_call_remembers_that_an_area_is_too_large(split: Call) -> None:
    split.pvog.too_large.add(("export", ERFURT))
    split.pvog.faults = {("page", ERFURT): [Answer(status=500)] * 3}
    split.fails(f"Kreis {ERFURT}, Seite 1: der Server meldet HTTP 500")
    split.pvog.asked.clear()
    assert multiset(read(split().file)) == multiset(ROWS)
    assert split.pvog.names("export") == [EICHSFELD, WARTBURG]
    assert split.pvog.names("page") == [ERFURT]


def test_the_next_call_goes_on_with_parts_that_came_in_pages(split: Call) -> None:
    split.pvog.too_large.add(("export", ERFURT))
    split.pvog.faults = {("export", WARTBURG): [Answer(status=500)] * 3}
    split.fails(f"Kreis {WARTBURG}: der Server meldet HTTP 500")
    split.pvog.asked.clear()
    delivery = split()
    assert multiset(read(delivery.file)) == multiset(ROWS)
    assert delivery.route == "seiten"
    assert [one.ars for one in split.pvog.asked] == [WARTBURG]


def spoil(staging: Path) -> None:
    part = staging / f"open_pvog-{ERFURT}.csv"
    part.write_bytes(part.read_bytes()[:-9])


def tear(staging: Path) -> None:
    (staging / f"open_pvog-{ERFURT}.json").write_text("[1")


def lose(staging: Path) -> None:
    (staging / f"open_pvog-{ERFURT}.csv").unlink()


@pytest.mark.parametrize("harm", [spoil, tear, lose])
def test_a_harmed_part_is_asked_for_again(split: Call, harm: Callable[[Path], None]) -> None:
    split()
    harm(split.staging)
    split.pvog.asked.clear()
    assert multiset(read(split().file)) == multiset(ROWS)
    assert split.pvog.names("export") == [ERFURT]


@pytest.mark.parametrize("hours", [13, -1])
def test_parts_too_old_or_from_the_future_are_not_mixed_in(split: Call, hours: int) -> None:
    split()
    split.pvog.rows = [*ROWS, row(ERFURT, 30), row(LAND, 31)]
    split.pvog.asked.clear()
    split.now += timedelta(hours=hours)
    delivery = split()
    assert multiset(read(delivery.file)) == multiset(split.pvog.rows)
    assert split.pvog.names("export") == [LAND, LAND, *KREISE]
    assert delivery.notes == ()


def test_parts_of_another_question_are_not_mixed_in(split: Call) -> None:
    split()
    split.pvog.asked.clear()
    changed = split.api().export_address + "&neu=1"
    assert multiset(read(split(export_address=changed).file)) == multiset(ROWS)
    assert split.pvog.names("export") == [LAND, LAND, *KREISE]


@pytest.mark.parametrize("fault", [Answer(status=500), lambda answer: replace(answer, announce=10**6)])
def test_nothing_of_a_half_download_stays(call: Call, fault: Answer | Callable[[Answer], Answer]) -> None:
    call.pvog.faults = {("export", LAND): [fault] * 3}
    call.fails("Versuche: 3")
    assert call.files() == set()


def test_a_call_that_is_interrupted_leaves_whole_parts_only(split: Call) -> None:
    split.pvog.faults = {("export", EICHSFELD): [lambda answer: replace(answer, announce=10**6)]}

    def interrupt(seconds: float) -> None:
        if seconds == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_open_pvog(
            split.api(),
            staging=split.staging,
            kreise=KREISE,
            progress=lambda *_: None,
            sleep=interrupt,
            clock=lambda: NOW,
        )
    assert {name for name in split.files() if name.endswith(".csv")} == {
        f"open_pvog-{LAND}-ebene.csv",
        f"open_pvog-{ERFURT}.csv",
    }
    assert not [name for name in split.files() if name.endswith(".part")]


def test_clear_removes_what_calls_left_and_nothing_else(split: Call) -> None:
    split()
    other = split.staging / "anderes.csv"
    other.write_text("bleibt")
    (split.staging / f"open_pvog-{ERFURT}.csv.4711.part").write_text("halb")
    clear(split.staging)
    assert split.files() == {"anderes.csv"}
    clear(split.staging / "gibt-es-nicht")


# What is no delivery


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(body=b"\n <!DOCTYPE html><html>Wartung</html>"), "statt der Tabelle kam eine HTML-Seite"),
        (Answer(body=b'{"status": 500, "error": "Internal"}'), "statt der Tabelle kam eine JSON-Meldung"),
        (Answer(body=b"\xef\xbb\xbf[]"), "statt der Tabelle kam eine JSON-Meldung"),
        (Answer(body=b""), "statt der Tabelle kam eine leere Datei"),
        (Answer(body=b"\xef\xbb\xbf \r\n"), "statt der Tabelle kam eine leere Datei"),
        (Answer(body=b"leika_key;ars;url\n1;2;3\n"), "Spalte.n. online_status nicht"),
        (Answer(body=b"ars;leika_key;url;online_status;LeikaKey\n"), "leika_key stehen doppelt"),
        (Answer(body=b"PK\x03\x04\x00\x00"), "die Tabelle ist nicht lesbar"),
        (Answer(body=Form().write([])), "der Export enthält keine Zeile"),
        (Answer(status=400), "Anfrage wird nicht verstanden .HTTP 400.*Parameter"),
        (Answer(status=401), "Zugang wird verweigert .HTTP 401"),
        (Answer(status=403), "Zugang wird verweigert .HTTP 403"),
        (Answer(status=404), "Adresse oder Gebiet ist unbekannt .HTTP 404"),
        (Answer(status=406), "Format gibt es nicht .HTTP 406.*export_accept"),
        (Answer(status=204), "unerwartete Antwort .HTTP 204"),
        (Answer(status=302), "unerwartete Antwort .HTTP 302"),
    ],
)
def test_an_answer_that_is_no_table_is_refused_at_once(call: Call, answer: Answer, reason: str) -> None:
    call.pvog.faults = {("export", LAND): [answer]}
    message = call.fails(reason)
    assert message.startswith(f"Open-PVOG, Land {LAND}, ganz: ")
    assert call.pvog.names("export") == [LAND]
    assert not [name for name in call.files() if name.endswith((".part", ".json"))]


def test_parts_without_any_row_are_no_delivery(split: Call) -> None:
    split.pvog.rows = []
    split.fails("kein Teil enthält eine Zeile")
    assert "open_pvog.csv" not in split.files()


@pytest.mark.parametrize("big", [Answer(body=b"x", announce=300_000), Answer(body=b"x" * 300_000, length_unknown=True)])
def test_an_answer_beyond_the_limit_is_not_read_to_its_end(call: Call, big: Answer) -> None:
    call.pvog.faults = {("export", LAND): [big]}
    call.fails("größer als 100000 Bytes.*max_bytes", max_bytes=100_000)
    assert call.files() == set()


def test_levels_that_are_missing_in_the_whole_land_are_named(call: Call) -> None:
    call.pvog.rows = [row(LAND, 1)]
    assert call(page_size=2).notes[1:] == (
        f"Land {LAND}, ganz: keine Zeile des Bundes.",
        f"Land {LAND}, ganz: keine Zeile unterhalb des Landes.",
    )


# Pages that do not fit together


def changed(**counts: object) -> Callable[[Answer], Answer]:
    def change(answer: Answer) -> Answer:
        content = json.loads(answer.body)
        content["page"] |= counts
        return replace(answer, body=json.dumps(content).encode())

    return change


def without_last_row(answer: Answer) -> Answer:
    content = json.loads(answer.body)
    content["content"].pop()
    return replace(answer, body=json.dumps(content).encode())


def same(answer: Answer) -> Answer:
    return answer


PUZZLES = [
    ([same, changed(number=0)], "statt Seite 1 kam Seite 0"),
    ([same, changed(totalElements=5)], "die Gesamtzahl änderte sich unterwegs"),
    ([same, changed(totalPages=3)], "die Gesamtzahl änderte sich unterwegs"),
    ([same, without_last_row], "4 Zeilen angekündigt, 3 gekommen"),
    ([changed(totalElements=9), changed(totalElements=9)], "9 Zeilen angekündigt, 4 gekommen"),
    ([without_last_row, same], "4 Zeilen angekündigt, 3 gekommen"),
    ([changed(last=True)], "totalPages und last widersprechen sich"),
]


@pytest.mark.parametrize(("puzzle", "reason"), PUZZLES)
def test_an_area_whose_pages_do_not_fit_starts_again(
    split: Call, puzzle: list[Callable[[Answer], Answer]], reason: str
) -> None:
    split.pvog.too_large.add(("export", EICHSFELD))
    split.pvog.faults = {("page", EICHSFELD): [*puzzle]}
    assert multiset(read(split().file)) == multiset(ROWS)

    clear(split.staging)
    split.pvog.faults = {("page", EICHSFELD): puzzle * 3}
    message = split.fails(f"Kreis {EICHSFELD}: die Seiten passen nicht zusammen, {reason}", restarts=2)
    assert "(Anläufe: 3)" in message
    assert split.pvog.faults == {("page", EICHSFELD): []}
    assert "open_pvog.csv" not in split.files()


def test_a_page_that_comes_twice_is_found_where_nothing_else_tells(split: Call) -> None:
    split.pvog.rows = [row(ERFURT, number) for number in range(6)]
    split.pvog.too_large.add(("export", ERFURT))
    split.pvog.envelope = "last"
    first = Answer(body=json.dumps({"content": split.pvog.rows[:2], "last": False}).encode())
    split.pvog.faults = {("page", ERFURT): [first] * 4}
    split.fails("Seite 1 wiederholt die vorige", restarts=1)
    split.pvog.faults = {}
    assert multiset(read(split().file)) == multiset(split.pvog.rows)


def test_a_short_page_in_the_middle_is_found_where_nothing_else_tells(split: Call) -> None:
    split.pvog.rows = [row(ERFURT, number) for number in range(6)]
    split.pvog.too_large.add(("export", ERFURT))
    split.pvog.envelope = "last"
    split.pvog.faults = {("page", ERFURT): [same, without_last_row]}
    split.fails("Seite 1 ist nicht voll", restarts=0)


def test_pages_without_end_are_bounded(split: Call) -> None:
    split.pvog.too_large.add(("export", ERFURT))
    split.pvog.faults = {
        ("page", ERFURT): [
            Answer(body=json.dumps({"content": [row(ERFURT, nr)], "last": False}).encode()) for nr in range(9)
        ]
    }
    split.fails("mehr als 5 Seiten", max_pages=5)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<html>", "statt Daten kam eine HTML-Seite"),
        ("[]", "nicht die erwartete Form"),
        ('{"content": [], "page": 3}', "nicht die erwartete Form"),
        ('{"error": "kaputt"}', "nicht die erwartete Form"),
        ('{"content": {}, "last": true}', "nicht die erwartete Form"),
        ('{"content": [1], "last": true}', "kein Feld leika_key oder ars"),
        ('{"content": []}', "nicht die erwartete Form"),
        ('{"content": [{"ars": "1"}], "last": true}', "kein Feld leika_key oder ars"),
        ('{"content": [{"ars": "1", "leikaKey": "1"}], "last": true}', "fehlen Felder: url, online_status"),
        ("[" * 100_000, "kein vollständiges JSON"),
    ],
)
def test_a_page_of_another_form_is_refused(split: Call, body: str, reason: str) -> None:
    split.pvog.too_large.add(("export", ERFURT))
    split.pvog.faults = {("page", ERFURT): [Answer(body=body.encode())] * 3}
    split.fails(reason)


def test_cells_of_pages_stay_as_delivered(split: Call) -> None:
    split.pvog.too_large.add(("export", ERFURT))
    cells = '"leikaKey": 990000000000010, "ars": "160510000000", "url": null, "onlineStatus": "a\\u0000\\ud800b"'
    more = '"ozgid": 1.50, "aktiv": true, "arsName": ["x"], "neu": 1'
    body = f'{{"content": [{{{cells}, {more}}}], "totalPages": 1, "number": 0}}'
    split.pvog.faults = {("page", ERFURT): [Answer(body=body.encode())]}
    delivery = split()
    [erfurt] = [one for one in read(delivery.file) if one["ars"] == ERFURT]
    assert {name: value for name, value in erfurt.items() if value} == {
        "leika_key": "990000000000010",
        "ars": ERFURT,
        "online_status": "a??b",
        "ozgid": "1.50",
        "aktiv": "true",
        "ars_name": '["x"]',
    }
    assert f"Kreis {ERFURT}: unbekannte Felder: 1." in delivery.notes


# Where a request may go


def test_redirects_on_the_same_host_are_followed(call: Call) -> None:
    path = f"/api/public/v1/dash/open-pvog/{LAND}/export?filetype=csv&includeAbove=true&includeBelow=true"
    call.pvog.faults = {("export", LAND): [Answer(status=307, headers={"Location": path})] * 3}
    delivery = call()
    assert delivery.file.read_bytes() == Form().write(ROWS)
    assert delivery.requests == len(call.pvog.asked) == 5


def test_redirects_have_an_end(call: Call) -> None:
    call.pvog.faults = {("export", LAND): [Answer(status=302, headers={"Location": "?a=1"})] * 9}
    call.pvog.faults["export", "*"] = call.pvog.faults["export", LAND]
    call.fails("mehr als 3 Weiterleitungen")
    assert call.pvog.names("export") == [LAND] * 4


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost:{port}/api",
        "http://127.0.0.1:1/api",
        "http://user:geheim@127.0.0.2:{port}/?key=geheim",
        "//other.example/",
        "https://other.example/",
        "ftp://127.0.0.1:{port}",
        "file:///etc/hostname",
    ],
)
def test_redirects_elsewhere_are_refused(call: Call, target: str) -> None:
    location = target.format(port=httpx.URL(call.pvog.base).port)
    call.pvog.faults = {("export", LAND): [Answer(status=302, headers={"Location": location})]}
    message = call.fails("Weiterleitung")
    assert "geheim" not in message
    assert call.pvog.names("export") == [LAND]


def test_an_unreachable_server_is_known_at_once(call: Call) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        start = time.monotonic()
        message = call.fails("keine Verbindung", Unreachable, base=f"http://127.0.0.1:{port}/api")
    assert time.monotonic() - start < 2
    assert call.slept == []
    assert f"http://127.0.0.1:{port}/api" in message
    assert call.files() == set()


class Fading(httpx.HTTPTransport):
    """A network that is gone after some requests."""

    def __init__(self, working: int) -> None:
        """Let so many requests through."""
        super().__init__()
        self.working = working

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass on or fail to connect."""
        self.working -= 1
        if self.working < 0:
            raise httpx.ConnectTimeout("timed out", request=request)
        return super().handle_request(request)


def test_a_connection_lost_on_the_way_is_tried_again_and_parts_stay(split: Call) -> None:
    with pytest.raises(Unreachable, match=rf"Kreis {ERFURT}: keine Verbindung \(timed out\) \(Versuche: 3\)"):
        fetch_open_pvog(
            split.api(),
            staging=split.staging,
            kreise=KREISE,
            progress=lambda *_: None,
            sleep=split.slept.append,
            clock=lambda: NOW,
            transport=Fading(3),
        )
    assert f"open_pvog-{LAND}-ebene.csv" in split.files()


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "foo://127.0.0.1:1", "http://127.0.0.1:1"])
def test_a_useless_proxy_means_unreachable(call: Call, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    call.fails("Proxy", Unreachable, base="https://pvog.invalid/api")
    assert call().rows == len(ROWS)


def test_a_transport_that_does_not_count_is_checked(call: Call) -> None:
    short = httpx.MockTransport(lambda _: httpx.Response(200, headers={"Content-Length": "999"}, stream=Short()))
    with pytest.raises(FetchError, match=r"kürzer als angekündigt \(Versuche: 3\)"):
        fetch_open_pvog(
            call.api(),
            staging=call.staging,
            kreise=KREISE,
            progress=lambda *_: None,
            sleep=call.slept.append,
            clock=lambda: NOW,
            transport=short,
        )


class Short(httpx.SyncByteStream):
    """A body of fewer bytes than its header says."""

    def __iter__(self) -> Iterator[bytes]:
        """The bytes."""
        yield Form().write(ROWS)[:500]


def test_secrets_of_an_address_are_not_shown(call: Call) -> None:
    base = call.pvog.base.replace("//", "//benutzer:geheim@")
    call.pvog.faults = {("export", LAND): [Answer(status=403)]}
    assert "geheim" not in call.fails("HTTP 403", base=base)


# The list of areas


@pytest.mark.parametrize(
    ("areas", "note"),
    [
        (
            Answer(body=f'{{"content": ["{LAND}", "{ERFURT}"]}}'.encode()),
            f"nicht gefunden ({EICHSFELD}, {WARTBURG}): 2.",
        ),
        (Answer(body=b"<html>160000000000</html>"), "keine Gebietsschlüssel gefunden"),
        (Answer(body=b"[]"), "keine Gebietsschlüssel gefunden"),
        (Answer(status=500), "der Server meldet HTTP 500"),
        (Answer(status=413), "zu groß (HTTP 413)"),
        (Answer(close=True), "die Übertragung brach ab"),
    ],
)
def test_the_list_of_areas_is_only_noted(call: Call, areas: Answer, note: str) -> None:
    call.pvog.areas = areas
    delivery = call()
    assert delivery.file.read_bytes() == Form().write(ROWS)
    assert len(delivery.notes) == 1
    assert note in delivery.notes[0]
    assert call.pvog.names("open-ars") == [""]


# Configuration and wrong calls


def test_the_projects_own_configuration() -> None:
    api = load_api(None)
    assert api.base == "https://api.ozg-umsetzung.de/api"
    assert (api.land_ars, api.bund_ars, api.connect_seconds) == (LAND, BUND, 5)
    assert set(yaml.safe_load(API_FILE.read_text("utf-8"))) == {one.name for one in fields(Api)}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"base": "http://api.example"}, "keine https-Adresse"),
        ({"base": "http://a:b"}, "keine gültige Adresse"),
        ({"base": "https:///api"}, "keine https-Adresse"),
        ({"land_ars": 160000000000}, "von falscher Art: land_ars"),
        ({"bund_ars": "0"}, "12 Ziffern"),
        ({"retries": "3"}, "von falscher Art: retries"),
        ({"export_address": "/export"}, "brauchen {above} und {below}"),
        ({"unbekannt": 1}, "nicht verwendbar.*unbekannt"),
        ({"pages": None, "page_size": None}, "nicht verwendbar|von falscher Art"),
    ],
)
def test_a_wrong_configuration_is_refused(tmp_path: Path, change: dict[str, object], match: str) -> None:
    file = tmp_path / "open_pvog.api.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(API_FILE.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(FetchError, match=match):
        load_api(file)


@pytest.mark.parametrize("text", ["", "- 1", "base: [", None])
def test_an_unreadable_configuration_is_refused(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "open_pvog.api.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(FetchError, match=r"open_pvog\.api\.yaml ist nicht verwendbar"):
        load_api(file)


@pytest.mark.parametrize(
    "kreise", [(), (ERFURT, ERFURT), ("16051",), (LAND,), ("140510000000",), (GEMEINDE,), ("160000000000",)]
)
def test_a_wrong_list_of_kreise_is_refused(call: Call, kreise: tuple[str, ...]) -> None:
    call.kreise = kreise
    call.fails("Liste der Kreise")
    assert call.pvog.asked == []


def test_a_folder_that_cannot_be_used_is_named(call: Call) -> None:
    call.staging.write_text("keine Ablage")
    call.fails("Ablage nicht benutzbar")
