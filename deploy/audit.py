"""`python -m deploy.audit`: pip-audit over exactly the installed packages that the dashboard needs; asks PyPI."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from deploy import licences

UNREACHABLE = "ACHTUNG: Die Schwachstellenliste ist nicht erreichbar, pip-audit wird übersprungen (später: make audit)."
_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What pip-audit found: how many packages were looked up, which were not, one line for each known vulnerability."""

    audited: int
    skipped: Sequence[str]
    found: Sequence[str]


def read(text: str) -> Answer:
    """Answer in pip-audit's JSON; what it could not look up is skipped, never counted as free of vulnerabilities."""
    try:
        packages = json.loads(text)["dependencies"]
    except (json.JSONDecodeError, KeyError, TypeError):
        return Answer(audited=0, skipped=[], found=[])
    return Answer(
        audited=sum("vulns" in package for package in packages),
        skipped=[package["name"] for package in packages if "vulns" not in package],
        found=[
            f"{package['name']} {package['version']}: {one['id']}, behoben in {', '.join(one['fix_versions']) or 'noch keiner Fassung'}"
            for package in packages
            for one in package.get("vulns", [])
        ],
    )


def pinned() -> str:
    """Requirements that name the installed version of every package."""
    return "".join(f"{one.package}=={version(one.package)}\n" for one in licences.installed())


def main(words: Sequence[str] | None = None) -> int:
    """1 with findings; what could not be looked up is said, and is 1 too unless --if-reachable is given."""
    words = sys.argv[1:] if words is None else words
    answer = read(_ask())
    for line in answer.found:
        sys.stderr.write(f"{line}\n")
    if not answer.audited:
        sys.stderr.write(f"{UNREACHABLE}\n")
    elif answer.skipped:
        sys.stderr.write(f"ACHTUNG: nicht geprüft, weil unbekannt: {', '.join(answer.skipped)}\n")
    sys.stdout.write(f"pip-audit: {len(answer.found)} bekannte Schwachstellen in {answer.audited} geprüften Paketen\n")
    complete = answer.audited and not answer.skipped
    return 1 if answer.found or not (complete or "--if-reachable" in words) else 0


def _ask() -> str:
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text(pinned(), "utf-8")
        command = [sys.executable, "-m", "pip_audit", "-r", str(listed), "--no-deps", "--disable-pip", "-f", "json"]
        try:
            return subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS).stdout
        except subprocess.TimeoutExpired:
            return ""


if __name__ == "__main__":
    sys.exit(main())
