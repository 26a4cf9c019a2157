"""data/reference: from official files to tables and map, what is refused, and what the shipped files hold."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import shapely
import yaml

from etl import territory
from etl.territory import ReferenceReport, read_changes, write_reference

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "territory"
GV100AD = DATA / "GV100AD_30112025_Auszug.txt"
TABLES = [DATA / f"{kind}_auszug_2026-06-30.csv" for kind in ("gemeinden", "verbaende", "kreise")]
CHANGES = DATA / "gebietsaenderungen_auszug.csv"
SHIPPED = ROOT / "data" / "reference"
LEVELS = ("gemeinden", "verwaltungen", "kreise")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_ars(target: Path) -> dict[str, dict[str, str]]:
    return {row["ars"]: row for row in rows_of(target / "gebiet" / "einheiten.csv")}


def squares(path: Path, keys: Sequence[str]) -> Path:
    """A grid of adjoining squares inside Thüringen, one for each AGS, nine in a row."""
    features = []
    for number, key in enumerate(keys):
        x, y = round(10.5 + number % 9 * 0.1, 1), round(50.6 + number // 9 * 0.1, 1)
        area = shapely.box(x, y, round(x + 0.1, 1), round(y + 0.1, 1))
        features.append(
            {"type": "Feature", "id": key, "properties": {}, "geometry": json.loads(shapely.to_geojson(area))}
        )
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def boundaries(folder: Path, *, without: Sequence[str] = (), extra: Sequence[str] = ()) -> Path:
    keys = [row["ags"] for row in rows_of(TABLES[0])]
    return squares(folder / "grenzen.geojson", [*(key for key in keys if key not in without), *extra])


def build(target: Path, folder: Path) -> ReferenceReport:
    return write_reference(
        registers=[*TABLES, GV100AD], boundaries=[boundaries(folder)], changes=CHANGES, target=target
    )


def change_list(folder: Path, *lines: str) -> Path:
    path = folder / "aenderungen.csv"
    head = CHANGES.read_text("utf-8").splitlines()
    path.write_text("\n".join([*head, *lines]) + "\n", "utf-8")
    return path


def state(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[ReferenceReport, Path]:
    folder = tmp_path_factory.mktemp("klein")
    target = folder / "reference"
    return build(target, folder), target


# What is written


def test_the_report_counts_todays_territory(small: tuple[ReferenceReport, Path]) -> None:
    report, target = small
    assert (report.gemeinden, report.verbaende, report.kreise) == (27, 6, 3)
    assert (report.einwohner, report.gebietsstand) == (65954 + 39479 + 16633, date(2026, 6, 30))
    assert {str(path.relative_to(target)) for path in report.files} == set(state(target))
    assert any("enthält 3 Kreise; Thüringen hat 22" in note for note in report.notes)
    assert any("160775052043 → 160770043043" in note for note in report.notes)


def test_every_row_says_who_is_responsible(small: tuple[ReferenceReport, Path]) -> None:
    units = by_ars(small[1])
    columns = ("typ", "gruppe", "kreis_ars", "verband_ars", "zustaendig_ars")
    expected = {
        "000000000000": ("bund", "", "", "", ""),
        "160000000000": ("land", "", "", "", ""),
        "160710000000": ("landkreis", "landkreis", "160710000000", "", "160710000000"),
        "160550000000": ("kreisfreie_stadt", "kreisfreie_stadt", "160550000000", "160550000000", "160550000000"),
        "160710001001": ("verbandsfreie_gemeinde", "gemeindeebene", "160710000000", "160710001000", "160710001001"),
        "160715008000": ("verwaltungsgemeinschaft", "gemeindeebene", "160710000000", "160715008000", "160715008000"),
        "160715008056": ("mitgliedsgemeinde", "gemeindeebene", "160710000000", "160715008000", "160715008000"),
        "160715053000": ("erfuellende_gemeinde", "gemeindeebene", "160710000000", "160715053000", "160715053000"),
        "160715053102": ("erfuellende_gemeinde", "gemeindeebene", "160710000000", "160715053000", "160715053000"),
        "160715053061": ("mitgliedsgemeinde", "gemeindeebene", "160710000000", "160715053000", "160715053000"),
    }
    assert {ars: tuple(units[ars][column] for column in columns) for ars in expected} == expected


def test_names_are_short_and_official(small: tuple[ReferenceReport, Path]) -> None:
    units = by_ars(small[1])
    expected = {
        "160710000000": ("Landkreis Weimarer Land", "Weimarer Land"),
        "160550000000": ("Weimar", "Weimar, Stadt"),
        "160715008000": ("VG Mellingen", "Mellingen"),
        "160715053000": ("Am Ettersberg (erfüllende Gemeinde)", "Am Ettersberg"),
        "160715053061": ("Neumark", "Neumark, Stadt"),
    }
    assert {ars: (units[ars]["name"], units[ars]["langname"]) for ars in expected} == expected


def test_numbers_above_the_gemeinden_are_their_sums(small: tuple[ReferenceReport, Path]) -> None:
    units = by_ars(small[1])
    assert (units["160715053000"]["einwohner"], units["160715008000"]["einwohner"]) == ("8490", "8202")
    assert units["160000000000"]["einwohner"] == str(small[0].einwohner)
    assert (units["000000000000"]["einwohner"], units["000000000000"]["flaeche_km2"]) == ("", "")
    assert units["160770043043"]["flaeche_km2"] == "101.08"


def test_rows_are_ordered_by_level_then_key(small: tuple[ReferenceReport, Path]) -> None:
    units = rows_of(small[1] / "gebiet" / "einheiten.csv")
    order = ["bund", "land", "kreis", "verband", "gemeinde"]
    assert units == sorted(units, key=lambda row: (order.index(row["ebene"]), row["ars"]))
    assert b"\r" not in (small[1] / "gebiet" / "einheiten.csv").read_bytes()


def test_former_gemeinden_keep_the_administration_of_their_time(small: tuple[ReferenceReport, Path]) -> None:
    units = by_ars(small[1])
    former = {ars: row for ars, row in units.items() if row["gueltig_bis"]}
    assert former.keys() == {"160715008038", "160715008042", "160715008055", "160775052003", "160775052000"}
    assert {row["gueltig_bis"] for row in former.values()} == {"2026-01-01"}
    dobitschen = former["160775052003"]
    assert (dobitschen["einwohner"], dobitschen["typ"]) == ("411", "mitgliedsgemeinde")
    assert dobitschen["zustaendig_ars"] == "160775052000"
    assert former["160775052000"]["name"] == "Schmölln (erfüllende Gemeinde)"
    assert former["160775052000"]["einwohner"] == str(411 + 13542)
    assert units["160770043043"]["typ"] == "verbandsfreie_gemeinde"


def test_every_level_is_drawn_with_todays_units(small: tuple[ReferenceReport, Path]) -> None:
    current = [row for row in by_ars(small[1]).values() if row["ebene"] == "gemeinde" and not row["gueltig_bis"]]
    columns = dict(zip(LEVELS, ("ars", "zustaendig_ars", "kreis_ars"), strict=True))
    for level, column in columns.items():
        data = json.loads((small[1] / "geo" / f"{level}.geojson").read_text("utf-8"))
        assert {one["id"] for one in data["features"]} == {row[column] for row in current}
        shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in data["features"]]
        assert shapely.union_all(shapes).area == pytest.approx(27 * 0.01)


def test_two_runs_give_the_same_bytes(small: tuple[ReferenceReport, Path], tmp_path: Path) -> None:
    build(tmp_path / "reference", tmp_path)
    assert state(tmp_path / "reference") == state(small[1])


def test_the_sources_are_named_with_checksums_and_without_paths(small: tuple[ReferenceReport, Path]) -> None:
    tables = yaml.safe_load((small[1] / "gebiet" / "QUELLE.yaml").read_text("utf-8"))
    assert tables["namensnennung"] == "© Statistisches Bundesamt (Destatis), 2025, GV-ISys; Auszug, verändert"
    assert tables["gebietsstand"] == "2026-06-30"
    assert tables["eingaben"][0] == {
        "datei": TABLES[0].name,
        "sha256": hashlib.sha256(TABLES[0].read_bytes()).hexdigest(),
    }
    geo = yaml.safe_load((small[1] / "geo" / "QUELLE.yaml").read_text("utf-8"))
    assert geo["namensnennung"] == "© BKG (2026) dl-de/by-2-0 (Daten verändert)"
    assert "im Uhrzeigersinn" in geo["umlaufsinn"]
    assert geo["befehl"] == (
        "python -m etl reference --register gemeinden_auszug_2026-06-30.csv --register verbaende_auszug_2026-06-30.csv "
        "--register kreise_auszug_2026-06-30.csv --register GV100AD_30112025_Auszug.txt "
        "--boundaries grenzen.geojson --changes gebietsaenderungen_auszug.csv"
    )


def test_one_official_file_is_enough_for_the_tables(tmp_path: Path) -> None:
    target = tmp_path / "neu" / "reference"
    report = write_reference(registers=[GV100AD], boundaries=[], changes=None, target=target)
    assert (report.gemeinden, report.verbaende, report.kreise) == (31, 6, 3)
    assert set(state(target)) == {"gebiet/einheiten.csv", "gebiet/gebietsaenderungen.csv", "gebiet/QUELLE.yaml"}
    assert rows_of(target / "gebiet" / "gebietsaenderungen.csv") == []
    assert len(list(target.parent.iterdir())) == 1


def test_without_a_list_the_kept_one_stays(tmp_path: Path) -> None:
    target = tmp_path / "reference"
    build(target, tmp_path)
    listed = (target / "gebiet" / "gebietsaenderungen.csv").read_bytes()
    report = write_reference(registers=TABLES, boundaries=[], changes=None, target=target)
    assert (target / "gebiet" / "gebietsaenderungen.csv").read_bytes() == listed
    assert "Liste der Gebietsänderungen aus dem Bestand weiterverwendet" in report.notes
    assert any("bleibt die Geometrie unverändert" in note for note in report.notes)


def test_changes_after_the_gebietsstand_are_kept_but_not_followed(tmp_path: Path) -> None:
    report = write_reference(registers=[GV100AD], boundaries=[], changes=CHANGES, target=tmp_path / "r")
    listed = rows_of(tmp_path / "r" / "gebiet" / "gebietsaenderungen.csv")
    assert [row["ags_heute"] for row in listed] == [row["ags_alt"] for row in listed]
    assert "Änderungen, die erst nach dem 30.11.2025 wirksam werden: 4" in report.notes


# What is refused


def test_nothing_is_written_when_a_file_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "reference"
    build(target, tmp_path)
    before = state(tmp_path)
    lines = GV100AD.read_text("utf-8").splitlines()
    lines[32] = "6" + lines[32]
    faulty = tmp_path / "GV100AD.txt"
    faulty.write_text("\n".join(lines), "utf-8")
    with pytest.raises(territory.ReferenceError, match="Zeile 33"):
        write_reference(registers=[*TABLES, faulty], boundaries=[], changes=CHANGES, target=target)
    faulty.unlink()
    assert state(tmp_path) == before


def test_boundaries_must_show_exactly_the_gemeinden_of_the_register(tmp_path: Path) -> None:
    path = boundaries(tmp_path, without=["16071056"], extra=["16071038", "16051000"])
    with pytest.raises(territory.ReferenceError) as caught:
        write_reference(registers=TABLES, boundaries=[path], changes=None, target=tmp_path / "reference")
    text = str(caught.value)
    assert "Grenze fehlt: 16071056 Mellingen" in text
    assert "Grenze ohne Gemeinde: 16051000" in text
    assert "Grenze ohne Gemeinde: 16071038" in text
    assert not (tmp_path / "reference").exists()


def test_a_gemeinde_in_two_boundary_files_is_refused(tmp_path: Path) -> None:
    first, second = boundaries(tmp_path), squares(tmp_path / "andere.geojson", ["16055000"])
    with pytest.raises(territory.ReferenceError, match="zuerst 16055000"):
        write_reference(registers=TABLES, boundaries=[first, second], changes=None, target=tmp_path / "reference")


def test_a_register_is_needed(tmp_path: Path) -> None:
    with pytest.raises(territory.ReferenceError, match="--register"):
        write_reference(registers=[], boundaries=[], changes=None, target=tmp_path / "reference")


def test_an_older_register_needs_the_list_of_changes(tmp_path: Path) -> None:
    with pytest.raises(territory.ReferenceError, match=r"Kiliansroda .16071038. gibt es heute nicht mehr") as caught:
        write_reference(registers=[*TABLES, GV100AD], boundaries=[], changes=None, target=tmp_path / "reference")
    assert "--changes" in str(caught.value)


def test_a_new_gemeinde_needs_an_entry_too(tmp_path: Path) -> None:
    older = tmp_path / "alt.txt"
    lines = [line for line in GV100AD.read_text("utf-8").splitlines() if line[22:72].strip() != "Ballstedt"]
    older.write_text("\n".join(lines), "utf-8")
    with pytest.raises(territory.ReferenceError, match=r"Ballstedt .16071005. gab es am 30\.11\.2025 nicht"):
        write_reference(registers=[*TABLES, older], boundaries=[], changes=CHANGES, target=tmp_path / "reference")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("16071042,Kleinschwabhausen,16071056,Mellingen,2026-01-01,", "16071042 steht doppelt"),
        ("16071999,Neu,16071056,Mellingen,2026-02-30,", "ist kein Datum"),
        ("16071999,Neu,16071056,Mellingen,01.01.2026,", "ist kein Datum"),
        ("16071999,Neu,16071056,Mellingen", "Felder fehlen"),
        ("1607199,Neu,16071056,Mellingen,2026-01-01,", "kein Thüringer Gemeindeschlüssel"),
        ("14071999,Neu,16071056,Mellingen,2026-01-01,", "kein Thüringer Gemeindeschlüssel"),
        ("16071999,Neu,16071999,Neu,2026-01-01,", "zu sich selbst"),
        ("16071999,Neu,16071998,Nirgends,2026-01-01,", "16071998, den es am 30.06.2026 nicht gibt"),
        ('16071056,Mellingen,16071001,"Apolda, Stadt",2026-01-01,', "steht aber noch im Verzeichnis"),
        ("16071999,Neu,16071038,Kiliansroda,2026-03-01,", "ist schon am 01.01.2026 aufgegangen"),
    ],
)
def test_a_wrong_change_is_refused_with_its_line(tmp_path: Path, line: str, reason: str) -> None:
    with pytest.raises(territory.ReferenceError, match=reason) as caught:
        write_reference(
            registers=TABLES, boundaries=[], changes=change_list(tmp_path, line), target=tmp_path / "reference"
        )
    assert "Zeile 6" in str(caught.value)


def test_changes_in_a_circle_are_refused(tmp_path: Path) -> None:
    circle = change_list(
        tmp_path,
        "16071997,A,16071998,B,2026-01-01,",
        "16071998,B,16071999,C,2026-01-01,",
        "16071999,C,16071997,A,2026-01-01,",
    )
    with pytest.raises(
        territory.ReferenceError, match="Kreis von Änderungen 16071997 → 16071998 → 16071999 → 16071997"
    ):
        write_reference(registers=TABLES, boundaries=[], changes=circle, target=tmp_path / "reference")


def test_a_circle_further_on_ends_too(tmp_path: Path) -> None:
    circle = change_list(
        tmp_path,
        "16071997,A,16071998,B,2026-01-01,",
        "16071998,B,16071999,C,2026-01-01,",
        "16071999,C,16071998,B,2026-01-01,",
    )
    with pytest.raises(territory.ReferenceError, match="Kreis von Änderungen"):
        write_reference(registers=TABLES, boundaries=[], changes=circle, target=tmp_path / "reference")


def test_another_table_is_not_a_list_of_changes() -> None:
    with pytest.raises(territory.ReferenceError, match="es fehlt ags_alt"):
        read_changes(TABLES[0])


def test_a_chain_of_changes_leads_to_today(tmp_path: Path) -> None:
    changes = change_list(tmp_path, "16071999,Altdorf,16071038,Kiliansroda,2020-01-01,aufgeteilt; groesster Teil")
    write_reference(registers=TABLES, boundaries=[], changes=changes, target=tmp_path / "reference")
    listed = {row["ags_alt"]: row for row in rows_of(tmp_path / "reference" / "gebiet" / "gebietsaenderungen.csv")}
    assert (listed["16071999"]["ags_neu"], listed["16071999"]["ags_heute"]) == ("16071038", "16071056")
    assert listed["16071999"]["hinweis"] == "aufgeteilt; größter Teil"


def test_the_first_day_is_given_only_where_it_is_proven(tmp_path: Path) -> None:
    changes = change_list(
        tmp_path,
        "16071900,Mellingen,16071056,Mellingen,2019-01-01,",
        '16071901,Altapolda,16071001,"Apolda, Stadt",2019-01-01,',
        "16071005,Ballstedt,16071902,Ballstedt,2026-04-01,",
    )
    tables = [tmp_path / path.name for path in TABLES]
    for copy, path in zip(tables, TABLES, strict=True):
        text = path.read_text("utf-8")
        copy.write_text(text.replace("16071005,160715053005", "16071902,160715053902"), "utf-8")
    write_reference(registers=[*tables, GV100AD], boundaries=[], changes=changes, target=tmp_path / "reference")
    units = by_ars(tmp_path / "reference")
    assert units["160715008056"]["gueltig_von"] == "2019-01-01"
    assert units["160710001001"]["gueltig_von"] == ""
    assert units["160715053902"]["gueltig_von"] == "2026-04-01"
    assert units["160715053005"]["gueltig_bis"] == "2026-04-01"


# What is shipped


@pytest.fixture(scope="module")
def shipped() -> list[dict[str, str]]:
    return [row for row in rows_of(SHIPPED / "gebiet" / "einheiten.csv") if not row["gueltig_bis"]]


def features(level: str) -> list[dict[str, object]]:
    return json.loads((SHIPPED / "geo" / f"{level}.geojson").read_text("utf-8"))["features"]


def test_shipped_units_are_counted_right(shipped: list[dict[str, str]]) -> None:
    assert Counter(row["ebene"] for row in shipped) == {
        "bund": 1,
        "land": 1,
        "kreis": 17,
        "verband": 79,
        "gemeinde": 601,
    }
    assert Counter(row["typ"] for row in shipped if row["ebene"] == "verband") == {
        "verwaltungsgemeinschaft": 42,
        "erfuellende_gemeinde": 37,
    }
    assert Counter(row["typ"] for row in shipped if row["ebene"] == "gemeinde") == {
        "kreisfreie_stadt": 5,
        "verbandsfreie_gemeinde": 105,
        "erfuellende_gemeinde": 37,
        "mitgliedsgemeinde": 454,
    }


def test_shipped_responsible_units_are_206(shipped: list[dict[str, str]]) -> None:
    responsible = [row for row in shipped if row["ars"] == row["zustaendig_ars"]]
    assert Counter(row["gruppe"] for row in responsible) == {
        "kreisfreie_stadt": 5,
        "landkreis": 17,
        "gemeindeebene": 184,
    }
    known = {row["ars"] for row in responsible}
    assert all(row["zustaendig_ars"] in known for row in shipped if row["ebene"] == "gemeinde")
    assert sum(int(row["einwohner"]) for row in responsible if row["gruppe"] != "landkreis") == 2_100_277


def test_shipped_population_adds_up(shipped: list[dict[str, str]]) -> None:
    by_level = Counter()
    for row in shipped:
        by_level[row["ebene"]] += int(row["einwohner"] or 0)
    free = sum(int(row["einwohner"]) for row in shipped if row["typ"] == "kreisfreie_stadt")
    assert by_level["gemeinde"] == by_level["land"] == by_level["kreis"] + free == 2_100_277


def test_shipped_keys_are_sound() -> None:
    everything = rows_of(SHIPPED / "gebiet" / "einheiten.csv")
    keys = {row["ars"] for row in everything}
    assert len(keys) == len(everything)
    for row in everything:
        assert row["ags"] == (row["ars"][:5] + row["ars"][9:] if row["ebene"] == "gemeinde" else "")
        if row["zustaendig_ars"]:
            assert row["zustaendig_ars"] in keys
            assert row["kreis_ars"] in keys
    names = {row["ars"]: row["name"] for row in everything}
    assert names["160760000000"] == "Landkreis Greiz"
    assert names["160750000000"] == "Saale-Orla-Kreis"
    assert names["160630000000"] == "Wartburgkreis"
    assert names["160755005000"] == "VG Oppurg"
    assert names["160765051000"] == "Bad Köstritz (erfüllende Gemeinde)"
    assert names["160510000000"] == "Erfurt"


def test_shipped_changes_lead_to_gemeinden_of_today(shipped: list[dict[str, str]]) -> None:
    changes = rows_of(SHIPPED / "gebiet" / "gebietsaenderungen.csv")
    today = {row["ags"] for row in shipped if row["ags"]}
    assert len(changes) == 32
    assert all(row["ags_heute"] in today and row["ags_alt"] not in today for row in changes)


@pytest.mark.parametrize(
    ("level", "count", "column", "size"),
    [
        ("gemeinden", 601, "ars", 350_000),
        ("verwaltungen", 189, "zustaendig_ars", 250_000),
        ("kreise", 22, "kreis_ars", 100_000),
    ],
)
def test_shipped_geometry_is_clean(
    shipped: list[dict[str, str]], level: str, count: int, column: str, size: int
) -> None:
    found = features(level)
    named = {row["ars"]: row["name"] for row in shipped}
    assert len(found) == count
    assert {one["id"] for one in found} == {row[column] for row in shipped if row["ebene"] == "gemeinde"}
    assert all(one["properties"] == {"name": named[one["id"]]} for one in found)
    shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in found]
    assert all(shape.is_valid and shape.area > 0 for shape in shapes)
    assert shapely.coverage_is_valid(shapes)
    union = shapely.coverage_union_all(shapes)
    assert (union.geom_type, len(shapely.get_parts(union)), len(union.interiors)) == ("Polygon", 1, 0)
    coordinates = shapely.get_coordinates(shapes)
    assert (coordinates == coordinates.round(4)).all()
    assert len(coordinates) <= 20_000
    assert (SHIPPED / "geo" / f"{level}.geojson").stat().st_size <= size


@pytest.mark.parametrize("level", LEVELS)
def test_shipped_rings_run_clockwise(level: str) -> None:
    for one in features(level):
        for part in shapely.get_parts(shapely.from_geojson(json.dumps(one["geometry"]))):
            assert not part.exterior.is_ccw, one["id"]
            assert all(hole.is_ccw for hole in part.interiors), one["id"]


def test_shipped_borders_coincide_across_the_levels() -> None:
    points = {}
    for level in LEVELS:
        shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in features(level)]
        points[level] = {tuple(point) for point in shapely.get_coordinates(shapes)}
    assert points["kreise"] <= points["verwaltungen"] <= points["gemeinden"]


def test_shipped_sources_name_licence_and_attribution() -> None:
    for folder, attribution in (("gebiet", "Destatis"), ("geo", "BKG")):
        source = yaml.safe_load((SHIPPED / folder / "QUELLE.yaml").read_text("utf-8"))
        assert attribution in source["namensnennung"]
        assert source["lizenz"]
        assert source["gebietsstand"] == "2026-06-30"
        assert all("/" not in one["datei"] and len(one["sha256"]) == 64 for one in source["eingaben"])
