"""What monitoring asks: age, rows and deliveries of each source, the published database; in Prometheus' text format.

What is not known is left out, never 0: without a readable database only `gradmesser_up 0` and the free space are told.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from etl import build
from etl.errors import Refused
from gradmesser import catalog

_SQL = Path(__file__).parent / "sql" / "kennwerte.sql"
_LABELS = ("source", "herkunft")
LOCAL = "127.0.0.1"
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The text for Prometheus, and why the database cannot be used, empty if it can."""

    text: bytes
    fault: str


def measure(root: Path, clock: Clock = lambda: datetime.now(UTC)) -> Measured:
    """Look at the published database of a data folder now; never raises for one that cannot be used."""
    collector = _Collector(root, clock)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return Measured(text=generate_latest(registry), fault=collector.fault)


def write(measured: Measured, target: Path) -> None:
    """Replace a file for node_exporter's textfile collector in one step; readable for everybody, as that wants it."""
    part = target.with_name(f"{target.name}.{os.getpid()}.teil")
    try:
        part.write_bytes(measured.text)
        part.chmod(0o644)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def server(root: Path, port: int) -> ThreadingHTTPServer:
    """A server on this machine only: /metrics for Prometheus, /health with 200 or 503; the caller runs and closes it.

    Raises Refused if the port cannot be had.
    """

    class Handler(BaseHTTPRequestHandler):
        """Answers both addresses from the database as it is at the moment; writes no log."""

        def do_GET(self) -> None:
            measured = measure(root)
            if self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, measured.text)
            elif self.path == "/health":
                told = measured.fault or "in Ordnung"
                self._answer(503 if measured.fault else 200, "text/plain; charset=utf-8", f"{told}\n".encode())
            else:
                self._answer(404, "text/plain; charset=utf-8", b"/metrics oder /health\n")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """No log: it would hold who asked."""

    try:
        return ThreadingHTTPServer((LOCAL, port), Handler)
    except (OSError, OverflowError) as error:
        raise Refused(
            f"{LOCAL}:{port} ist nicht frei oder nicht erlaubt ({error}). Bitte einen anderen --port."
        ) from error


class _Collector(Collector):
    """One look at the database; `fault` says afterwards why it cannot be used."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self._root, self._clock = root, clock
        self.fault = ""

    def collect(self) -> Iterator[Metric]:
        """Every metric; those about the database only if it can be read."""
        try:
            found = list(self._database())
        except Refused as error:
            self.fault, found = str(error), []
        yield _gauge("up", "Ob die veröffentlichte Datenbank lesbar ist", 0 if self.fault else 1)
        if self._root.is_dir():
            yield _gauge("free_bytes", "Freier Platz im Datenordner", shutil.disk_usage(self._root).free)
        schema = hashlib.sha256(catalog.SCHEMA_SQL.encode()).hexdigest()[:12]
        program = InfoMetricFamily("gradmesser_program", "Programmstand: Zählregeln und Schema")
        program.add_metric([], {"regeln": catalog.RULE_VERSION, "schema": schema})
        yield program
        yield from found

    def _database(self) -> Iterator[Metric]:
        path = build.current(self._root)
        with build.opened(self._root) as connection:
            about = connection.execute("SELECT regelversion, eingang_sha256, herkunft::TEXT FROM stand_der_datenbank")
            rules, checksum, origin = about.fetchone()
            rows = connection.execute(_SQL.read_text("utf-8")).fetchall()
        database = InfoMetricFamily("gradmesser_database", "Die veröffentlichte Datenbank")
        database.add_metric(
            [], {"name": path.name, "regeln": rules, "fingerabdruck": checksum[:12], "herkunft": origin}
        )
        yield database
        yield _gauge("build_timestamp_seconds", "Wann die Datenbank fertig war", path.stat().st_mtime)
        stand = _family("source_stand_timestamp_seconds", "Stand der neuesten veröffentlichten Lieferung")
        age = _family("source_age_days", "Tage seit diesem Stand, beim Messen")
        received = _family("source_received_timestamp_seconds", "Eingang der letzten Lieferung")
        counted = _family("source_rows", "Zeilen aller Lieferungen nach ihrem Verbleib", "result")
        deliveries = _family("source_deliveries", "Lieferungen nach ihrem Verbleib", "status")
        now = self._clock()
        for source, herkunft, day, arrived, accepted, held_back, rejected, published, withheld in rows:
            labels = [source, herkunft]
            if day is not None:
                moment = datetime.combine(day, time(0), tzinfo=UTC)
                stand.add_metric(labels, moment.timestamp())
                age.add_metric(labels, (now.date() - day).days)
            received.add_metric(labels, arrived.replace(tzinfo=UTC).timestamp())
            for result, number in (("accepted", accepted), ("rejected", rejected), ("held_back", held_back)):
                counted.add_metric([*labels, result], number)
            for status, number in (("published", published), ("held_back", withheld)):
                deliveries.add_metric([*labels, status], number)
        yield from (stand, age, received, counted, deliveries)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"gradmesser_{name}", what, value=value)


def _family(name: str, what: str, *more: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"gradmesser_{name}", what, labels=(*_LABELS, *more))
