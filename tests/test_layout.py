"""The house keeps its rooms: pages compose, the menu lists exactly them, and nothing is loaded from outside."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from gradmesser.catalog import places
from gradmesser.ui import frame

ROOT = places.ROOT
PAGES = [ROOT / "dashboard.py", *sorted(path for path in (ROOT / "pages").glob("*.py") if path.name != "__init__.py")]
README = ROOT / "README.md"
PAGE_FILES = pytest.mark.parametrize("path", PAGES, ids=[path.stem for path in PAGES])


def imported(tree: ast.Module) -> set[str]:
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return modules | {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@PAGE_FILES
def test_page_is_short_and_only_composes(path: Path):
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    assert len(source.splitlines()) <= 60
    assert not [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda))
    ]
    assert not re.search(r"\b(SELECT|JOIN|GROUP BY)\b", source)
    assert not {
        name
        for name in imported(tree)
        if name.split(".")[0] in {"duckdb", "plotly", "etl"} or name == "gradmesser.store"
    }
    assert ast.get_docstring(tree)


@PAGE_FILES
def test_page_opens_the_shared_frame_first_and_puts_everything_inside(path: Path):
    body = ast.parse(path.read_text("utf-8")).body
    statements = [node for node in body if not isinstance(node, (ast.Import, ast.ImportFrom, ast.Expr))]
    (only,) = statements
    assert isinstance(only, ast.With)
    call = only.items[0].context_expr
    assert ast.unparse(call.func) == "frame.page"
    name = call.args[0].value
    assert ROOT / frame.PAGES[name].path == path
    assert not [node for node in body if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)]


def test_menu_lists_exactly_the_page_files():
    assert {ROOT / entry.path for entry in frame.PAGES.values()} == set(PAGES)
    assert next(iter(frame.PAGES.values())).path == "dashboard.py"
    titles = [entry.title for entry in frame.PAGES.values()]
    assert len(set(titles)) == len(titles)
    assert all(entry.question.endswith("?") for entry in frame.PAGES.values())


@pytest.mark.skipif(not README.exists(), reason="README.md is not written yet")
def test_readme_names_every_page():
    text = README.read_text("utf-8")
    for entry in frame.PAGES.values():
        assert entry.title in text
        assert entry.path in text or Path(entry.path).stem in text


def test_queries_say_their_question_and_their_columns():
    for path in sorted((ROOT / "gradmesser" / "queries").glob("*.sql")):
        question, returns = path.read_text("utf-8").splitlines()[:2]
        assert re.fullmatch(r"-- [A-Z].*\?", question), path.name
        assert re.fullmatch(r"-- returns: [a-z_0-9]+(, [a-z_0-9]+)*", returns), path.name


def test_settings_load_nothing_from_outside_and_tell_nobody():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showSidebarNavigation"] is False
    assert settings["client"]["showErrorDetails"] == "none"
    assert settings["server"]["fileWatcherType"] == "none"
    for face in settings["theme"]["fontFaces"]:
        assert (ROOT / face["url"].removeprefix("app/")).is_file()
    assert "http" not in (ROOT / ".streamlit" / "config.toml").read_text("utf-8").replace("httptools", "")


@pytest.mark.parametrize("folder", ["gradmesser/ui", "gradmesser/charts", "pages"])
def test_no_address_of_another_site_is_loaded_by_the_interface(folder: str):
    for path in (ROOT / folder).rglob("*"):
        if path.suffix in {".py", ".js", ".css"}:
            found = re.findall(
                r"(?:src=|url\(|@import|fetch\(|import )\s*[\"'(]?https?://[^\"')\s]+", path.read_text("utf-8")
            )
            assert not found, path.name


def test_own_classes_in_the_style_sheet_are_used_and_used_ones_are_there():
    css = (ROOT / "gradmesser" / "ui" / "style.css").read_text("utf-8")
    for own in ("registers.py", "gradindex.py"):  # these tables bring their own colours
        css += (ROOT / "gradmesser" / "charts" / own).read_text("utf-8")
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "gradmesser").rglob("*.py"))
    defined, used = (set(re.findall(r"(?<!-)\bgm-[a-z]+", text)) for text in (css, code))
    kinds_of_badges = {"gm-info", "gm-success", "gm-warning", "gm-neutral"}
    assert used - defined == set()
    assert defined - used <= kinds_of_badges
