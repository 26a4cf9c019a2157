"""README and docs say what the code does: schema, commands, links, reasons, settings and messages are compared."""

import ast
import re
import runpy
import shlex
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import duckdb
import pytest
import yaml

from etl.__main__ import _parser as etl_parser
from gradmesser import catalog
from gradmesser.__main__ import _parser as gradmesser_parser
from gradmesser.catalog import places

DOCS = places.ROOT / "docs"
METHODS = DOCS / "methodik.md"
DATA_MODEL = DOCS / "datenmodell.md"
OPERATION = DOCS / "betrieb.md"
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))
CHANGELOG = places.ROOT / "CHANGELOG.md"
README = places.ROOT / "README.md"
WRITTEN = [path for path in (README, CHANGELOG, *sorted(DOCS.rglob("*.md"))) if path.exists()]

PARSERS: dict[str, Callable[[list[str]], object]] = {
    "etl": lambda words: etl_parser().parse_args(words),
    "gradmesser": lambda words: gradmesser_parser().parse_args(words),
}
TYPE_NAMES = {"VARCHAR": "TEXT"}


def _name(path: Path) -> str:
    return path.relative_to(places.ROOT).as_posix()


def _text(path: Path) -> str:
    return path.read_text("utf-8")


def _blocks(text: str, language: str) -> list[str]:
    """Fenced code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _prose(text: str) -> str:
    """Text without fenced blocks and code spans."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))


def _section(text: str, heading: str) -> str:
    """What stands under a heading up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"heading „{heading}“ is missing"
    return found[1]


def _tables(text: str) -> list[list[list[str]]]:
    """Markdown tables as lists of rows of cells, without their header."""
    tables = re.findall(r"(?:^\|.*\|\n)+", text + "\n", re.MULTILINE)
    return [
        [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]] for table in tables
    ]


def _code(cell: str) -> str:
    return cell.strip("`")


@pytest.fixture(scope="module")
def schema() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(catalog.SCHEMA_SQL)
        yield connection


# Data model


def _enums(schema: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    rows = schema.execute("SELECT type_name, labels FROM duckdb_types() WHERE labels IS NOT NULL AND NOT internal")
    return dict(rows.fetchall())


def _keys(schema: duckdb.DuckDBPyConnection, table: str) -> dict[str, list[str]]:
    """Column → PK and the tables it refers to."""
    keys: dict[str, list[str]] = {}
    for kind, columns, target in schema.execute(
        "SELECT constraint_type, constraint_column_names, referenced_table FROM duckdb_constraints() "
        "WHERE table_name = $1 AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY') "
        "ORDER BY constraint_type DESC, constraint_index",
        [table],
    ).fetchall():
        for column in columns:
            keys.setdefault(column, []).append("PK" if kind == "PRIMARY KEY" else f"→ {target}")
    return keys


def described(schema: duckdb.DuckDBPyConnection, table: str) -> list[list[str]]:
    """Rows of the Markdown table of one table: column, type, required, key, meaning, as the schema has them."""
    enums = {
        "ENUM(" + ", ".join(f"'{label}'" for label in labels) + ")": name for name, labels in _enums(schema).items()
    }
    keys = _keys(schema, table)
    return [
        [
            f"`{column}`",
            enums.get(kind, TYPE_NAMES.get(kind, kind)),
            "" if nullable else "ja",
            ", ".join(keys.get(column, [])),
            comment or "",
        ]
        for column, kind, nullable, comment in schema.execute(
            "SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns() "
            "WHERE table_name = $1 ORDER BY column_index",
            [table],
        ).fetchall()
    ]


def _documented() -> list[str]:
    return re.findall(r"^### `([a-z_]+)`$", _text(DATA_MODEL), re.MULTILINE)


def test_data_model_lists_the_tables_of_the_schema_in_its_order(schema: duckdb.DuckDBPyConnection) -> None:
    in_schema = re.findall(r"^CREATE TABLE (\w+)", catalog.SCHEMA_SQL, re.MULTILINE)
    assert _documented() == in_schema
    assert sorted(in_schema) == [
        name for (name,) in schema.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    ]


@pytest.mark.parametrize("table", _documented())
def test_data_model_describes_every_column_as_the_schema_does(schema: duckdb.DuckDBPyConnection, table: str) -> None:
    section = _section(_text(DATA_MODEL), f"`{table}`")
    (comment,) = schema.execute("SELECT comment FROM duckdb_tables() WHERE table_name = $1", [table]).fetchone()
    assert section.strip().splitlines()[0] == comment
    assert _tables(section) == [described(schema, table)]


def test_data_model_lists_every_enumeration_with_its_values(schema: duckdb.DuckDBPyConnection) -> None:
    (rows,) = _tables(_section(_text(DATA_MODEL), "Aufzählungen"))
    assert {_code(name): [_code(value) for value in values.split(", ")] for name, values in rows} == _enums(schema)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(statement, id=f"{_name(path)}-{number}")
        for path in WRITTEN
        for number, statement in enumerate(_blocks(_text(path), "sql"), start=1)
    ],
)
def test_sql_examples_run_on_the_schema(schema: duckdb.DuckDBPyConnection, statement: str) -> None:
    assert schema.execute(statement).fetchall() == []


def test_python_examples_run_beside_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / places.POINTER).write_text("gradmesser-x.duckdb\n", "utf-8")
    with duckdb.connect(str(tmp_path / "data" / "gradmesser-x.duckdb")) as connection:
        connection.execute(catalog.SCHEMA_SQL)
    monkeypatch.chdir(tmp_path)
    examples = [block for path in WRITTEN for block in _blocks(_text(path), "python")]
    assert examples
    for number, example in enumerate(examples):
        script = tmp_path / f"example_{number}.py"
        script.write_text(example, "utf-8")
        runpy.run_path(str(script))


# Commands, settings, messages


def _commands() -> list[object]:
    """Every `python -m etl …` and `python -m gradmesser …` in a block or a code span."""
    found = []
    for path in WRITTEN:
        code = re.findall(r"^```.*?^```$|`[^`\n]+`", _text(path), re.MULTILINE | re.DOTALL)
        for module, words in re.findall(r"python3? -m (etl|gradmesser)\b([^\n`#&|;>…]*)", "\n".join(code)):
            found.append(pytest.param(module, shlex.split(words), id=f"{_name(path)}: {module}{words.rstrip()}"))
    return found


def _exit_code(module: str, words: list[str]) -> object:
    try:
        PARSERS[module](words)
    except SystemExit as error:
        return error.code
    return 0


@pytest.mark.parametrize(("module", "words"), _commands())
def test_documented_commands_are_understood(module: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert _exit_code(module, words) == 0, capsys.readouterr().err


def test_documented_make_targets_exist() -> None:
    makefile = places.ROOT / "Makefile"
    named = {
        target
        for path in WRITTEN
        for code in re.findall(r"^```.*?^```$|`[^`\n]+`", _text(path), re.MULTILINE | re.DOTALL)
        for target in re.findall(r"(?:^|`)make ([a-z][a-z-]*)", code, re.MULTILINE)
    }
    assert {"run", "test"} <= named
    assert named <= set(re.findall(r"^([a-z][a-z-]*):", _text(makefile), re.MULTILINE))


def test_settings_explained_in_operation_are_the_shipped_ones() -> None:
    settings = tomllib.loads(_text(places.ROOT / ".streamlit" / "config.toml"))
    (rows,) = _tables(_section(_text(OPERATION), "Einstellungen der Oberfläche"))
    assert len(rows) > 5
    for name, value, _reason in rows:
        section, key = _code(name).split(".")
        assert tomllib.loads(f"value = {_code(value)}")["value"] == settings[section][key], name


def test_operator_entries_explained_in_operation_are_the_shipped_ones() -> None:
    (rows,) = _tables(_section(_text(OPERATION), "Angaben des Betreibers"))
    shipped = yaml.safe_load(_text(places.ROOT / "gradmesser" / "catalog" / "betreiber.yaml"))
    assert [_code(name) for name, _meaning in rows] == list(shipped)


@cache
def _messages() -> str:
    """Every text in the code, one a line; what is filled in at run time is an ellipsis."""
    texts = []
    for folder in ("etl", "gradmesser"):
        for path in sorted((places.ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(_text(path))):
                if isinstance(node, ast.JoinedStr):
                    parts = [str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values]
                    texts.append("".join(parts))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    texts.append(node.value)
    return re.sub("…+", "…", "\n".join(texts))


def test_messages_in_operation_are_those_of_the_code() -> None:
    (rows,) = _tables(_section(_text(OPERATION), "Meldungen und was sie bedeuten"))
    assert len(rows) > 10
    assert [message for message, *_ in rows if message not in _messages()] == []


# Methodology


def _quoted(text: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, text))


def test_rejection_reasons_are_those_of_the_code() -> None:
    pvog, others = _tables(_section(_text(METHODS), "§7 Abgelehnte Zeilen"))
    rules = _text(places.ROOT / "etl" / "sql" / "pvog_tabellen.sql")
    macro = re.search(r"MACRO ablehnungsgrund\(.*?END;", rules, re.DOTALL)
    assert {_code(code) for code, *_ in pvog} == _quoted(macro[0], r"THEN '(\w+)'") | {"doppelt", "spalten"}
    assert "'doppelt'" in _text(places.ROOT / "etl" / "sql" / "pvog_zeilen.sql")
    assert "'spalten'" in _text(places.ROOT / "etl" / "sources" / "open_pvog.py")
    sources = [
        _text(places.ROOT / "etl" / "sources" / f"{name}.py") for name in ("egov_benchmark", "opendata_publisher")
    ]
    pattern = r'"(\w+_(?:ungueltig|unbekannt|leer)|doppelt|spalten)"'
    assert {_code(code) for code, *_ in others} == _quoted("\n".join(sources), pattern)


def test_states_are_those_of_the_schema_with_their_labels(schema: duckdb.DuckDBPyConnection) -> None:
    (rows,) = _tables(_section(_text(METHODS), "§3 Zustände einer Zelle"))
    assert {_code(key) for key, *_ in rows} == set(_enums(schema)["zustand"])
    for key, label, live, counted, _today in rows:
        state = catalog.STATES[_code(key)]
        assert (label, live == "ja") == (state.label, state.live)
        assert (live == "unbekannt") == (_code(key) == "keine_meldung")
        assert (counted == "nein") == (_code(key) == "nicht_zustaendig")


def test_sources_stand_with_licence_and_attribution() -> None:
    (rows,) = _tables(_section(_text(METHODS), "§9 Quellen, Lizenzen, Vermerke"))
    assert {(licence, attribution) for _, _, licence, attribution in rows} == {
        (source.licence, source.attribution) for source in catalog.sources().values()
    }


def test_methodology_names_the_version_and_thresholds_of_the_rules() -> None:
    text = _text(METHODS)
    assert f"**Fassung {catalog.RULE_VERSION}**" in text
    assert f"nur ab {catalog.REPORT_THRESHOLD:.0%}".replace("%", " %") in text
    assert f"um mehr als {catalog.GATE_SHARE:.0%}".replace("%", " %") in text
    assert f"mindestens {catalog.GATE_KREIS_ROWS} Zeilen" in text
    assert f"Unter N = {catalog.SMALL_DENOMINATOR} " in text
    assert f"Hinweis ab {catalog.AGE_NOTICE_DAYS} Tagen, Warnung ab {catalog.AGE_WARNING_DAYS} Tagen" in text


def test_methodology_counts_the_units_and_services_that_are_shipped() -> None:
    text = _text(METHODS)
    units = duckdb.sql(
        f"FROM read_csv('{places.REFERENCE_IN_PROJECT / 'gebiet' / 'einheiten.csv'}', all_varchar = true) "
        "SELECT typ, count(*) WHERE ars = zustaendig_ars AND gueltig_bis IS NULL GROUP BY typ"
    ).fetchall()
    (rows, *_) = _tables(_section(text, "§1 Wer gezählt wird"))
    assert sorted(int(count) for _, count, *_ in rows) == sorted(count for _, count in units)
    services = duckdb.sql(
        f"FROM read_csv('{places.REFERENCE_IN_PROJECT / 'katalog' / 'leistungen.csv'}', all_varchar = true) "
        "SELECT count(*), count(*) FILTER (ebene = 'gemeinde'), count(*) FILTER (ebene = 'kreis'), "
        "count(*) FILTER (sicherheit = 'hoch'), count(*) FILTER (sicherheit = 'mittel'), "
        "count(*) FILTER (sicherheit = 'niedrig')"
    ).fetchone()
    written = _section(text, "§2 Welche Leistungen gezählt werden")
    sentence = r"(\d+) Leistungen: (\d+) auf Gemeindeebene, (\d+) auf\s+Kreisebene.*?(\d+)-mal hoch, (\d+)-mal mittel, (\d+)-mal niedrig"
    assert tuple(int(number) for number in re.search(sentence, written, re.DOTALL).groups()) == services


def test_methodology_can_be_shown_inside_the_app() -> None:
    text = _text(METHODS)
    headings = re.findall(r"^(#+) (.*)$", text, re.MULTILINE)
    assert min(len(marks) for marks, _ in headings) == 2
    numbered = [int(number) for _, title in headings for number in re.findall(r"^§(\d+) ", title)]
    assert numbered == list(range(1, len(numbered) + 1))
    assert not re.search(r"<[a-z/!]|\]\(|\$", _prose(text)), "no HTML, no links or images, no formula signs"
    assert {int(number) for number in re.findall(r"§(\d+)", text)} <= set(numbered)


# Links and form


@pytest.mark.parametrize("path", WRITTEN, ids=_name)
def test_relative_links_lead_to_files(path: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", _prose(_text(path)))
    local = [target.split("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]
    assert [target for target in local if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DECISIONS, ids=_name)
def test_decisions_are_short_dated_records_of_one_form(path: Path) -> None:
    text = _text(path)
    assert re.match(r"# \d{4} – .+\n\n\d{4}-\d{2}-\d{2}\n", text)
    assert text[2:6] == path.name[:4]
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Kontext", "Entscheidung", "Folgen"]
    assert len(text.splitlines()) <= 25


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
