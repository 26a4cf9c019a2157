"""Operation: units, container files and references name what exists; licences are listed and judged; the audit is honest."""

import json
import re
import shlex
import shutil
import subprocess
from dataclasses import fields
from email.message import Message
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from deploy import audit, licences, nginx, stack
from etl.__main__ import _parser as etl_parser
from gradmesser.catalog import places
from gradmesser.catalog.operator import Operator

ROOT = places.ROOT
DEPLOY = ROOT / "deploy"
OPERATION = (ROOT / "docs" / "betrieb.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
SYSTEM = {"/etc/gradmesser.env", "/srv/gradmesser", "/srv/gradmesser-daten", "/srv/gradmesser/static"}


def reference() -> str:
    return OPERATION.split("\n## Alle Angaben\n")[1].split("\n## ")[0]


def texts(*patterns: str) -> dict[Path, str]:
    found = [path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()]
    paths = [path for path in found if "__pycache__" not in path.parts]
    return {path: path.read_text("utf-8") for path in paths}


# ---------- the reference names exactly what the code reads ----------


def test_every_variable_is_explained_and_every_explained_one_is_read():
    code = "\n".join(
        texts(
            "gradmesser/**/*.py", "etl/**/*.py", "deploy/**/*", "tests/chromium.py", "tests/browser/*.py", "benchmarks/*.py", "Makefile"
        ).values()
    )  # fmt: skip
    read = set(re.findall(r"\bGRADMESSER_[A-Z_]+\b", code))
    read |= set(re.findall(r"environ(?:\.get\(|\[)\"([A-Z_]+)\"", code))
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", reference(), re.MULTILINE))
    read |= set(re.findall(r'"(AWS_[A-Z_]+)"', code))
    assert explained == read | {"HTTPS_PROXY"}, "httpx reads the proxy by itself"


def test_every_entry_of_the_files_is_named():
    named = set(re.findall(r"`([a-z_]+)`", reference()))
    source = (ROOT / "gradmesser" / "catalog" / "stewards.py").read_text("utf-8")
    steward = set(re.search(r"set\(entry\) - \{(.*?)\}", source)[1].replace('"', "").split(", "))
    signing_in = set(re.findall(r"^([a-z_]+) = ", OPERATION.split("[auth]\n")[1].split("```")[0], re.MULTILINE))
    expected = {field.name for field in fields(Operator)} | {"ziele"} | steward | signing_in
    assert len(signing_in) == 5
    assert expected <= named


# ---------- units, cron, container ----------


def commands(text: str) -> list[list[str]]:
    """Every call of the etl in a text, as words."""
    return [shlex.split(words) for words in re.findall(r"python -m etl ([a-z]+[^\n&>\"\];|]*)", text)]


@pytest.mark.parametrize("path", [*(DEPLOY / "systemd").iterdir(), DEPLOY / "gradmesser.cron", DEPLOY / "compose.yaml"], ids=lambda path: path.name)  # fmt: skip
def test_commands_of_the_shipped_files_are_understood(path: Path):
    text = path.read_text("utf-8")
    for words in commands(text):
        etl_parser().parse_args(words)
    nightly = path.name in {"gradmesser-nacht.service", "gradmesser.cron", "compose.yaml"}
    assert [words[0] for words in commands(text)] == (["fetch", "build"] if nightly else [])
    assert set(re.findall(r"(?<![\w.])/(?:srv|etc)/[\w./-]*[\w]", text)) <= SYSTEM | {
        "/srv/gradmesser/.venv/bin/streamlit", "/srv/gradmesser/.venv/bin/python", "/etc/cron.d/gradmesser",
    }  # fmt: skip


def test_units_are_valid():
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    for path in (DEPLOY / "systemd").iterdir():
        said = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False).stderr
        assert [line for line in said.splitlines() if line and "is not executable" not in line] == [], path.name


def test_a_failed_night_sends_a_message():
    night = (DEPLOY / "systemd" / "gradmesser-nacht.service").read_text("utf-8")
    unit = re.search(r"^OnFailure=(.+)@%n\.service$", night, re.MULTILINE)[1]
    assert "$GRADMESSER_MAIL" in (DEPLOY / "systemd" / f"{unit}@.service").read_text("utf-8")
    assert "GRADMESSER_MAIL=" in (DEPLOY / "gradmesser.env").read_text("utf-8")


def test_the_container_installs_and_starts_what_the_readme_does():
    text = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    targets = re.findall(r'make (\w+)|\["make", "(\w+)"\]', re.sub(r"^#.*", "", text, flags=re.MULTILINE))
    assert [first or second for first, second in targets] == ["setup", "run"]
    for target in ("setup", "run"):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)
    installed = re.search(r"--no-install-recommends ([a-z ]+?)\s+&&", text)[1].split()
    readme = (ROOT / "README.md").read_text("utf-8")
    assert installed == ["git", "make"]
    assert "Nötig sind nur Python 3.11 oder neuer, git und make." in readme
    assert re.search(r"^FROM python:3\.(1[1-9])", text, re.MULTILINE)
    assert re.search(r"^USER gradmesser$", text, re.MULTILINE), "not as root"
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert {".streamlit/secrets.toml", ".venv", "data/raw"} <= set(ignored)


def test_compose_starts_the_same_image_with_the_same_folders():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    assert (
        DEPLOY / services["gradmesser"]["build"]["context"] / services["gradmesser"]["build"]["dockerfile"]
    ).is_file()
    assert services["gradmesser"]["volumes"] == services["nacht"]["volumes"]
    assert services["gradmesser"]["ports"] == ["127.0.0.1:8501:8501"], "not open to the net without TLS"


def test_documented_deploy_commands_are_understood(capsys: pytest.CaptureFixture[str]):
    lines = re.findall(r"python -m deploy\.(nginx|assets|stack|licences) ?([^\n`>|]*)", OPERATION)
    assert {name for name, _ in lines} == {"nginx", "assets", "stack", "licences"}
    for name, words in lines:
        if name == "nginx":
            assert nginx.main(shlex.split(words)) == 0
            assert "upstream gradmesser" in capsys.readouterr().out
    for part in (stack, nginx, licences):
        with pytest.raises(SystemExit) as ended:
            part.main(["--gibt-es-nicht"])
        assert ended.value.code == 2


def test_the_shipped_ports_and_those_of_the_units_agree(capsys: pytest.CaptureFixture[str]):
    ports = re.search(r"enable --now ((?:gradmesser@\d+ )+)", OPERATION)[1]
    nginx.main(["--processes", "2"])
    served = re.findall(r"server 127\.0\.0\.1:(\d+)", capsys.readouterr().out)
    assert re.findall(r"@(\d+)", ports) == served


# ---------- licences ----------


def test_the_list_of_licences_is_that_of_the_installed_packages():
    assert licences.LIST.read_text("utf-8") == licences.markdown(licences.installed()), (
        "python -m deploy.licences --write"
    )


def test_no_package_has_an_unknown_or_a_reaching_licence():
    found = licences.installed()
    assert len(found) > 40
    assert [one for one in found if not one.ok] == []
    assert {"streamlit", "duckdb", "uvloop"} <= {one.package for one in found}, "extras too"


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("MIT", "frei"), ("GPL-3.0-only", "nicht erlaubt"), ("AGPL-3.0-or-later OR MIT", "frei"), ("MIT AND GPL-2.0-only", "nicht erlaubt"),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", "eigene Dateien"), ("", "unbekannt"), ("Lizenz auf Anfrage", "nicht erlaubt"),
        ("(MIT", "nicht erlaubt"), ("MIT)", "nicht erlaubt"), ("MIT MIT", "nicht erlaubt"), ("MIT; GPL-3.0-only", "nicht erlaubt"),
        ("Apache-2.0 WITH LLVM-exception", "nicht erlaubt"),
    ],
)  # fmt: skip
def test_licences_are_judged(expression: str, kind: str):
    assert licences.Licence(package="p", expression=expression).kind == kind


@given(st.text(alphabet="()MITGPLADORN -.;0123", max_size=40))
def test_no_expression_breaks_the_judgement(expression: str):
    one = licences.Licence(package="p", expression=expression)
    assert one.kind in {"frei", "eigene Dateien", "nicht erlaubt", "unbekannt"}
    assert not (one.ok and "GPL" in expression and "OR" not in expression)


def test_old_metadata_count_all_their_classifiers():
    message = Message()
    message["Classifier"] = "License :: OSI Approved :: MIT License"
    message["Classifier"] = "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"
    package = SimpleNamespace(metadata=message)
    assert not licences.Licence(package="p", expression=licences.expression(package)).ok


# ---------- audit ----------


def test_what_could_not_be_looked_up_is_never_counted_as_good(capsys: pytest.CaptureFixture[str], monkeypatch):
    good = {"name": "a", "version": "1", "vulns": []}
    skipped = {"name": "b", "skip_reason": "Dependency not found on PyPI"}
    bad = {"name": "c", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
    for packages, strict, lenient, said in (
        ([good], 0, 0, "0 bekannte Schwachstellen in 1 geprüften"),
        ([good, skipped], 1, 0, "nicht geprüft, weil unbekannt: b"),
        ([skipped], 1, 0, "ACHTUNG: Die Schwachstellenliste ist nicht erreichbar"),
        ([good, bad, skipped], 1, 1, "c 2: CVE-1, behoben in 3"),
    ):
        monkeypatch.setattr(audit, "_ask", lambda packages=packages: json.dumps({"dependencies": packages}))
        assert (audit.main([]), audit.main(["--if-reachable"])) == (strict, lenient)
        assert said in "".join(capsys.readouterr())
    for text in ("", "kein Netz", "[]", "null", "{}"):
        assert audit.read(text).audited == 0


def test_every_installed_package_is_asked_with_its_version():
    lines = audit.pinned().splitlines()
    assert len(lines) == len(licences.installed())
    assert "duckdb==1.5.5" in lines


def test_the_gate_asks_and_ci_says_what_it_skips():
    assert "deploy.audit $(AUDIT)" in MAKEFILE
    gate = (ROOT / ".ci" / "run").read_text("utf-8")
    assert gate.index("make audit AUDIT=--if-reachable") < gate.rindex("make test"), "the last line is that of pytest"
    assert re.search(r"^test: .*\bnginx\b", MAKEFILE, re.MULTILINE), "nginx is looked after before the tests"
