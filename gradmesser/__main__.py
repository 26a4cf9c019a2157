"""Command line of the product: `python -m gradmesser export …` prints the numbers that the pages show."""

import argparse
import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd

from gradmesser import bridge, deck, fingerprint, forecast, landvalue, sheet, store
from gradmesser.catalog import EXAMPLE_MARK, LAND, operator, places
from gradmesser.export import factsheet, table

DONE, REFUSED = 0, 1
_COUNTS = ["n", "nenner", "u", "n_eigen", "n_geerbt"]
_REGISTER_COLUMNS = ["ars", "register_id", "meilenstein", "hoechster_lueckenloser", "ueberfaellig", "idnr_quote"]


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 done, 1 refused with the reason on stderr, 2 wrong call."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (store.DatabaseMissing, bridge.BridgeError, NoTarget) as error:
        print(f"Fehler: {error}", file=sys.stderr)
        return REFUSED


def _verify(options: argparse.Namespace) -> int:
    """Ask the same question again and compare; 0 if the fingerprint is the same, 1 if not or if it cannot be asked."""
    try:
        parameters = fingerprint.parse(options.parameters)
        rows = store.fetch(options.query, **parameters)
    except FileNotFoundError:
        print(f"Fehler: Die Abfrage „{options.query}“ gibt es nicht.", file=sys.stderr)
        return REFUSED
    except (ValueError, store.WrongParameters) as error:
        print(f"Fehler: {error}", file=sys.stderr)
        return REFUSED
    found = fingerprint.of(options.query, parameters, rows, store.fetch("datenbank")["regelversion"].iloc[0])
    if found == options.fingerprint:
        print(f"{found}: stimmt. {len(rows)} Zeilen, gleiche Regeln.")
        return DONE
    print(
        f"{options.fingerprint} stimmt nicht: Die Datenbank {store.version()} ergibt {found} ({len(rows)} Zeilen). "
        "Andere Regeln, andere Programmfassung, andere Daten, oder der Kenntnisstand (wissen=) fehlt.",
        file=sys.stderr,
    )
    return REFUSED


def _export(options: argparse.Namespace) -> int:
    frame = _MEASURES[options.measure][options.level](options)
    example = not frame.empty and store.fetch("datenbank")["herkunft"].iloc[0] == "beispiel"
    if example:
        print(EXAMPLE_MARK, file=sys.stderr)
        if options.format != "json":
            frame = frame.assign(herkunft="BEISPIELDATEN")
    if frame.empty:
        print(f"Für den {options.von or options.stand:%d.%m.%Y} liegt noch kein Stand vor.", file=sys.stderr)
    _print(frame, options)
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gradmesser", description="Zahlen des Gradmessers ausgeben")
    commands = parser.add_subparsers(title="Befehle", metavar="BEFEHL", required=True)
    export = commands.add_parser("export", help="eine Kennzahl ausgeben")
    export.add_argument("measure", choices=list(_MEASURES), metavar="MEASURE")
    export.add_argument("--level", choices=["verwaltung", "gemeinde", "kreis", "leistung", "land"])
    export.add_argument("--stand", type=_date, help="gültig am, sonst heute")
    export.add_argument(
        "--sicht",
        choices=["zustaendig", "nutzbar"],
        default="zustaendig",
        help="rechtlich zuständig oder für Einwohner nutzbar",
    )
    export.add_argument("--wissen", type=_date, help="bekannt bis, sonst heutiges Wissen")
    export.add_argument("--von", type=_date, help="bruecke: erster Tag")
    export.add_argument("--bis", type=_date, help="bruecke: letzter Tag")
    export.add_argument("--wissen-von", type=_date, help="bruecke: was am ersten Tag bekannt war, sonst wie --wissen")
    export.add_argument("--format", choices=["csv", "json", "parquet"], default="csv")
    export.set_defaults(run=_export)
    page = commands.add_parser("blatt", help="Datenblatt einer Einheit oder des Landes als PDF schreiben")
    page.add_argument("ars", metavar="ARS", help=f"12 Ziffern; {LAND} ist das Land")
    page.add_argument("file", metavar="DATEI", type=Path)
    page.add_argument("--stand", type=_date, default=datetime.now(UTC).date(), help="gültig am, sonst heute")
    page.add_argument("--wissen", type=_date, help="bekannt bis, sonst heutiges Wissen")
    page.set_defaults(run=_write_sheet)
    slides = commands.add_parser("slides", help="Ansichten als PowerPoint mit bearbeitbaren Diagrammen schreiben")
    slides.add_argument(
        "--folie", action="append", required=True, metavar="ANSICHT", help="etwa karte?ebene=kreise; mehrfach"
    )
    slides.add_argument("--out", required=True, metavar="DATEI", type=Path)
    slides.set_defaults(run=_write_slides)
    for name, told, run in (
        ("deck", "Ansichten als Bühne in einer HTML-Datei schreiben, ohne Netz zu zeigen", _write_stage),
        ("gallery", "dasselbe für einen Bildschirm: blättert von selbst, anhaltbar", _write_gallery),
    ):
        stage = commands.add_parser(name, help=told)
        stage.add_argument(
            "--folie",
            action="append",
            metavar="ANSICHT",
            help="etwa karte?ebene=kreise; mehrfach; sonst das Beispiel-Deck",
        )
        stage.add_argument("--out", required=True, metavar="DATEI", type=Path)
        stage.add_argument("--saal", choices=["hell", "dunkel"], default="hell", help="heller oder dunkler Saal")
        stage.add_argument("--namen", choices=["mit", "ohne"], default="mit", help="ohne: Buchstaben statt Namen")
        if run is _write_gallery:
            stage.add_argument("--sekunden", type=_seconds, default=20, help="wie lange eine Folie steht, sonst 20")
        stage.set_defaults(run=run)
    image = commands.add_parser("picture", help="eine Ansicht als Bild schreiben (PNG oder SVG, braucht Chromium)")
    image.add_argument("slide", metavar="ANSICHT", help="etwa karte?ebene=kreise")
    image.add_argument("file", metavar="DATEI", type=Path)
    image.set_defaults(run=_write_picture)
    verify = commands.add_parser("verify", help="den Fingerabdruck einer Abbildung nachrechnen")
    verify.add_argument("fingerprint", help="zwölf Stellen, wie sie unter der Abbildung stehen")
    verify.add_argument("query", help="Name der Abfrage")
    verify.add_argument("parameters", nargs="*", metavar="name=wert")
    verify.set_defaults(run=_verify)
    return _Checked(parser)


def _write_sheet(options: argparse.Namespace) -> int:
    try:
        content = sheet.gather(store.fetch, options.ars, options.stand, store.known_by(options.wissen))
        options.file.write_bytes(factsheet.to_pdf(content, places.FONTS))
    except (sheet.SheetError, factsheet.FactSheetError, OSError) as error:
        print(f"Fehler: {error}", file=sys.stderr)
        return REFUSED
    if content.example:
        print(EXAMPLE_MARK, file=sys.stderr)
    print(f"{options.file}: {content.title}", file=sys.stderr)
    return DONE


def _write_slides(options: argparse.Namespace) -> int:
    from gradmesser.ui import decks  # noqa: PLC0415 - the only command that needs the app's pictures

    try:
        _, made = decks.deck_file([deck.parse(address) for address in options.folie])
        options.out.write_bytes(made)
    except (deck.UnknownSlide, OSError) as error:
        print(f"Fehler: {error}", file=sys.stderr)
        return REFUSED
    if store.fetch("datenbank")["herkunft"].iloc[0] == "beispiel":
        print(EXAMPLE_MARK, file=sys.stderr)
    print(f"{options.out}: {len(options.folie)} Folien und „Wie wird gezählt?“", file=sys.stderr)
    return DONE


def _write_stage(options: argparse.Namespace) -> int:
    return _stage(options, 0)


def _write_gallery(options: argparse.Namespace) -> int:
    return _stage(options, options.sekunden)


def _stage(options: argparse.Namespace, turn: int) -> int:
    from gradmesser.ui import stage  # noqa: PLC0415 - needs the app's pictures

    try:
        chosen = [deck.parse(address) for address in options.folie or deck.STARTER]
        made = stage.document(chosen, hall=options.saal, named=options.namen == "mit", turn=turn)
        options.out.write_text(made, "utf-8")
    except (deck.UnknownSlide, OSError) as error:
        print(f"Fehler: {error}", file=sys.stderr)
        return REFUSED
    if store.fetch("datenbank")["herkunft"].iloc[0] == "beispiel":
        print(EXAMPLE_MARK, file=sys.stderr)
    print(f"{options.out}: {len(chosen)} Folien und „Wie wird gezählt?“", file=sys.stderr)
    return DONE


def _seconds(text: str) -> int:
    if not text.isdecimal() or not 5 <= int(text) <= 600:  # noqa: PLR2004 - named in the message
        raise argparse.ArgumentTypeError(f"„{text}“ ist keine Zahl von 5 bis 600")
    return int(text)


def _write_picture(options: argparse.Namespace) -> int:
    from gradmesser.ui import pictures  # noqa: PLC0415 - needs the app's pictures

    try:
        pictures.write(deck.parse(options.slide), options.file)
    except (deck.UnknownSlide, pictures.PictureError, OSError) as error:
        print(f"Fehler: {error}", file=sys.stderr)
        return REFUSED
    print(f"{options.file}", file=sys.stderr)
    return DONE


class _Checked:
    """The parser, plus the rules which level and which days belong to which measure."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._parser = parser

    def parse_args(self, arguments: list[str] | None) -> argparse.Namespace:
        options = self._parser.parse_args(arguments)
        if "measure" not in options:
            return options
        levels = list(_MEASURES[options.measure])
        options.level = options.level or levels[0]
        if options.level not in levels:
            self._parser.error(f"--level {options.level} gibt es für {options.measure} nicht: {', '.join(levels)}")
        self._check_days(options)
        options.stand = options.stand or datetime.now(UTC).date()
        if options.sicht != "zustaendig" and options.measure not in _WITH_PERSPECTIVE:
            self._parser.error(f"--sicht gibt es nur für {' und '.join(_WITH_PERSPECTIVE)}")
        return options

    def _check_days(self, options: argparse.Namespace) -> None:
        if options.measure != "bruecke":
            if options.von or options.bis or options.wissen_von:
                self._parser.error(f"--von, --bis und --wissen-von gibt es für {options.measure} nicht, nur --stand")
        elif not options.von or not options.bis:
            self._parser.error("bruecke braucht --von und --bis")
        elif options.stand:
            self._parser.error("--stand gibt es für bruecke nicht, nur --von und --bis")
        elif options.von > options.bis:
            self._parser.error(f"--von {options.von} liegt nach --bis {options.bis}")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"„{text}“ ist kein Datum der Form JJJJ-MM-TT") from error


def _units(options: argparse.Namespace) -> pd.DataFrame:
    query = "nutzbar_verwaltung" if options.sicht == "nutzbar" else "rollin_verwaltung"
    frame = store.fetch(query, stand=options.stand, wissen=store.known_by(options.wissen))
    return frame.assign(stand=frame["stand"].dt.date)


def _by_verwaltung(options: argparse.Namespace) -> pd.DataFrame:
    return _named(_units(options)[["ars", "name", "gruppe", "stand", *_COUNTS]])


def _by_gemeinde(options: argparse.Namespace) -> pd.DataFrame:
    gemeinden = store.fetch("gemeinden")[["ars", "name", "gruppe", "zustaendig_ars"]]
    units = _units(options)[["ars", "stand", *_COUNTS]].rename(columns={"ars": "zustaendig_ars"})
    merged = gemeinden.merge(units, on="zustaendig_ars", validate="many_to_one")
    return _named(merged[["ars", "name", "gruppe", "stand", *_COUNTS, "zustaendig_ars"]])


def _by_kreis(options: argparse.Namespace) -> pd.DataFrame:
    units = _units(options)
    names = units.drop_duplicates("ars").set_index("ars")["name"]
    pooled = units.groupby(["kreis_ars", "stand"], as_index=False)[_COUNTS].sum()
    pooled.insert(1, "name", pooled["kreis_ars"].map(names))
    pooled.insert(2, "gruppe", "kreisgebiet")
    return _named(pooled.rename(columns={"kreis_ars": "ars"}))


def _land(options: argparse.Namespace) -> pd.DataFrame:
    pooled = _units(options).groupby("stand", as_index=False)[_COUNTS].sum()
    for position, (name, value) in enumerate({"ars": LAND, "name": "Thüringen", "gruppe": "land"}.items()):
        pooled.insert(position, name, value)
    return _named(pooled)


def _land_values(options: argparse.Namespace) -> pd.DataFrame:
    units = _units(options)
    rows = landvalue.rows_of(landvalue.four_ways(units)).drop(columns="sagt")
    rows.insert(0, "stand", units["stand"].iloc[0] if len(units) else None)
    rows.insert(1, "sicht", options.sicht)
    return _named(rows if len(units) else rows.head(0))


def _coverage(options: argparse.Namespace) -> pd.DataFrame:
    frame = store.fetch("flaechendeckung", stand=options.stand, wissen=store.known_by(options.wissen))
    return _named(frame.drop(columns="themenfeld"))


def _registers(options: argparse.Namespace) -> pd.DataFrame:
    frame = store.fetch("register_stand", stand=options.stand, wissen=store.known_by(options.wissen))
    share = frame["datensaetze_mit_idnr"] / frame["datensaetze"].replace(0, pd.NA)
    renamed = frame.rename(columns={"hoechster": "meilenstein", "lueckenlos": "hoechster_lueckenloser"})
    return renamed.assign(idnr_quote=share.astype("Float64"))[_REGISTER_COLUMNS]


def _bridge(options: argparse.Namespace, by: list[str]) -> pd.DataFrame:
    wissen = store.known_by(options.wissen)
    asked = {
        "von": options.von,
        "bis": options.bis,
        "wissen": wissen,
        "wissen_von": options.wissen_von or wissen,
        **dict.fromkeys(("ars", "kreis", "themenfeld"), ""),
    }
    ends, cells = store.fetch("bruecke_enden", **asked), store.fetch("bruecke", **asked)
    return bridge.table(ends, cells, options.von, options.bis, by)


def _bridge_of_land(options: argparse.Namespace) -> pd.DataFrame:
    return _bridge(options, [])


def _bridge_by_unit(options: argparse.Namespace) -> pd.DataFrame:
    return _bridge(options, ["ars", "name"])


def _bridge_by_kreis(options: argparse.Namespace) -> pd.DataFrame:
    names = store.fetch("einheiten").set_index("ars")["name"]
    rows = _bridge(options, ["kreis_ars"]).rename(columns={"kreis_ars": "ars"})
    rows.insert(1, "name", rows["ars"].map(names))
    return rows


class NoTarget(RuntimeError):
    """There is nothing to forecast: the operator switched the target off."""


def _outlook_by_verwaltung(options: argparse.Namespace) -> pd.DataFrame:
    rows = _series(options)
    return _named(
        pd.DataFrame([_outlook(part, ars, name, options.stand) for (ars, name), part in rows.groupby(["ars", "name"])])
    )


def _outlook_of_land(options: argparse.Namespace) -> pd.DataFrame:
    keys = ["stichtag", "katalog_version", "massgeblich"]
    rows = _series(options).groupby(keys, as_index=False)[["n", "nenner", "u"]].sum()
    return _named(pd.DataFrame([] if rows.empty else [_outlook(rows, LAND, "Thüringen", options.stand)]))


def _series(options: argparse.Namespace) -> pd.DataFrame:
    return store.fetch("prognose_verlauf", stand=options.stand, wissen=store.known_by(options.wissen))


def _outlook(history: pd.DataFrame, ars: str, name: str, stand: date) -> dict[str, object]:
    target = operator.target("rollin_rate")
    if target is None:
        raise NoTarget("Für den Roll-in ist kein Ziel gesetzt (betreiber.yaml, ziele).")
    found = forecast.outlook(history, target, stand)
    ahead = found.forecast
    known = isinstance(ahead, forecast.Forecast)
    return {
        "ars": ars, "name": name, "stand": found.day, "n": found.n, "nenner": found.of, "u": found.u, "ziel": found.goal,
        "frist": target.on, "quelle": target.source, "tempo": None if found.tempo is None else round(found.tempo.net, 4),
        "soll_tempo": None if found.needed is None else round(found.needed, 4), "status": found.status,
        "frueh": ahead.earliest if known else None, "erwartet": ahead.expected if known else None,
        "spaet": ahead.latest if known else None, "grund": None if known else ahead.reason,
    }  # fmt: skip


_WITH_PERSPECTIVE = ("rollin", "landeswert")
_MEASURES = {
    "rollin": {"verwaltung": _by_verwaltung, "gemeinde": _by_gemeinde, "kreis": _by_kreis, "land": _land},
    "landeswert": {"land": _land_values},
    "flaechendeckung": {"leistung": _coverage},
    "register": {"verwaltung": _registers},
    "bruecke": {"land": _bridge_of_land, "kreis": _bridge_by_kreis, "verwaltung": _bridge_by_unit},
    "prognose": {"land": _outlook_of_land, "verwaltung": _outlook_by_verwaltung},
}


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """N as the contract spells it; the database knows no difference between n and N."""
    return frame.rename(columns={"nenner": "N"})


def _print(frame: pd.DataFrame, options: argparse.Namespace) -> None:
    if options.format == "json":
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        single = options.level == "land" and len(rows) == 1
        print(json.dumps(rows[0] if single else rows, ensure_ascii=False, default=str))
    elif options.format == "csv":
        sys.stdout.buffer.write(table.to_csv(frame))
    else:
        sys.stdout.buffer.write(table.to_parquet(frame))


if __name__ == "__main__":
    sys.exit(main())
