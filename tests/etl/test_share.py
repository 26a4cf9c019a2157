"""One machine publishes its database, others follow: same bytes, never half a file, in a folder and in object storage."""

import hashlib
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import duckdb
import pytest
from moto.server import ThreadedMotoServer

from etl import build, share
from etl.errors import BuildError, FetchError, Refused
from gradmesser import store
from tests import support
from tests.support import FEBRUARY, JENA, NEBENWOHNSITZ, Instance, pvog

OLD_SCHEMA = "CREATE TABLE einheit (ars TEXT); CREATE TABLE geometrie (ebene TEXT, datei TEXT)"


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = support.small_reference(tmp_path_factory.mktemp("klein"))
    (made / "geo").mkdir()
    shutil.copy(support.SHIPPED / "geo" / "kreise.geojson", made / "geo")
    return made


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory, reference: Path) -> Instance:
    """A builder with two databases, the second one after one more delivery."""
    made = Instance(root=tmp_path_factory.mktemp("fassungen"), reference=reference)
    made.rows([pvog()])
    made.build()
    made.rows([pvog(), pvog(NEBENWOHNSITZ, JENA)], FEBRUARY)
    made.build()
    return made


@pytest.fixture
def builder(tmp_path: Path, versions: Instance) -> Instance:
    """It shows the first of them; `again` lets it show the second."""
    made = Instance(root=tmp_path / "baut", reference=versions.reference)
    shutil.copytree(versions.root, made.root)
    show(made, 0)
    return made


def show(builder: Instance, nr: int) -> None:
    (builder.root / "CURRENT").write_text(sorted(builder.root.glob("gradmesser-*.duckdb"))[nr].name + "\n")


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """An empty bucket of an S3-compatible server on this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    urlopen(Request(f"http://127.0.0.1:{port}/gradmesser", method="PUT"), timeout=10).close()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ALLOW_HTTP": "true", "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        }.items():  # fmt: skip
            patch.setenv(name, value)
        yield "s3://gradmesser"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A shared folder with a blank and an umlaut, and a prefix of the bucket."""
    if request.param == "folder":
        return str(tmp_path / "für alle" / "netz")
    return f"{request.getfixturevalue('bucket')}/{tmp_path.name}/netz"


@dataclass(frozen=True)
class Server:
    """An app server: a data folder and a static folder of its own."""

    root: Path

    @property
    def static(self) -> Path:
        return self.root / support.STATIC

    def follow(self, place: str) -> share.Shared:
        return share.follow(self.root, self.static, place)

    def failure(self, place: str) -> str:
        """Why nothing is taken over; fails unless what is shown stays and nothing is left lying about."""
        before = (self.root / "CURRENT").read_text() if (self.root / "CURRENT").exists() else None
        with pytest.raises(FetchError) as failed:
            self.follow(place)
        assert ((self.root / "CURRENT").read_text() if (self.root / "CURRENT").exists() else None) == before
        assert not list(self.root.rglob("*.teil*"))
        return str(failed.value)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "zeigt")


def publish(builder: Instance, place: str) -> share.Shared:
    return share.publish(builder.root, builder.root / support.STATIC, place)


def again(builder: Instance) -> None:
    show(builder, 1)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_server_that_follows_has_the_same_bytes_maps_and_feed(builder: Instance, server: Server, place: str):
    published = publish(builder, place)
    followed = server.follow(place)
    database = build.current(server.root)
    assert (followed, followed.changed) == (published, True)
    assert sha256(database) == sha256(build.current(builder.root)) == published.sha256
    assert published.sha256[:12] in database.name
    maps = [sorted(path.name for path in (root / "static" / "geo").iterdir()) for root in (builder.root, server.root)]
    assert maps[0] == maps[1] != []
    assert len(list((server.static / "feed").rglob("neu.*"))) == 2


def test_versions_are_followed_one_after_the_other_and_nothing_is_done_twice(
    builder: Instance, server: Server, place: str
):
    first = publish(builder, place)
    assert not publish(builder, place).changed
    server.follow(place)
    assert not server.follow(place).changed
    again(builder)
    second = publish(builder, place)
    assert server.follow(place) == second != first
    assert build.current(server.root).name == second.name


def test_a_step_back_is_followed_too(builder: Instance, server: Server, place: str):
    first = publish(builder, place)
    again(builder)
    publish(builder, place)
    server.follow(place)
    show(builder, 0)
    assert publish(builder, place).name == first.name
    server.follow(place)
    assert build.current(server.root).name == first.name


def test_the_shared_folder_can_be_checked_with_sha256sum(builder: Instance, tmp_path: Path):
    publish(builder, str(tmp_path / "netz"))
    sum_, name = (tmp_path / "netz" / "CURRENT").read_text().split()
    assert sha256(tmp_path / "netz" / name) == sum_


def broken(folder: Path, how: str) -> None:
    """Do to the shared folder what half an upload, a bad disk or a hostile writer would."""
    pointer = folder / "CURRENT"
    sum_, name = pointer.read_text().split()
    content = (folder / name).read_bytes()
    if how == "half":
        (folder / name).write_bytes(content[: len(content) // 2])
    elif how == "altered":
        (folder / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif how == "missing":
        (folder / name).unlink()
    elif how == "empty pointer":
        pointer.write_text("")
    elif how == "half pointer":
        pointer.write_text(pointer.read_text()[:40])
    elif how == "path in pointer":
        pointer.write_text(f"{sum_}  ../{name}\n")
    elif how == "other sum":
        pointer.write_text(f"{'0' * 64}  {name}\n")
    elif how == "maps missing":
        shutil.rmtree(folder / "geo")
    else:
        put_in_place(folder, OLD_SCHEMA if how == "old schema" else None)


def put_in_place(folder: Path, schema: str | None) -> None:
    """Another file with the right checksum: a database of another program, or no database at all."""
    made = folder / "made"
    if schema is None:
        made.write_bytes(b"keine Datenbank" * 1000)
    else:
        with duckdb.connect(str(made)) as connection:
            connection.execute(schema)
    name = f"gradmesser-20990101-00000000-{sha256(made)[:12]}.duckdb"
    (folder / "CURRENT").write_text(f"{sha256(made)}  {name}\n")
    made.rename(folder / name)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("half", "unvollständig oder verändert"),
        ("altered", "unvollständig oder verändert"),
        ("missing", "ist nicht nutzbar"),
        ("empty pointer", "ist beschädigt"),
        ("half pointer", "ist beschädigt"),
        ("path in pointer", "ist beschädigt"),
        ("other sum", "ist beschädigt"),
        ("maps missing", "ist nicht nutzbar"),
        ("old schema", "passt nicht zu diesem Programmstand"),
        ("no database", "ist nicht lesbar"),
    ],
)
def test_what_is_broken_is_never_shown_and_mended_by_publishing_again(
    builder: Instance, server: Server, tmp_path: Path, how: str, said: str
):
    place = tmp_path / "netz"
    publish(builder, str(place))
    if how != "maps missing":
        server.follow(str(place))
        again(builder)
        publish(builder, str(place))
    broken(place, how)
    assert said in server.failure(str(place))
    mended = publish(builder, str(place))
    assert mended.changed
    assert server.follow(str(place)) == mended


def test_nothing_published_and_an_unreachable_place_are_told(
    server: Server, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    if place.startswith("s3"):
        assert "noch nichts veröffentlicht" in server.failure(place)
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        assert "ist nicht nutzbar" in server.failure(place)
    else:
        assert "nicht nutzbar" in server.failure(place)
        Path(place).mkdir(parents=True)
        assert "noch nichts veröffentlicht" in server.failure(place)
        with pytest.raises(Refused, match="weder ein Ordner noch"):
            server.follow(f"ftp://{tmp_path}")


def test_a_follower_takes_no_deliveries_and_a_builder_does_not_follow(
    builder: Instance, server: Server, tmp_path: Path
):
    place = str(tmp_path / "netz")
    publish(builder, place)
    server.follow(place)
    with pytest.raises(BuildError, match="Lieferungen nimmt der Rechner an, der baut"):
        Instance(root=server.root, reference=builder.reference).rows([pvog()])
    before = (builder.root / "CURRENT").read_text()
    with pytest.raises(Refused, match="eigene Lieferungen"):
        share.follow(builder.root, builder.root / support.STATIC, place)
    assert (builder.root / "CURRENT").read_text() == before


def test_readers_during_a_swap_see_the_old_or_the_new_database(
    builder: Instance, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    place = str(tmp_path / "netz")
    publish(builder, place)
    server.follow(place)
    monkeypatch.setenv("GRADMESSER_DATA", str(server.root))
    again(builder)
    publish(builder, place)
    seen, failures, ended = set(), [], threading.Event()

    def read() -> None:
        while not ended.is_set():
            try:
                seen.add(len(store.fetch("lieferungen")))
            except store.DatabaseMissing as error:
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    server.follow(place)
    while 2 not in seen and not failures:
        pass
    ended.set()
    for reader in readers:
        reader.join()
    assert (seen | {1}, failures) == ({1, 2}, [])


def test_old_databases_leave_the_shared_place_but_not_the_last_ones(
    builder: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    place = tmp_path / "netz"
    first = publish(builder, str(place))
    again(builder)
    second = publish(builder, str(place))
    assert sorted(path.name for path in place.glob("gradmesser-*")) == [first.name, second.name]
    monkeypatch.setattr(share, "KEEP", 1)
    publish(builder, str(place))
    assert [path.name for path in place.glob("gradmesser-*")] == [second.name]


def test_following_goes_on_after_a_failure_and_tells_each_thing_once(
    builder: Instance, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    place = tmp_path / "netz"
    place.mkdir()
    waits = []
    monkeypatch.setattr(share.time, "sleep", lambda seconds: waits.append(seconds) or (
        publish(builder, str(place)) if len(waits) == 2 else None))  # fmt: skip
    told = share.keep_following(lambda: server.follow(str(place)), 60)
    assert "noch nichts veröffentlicht" in next(told)
    assert next(told).startswith("gezeigt wird gradmesser-")
    assert waits == [60, 60]


def test_commands_publish_and_follow(builder: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(share.places, "STATIC", builder.root / support.STATIC)
    reader = Instance(root=tmp_path / "zeigt", reference=builder.reference)
    place = str(tmp_path / "netz")
    assert reader.etl("follow", "--from", place).code == 1
    assert "bereitgelegt" in builder.etl("publish", "--to", place).out
    assert "lag schon bereit" in builder.etl("publish", "--to", place).out
    assert "übernommen" in reader.etl("follow", "--from", place).out
    assert "wird schon gezeigt" in reader.etl("follow", "--from", place).out
    ran = reader.etl("build")
    assert (ran.code, "Lieferungen nimmt der Rechner an" in ran.err) == (1, True)
