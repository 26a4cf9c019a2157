"""A PostgreSQL of its own for tests and benchmarks: a cluster in a folder, reached through a socket, never as root."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_USER = "postgres"


def programs() -> Path | None:
    """Folder of initdb and pg_ctl, the newest Debian has; None without PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


@contextmanager
def running() -> Iterator[str]:
    """Connection string of an empty server that ends with the block; it does not listen to the network."""
    bin_ = programs()
    if bin_ is None:
        raise FileNotFoundError("initdb")
    with tempfile.TemporaryDirectory(prefix="gm-pg-") as name:
        folder = Path(name)
        as_user = {}
        if os.geteuid() == 0:
            shutil.chown(folder, _USER)
            as_user = {"user": _USER}
        cluster = folder / "daten"

        def run(*command: object) -> None:
            subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, **as_user)

        run(bin_ / "initdb", "-D", cluster, "-A", "trust", "-U", "gradmesser", "--no-sync", "-E", "UTF8", "--no-locale")
        settings = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        run(bin_ / "pg_ctl", "-D", cluster, "-w", "-o", settings, "-l", folder / "log", "start")
        try:
            yield f"host={folder} user=gradmesser"
        finally:
            run(bin_ / "pg_ctl", "-D", cluster, "-w", "-m", "immediate", "stop")


def database(server: str, name: str) -> str:
    """Make a database; its connection string in the form the lake wants."""
    words: Sequence[str] = [word.split("=")[1] for word in server.split()]
    bin_ = programs()
    subprocess.run([str(bin_ / "createdb"), "-h", words[0], "-U", words[1], name], check=True)
    return f"postgres:dbname={name} {server}"
