"""Reports by the administrations: the template to take along, the check of a filled-in file, contradictions."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from html import escape
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import streamlit as st

from gradmesser import german, intake, store
from gradmesser.catalog import LAND, STATES, CatalogError, meldung, places, stewards
from gradmesser.catalog.stewards import Steward
from gradmesser.export import html_table, table
from gradmesser.intake import Outcome, Upload
from gradmesser.ui import controls, data, style
from gradmesser.ui.controls import View

KINDS = {
    "nachweis_ohne_meldung": "gemeldet: noch nicht online, im Portalverbund auffindbar",
    "link_defekt": "gemeldet: online, Link im Portalverbund defekt",
    "ohne_nachweis": "gemeldet: online, im Portalverbund kein Eintrag",
    "nur_teilweise": "gemeldet: online, Eintrag nur bei einem Teil der Mitglieder",
    "nachweis_ohne_zustaendigkeit": "gemeldet: nicht zuständig, eigener Eintrag vorhanden",
}
_SHEETS = {"meldung": "Roll-in und Register", "themen": "Weitere Themen"}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHOWN = 500
_RESULT, _KEPT = "meldung_geprueft", "meldung_uebernommen"
_STATUS = {
    "veroeffentlicht": "übernommen und veröffentlicht",
    "zurueckgehalten": "übernommen, aber zurückgehalten",
    "unveraendert": "schon vorhanden, nichts geändert",
}


def badges(ars: str, view: View) -> list[str]:
    """Markup of a badge that leads to the contradictions of a unit; nothing if there are none."""
    counts = data.fetch("widersprueche_zahl", **view.clocks).set_index("ars")
    if ars not in counts.index:
        return []
    number = int(counts.loc[ars, "widersprueche"])
    text = f"{german.count(number, 'Widerspruch', 'Widersprüche')} zwischen Meldung und Portalverbund"
    mark = style.badge(text, "warning", "⚑")
    return [f'<a href="daten?abschnitt=widersprueche&amp;ars={ars}{escape(view.address)}" target="_self">{mark}</a>']


# The template -------------------------------------------------------------------------------------------------------


def offer(responsible: pd.Series) -> None:
    """The reporting workbook of a unit, filled in with what is known, and how to use it."""
    ars = responsible["ars"]
    info = data.info()
    base = f"gradmesser_meldevorlage_{ars}_stand-{info.newest}{'_BEISPIEL' if info.example else ''}"
    style.finding(f"Selbst melden: Vorlage für {responsible['name']}")
    style.note(
        "Die Vorlage enthält alle Leistungen und Register der Einheit mit dem bisherigen Stand: weiße Felder ausfüllen, unter "
        "„Daten“ prüfen lassen, an die Stelle geben, die den Gradmesser betreut."
    )
    files: Mapping[str, tuple[str, Callable[[], bytes], str]] = {
        "Meldevorlage (XLSX)": (f"{base}.xlsx", lambda: meldung.workbook(form(ars)), _XLSX),
        "Roll-in (CSV)": (f"{base}_rollin.csv", lambda: meldung.as_csv(form(ars))[0], "text/csv"),
        "Register (CSV)": (f"{base}_register.csv", lambda: meldung.as_csv(form(ars))[1], "text/csv"),
    }
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for label, (name, make, mime) in files.items():
            st.download_button(label, make, name, mime, key=f"vorlage_{label}", on_click="ignore")
        st.page_link("pages/daten.py", label="Meldung prüfen", query_params={"abschnitt": "meldung"})
    _guide("anleitung_einheit")


def _guide(key: str) -> None:
    with st.expander("Anleitung: Zustände, Meilensteine, Daten, Korrekturen", key=key, on_change="rerun") as opened:
        if opened.open:
            st.markdown((places.ROOT / "docs" / "meldung.md").read_text("utf-8"))


def form(ars: str) -> meldung.Form:
    """Content of the template of one unit, from the published database."""
    unit = _records("vorlage_einheit", ars)[0]
    return meldung.form(
        unit, _records("vorlage_rollin", ars), _records("vorlage_register", ars), datetime.now(UTC).date()
    )


def _records(query: str, ars: str) -> list[dict[str, object]]:
    rows = store.fetch(query, ars=ars)  # runs at the click, outside the page and its cache
    return [{name: _plain(value) for name, value in row.items()} for row in rows.to_dict("records")]


def _plain(value: object) -> object:
    """What a data frame made of a value, undone: a missing one, a day, a whole number."""
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return int(value) if pd.api.types.is_number(value) else value


# The check ----------------------------------------------------------------------------------------------------------


def check() -> None:
    """Somebody hands in a file and sees what would become of it; a signed-in steward may keep it."""
    style.finding("Eine ausgefüllte Meldung prüfen")
    style.lead(
        "Die Datei wird gelesen wie beim Einlesen, aber nicht aufbewahrt: Sie sehen, was angenommen und was abgelehnt würde, "
        "warum, und was sich ändert."
    )
    steward = _steward()
    kind = st.segmented_control(
        "Was gemeldet wird", list(_SHEETS), format_func=_SHEETS.get, default=intake.SOURCES[0], key="meldung_art", required=True
    )  # fmt: skip
    file = st.file_uploader(
        "Ausgefüllte Vorlage (XLSX) oder ihre CSV-Form, höchstens 20 MB", ["xlsx", "csv"], key="meldung"
    )
    if file is None:
        _guide("anleitung_pruefung")
        return
    stand = None
    if Path(file.name).suffix.lower() == ".csv":
        stand = st.date_input(
            "Stand der Meldung (eine CSV-Datei nennt ihn nicht)", None, format="DD.MM.YYYY",
            max_value=datetime.now(UTC).date() + timedelta(days=1), key="meldung_stand",
        )  # fmt: skip
        if stand is None:
            st.info("Bitte den Tag angeben, für den die Meldung gilt.")
            return
    upload = Upload(name=file.name, content=file.getvalue(), stand=stand, source=str(kind))
    outcome = _checked(upload)
    if outcome.refusal:
        st.error(f"Abgewiesen: {_escaped(outcome.refusal)}")
    else:
        _verdict(file.name, outcome)
        if steward:
            _keep(upload, outcome, steward)
    _guide("anleitung_pruefung")


def _checked(upload: Upload) -> Outcome:
    """The outcome of the check, once for each file, day and database."""
    wanted = (upload.sha256, upload.name, upload.stand, upload.source, store.version())
    known = st.session_state.get(_RESULT)
    if known and known[0] == wanted:
        return known[1]
    with st.spinner("Die Datei wird geprüft …"):
        outcome = intake.check(upload)
    st.session_state[_RESULT] = (wanted, outcome)
    st.session_state.pop(_KEPT, None)
    return outcome


def _verdict(name: str, outcome: Outcome) -> None:
    found = outcome.found
    rejected = pd.DataFrame(found["rejected_rows"], columns=["sheet", "line", "reason", "content"])
    changed = int(found["changed"])
    style.finding(
        f"{german.number(found['accepted'])} von {german.count(int(found['rows']), 'Zeile', 'Zeilen')} verwendbar, "
        f"{german.number(found['rejected'])} abgelehnt; {german.count(changed, 'Angabe würde', 'Angaben würden')} sich ändern"
    )
    units = found["units"]
    marks = [
        style.badge(f"Stand der Meldung {german.day(date.fromisoformat(found['stand']))}", "info", "•"),
        style.badge(german.count(len(units), "Einheit", "Einheiten"), "info", "•"),
    ]
    if found["status"] == "unveraendert":
        marks.append(style.badge("diese Datei liegt schon vor", "neutral", "="))
    if found["example"]:
        marks.append(style.badge("Vorlage mit BEISPIELDATEN: zählt nie als echte Meldung", "warning", "⚠"))
    if found["unread"]:
        marks.append(style.badge(f"nicht gelesen: Blatt {', '.join(found['unread'])[:80]}", "warning", "⚠"))
    style.line(marks)
    if found["later"]:
        st.info(
            f"Zu {german.count(int(found['later']), 'Angabe', 'Angaben')} gibt es schon eine Meldung mit späterem Stand. Dort "
            "ändert sich die Geschichte, nicht der heutige Zustand."
        )
    if len(rejected):
        _rejections(name, rejected)
    if changed:
        changes = pd.DataFrame(found["changes"]).head(_SHOWN)
        columns = [
            html_table.text("subject", "Leistung, Meilenstein oder Frage"), html_table.text("unit", "Einheit"),
            html_table.text("before", "gemeldet bisher"), html_table.text("after", "gemeldet neu"),
        ]  # fmt: skip
        style.html(html_table.render(changes, columns, _first("Was sich ändern würde", changed)))


def _rejections(name: str, rejected: pd.DataFrame) -> None:
    told = rejected.assign(
        was=[meldung.reason(code).what for code in rejected["reason"]],
        tun=[meldung.reason(code).todo for code in rejected["reason"]],
    )
    columns = [
        html_table.whole("line", "Zeile"), html_table.optional("sheet", "Blatt"),
        html_table.text("why", "Grund und was zu tun ist"), html_table.text("content", "Inhalt"),
    ]  # fmt: skip
    shown = told.head(_SHOWN).assign(content=told["content"].str.slice(0, 200), why=told["was"] + " " + told["tun"])
    style.html(html_table.render(shown, columns, _first("Abgelehnte Zeilen", len(told))))
    plain = told.rename(
        columns={
            "sheet": "blatt",
            "line": "zeile",
            "reason": "code",
            "was": "grund",
            "tun": "was_tun",
            "content": "inhalt",
        }
    )
    st.download_button(
        "Abgelehnte Zeilen als CSV", lambda: table.to_csv(plain), f"gradmesser_abgelehnt_{Path(name).stem[:60]}.csv",
        "text/csv", key="meldung_abgelehnt", on_click="ignore",
    )  # fmt: skip


def _first(title: str, number: int) -> str:
    return f"{title}: {german.number(number)}" + (f", gezeigt die ersten {_SHOWN}" if number > _SHOWN else "")


# Keeping ------------------------------------------------------------------------------------------------------------


def _steward() -> Steward | None:
    """Who is signed in as steward; says why nobody is, and offers the login where there is one."""
    claims = st.user.to_dict()
    if "is_logged_in" not in claims:
        style.note("Hier wird nur geprüft. Übernehmen kann der Betreiber; eine Anmeldung ist nicht eingerichtet.")
        return None
    try:
        listed = stewards.stewards()
    except CatalogError as error:
        st.error(f"Die Liste der Betreuer ist nicht verwendbar, deshalb wird hier nur geprüft. {_escaped(str(error))}")
        return None
    if listed is None:
        style.note("Hier wird nur geprüft. Es ist noch keine Liste der Betreuer hinterlegt.")
        return None
    if find_spec("authlib") is None:
        st.warning("Hier wird nur geprüft: Zur Anmeldung fehlt auf dem Server das Paket Authlib.")
        return None
    if not claims["is_logged_in"]:
        style.note("Prüfen darf jeder. Zum Übernehmen bitte anmelden.")
        st.button("Als Betreuer anmelden", on_click=st.login, key="anmelden")
        return None
    now = datetime.now(UTC)
    steward = stewards.find(claims, listed, now)
    if steward:
        style.note(f"Angemeldet für: {steward.stelle}.")
    elif not stewards.is_fresh(claims, now):
        st.info("Die Anmeldung ist älter als zwölf Stunden. Bitte ab- und neu anmelden.")
    else:
        st.info("Sie sind angemeldet, stehen aber nicht in der Liste der Betreuer: Prüfen geht, übernehmen nicht.")
    st.button("Abmelden", on_click=st.logout, key="abmelden")
    return steward


def _keep(upload: Upload, outcome: Outcome, steward: Steward) -> None:
    """Button and result of keeping; what the steward may do is asked again when the button is pressed."""
    done = st.session_state.get(_KEPT)
    if done and done[0] == outcome.sha256:
        _kept(*done[1:])
        return
    reason = steward.refusal(outcome.found["units"])
    if reason:
        st.warning(f"Nicht übernommen: {_escaped(reason)}")
        return
    if data.info().example and not outcome.found["example"]:
        st.warning(
            "Diese Instanz zeigt Beispieldaten. Mit der ersten echten Meldung verschwinden sie; beides wird nie gemischt."
        )
    style.note(
        f"Übernommen wird im Namen von {steward.stelle}; Stelle und Zeitpunkt stehen danach bei den Lieferungen. "
        "Abgelehnte Zeilen werden nicht verwendet, aber mit Grund aufbewahrt."
    )
    if st.button("Meldung übernehmen", type="primary", key="uebernehmen"):
        with st.spinner("Die Meldung wird aufbewahrt und die Datenbank neu gebaut …"):
            kept = intake.keep(upload, outcome, steward.stelle)
            built = Outcome(sha256=kept.sha256) if kept.refusal else intake.build()
        if not kept.refusal:
            st.session_state[_RESULT] = (
                (upload.sha256, upload.name, upload.stand, upload.source, store.version()),
                outcome,
            )
            st.session_state[_KEPT] = (outcome.sha256, kept, built)
        _kept(kept, built)


def _kept(kept: Outcome, built: Outcome) -> None:
    if kept.refusal:
        st.error(f"Nicht übernommen: {_escaped(kept.refusal)}")
        return
    name, status = kept.found["snapshot"], _STATUS[str(kept.found["status"])]
    if built.refusal:
        st.warning(
            f"Die Meldung ist aufbewahrt ({name}), aber noch nicht veröffentlicht: {_escaped(built.refusal)} "
            "Der nächste Bau der Datenbank zeigt sie."
        )
    else:
        st.success(f"Meldung {status}. Name der Lieferung: {name}")


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{char}" if char in r"\`*_[]<>#|$~:" else char for char in text)


# Contradictions -----------------------------------------------------------------------------------------------------


def contradictions() -> None:
    """Cells about which report and portal network disagree, and reports of one day that disagree among themselves."""
    first, second = st.columns([9, 3], vertical_alignment="top")
    with first:
        ars = controls.pick_reporting_unit()
    with second:
        view = controls.pick_stand()
    everything = data.fetch("widersprueche", stand=view.stand, wissen=view.wissen, ars="")
    rows = everything[everything["ars"] == ars] if ars else everything
    conflicts = data.fetch("meldungskonflikte", stand=view.stand, wissen=view.wissen, ars=ars)
    style.finding(
        f"{german.count(len(rows), 'Widerspruch', 'Widersprüche')} zwischen Meldung und Portalverbund zum {german.day(view.stand)}"
    )
    style.lead("Gezeigt wird beides, überschrieben wird nichts. Wie dann gezählt wird, steht in der Methodik, Regel 4.")
    counts = everything["art"].value_counts()
    summary = pd.DataFrame(
        {"was": list(KINDS.values()), "land": [int(counts.get(kind, 0)) for kind in KINDS],
         "hier": [int((rows["art"] == kind).sum()) for kind in KINDS]}
    )  # fmt: skip
    columns = [html_table.text("was", "Art des Widerspruchs"), html_table.whole("land", "in ganz Thüringen")]
    if ars:
        columns.append(html_table.whole("hier", "in dieser Einheit"))
    style.html(html_table.render(summary, columns, f"Widersprüche nach Art, Stand {german.day(view.stand)}"))
    if len(rows):
        _cells(rows, ars, view.stand)
    _conflicts(conflicts)


def _cells(rows: pd.DataFrame, ars: str, stand: date) -> None:
    told = rows.assign(
        art=rows["art"].map(KINDS), gemeldet=rows["gemeldet"].map(_label), zustand=rows["zustand"].map(_label)
    )
    columns = [
        html_table.text("leistung", "Leistung"), html_table.text("name", "Einheit"), html_table.text("gemeldet", "gemeldet"),
        html_table.day("meldung_stand", "seit Meldung vom"), html_table.link("beleg_url", "Beleg der Meldung", "öffnen"),
        html_table.text("portalverbund", "Portalverbund"), html_table.link("url", "Nachweis", "öffnen"),
        html_table.text("zustand", "gezählt als"), html_table.optional("bemerkung", "Bemerkung"),
    ]  # fmt: skip
    style.html(html_table.render(told.head(_SHOWN), columns, _first("Meldung und Portalverbund", len(told))))
    name = f"gradmesser_widersprueche_{ars or LAND}_stand-{stand}"
    suffix = "_BEISPIEL" if data.info().example else ""
    st.download_button(
        "Widersprüche als CSV", lambda: table.to_csv(told.assign(herkunft="BEISPIELDATEN" if suffix else "amtlich")),
        f"{name}{suffix}.csv", "text/csv", key="widersprueche_csv", on_click="ignore",
    )  # fmt: skip


def _conflicts(rows: pd.DataFrame) -> None:
    if rows.empty:
        style.note("Keine zwei Meldungen widersprechen sich zum selben Stand.")
        return
    cells = rows.groupby(["ars", "leika_key", "stand"]).ngroups
    style.finding(f"{german.count(cells, 'Zelle', 'Zellen')} mit Meldungen, die sich zum selben Stand widersprechen")
    told = rows.assign(
        zustand=rows["zustand"].map(_label),
        gilt=rows["gilt"].map({True: "✓ gilt, zuletzt eingegangen", False: "ersetzt"}),
    )
    columns = [
        html_table.text("leistung", "Leistung"), html_table.text("name", "Einheit"), html_table.day("stand", "Stand"),
        html_table.text("zustand", "gemeldet"), html_table.text("gilt", "gezählt"),
        html_table.optional("absender", "eingereicht von"), html_table.day("abgerufen", "eingegangen"),
        html_table.text("datei", "Datei"), html_table.whole("zeile", "Zeile"),
    ]  # fmt: skip
    style.html(html_table.render(told.head(_SHOWN), columns, _first("Meldungen zum selben Stand", len(told))))


def _label(state: object) -> str:
    return STATES[state].label if isinstance(state, str) else "–"
