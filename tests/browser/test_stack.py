"""The dashboard behind nginx, as one command starts it: every page passes the CSP, files come from disk, visitors stay."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from benchmarks import load, visitors
from deploy import nginx, stack
from gradmesser.catalog import places
from gradmesser.ui import frame
from tests.browser.server import PATIENCE_MS, settle
from tests.support import ROOT, Instance
from tests.test_load import crowd

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
PATHS = [Path(entry.path).stem if entry.path != "dashboard.py" else "" for entry in frame.PAGES.values()]
IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def up(instance: Instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[stack.Stack]:
    """Two processes behind nginx; without nginx: a failure in CI, a skip elsewhere."""
    if not nginx.find():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(nginx.MISSING)
    folder = tmp_path_factory.mktemp("stack")
    with stack.running(processes=2, port=0, folder=folder, data=instance.root) as running:
        yield running


def requests(up: stack.Stack, prefix: str = "/", at_least: int = 0) -> list[dict[str, object]]:
    """The log's lines of paths with this prefix, waiting for so many: nginx writes a line after the answer is out."""
    for _ in range(100):
        lines = [json.loads(line) for line in (up.folder / "access.log").read_text("utf-8").splitlines()]
        found = [line for line in lines if str(line["pfad"]).startswith(prefix)]
        if len(found) >= at_least:
            return found
        time.sleep(0.1)
    pytest.fail(f"nginx logged {len(found)} of {at_least} requests of {prefix}")


# ---------- in the browser ----------


@pytest.mark.parametrize("path", PATHS)
def test_page_passes_its_policy(up: stack.Stack, visit: Visit, path: str):
    page = visit(path, base=up.address)
    assert page.evaluate("document.documentElement.lang") == "de", "the app's own script is allowed by its hash"


def test_the_policy_is_in_force(up: stack.Stack, browser):
    page = browser.new_page()
    page.goto(up.address)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.evaluate("""() => { const script = document.createElement("script"); script.textContent = "window.evil = 1";
        document.body.append(script); const button = document.createElement("button");
        button.setAttribute("onclick", "window.evil = 2"); document.body.append(button); button.click(); }""")
    assert page.evaluate("window.evil === undefined")
    assert sum("Content Security Policy" in text for text in said) >= 2
    page.close()


def test_downloads_and_pictures_pass(up: stack.Stack, visit: Visit):
    page = visit("daten?abschnitt=downloads", base=up.address)
    for label, start in (("CSV", b"\xef\xbb\xbf"), ("XLSX", b"PK"), ("DuckDB", b"")):
        with page.expect_download(timeout=PATIENCE_MS) as started:
            page.get_by_role("button", name=label, exact=True).first.click()
        assert Path(started.value.path()).read_bytes().startswith(start)
    page = visit("leistungen", base=up.address)
    page.get_by_test_id("stExpander").filter(has_text="Als Bild (PNG, SVG)").first.locator("summary").click()
    expect(page.get_by_role("button", name="Als PNG speichern")).to_be_visible(timeout=PATIENCE_MS)
    with page.expect_download(timeout=PATIENCE_MS) as started:
        page.get_by_role("button", name="Als PNG speichern").click()
    assert Path(started.value.path()).read_bytes().startswith(b"\x89PNG")


def test_the_map_takes_its_geometry_from_nginx_and_moves(up: stack.Stack, visit: Visit):
    page = visit("karte", base=up.address, viewport={"width": 1440, "height": 900})
    expect(page.locator("svg.canvas .area").first).to_be_attached(timeout=PATIENCE_MS)
    page.locator("svg.canvas .area").first.focus()
    page.keyboard.press("Enter")
    settle(page)
    geometry = requests(up, "/app/static/geo/", at_least=1)
    assert {line["prozess"] for line in geometry} == {""}, "nginx answers, no process is asked"


def test_a_file_reaches_the_process_of_its_visitor_up_to_the_limit(up: stack.Stack, visit: Visit, tmp_path: Path):
    wrong = tmp_path / "meldung.csv"
    wrong.write_bytes(b"keine;meldung\n" + b"x;y\n" * 400_000)
    page = visit("daten?abschnitt=meldung", base=up.address)
    field = page.get_by_test_id("stFileUploader").locator("input[type=file]")
    with page.expect_response(lambda answer: answer.request.method == "PUT", timeout=PATIENCE_MS) as answered:
        field.set_input_files(wrong)
    assert answered.value.status == 204
    expect(page.get_by_text("meldung.csv").first).to_be_visible(timeout=PATIENCE_MS)
    settle(page)
    sent = requests(up, "/_stcore/upload_file/", at_least=1)
    assert [line["status"] for line in sent if line["methode"] == "PUT"] == [204]


# ---------- headers and files ----------


def test_every_answer_carries_the_headers(up: stack.Stack):
    geometry = next((places.STATIC / "geo").glob("kreise-*.geojson"))
    for path in ("/", "/karte", f"/app/static/geo/{geometry.name}", "/static/js/nichts.12345678.js", "/_stcore/health"):
        headers = httpx.get(up.address + path).headers
        assert headers["content-security-policy"] == nginx.policy()
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert headers["server"] == "nginx", "no version"


def test_only_names_with_a_hash_are_kept_forever(up: stack.Stack):
    geometry = next((places.STATIC / "geo").glob("kreise-*.geojson"))
    index = httpx.get(up.address).text
    script = re.search(r'src="\./(static/js/[^"]+)"', index)[1]
    seen = {}
    for path in (
        script,
        f"app/static/geo/{geometry.name}",
        "app/static/fonts/fira-sans-400.woff2",
        "app/static/world_110m.json",
    ):
        answer = httpx.get(f"{up.address}/{path}", headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers, "a file for everyone names no visitor"
        seen[path.split("/")[-2]] = answer
    assert [seen[name].headers["cache-control"] for name in ("js", "geo")] == [IMMUTABLE, IMMUTABLE]
    assert seen["fonts"].headers["cache-control"] == "public, max-age=86400"
    assert seen["geo"].headers["content-type"] == "application/geo+json"
    assert seen["js"].headers["content-encoding"] == seen["geo"].headers["content-encoding"] == "gzip"
    assert seen["geo"].content == geometry.read_bytes()
    assert "immutable" not in httpx.get(f"{up.address}/static/js/nichts.12345678.js").headers.get("cache-control", "")
    assert httpx.get(up.address).headers["cache-control"] == "no-cache"
    again = httpx.get(
        f"{up.address}/{script}", headers={"If-None-Match": seen["js"].headers["etag"], "Accept-Encoding": "gzip"}
    )
    assert again.status_code == 304


def test_the_feed_comes_from_nginx_and_is_asked_again_soon(up: stack.Stack, instance: Instance):
    folder = places.feed_folder(places.STATIC, instance.root).relative_to(places.ROOT)
    for name, kind in ((places.FEED_RSS, "application/xml"), (places.FEED_JSON, "application/json")):
        answer = httpx.get(f"{up.address}/app/{folder}/{name}")
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, kind)
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert requests(up, f"/app/{folder}/{name}", at_least=1)[0]["prozess"] == ""


def test_every_file_of_the_frontend_has_a_hash_and_is_packed(up: stack.Stack):
    rule = re.compile(r"^/static/(js|css|media)/[^/]+\.[A-Za-z0-9_-]{8}\.[a-z0-9]+$")
    files = [path for path in (nginx.FRONTEND / "static").rglob("*") if path.is_file()]
    assert len(files) > 100
    for path in files:
        assert rule.match(f"/{path.relative_to(nginx.FRONTEND).as_posix()}"), path.name
        served = up.folder / "web" / path.relative_to(nginx.FRONTEND)
        assert path.suffix not in {".js", ".css"} or served.with_name(f"{served.name}.gz").exists()


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics", "/_stcore/agent/interact", "/app/static/../dashboard.py", "/app/static/%2e%2e/dashboard.py",
        "/app/static../dashboard.py", "/static/../nginx.conf", "/app/static/geo/../../.streamlit/config.toml",
    ],
)  # fmt: skip
def test_what_is_not_public_is_not_there(up: stack.Stack, path: str):
    found = subprocess.run(["curl", "-s", "--path-as-is", "-o", "-", "-w", "%{http_code}", up.address + path], capture_output=True, text=True, check=True)  # fmt: skip
    assert found.stdout[-3:] in {"400", "404"} or "<title>Streamlit</title>" in found.stdout
    assert "Startseite" not in found.stdout
    assert "worker_processes" not in found.stdout


def test_bodies_are_limited_as_the_settings_say(up: stack.Stack):
    limit = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["server"]["maxUploadSize"]
    assert nginx.upload_limit() == limit
    over = b"x" * ((limit + 2) * 1_000_000 + 1_100_000)
    assert httpx.put(f"{up.address}/_stcore/upload_file/a/b", content=over).status_code == 413
    assert httpx.put(f"{up.address}/_stcore/upload_file/a/b", content=b"x" * 1_000_000).status_code in {400, 403}
    assert httpx.post(up.address, content=b"x" * 100_000).status_code == 413


# ---------- visitors and processes ----------


def test_visitors_of_one_address_are_spread_and_each_stays(up: stack.Stack):
    homes = []
    for number in range(40):
        with httpx.Client(base_url=up.address) as visitor:
            for step in range(4):
                assert visitor.get(f"/besuch-{number}-{step}").status_code == 200, "every path is the app's"
            assert re.fullmatch(r"[0-9a-f]{32}", visitor.cookies["gradmesser_prozess"])
        asked = {line["prozess"] for line in requests(up, f"/besuch-{number}-", at_least=4)}
        assert len(asked) == 1, "the first request, still without a cookie, counts too"
        homes += asked
    assert {f"127.0.0.1:{port}" for port in up.ports} == set(homes)
    assert min(homes.count(home) for home in set(homes)) >= 8, "chance of less with 40 visitors: 0.01 %"


def test_cookie_is_for_this_site_only_and_a_forged_one_is_replaced(up: stack.Stack):
    cookie = httpx.get(up.address).headers["set-cookie"]
    assert re.fullmatch(r"gradmesser_prozess=[0-9a-f]{32}; Path=/; HttpOnly; SameSite=Lax", cookie)
    forged = httpx.get(up.address, headers={"Cookie": "gradmesser_prozess=x"})
    assert re.match(r"gradmesser_prozess=[0-9a-f]{32};", forged.headers["set-cookie"])
    known = httpx.get(up.address, headers={"Cookie": cookie.split(";")[0]})
    assert "set-cookie" not in known.headers


def test_the_log_names_nobody(up: stack.Stack):
    address = f"{up.address}/niemand?ars=160530000000&suche=Jena"
    httpx.get(address, headers={"User-Agent": "Erika Mustermann"})
    [line] = requests(up, "/niemand", at_least=1)
    assert set(line) == {"zeit", "methode", "pfad", "status", "bytes", "sekunden", "prozess"}
    assert line["pfad"] == "/niemand"
    text = (up.folder / "access.log").read_text("utf-8")
    for word in ("Mustermann", "suche", "gradmesser_prozess", '"127.0.0.1"'):
        assert word not in text


# ---------- the command ----------


def test_the_command_says_its_address_and_ctrl_c_ends_everything(instance: Instance, tmp_path: Path):
    if not nginx.find():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(nginx.MISSING)
    command = [sys.executable, "-m", "deploy.stack", "--processes", "1", "--port", "0", "--logs", str(tmp_path / "log")]
    environment = os.environ | {"GRADMESSER_DATA": str(instance.root)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    address = process.stdout.readline().split()[0]
    assert httpx.get(f"{address}/_stcore/health").text == "ok"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=40) == 0
    assert process.stdout.read() == "Beendet.\n"
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/_stcore/health")
    assert not (tmp_path / "log" / "nginx.pid").exists()


def test_a_taken_port_is_said_and_nothing_is_left(up: stack.Stack, instance: Instance, tmp_path: Path):
    taken = int(up.address.rsplit(":", 1)[1])
    with (
        pytest.raises(stack.StackError, match=f"Port {taken} ist belegt"),
        stack.running(processes=1, port=taken, folder=tmp_path, data=instance.root),
    ):
        pass
    assert httpx.get(f"{up.address}/_stcore/health").text == "ok", "the first one is not touched"


def test_configuration_for_a_server_with_tls_is_valid(tmp_path: Path):
    if not nginx.find():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(nginx.MISSING)
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=gradmesser.example",
         "-keyout", key, "-out", certificate], check=True, capture_output=True,
    )  # fmt: skip
    site = nginx.Site(
        ports=[8501, 8502], assets=tmp_path, listen="443", name="gradmesser.example", certificate=certificate, key=key,
        access_log=tmp_path / "access.log",
    )  # fmt: skip
    text = nginx.site_configuration(site)
    (tmp_path / "gradmesser.conf").write_text(text, "utf-8")
    (tmp_path / "nginx.conf").write_text(nginx.local_configuration(tmp_path), "utf-8")
    command = [nginx.find(), "-t", "-p", tmp_path, "-e", tmp_path / "error.log", "-c", tmp_path / "nginx.conf"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    assert "Strict-Transport-Security" in text
    assert "SameSite=Lax; Secure" in text
    assert "return 301 https://$host$request_uri" in text


@pytest.mark.parametrize("name", ["a b", "a;b", "a{", 'a"', "a\nb", ""])
def test_names_that_nginx_would_read_otherwise_are_refused(name: str, tmp_path: Path):
    with pytest.raises(ValueError, match="nginx kann diesen Namen nicht lesen"):
        nginx.site_configuration(nginx.Site(ports=[1], assets=tmp_path, name=name))


def test_a_small_crowd_walks_through_all_pages_and_none_fails(up: stack.Stack):
    before = load.cpu_seconds(up.pids)
    log = crowd(up.address, load.walks(6), within=1, pause=0.2)
    assert log.failures == []
    assert len(log.runs) == 54
    assert {run.page for run in log.runs} == {page.split("?")[0] for page in load.walks(1)[0]}
    assert min(run.received for run in log.runs) > 5_000
    assert load.cpu_seconds(up.pids) > before
    assert load.memory_mb(up.pids, "VmHWM") >= load.memory_mb(up.pids, "VmRSS") > 200
    served = {line["prozess"] for line in requests(up, "/_stcore/stream", at_least=6)}
    assert served <= {f"127.0.0.1:{port}" for port in up.ports}


def test_an_error_on_the_page_is_a_failed_visit(up: stack.Stack, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(visitors, "_PATIENCE_SECONDS", 10)
    log = crowd(up.address, [["gibt-es-nicht"], ["", "karte"]], within=0, pause=0.1)
    assert [failure.split(":")[0] for failure in log.failures] == ["gibt-es-nicht"]
    assert [run.page for run in log.runs] == ["", "karte"]
