"""The official directories in their three forms: what is read, and which faults are refused with their place."""

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import registers
from etl.registers import check_register, combine, fulfilling, members, read_register, short_name

DATA = Path(__file__).parents[1] / "data" / "territory"
GV100AD = DATA / "GV100AD_30112025_Auszug.txt"
TABLES = [DATA / f"{kind}_auszug_2026-06-30.csv" for kind in ("gemeinden", "verbaende", "kreise")]
DIGITS = "0123456789"


def lines() -> list[str]:
    return GV100AD.read_text("utf-8").splitlines()


def number_of(name: str, satzart: str = "60") -> int:
    return next(n for n, line in enumerate(lines(), 1) if line[:2] == satzart and line[22:72].strip() == name)


def changed(tmp_path: Path, number: int, change: Callable[[str], str]) -> Path:
    text = lines()
    text[number - 1] = change(text[number - 1])
    path = tmp_path / "GV100AD.txt"
    path.write_text("\n".join(text), "utf-8")
    return path


def edited(tmp_path: Path, source: Path, old: str, new: str) -> Path:
    path = tmp_path / source.name
    text = source.read_text("utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


# Keys and names


@given(st.text(DIGITS, min_size=12, max_size=12))
def test_ags_drops_the_verband_and_nothing_else(ars: str) -> None:
    ags = registers.ags_of(ars)
    assert ags[:5] + ars[5:9] + ags[5:] == ars
    assert len(ags) == 8


@given(st.text().filter(lambda text: not (len(text) == 12 and all(c in DIGITS for c in text))))
def test_anything_but_twelve_digits_has_no_ags(text: str) -> None:
    with pytest.raises(registers.ReferenceError, match="12 Ziffern"):
        registers.ags_of(text)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Erfurt, Stadt", "Erfurt"),
        ("Tambach-Dietharz/Thür. Wald, Stadt", "Tambach-Dietharz/Thür. Wald"),
        ("Weimar, Kulturstadt", "Weimar"),
        ("Am Ettersberg", "Am Ettersberg"),
        ("Musterdorf, Gemeinde am Wald", "Musterdorf, Gemeinde am Wald"),
    ],
)
def test_short_names_lose_only_the_addition_town(name: str, expected: str) -> None:
    assert short_name(name) == expected


# GV100AD


def test_gv100ad_is_read_whole() -> None:
    register = read_register(GV100AD)
    check_register(register)
    assert (len(register.kreise), len(register.verbaende), len(register.gemeinden)) == (3, 6, 31)
    assert register.gebietsstand == date(2025, 11, 30)
    assert register.quelle == "GV100AD 30.11.2025"
    town = register.gemeinden["160775052043"]
    assert (town.name, town.ags, town.einwohner, town.flaeche_ha) == ("Schmölln, Stadt", "16077043", 13542, 9453)
    assert (town.kreis_key, town.verband_key) == ("16077", "160775052")
    assert register.verbaende["160775052"].sitz == "Schmölln/Thür."
    assert register.kreise["16055"].textkennzeichen == "41"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_gv100ad_in_cp1252_without_trailing_blanks_is_the_same(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "beliebig.asc"
    path.write_bytes(ending.join(line.rstrip() for line in lines()).encode("cp1252"))
    assert read_register(path).gemeinden == read_register(GV100AD).gemeinden


def test_records_of_other_laender_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "deutschland.txt"
    foreign = "6020251130010010000000Flensburg, Stadt".ljust(220)
    path.write_text("\n".join([foreign, *lines()]), "utf-8")
    assert len(read_register(path).gemeinden) == 31


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(lambda line: "40" + line, "um 2 Zeichen verschoben", id="two characters before the record"),
        pytest.param(lambda line: "6" + line, "um 1 Zeichen verschoben", id="one character before the record"),
        pytest.param(lambda line: "64" + line[2:], "unbekannte Satzart „64“", id="unknown Satzart"),
        pytest.param(lambda line: line[1:], "Satzart", id="first character lost"),
        pytest.param(lambda line: line[:30] + line[31:], "verschoben", id="character of the name lost"),
        pytest.param(lambda line: line[:60] + "x" + line[60:], "221 Zeichen|verschoben", id="character too many"),
        pytest.param(lambda line: line[:141] + "x" + line[142:], "Feld Bevölkerung", id="letter in the population"),
        pytest.param(lambda line: line[:10] + "99" + line[12:], "unbekanntes Land „99“", id="unknown Land"),
        pytest.param(lambda line: line[:2] + "20241130" + line[10:], "Gebietsstand „20241130“", id="other date"),
        pytest.param(lambda line: line[:122] + "66" + line[124:], "Textkennzeichen „66“", id="gemeindefrei"),
        pytest.param(lambda line: line[:150] + "00000099999" + line[161:], "Männer", id="more men than people"),
        pytest.param(lambda line: line[:12] + "1" + line[13:], "Gemeindeschlüssel", id="Bezirk in Thüringen"),
    ],
)
def test_a_shifted_or_odd_record_is_refused_with_its_line(
    tmp_path: Path, change: Callable[[str], str], reason: str
) -> None:
    number = number_of("Kapellendorf")
    with pytest.raises(registers.ReferenceError, match=reason) as caught:
        read_register(changed(tmp_path, number, change))
    assert f"Zeile {number}" in str(caught.value)
    assert "GV100AD.txt" in str(caught.value)


def test_the_faults_of_the_official_file_of_june_2026_are_found(tmp_path: Path) -> None:
    """That file began its line for Brandenburg with "40" and that for Bremerhaven with "6", shifting all fields."""
    path = tmp_path / "GV100AD_30062026.txt"
    rows = [
        "102026063001          Schleswig-Holstein",
        "40102026063012          Brandenburg",
        "102026063011          Berlin",
    ]
    path.write_text("\n".join([*rows, "6402026063004012       Bremerhaven, Stadt"]), "utf-8")
    with pytest.raises(registers.ReferenceError) as caught:
        read_register(path)
    assert "Zeile 2: Felder um 2 Zeichen verschoben" in str(caught.value)
    assert "Zeile 4: Felder um 1 Zeichen verschoben" in str(caught.value)


def test_many_faults_are_counted_and_the_first_five_shown(tmp_path: Path) -> None:
    path = tmp_path / "schief.txt"
    path.write_text("\n".join([*lines()[:20], *("6" + line for line in lines()[20:])]), "utf-8")
    with pytest.raises(registers.ReferenceError) as caught:
        read_register(path)
    assert str(caught.value).count("Zeile ") == 5
    assert "und 16 weitere" in str(caught.value)


def test_a_key_given_twice_names_both_lines(tmp_path: Path) -> None:
    number = number_of("Kapellendorf")
    path = changed(tmp_path, number, lambda line: f"{line}\n{line}")
    with pytest.raises(registers.ReferenceError, match=f"Zeile {number + 1}.*doppelt.*Zeile {number}"):
        read_register(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ist leer"),
        (b" \r\n\n", "ist leer"),
        (b"Liebe Kolleginnen und Kollegen,\n", "kein Gemeindeverzeichnis"),
        (b'{"type": "FeatureCollection", "features": []}', "kein Gemeindeverzeichnis"),
        (b"123456789012345\n", "statt eines Gebietsstands"),
        (b"PK\x03\x04 kein Archiv", "ZIP-Archiv oder eine besch"),
        ("102025113016          ThÃ¼ringen".encode(), "doppelt kodiert"),
        (b"602025113001001000000Flensburg\n", "keine Einheiten aus Th"),
        (b"name,gebietsstand\nErfurt,2026-06-30\n", "Spalten fehlen"),
    ],
)
def test_what_is_no_register_is_refused_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "datei.txt"
    path.write_bytes(content)
    with pytest.raises(registers.ReferenceError, match=reason) as caught:
        read_register(path)
    assert "datei.txt" in str(caught.value)


def test_a_packed_register_asks_to_unpack_it(tmp_path: Path) -> None:
    path = tmp_path / "GV100AD4QAktuell.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(GV100AD, GV100AD.name)
    with pytest.raises(registers.ReferenceError, match="entpacken"):
        read_register(path)


@pytest.mark.parametrize("name", ["fehlt.txt", "."])
def test_a_missing_file_or_a_folder_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(registers.ReferenceError, match="lässt sich nicht lesen"):
        read_register(tmp_path / name)


# AuszugGV


HEADER: list[list[object]] = [
    ["Alle politisch selbständigen Gemeinden mit ausgewählten Merkmalen am 30.11.2025 (4. Quartal 2025)"],
    [],
    [
        *("Satzart", "Textkennzeichen", "Amtlicher Regionalschlüssel (ARS)", None, None, None, None, "Gemeindename"),
        *("Fläche km2 1)", "Bevölkerung auf Grundlage des Zensus 2022", None, None, None, "Postleitzahl 3)"),
    ],
    [None, None, "Land", "RB", "Kreis", "VB", "Gem", None, None, "insgesamt", "männlich", "weiblich", "je km2"],
    [None, None, "Gebietsstand am 30.11.2025", *[None] * 5, "31.12.2024 (Jahr)", "31.12.2024 (Jahr)"],
    [],
]


def workbook_rows() -> list[list[object]]:
    """The rows of the text file in the layout of the workbook: key in five columns, area in km²."""
    rows: list[list[object]] = []
    for line in lines():
        satzart, name, mark = line[:2], line[22:72].strip(), line[122:124].strip() or None
        parts = [line[10:12], line[12], line[13:15], line[18:22], line[15:18]]
        used = {"10": 1, "40": 3, "50": 4, "60": 5}[satzart]
        key = [*parts[:used], *[None] * (5 - used)]
        numbers: list[object] = []
        if satzart == "60":
            total, male = int(line[139:150]), int(line[150:161])
            numbers = [int(line[128:139]) / 100, total, male, total - male, 100, line[165:170], "11,328352", "50,97"]
        rows.append([satzart, mark, *key, name, *numbers])
    return rows


def workbook(
    path: Path, rows: Sequence[Sequence[object]], header: Sequence[Sequence[object]] = HEADER, title: str = "Gemeinden"
) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Impressum"
    book.active.append(["Gemeindeverzeichnis-Informationssystem GV-ISys"])
    sheet = book.create_sheet(title)
    for row in [*header, *rows, [], ["1) Gebietsfläche"], ["© Statistisches Bundesamt (Destatis), 2025"]]:
        sheet.append(list(row))
    book.save(path)
    return path


def units(register: registers.Register) -> dict[str, tuple[object, ...]]:
    return {
        key: (unit.name, unit.textkennzeichen, unit.einwohner, unit.flaeche_ha)
        for key, unit in register.gemeinden.items()
    }


def test_the_workbook_says_the_same_as_the_text(tmp_path: Path) -> None:
    register = read_register(workbook(tmp_path / "AuszugGV4QAktuell.xlsx", workbook_rows()))
    check_register(register)
    assert units(register) == units(read_register(GV100AD))
    assert register.verbaende.keys() == read_register(GV100AD).verbaende.keys()
    assert (register.gebietsstand, register.bevoelkerung_am) == (date(2025, 11, 30), date(2024, 12, 31))
    assert register.quelle == "AuszugGV 30.11.2025"


def test_a_workbook_with_numbers_for_keys_and_other_laender_is_read(tmp_path: Path) -> None:
    rows = [[int(cell) if str(cell).isdigit() else cell for cell in row] for row in workbook_rows()]
    rows.insert(0, [60, 61, 1, 0, 1, 0, 0, "Flensburg, Stadt", 56.73, 96326])
    register = read_register(workbook(tmp_path / "AuszugGV.xlsx", rows))
    assert units(register) == units(read_register(GV100AD))


def test_the_date_may_stand_in_the_sheet_name_only(tmp_path: Path) -> None:
    header = [row for row in HEADER if row and row[0] == "Satzart"]
    path = workbook(tmp_path / "x.xlsx", workbook_rows(), header, "Onlineprodukt_Gemeinden30062026")
    assert read_register(path).gebietsstand == date(2026, 6, 30)


def test_an_unstated_date_is_refused(tmp_path: Path) -> None:
    with pytest.raises(registers.ReferenceError, match="nennt einen Gebietsstand"):
        read_register(workbook(tmp_path / "x.xlsx", workbook_rows(), header=[]))


def test_a_workbook_without_records_is_refused(tmp_path: Path) -> None:
    with pytest.raises(registers.ReferenceError, match="Kein Blatt enthält Zeilen mit Satzart"):
        read_register(workbook(tmp_path / "x.xlsx", []))


def test_an_inserted_column_is_noticed(tmp_path: Path) -> None:
    header = [[*row[:7], None, *row[7:]] for row in HEADER]
    with pytest.raises(registers.ReferenceError, match="„Gemeindename“ steht an Stelle 9 statt 8"):
        read_register(workbook(tmp_path / "x.xlsx", workbook_rows(), header=header))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["70", "64", "16", "0", "71", "5008", "001", "Neu", 1.0, 5], "unbekannte Satzart „70“"),
        (["60", "64", "61", "0", "71", "5008", "001", "Neu", 1.0, 5], "unbekanntes Land „61“"),
        (["60", "64", "16", "0", "71", "5008", None, "Neu", 1.0, 5], "unvollständig"),
        (["60", "64", "16", "0", "71", "500800", "001", "Neu", 1.0, 5], "unvollständig"),
        (["40", "44", "16", "0", "71", "5008", None, "Neu"], "passt nicht zu Satzart 40"),
        (["60", "64", "16", "0", "71", "5008", "001", 12.5, 1.0, 5], "passt nicht zu Satzart 60"),
        (["60", "64", "16", "0", "71", "5008", "001", "Neu", None, 5], "ohne lesbare Fläche"),
        (["60", "64", "16", "0", "71", "5008", "001", "Neu", 1.0, "fünf"], "ohne lesbare Fläche"),
        (["60", "99", "16", "0", "71", "5008", "001", "Neu", 1.0, 5], "Textkennzeichen „99“"),
    ],
)
def test_an_odd_row_of_a_workbook_is_refused_with_its_number(tmp_path: Path, row: list[object], reason: str) -> None:
    rows = [*workbook_rows(), row]
    with pytest.raises(registers.ReferenceError, match=reason) as caught:
        read_register(workbook(tmp_path / "x.xlsx", rows))
    assert f"Zeile {len(HEADER) + len(rows)}" in str(caught.value)


# CSV tables


def test_three_tables_complete_each_other() -> None:
    register = combine([read_register(path) for path in TABLES])
    check_register(register)
    assert (len(register.kreise), len(register.verbaende), len(register.gemeinden)) == (3, 6, 27)
    assert (register.gebietsstand, register.bevoelkerung_am) == (date(2026, 6, 30), date(2024, 12, 31))
    assert register.verbaende["160715008"].gemeinden == 14
    assert register.kreise["16055"].einwohner == 65954
    assert register.gemeinden["160770043043"].herkunft.startswith("Schlüssel+Name: AuszugGV2Q2026")


def test_the_order_of_the_tables_does_not_matter() -> None:
    forward = combine([read_register(path) for path in TABLES])
    backward = combine([read_register(path) for path in reversed(TABLES)])
    assert forward.gemeinden == backward.gemeinden
    assert forward.verbaende == backward.verbaende
    assert forward.kreise == backward.kreise


def test_the_table_of_gemeinden_is_enough() -> None:
    register = read_register(TABLES[0])
    check_register(register)
    assert len(register.verbaende) == 6


def test_the_table_of_verbaende_alone_is_not() -> None:
    with pytest.raises(registers.ReferenceError, match="Es fehlen die Gemeinden"):
        check_register(read_register(TABLES[1]))


@pytest.mark.parametrize(
    ("table", "old", "new", "reason"),
    [
        (0, "16055000,160550000000", "16055001,160550000000", "passen nicht zusammen"),
        (0, "16055000,160550000000", "6055000,60550000000", "passen nicht zusammen"),
        (0, '16055,"Weimar, Stadt",Kreisfreie', '16071,"Weimar, Stadt",Kreisfreie', "passt nicht zu 160550000000"),
        (0, "8447,84.47,65954", "8447,84.47,", "ist keine Zahl"),
        (0, ",2026-06-30,", ",2026-03-31,", "einen Gebietsstand"),
        (0, ",99423,", ",99423,extra,", "Felder verschoben"),
        (1, "1,65954", "1,?", "keine Zahl"),
        (2, "1,8447,65954", ",8447,65954", "keine Zahl"),
    ],
)
def test_odd_rows_of_a_table_are_refused(tmp_path: Path, table: int, old: str, new: str, reason: str) -> None:
    with pytest.raises(registers.ReferenceError, match=reason):
        read_register(edited(tmp_path, TABLES[table], old, new))


@pytest.mark.parametrize("day", ["2026-06-30", "2024-12-31"])
def test_a_wrong_date_is_named(tmp_path: Path, day: str) -> None:
    path = tmp_path / "kreise.csv"
    path.write_text(TABLES[2].read_text("utf-8").replace(day, "30.06.2026"), "utf-8")
    with pytest.raises(registers.ReferenceError, match=r"„30\.06\.2026“ ist kein Datum"):
        read_register(path)


def test_a_table_with_windows_line_ends_is_read(tmp_path: Path) -> None:
    path = tmp_path / "kreise.csv"
    path.write_bytes(b"\xef\xbb\xbf" + TABLES[2].read_bytes().replace(b"\n", b"\r\n"))
    assert read_register(path).kreise == read_register(TABLES[2]).kreise


def test_a_verband_with_two_names_is_noticed(tmp_path: Path) -> None:
    path = edited(tmp_path, TABLES[0], "160715053,Am Ettersberg", "160715053,Ettersberg")
    with pytest.raises(registers.ReferenceError, match=r"160715053.*widerspricht"):
        read_register(path)


def test_contradicting_files_are_named(tmp_path: Path) -> None:
    other = edited(tmp_path, TABLES[2], "Weimarer Land", "Weimarer Umland")
    with pytest.raises(registers.ReferenceError, match="widersprechen sich bei 16071") as caught:
        combine([read_register(TABLES[0]), read_register(other)])
    assert TABLES[0].name in str(caught.value)


def test_different_population_days_are_named(tmp_path: Path) -> None:
    path = tmp_path / "kreise.csv"
    path.write_text(TABLES[2].read_text("utf-8").replace("2024-12-31", "2023-12-31"), "utf-8")
    with pytest.raises(registers.ReferenceError, match="verschiedene Stichtage"):
        combine([read_register(TABLES[0]), read_register(path)])


@pytest.mark.parametrize(
    ("table", "old", "new", "reason"),
    [
        (1, "14,8202", "14,8203", "Mellingen hat 8203 Einwohner, seine Gemeinden haben zusammen 8202"),
        (1, "14,8202", "15,8202", "Mellingen hat 14 Gemeinden, angegeben sind 15"),
        (2, "19,26749", "18,26749", "Weimarer Land hat 19 Gemeinden"),
        (2, "26749,39479", "26749,39478", "Weimarer Land hat 39478 Einwohner"),
    ],
)
def test_counts_and_sums_must_agree(tmp_path: Path, table: int, old: str, new: str, reason: str) -> None:
    paths = [edited(tmp_path, path, old, new) if n == table else path for n, path in enumerate(TABLES)]
    with pytest.raises(registers.ReferenceError, match=reason):
        check_register(combine([read_register(path) for path in paths]))


# What only the whole register shows


@pytest.mark.parametrize(
    ("satzart", "name", "reason"),
    [
        ("50", "Mellingen", "gehört zu Verband 160715008, den es nicht gibt"),
        ("40", "Weimarer Land", "gehört zu Kreis 16071, den es nicht gibt"),
        ("60", "Apolda, Stadt", "Apolda, Stadt .160710001. hat 0 Gemeinden"),
        ("60", "Am Ettersberg", "Welche Gemeinde ist für Am Ettersberg die erfüllende"),
        ("60", "Weimar, Stadt", "Weimar, Stadt hat 0 Gemeinden"),
    ],
)
def test_a_lost_record_is_noticed(tmp_path: Path, satzart: str, name: str, reason: str) -> None:
    path = changed(tmp_path, number_of(name, satzart), lambda _: "")
    with pytest.raises(registers.ReferenceError, match=reason):
        check_register(read_register(path))


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("Kapellendorf", lambda line: line[:139] + "0" * 22 + line[161:], "keine Einwohner oder keine Fläche"),
        ("Kapellendorf", lambda line: line[:128] + "0" * 11 + line[139:], "keine Einwohner oder keine Fläche"),
        ("Weimar, Stadt", lambda line: line[:122] + "63" + line[124:], "ob die Stadt kreisfrei ist"),
        ("Apolda, Stadt", lambda line: line[:122] + "61" + line[124:], "ob die Stadt kreisfrei ist"),
        ("Kapellendorf", lambda line: line[:15] + "0380001" + line[22:], "AGS 16071038 .* steht doppelt"),
    ],
)
def test_contradictions_between_records_are_noticed(
    tmp_path: Path, name: str, change: Callable[[str], str], reason: str
) -> None:
    with pytest.raises(registers.ReferenceError, match=reason):
        check_register(read_register(changed(tmp_path, number_of(name), change)))


def test_the_fulfilling_gemeinde_is_found_by_name_then_by_seat() -> None:
    register = read_register(GV100AD)
    verband = register.verbaende["160715053"]
    own = members(register)[verband.key]
    assert [gemeinde.ags for gemeinde in fulfilling(verband, own)] == ["16071102"]
    other = replace(verband, name="Nordkreis", sitz="Neumark")
    assert [gemeinde.name for gemeinde in fulfilling(other, own)] == ["Neumark, Stadt"]
    assert fulfilling(replace(other, sitz=None), own) == []


def test_an_abbreviation_before_the_name_of_a_verband_is_dropped(tmp_path: Path) -> None:
    number = number_of("Am Ettersberg", "50")
    path = changed(tmp_path, number, lambda line: f"{line[:22]}EG Am Ettersberg{line[38:]}")
    register = read_register(path)
    check_register(register)
    assert register.verbaende["160715053"].name == "Am Ettersberg"
