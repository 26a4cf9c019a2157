"""Finds or installs the browser for the tests: Chromium of the system, of apt-get (as root), or Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--font-render-hinting=none",
]
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Path of a Chromium that can be started, None if there is none; GRADMESSER_CHROMIUM names another one."""
    named = os.environ.get("GRADMESSER_CHROMIUM")
    for name in [named] if named else _NAMES:
        found = shutil.which(name)
        if found:
            return found
    return _playwrights_own()


def _playwrights_own() -> str | None:
    script = "from playwright.sync_api import sync_playwright as p\nwith p() as x: print(x.chromium.executable_path)"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False).stdout.strip()
    return found if found and Path(found).exists() else None


def install() -> str | None:
    """Try apt-get as root, then Playwright; path of the browser or None."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    if not find():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return find()


def main() -> int:
    """Say what the browser tests will use; 1 in CI if there is no browser."""
    path = find() or install()
    if path:
        sys.stdout.write(f"Browser für die Tests: {path}\n")
        return 0
    sys.stdout.write(
        "ACHTUNG: Kein Chromium gefunden und keines installierbar. Die Browsertests werden übersprungen.\n"
    )
    return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
