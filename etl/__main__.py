"""Command line: `python -m etl` builds the database; see `python -m etl --help`."""

import argparse
import csv
import errno
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from etl import backup, build, deliver, effect, example, observations, snapshots, template
from etl.errors import BuildError, FetchError, Refused
from etl.sources import open_pvog, themen
from gradmesser.catalog import places

if TYPE_CHECKING:
    from etl import share

DONE, REFUSED = 0, 1


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 done, 1 refused with the reason on stderr, 2 wrong call."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (Refused, BuildError, FetchError) as error:
        print(f"Fehler: {error}", file=sys.stderr)
    except OSError as error:
        print(f"Fehler: {_disk_fault(error)}", file=sys.stderr)
    return REFUSED


def _disk_fault(error: OSError) -> str:
    """What a disk refused; a full one is the one with the data, whatever file the copying names."""
    where = places.data_root()
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        what = f"Kein Platz mehr im Datenordner {where} oder im Programmordner"
    elif error.errno == errno.EROFS:
        what = f"Der Datenträger erlaubt kein Schreiben ({error.filename or where})"
    else:
        what = f"{error.strerror or error} ({error.filename or where})"
    return f"{what}. Bitte freien Platz und Schreibrechte prüfen; die bisherige Datenbank bleibt in Gebrauch."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m etl", description="Daten des Gradmessers einlesen und bauen")
    parser.set_defaults(run=_first_start)
    commands = parser.add_subparsers(title="Befehle", metavar="BEFEHL")

    command = commands.add_parser("build", help="Datenbank aus allen Lieferungen neu bauen")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_build)

    command = commands.add_parser("import", help="Datei prüfen und als Lieferung aufbewahren")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.add_argument("--source", required=True, help=", ".join(deliver.SOURCES))
    command.add_argument("--stand", type=_date, help="Stand der Daten, falls die Datei keinen nennt")
    command.add_argument("--sender", default="", help="meldende Stelle")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_import)

    _add_checking(commands)

    command = commands.add_parser("status", help="Stand, Alter und Zeilen je Quelle")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_status)

    command = commands.add_parser("fetch", help="Live-Quelle abrufen")
    command.add_argument("source", nargs="?", default=open_pvog.SOURCE_ID, choices=[open_pvog.SOURCE_ID])
    command.set_defaults(run=_fetch)

    command = commands.add_parser("example", help="Beispieldaten erzeugen")
    command.add_argument("--months", type=_positive, default=example.MONTHS)
    command.add_argument("--units", type=_positive, help="Zahl der Gemeinden; mehr als 601 brauchen GRADMESSER_DATA")
    command.add_argument("--services", type=_positive, default=example.SERVICES)
    command.add_argument("--until", type=_date, help="letzter Stand, sonst das Ende des letzten Monats")
    command.set_defaults(run=_example)

    command = commands.add_parser("release", help="zurückgehaltene Lieferung veröffentlichen")
    command.add_argument("snapshot")
    command.add_argument("--reason", required=True)
    command.set_defaults(run=_release)

    _add_operation(commands)
    _add_sharing(commands)

    command = commands.add_parser("reference", help="Referenzdaten aus den amtlichen Dateien ableiten")
    command.add_argument("--register", nargs="+", type=Path, default=[], metavar="FILE")
    command.add_argument("--boundaries", nargs="+", type=Path, default=[], metavar="FILE")
    command.add_argument("--changes", type=Path, metavar="FILE")
    command.add_argument("--catalogue", type=Path, metavar="ORDNER")
    command.add_argument("--version", default="2019.1", help="Kennung der Katalogfassung")
    command.add_argument("--valid-from", type=_date, default=date(2019, 1, 1))
    command.add_argument("--observations", nargs=2, action="append", default=[], metavar=("QUELLE", "FILE"))
    command.add_argument("--target", type=Path, default=places.REFERENCE_IN_PROJECT)
    command.set_defaults(run=_reference)
    return parser


def _add_checking(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("check", help="Datei prüfen, ohne sie aufzubewahren")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--source", required=True, help=", ".join(deliver.SOURCES))
    command.add_argument("--stand", type=_date)
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_check)

    command = commands.add_parser("template", help="Meldevorlage einer Einheit (160000000000: alle)")
    command.add_argument("ars")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument(
        "--source", default="meldung", choices=["meldung", "themen"], help="Meldung oder weitere Themen"
    )
    command.set_defaults(run=_template)


def _add_operation(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("backup", help="Lieferungen, Freigaben, Meldungen und Einstellungen sichern")
    command.add_argument("--out", required=True, type=Path, metavar="FILE")
    command.set_defaults(run=_backup)

    command = commands.add_parser("restore", help="Sicherung prüfen, einspielen und bauen")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--replace", action="store_true", help="vorhandene Daten beiseitelegen")
    command.set_defaults(run=_restore)

    command = commands.add_parser("metrics", help="Kennwerte für Prometheus: ausgeben, schreiben oder anbieten")
    way = command.add_mutually_exclusive_group()
    way.add_argument("--out", type=Path, metavar="FILE", help="Datei für den textfile collector des node_exporter")
    way.add_argument("--port", type=_positive, help="auf 127.0.0.1 anbieten: /metrics und /health")
    command.set_defaults(run=_metrics)


def _add_sharing(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("publish", help="gebaute Datenbank für weitere Rechner bereitlegen")
    command.add_argument("--to", required=True, metavar="ORDNER|s3://BEHÄLTER/PFAD")
    command.set_defaults(run=_publish)

    command = commands.add_parser("follow", help="zeigen, was ein anderer Rechner bereitgelegt hat")
    command.add_argument("--from", required=True, dest="address", metavar="ORDNER|s3://BEHÄLTER/PFAD")
    command.add_argument(
        "--every", type=_positive, metavar="SEKUNDEN", help="nicht enden, sondern immer wieder nachsehen"
    )
    command.set_defaults(run=_follow)

    command = commands.add_parser("lake", help="gebaute Datenbank als Stand eines DuckLake schreiben (viele Schreiber)")
    command.add_argument("--catalog", required=True, metavar="postgres:VERBINDUNG")
    command.add_argument("--to", metavar="ORDNER|s3://BEHÄLTER/PFAD", help="Ort der Parquet-Dateien, beim ersten Mal")
    command.set_defaults(run=_lake)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"„{text}“ ist kein Datum der Form JJJJ-MM-TT") from error


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"„{text}“ ist keine positive ganze Zahl")
    return int(text)


def _first_start(_options: argparse.Namespace) -> int:
    root = places.data_root()
    if not snapshots.all_of(root / "raw"):
        try:
            _take_live()
            print("Noch keine Lieferungen: Live-Daten aus Open-PVOG abgerufen.")
        except FetchError as error:
            print(
                f"Noch keine Lieferungen, und die Live-Quelle Open-PVOG ist nicht nutzbar ({error}): "
                "Es werden BEISPIELDATEN verwendet."
            )
            example.write(root, places.reference_root(), example.Plan(), _progress())
    report = build.build(root, places.reference_root(), places.STATIC)
    _warn(report)
    print(f"Datenbank {report.database.name} aus {report.snapshots} Lieferungen in {report.seconds:.1f} s gebaut.")
    if report.ignored:
        print(f"{report.ignored} Beispiellieferungen bleiben unberücksichtigt, weil echte Daten vorliegen.")
    for name in report.withheld:
        print(f"Zurückgehalten: {name} (Grund: python -m etl status)")
    return DONE


def _build(options: argparse.Namespace) -> int:
    report = build.build(places.data_root(), places.reference_root(), places.STATIC)
    _warn(report)
    print(build.to_json(report) if options.json else f"{report.database.name}: {report.snapshots} Lieferungen")
    return DONE


def _warn(report: build.Report) -> None:
    for name in report.ahead:
        print(
            f"Achtung: {name} liegt nach der Uhr dieses Rechners ({datetime.now(UTC):%d.%m.%Y %H:%M} UTC). "
            "Bitte die Uhr und den Stand der Lieferung prüfen.",
            file=sys.stderr,
        )


def _import(options: argparse.Namespace) -> int:
    code = DONE
    for path in options.files:
        try:
            report = deliver.take_in(
                places.data_root(),
                places.reference_root(),
                path,
                source_id=options.source,
                stand=options.stand,
                sender=options.sender,
            )
        except Refused as error:
            print(f"Fehler: {error}", file=sys.stderr)
            code = REFUSED
            continue
        if options.json:
            print(report.to_json())
            continue
        print(
            f"{path.name}: Stand {report.stand:%d.%m.%Y}, {report.rows} Zeilen, {report.accepted} angenommen, "
            f"{report.rejected} abgelehnt, {report.warnings} Warnungen – {report.status} ({report.snapshot})"
        )
        for reason, count in report.reasons.items():
            print(f"  abgelehnt wegen {reason}: {count}")
        if report.note:
            print(f"  {report.note}")
    if code == DONE and not options.json:
        print("Weiter mit: python -m etl build")
    return code


def _check(options: argparse.Namespace) -> int:
    report, found = effect.check(
        places.data_root(), places.reference_root(), options.file, source_id=options.source, stand=options.stand
    )
    if options.json:
        print(effect.to_json(report, found))
        return DONE
    print(
        f"{options.file.name}: {report.rows} Zeilen, {report.accepted} angenommen, {report.rejected} abgelehnt; nichts aufbewahrt"
    )
    for row in report.details:
        place = f"Blatt {row.sheet}, Zeile {row.line}" if row.sheet else f"Zeile {row.line}"
        print(f"  {place}: {row.reason}: {row.content[:120]}")
    if found.unread:
        print(f"  nicht gelesen: Blatt {', '.join(found.unread)}")
    for change in found.changes:
        print(f"  {change.unit}, {change.subject}: {change.before} → {change.after}")
    return DONE


def _template(options: argparse.Namespace) -> int:
    if options.source == themen.SOURCE_ID:
        print(template.write_themes(places.data_root(), options.ars, options.file, datetime.now(UTC).date()))
        return DONE
    for path in template.write(places.data_root(), options.ars, options.file, datetime.now(UTC).date()):
        print(path)
    return DONE


def _status(options: argparse.Namespace) -> int:
    with build.opened(places.data_root()) as connection:
        rows = connection.execute((Path(__file__).parent / "sql" / "status.sql").read_text("utf-8")).df()
    today = datetime.now(UTC).date()
    entries = [
        {
            "source": row.source_id,
            "herkunft": row.herkunft,
            "stand": row.stand.date().isoformat(),
            "age_days": (today - row.stand.date()).days,
            "snapshots": int(row.snapshots),
            "rows": int(row.zeilen),
            "rejected": int(row.abgelehnt),
            "status": row.status,
        }
        for row in rows.itertuples()
    ]
    if options.json:
        print(json.dumps(entries, ensure_ascii=False))
        return DONE
    for entry, row in zip(entries, rows.itertuples(), strict=True):
        print(
            f"{entry['source']} ({entry['herkunft']}): Stand {entry['stand']}, {entry['age_days']} Tage alt, "
            f"{entry['snapshots']} Lieferungen, {entry['rows']} Zeilen, {entry['rejected']} abgelehnt, {entry['status']}"
        )
        for name, reason in zip(row.zurueckgehalten, row.gruende, strict=True):
            print(f"  zurückgehalten {name}: {reason}")
    return DONE


def _fetch(_options: argparse.Namespace) -> int:
    report = _take_live()
    print(f"{report.snapshot}: {report.accepted} angenommen, {report.rejected} abgelehnt – {report.status}")
    if report.note:
        print(f"  {report.note}")
    return DONE


def _take_live() -> deliver.Report:
    from etl import fetch  # noqa: PLC0415 - a build needs no HTTP client, and its start counts

    root, reference = places.data_root(), places.reference_root()
    deliver.by_the_clock(root, open_pvog.SOURCE_ID)
    staging = root / "staging"
    delivery = fetch.fetch_open_pvog(
        fetch.load_api(None), staging=staging, kreise=_kreise(reference), progress=_progress()
    )
    for note in delivery.notes:
        print(f"  {note}", file=sys.stderr)
    try:
        return deliver.take_in(
            root, reference, delivery.file, source_id=open_pvog.SOURCE_ID, stand=None, retrieved=delivery.retrieved
        )
    finally:
        fetch.clear(staging)


def _kreise(reference: Path) -> list[str]:
    with (reference / "gebiet" / "einheiten.csv").open(encoding="utf-8", newline="") as stream:
        return sorted({row["kreis_ars"] for row in csv.DictReader(stream) if row["kreis_ars"]})


def _example(options: argparse.Namespace) -> int:
    root, reference = places.data_root(), places.reference_root()
    if options.units and options.units > example.GEMEINDEN:
        if not os.environ.get("GRADMESSER_DATA"):
            raise Refused(
                "Mehr Gemeinden als in Thüringen gibt es nur in einer eigenen Instanz: GRADMESSER_DATA setzen."
            )
        example.write_territory(places.REFERENCE_IN_PROJECT, root / "reference", options.units)
        reference = root / "reference"
    plan = example.Plan(months=options.months, units=options.units, services=options.services, until=options.until)
    names = example.write(root, reference, plan, _progress())
    print(f"{len(names)} Beispiellieferungen mit erfundenen Werten. Weiter mit: python -m etl build")
    return DONE


def _release(options: argparse.Namespace) -> int:
    root = places.data_root()
    with build.exclusive(root):
        released = deliver.release(root, options.snapshot, options.reason, datetime.now(UTC).date())
    build.build(root, places.reference_root(), places.STATIC)
    print(f"{released.snapshot_id} ist veröffentlicht: {options.reason}")
    return DONE


def _backup(options: argparse.Namespace) -> int:
    content = backup.write(places.data_root(), places.reference_root(), options.out)
    print(
        f"{options.out}: {content.snapshots} Lieferungen, {len(content.files)} Dateien, {content.size / 1e6:.1f} MB; "
        f"Fingerabdruck {content.fingerprint[:12]}"
    )
    return DONE


def _restore(options: argparse.Namespace) -> int:
    done = backup.restore(options.file, places.data_root(), places.STATIC, replace=options.replace)
    print(
        f"{done.content.snapshots} Lieferungen vom {done.content.created} eingespielt; {done.database.name} ist gebaut."
    )
    if done.aside:
        print(f"Das Bisherige liegt in {done.aside}.")
    if not done.identical:
        print(
            "Achtung: Der Fingerabdruck ist ein anderer als bei der Sicherung, weil Referenz oder Zählregeln dieses "
            "Programmstands andere sind.",
            file=sys.stderr,
        )
    return DONE


def _publish(options: argparse.Namespace) -> int:
    from etl import share  # noqa: PLC0415 - a build needs no object storage

    shared = share.publish(places.data_root(), places.STATIC, options.to)
    print(f"{shared.name}: {'bereitgelegt' if shared.changed else 'lag schon bereit'} (SHA-256 {shared.sha256[:12]})")
    return DONE


def _follow(options: argparse.Namespace) -> int:
    from etl import share  # noqa: PLC0415 - a build needs no object storage

    root, address = places.data_root(), options.address
    follow = _follow_lake if address.startswith("postgres:") else share.follow
    if not options.every:
        shared = follow(root, places.STATIC, address)
        print(f"{shared.name}: {'übernommen' if shared.changed else 'wird schon gezeigt'}")
        return DONE
    for text in share.keep_following(partial(follow, root, places.STATIC, address), options.every):
        print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {text}", flush=True)
    return DONE


def _follow_lake(root: Path, static: Path, address: str) -> "share.Shared":
    from etl import lake  # noqa: PLC0415 - a build needs no lake

    return lake.follow(root, static, address)


def _lake(options: argparse.Namespace) -> int:
    from etl import lake  # noqa: PLC0415 - a build needs no lake

    snapshot = lake.write(places.data_root(), options.catalog, options.to)
    print(f"Stand {snapshot} des DuckLake ist {build.current(places.data_root()).name}")
    return DONE


def _metrics(options: argparse.Namespace) -> int:
    from etl import metrics  # noqa: PLC0415 - a build needs no Prometheus

    if options.port:
        with metrics.server(places.data_root(), options.port) as server:
            print(f"http://{metrics.LOCAL}:{options.port}/metrics und /health; beenden mit Strg+C", flush=True)
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                return DONE
    measured = metrics.measure(places.data_root())
    if options.out:
        metrics.write(measured, options.out)
    else:
        print(measured.text.decode(), end="")
    if measured.fault:
        print(f"Fehler: {measured.fault}", file=sys.stderr)
        return REFUSED
    return DONE


def _reference(options: argparse.Namespace) -> int:
    from etl import catalogue, territory  # noqa: PLC0415 - a build needs no geometry

    if not (options.register or options.catalogue or options.observations):
        raise Refused("Bitte mindestens eines angeben: --register, --catalogue, --observations.")
    if options.register:
        found = territory.write_reference(
            registers=options.register, boundaries=options.boundaries, changes=options.changes, target=options.target
        )
        print(
            f"Gebietsstand {found.gebietsstand:%d.%m.%Y}: {found.gemeinden} Gemeinden, {found.verbaende} Verbände, "
            f"{found.kreise} Kreise, {found.einwohner} Einwohner"
        )
        for note in found.notes:
            print(f"  {note}")
    if options.catalogue:
        report = catalogue.write_reference(
            options.catalogue, options.target, version=options.version, valid_from=options.valid_from,
            vintage=options.version.split(".")[0],
        )  # fmt: skip
        print(f"Katalog: {report.services} Leistungen, {report.registers} Register, {report.exceptions} Ausnahmen")
    for source_id, name in options.observations:
        if source_id not in observations.SOURCES:
            raise Refused(f"„{source_id}“ ist keine Quelle von Beobachtungen: {', '.join(observations.SOURCES)}.")
        count = observations.write_reference(source_id, Path(name), options.target, datetime.now(UTC))
        print(f"{source_id}: {count} Werte")
    return DONE


def _progress() -> Callable[[int, int, str], None]:
    """A bar on a terminal, a line now and then elsewhere; on stderr, so that stdout stays for results."""
    live = sys.stderr.isatty()

    def show(done: int, total: int, text: str) -> None:
        if live:
            filled = round(30 * done / max(total, 1))
            end = "\n" if done >= total else ""
            print(f"\r[{'#' * filled:30s}] {done}/{total} {text:40.40s}", end=end, file=sys.stderr, flush=True)
        elif done == total or done % 10 == 0:
            print(f"{done}/{total} {text}", file=sys.stderr)

    return show


if __name__ == "__main__":
    sys.exit(main())
