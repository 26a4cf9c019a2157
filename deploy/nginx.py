"""`python -m deploy.nginx`: the nginx configuration of an instance, with the hashes of its scripts in the CSP."""

import argparse
import base64
import hashlib
import os
import re
import shutil
import string
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit

from gradmesser.catalog import places
from gradmesser.ui import style

FOLDER = Path(__file__).parent
MISSING = "ACHTUNG: kein nginx gefunden (python -m deploy.nginx --install richtet es als root mit apt-get ein)"
FRONTEND = Path(streamlit.__file__).parent / "static"
ACCESS_LOG = Path("/var/log/nginx/gradmesser.log")
_SETTINGS = places.ROOT / ".streamlit" / "config.toml"
_FORM_OVERHEAD_MB = 1
_MIME_TYPES = Path("/etc/nginx/mime.types")
_PLACES = ("/usr/sbin/nginx", "/usr/local/sbin/nginx")
_WORD = re.compile(r"[A-Za-z0-9_.:/\[\]*-]+")


class _Template(string.Template):
    delimiter = "@"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What differs between instances: where nginx listens, which processes it asks, which folders it reads."""

    ports: Sequence[int]
    assets: Path
    static: Path = places.STATIC
    listen: str = "80"
    name: str = "_"
    access_log: Path = ACCESS_LOG
    certificate: Path | None = None
    key: Path | None = None
    ancestors: str = "'self'"


def find() -> str | None:
    """Path of nginx, None if there is none; Debian keeps it where an ordinary user's PATH does not look."""
    return shutil.which("nginx") or next((place for place in _PLACES if os.access(place, os.X_OK)), None)


def install() -> str | None:
    """Try apt-get as root; path of nginx or None."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        packages = ["install", "-y", "-qq", "--no-install-recommends", "nginx-light"]
        for words in (["update", "-qq"], packages):
            subprocess.run(["apt-get", *words], env=environment, stdout=subprocess.DEVNULL, check=False)
    return find()


def site_configuration(site: Site) -> str:
    """Text of gradmesser.conf; raises ValueError for a name or folder that nginx would read as something else."""
    listen = site.listen
    for word in (listen, site.name, *map(str, (site.assets, site.static, site.access_log))):
        _plain(word)
    tls = redirect = transport = secure = ""
    if site.certificate and site.key:
        tls = (
            f"    ssl_certificate {_plain(str(site.certificate))};\n    ssl_certificate_key {_plain(str(site.key))};\n"
        )
        listen = f"{listen} ssl http2"
        redirect = (
            f"server {{\n    listen 80;\n    server_name {site.name};\n    access_log off;\n"
            "    return 301 https://$host$request_uri;\n}"
        )
        transport = '    add_header Strict-Transport-Security "max-age=31536000" always;\n'
        secure = "; Secure"
    return _fill(
        "gradmesser.conf",
        servers="\n".join(f"    server 127.0.0.1:{port} max_fails=1 fail_timeout=5s;" for port in site.ports),
        listen=listen, name=site.name, tls=tls, redirect=redirect, transport=transport, secure=secure,
        access_log=site.access_log, assets=site.assets, static=site.static, policy=policy(site.ancestors),
        upload=upload_limit() + _FORM_OVERHEAD_MB,
    )  # fmt: skip


def local_configuration(folder: Path) -> str:
    """Text of a whole nginx.conf that includes folder/gradmesser.conf and writes nowhere else."""
    user = "user root;\n" if os.geteuid() == 0 else ""
    return _fill("local.conf", folder=_plain(str(folder)), user=user, mime=_MIME_TYPES)


def policy(ancestors: str = "'self'") -> str:
    """Content-Security-Policy that the dashboard passes: own files only, inline scripts by their hash.

    ancestors: who may show the dashboard in a frame.
    """
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in inline_scripts())
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: 'wasm-unsafe-eval' {hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {ancestors}",
        )
    )


def inline_scripts() -> list[str]:
    """Every script that stands in the page itself: those of Streamlit's index.html and the app's own."""
    index = (FRONTEND / "index.html").read_text("utf-8")
    return [*re.findall(r"<script>(.*?)</script>", index, re.DOTALL), *style.SCRIPTS]


def upload_limit() -> int:
    """server.maxUploadSize of .streamlit/config.toml, in MB."""
    return int(tomllib.loads(_SETTINGS.read_text("utf-8"))["server"]["maxUploadSize"])


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _fill(file: str, /, **values: object) -> str:
    return _Template((FOLDER / file).read_text("utf-8")).substitute(values)


def _plain(word: str) -> str:
    """The word itself, if nginx reads it as one word."""
    if not _WORD.fullmatch(word):
        message = f"nginx kann diesen Namen nicht lesen, bitte ohne Leer- und Sonderzeichen: {word!r}"
        raise ValueError(message)
    return word


def main(words: Sequence[str] | None = None) -> int:
    """Print the configuration, or with --install look after nginx itself; 1 if that fails in CI."""
    parser = argparse.ArgumentParser(prog="python -m deploy.nginx", description="Konfiguration für nginx ausgeben")
    parser.add_argument("--install", action="store_true", help="nginx suchen, als root mit apt-get einrichten")
    parser.add_argument("--name", default="_", help="Name der Seite, zum Beispiel gradmesser.example")
    parser.add_argument("--listen", help="Port, sonst 80, mit Zertifikat 443")
    parser.add_argument("--processes", type=int, default=2, help="Zahl der Prozesse von --first-port an (sonst 2)")
    parser.add_argument("--first-port", type=int, default=8501, help="Port des ersten Prozesses (sonst 8501)")
    parser.add_argument("--assets", type=Path, default=Path("/srv/gradmesser-web"), help="Ziel von deploy.assets")
    parser.add_argument("--access-log", type=Path, default=ACCESS_LOG, help="Protokoll der Anfragen")
    parser.add_argument("--certificate", type=Path, help="Zertifikat (PEM); dann TLS, Umleitung von Port 80, HSTS")
    parser.add_argument("--key", type=Path, help="Schlüssel dazu")
    parser.add_argument("--frame-ancestors", default="'self'", help="wer den Gradmesser einbetten darf (CSP)")
    options = parser.parse_args(words)
    if options.install:
        return _report(find() or install())
    if bool(options.certificate) != bool(options.key):
        parser.error("--certificate und --key gehören zusammen.")
    ports = range(options.first_port, options.first_port + options.processes)
    site = Site(
        ports=ports, assets=options.assets, name=options.name, access_log=options.access_log, key=options.key,
        listen=options.listen or ("443" if options.certificate else "80"), certificate=options.certificate,
        ancestors=options.frame_ancestors,
    )  # fmt: skip
    try:
        sys.stdout.write(site_configuration(site))
    except ValueError as error:
        parser.error(str(error))
    return 0


def _report(path: str | None) -> int:
    sys.stdout.write(f"nginx: {path}\n" if path else f"{MISSING}. Die Prüfungen damit werden übersprungen.\n")
    return 1 if not path and os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
