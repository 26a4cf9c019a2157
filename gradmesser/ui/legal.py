"""Impressum, Datenschutz, Barrierefreiheit, Kontakt: fixed words of the product, everything about the operator from configuration."""

from dataclasses import fields

import streamlit as st

from gradmesser.catalog.barriers import barriers
from gradmesser.catalog.operator import Operator, operator
from gradmesser.ui import frame, style

UNKNOWN = "vom Betreiber noch nicht ausgefüllt"
_ENFORCEMENT = "https://tlmb-thueringen.de/themen/barrierefreiheit/landesdurchsetzungsstelle"


def imprint() -> None:
    """Who is responsible for this instance."""
    who = operator()
    style.finding("Wer diese Seiten verantwortet")
    _elsewhere(who.impressum_url, "Impressum")
    style.facts(
        [
            ("Anbieter", _or_unknown(who.name)), ("Anschrift", _or_unknown(who.anschrift)),
            ("Vertreten durch", _or_unknown(who.vertreten_durch)), ("Telefon", _or_unknown(who.telefon)),
            ("E-Mail", _or_unknown(who.kontakt_mail)), ("Verantwortlich für den Inhalt", _or_unknown(who.verantwortlich)),
            ("Aufsichtsbehörde", _or_unknown(who.aufsicht)),
        ]
    )  # fmt: skip
    _tell_gaps(who, "name", "anschrift", "vertreten_durch", "telefon", "kontakt_mail", "verantwortlich", "aufsicht")
    style.finding("Woher die Zahlen stammen")
    st.markdown(
        "Quellen, Lizenzen und Grenzen jeder Zahl stehen auf der Seite [Daten](daten) und unter „Quellen & Rechenweg“ bei "
        "jedem Bild. Der Gradmesser verweist auf Onlinedienste anderer Stellen; für deren Inhalt sind diese verantwortlich."
    )


def privacy() -> None:
    """What is stored about a visitor: by the product, and by whoever runs the machine."""
    who = operator()
    style.finding("Der Gradmesser speichert nichts über seine Leser")
    _elsewhere(who.datenschutz_url, "Datenschutzerklärung")
    st.markdown(
        "- Die Oberfläche lädt nichts von fremden Adressen: Schriften, Karten und Skripte kommen vom selben Rechner.\n"
        "- Es gibt keine Werbung, keine Zählung von Besuchen und keine Weitergabe an Dritte.\n"
        "- Auswahl und Suche gelten für die Dauer der Sitzung und werden danach verworfen. Was Sie gewählt haben, steht in "
        "der Adresse Ihres Browsers und nur dort.\n"
        "- Das Framework setzt ein technisch nötiges Cookie gegen Missbrauch von Formularen. Wer sich als Betreuer anmeldet, "
        "bekommt zusätzlich ein Cookie für diese Anmeldung.\n"
        "- Wer eine Meldedatei zur Prüfung hochlädt, lässt sie im Arbeitsspeicher prüfen; aufbewahrt wird sie erst, wenn ein "
        "angemeldeter Betreuer sie übernimmt, dann mit seinem Namen.\n"
        "- Die gezeigten Zahlen betreffen Verwaltungen, keine einzelnen Menschen."
    )
    style.finding("Was der Betreiber dazu angibt")
    style.facts(
        [
            ("Verantwortlich", _or_unknown(who.name)), ("Wer den Rechner betreibt", _or_unknown(who.hosting)),
            ("Protokolle des Rechners", _or_unknown(who.protokolle)),
            ("Datenschutzbeauftragte", _or_unknown(who.datenschutzbeauftragte)), ("E-Mail", _or_unknown(who.kontakt_mail)),
        ]
    )  # fmt: skip
    _tell_gaps(who, "name", "hosting", "protokolle", "datenschutzbeauftragte", "kontakt_mail")
    style.finding("Ihre Rechte")
    st.markdown(
        "Nach der Datenschutz-Grundverordnung haben Sie das Recht auf Auskunft, Berichtigung, Löschung, Einschränkung und "
        "Widerspruch (Art. 15 bis 21 DSGVO) und können sich bei der Aufsichtsbehörde beschweren; in Thüringen ist das der "
        "Landesbeauftragte für den Datenschutz und die Informationsfreiheit."
    )


def accessibility() -> None:
    """Declaration after ThürBarrWebG: state, known barriers, where to write, what to do without an answer."""
    who = operator()
    style.finding("Erklärung zur Barrierefreiheit: teilweise vereinbar, die bekannten Lücken stehen hier")
    _elsewhere(who.barrierefreiheit_url, "Erklärung zur Barrierefreiheit")
    st.markdown(
        "Grundlage sind das Thüringer Gesetz über den barrierefreien Zugang zu den Websites und mobilen Anwendungen "
        "öffentlicher Stellen (ThürBarrWebG) und die ThürBITVO, die auf BITV 2.0, EN 301 549 und WCAG 2.1 (Stufe AA) verweisen. "
        "Diese Erklärung beschreibt das Programm; für seine Instanz ergänzt der Betreiber die Angaben unten."
    )
    style.finding("Was noch nicht barrierefrei ist")
    style.glossary([(one.what, "", f"Stattdessen: {one.instead}", one.criterion) for one in barriers()])
    style.finding("Wie geprüft wurde")
    style.facts(
        [
            ("Programm", "Selbstbewertung mit axe-core im Browser und mit Tastaturläufen, bei jeder Änderung"),
            ("Instanz", _or_unknown(who.barrierefreiheit_pruefung)), ("Stand", _or_unknown(who.barrierefreiheit_stand)),
        ]
    )  # fmt: skip
    style.finding("Eine Barriere melden")
    address = who.barrierefreiheit_mail or who.kontakt_mail
    st.markdown(
        "Bitte schreiben Sie, auf welcher Seite und womit es nicht geht, und welches Hilfsmittel Sie benutzen. Der Betreiber "
        "muss innerhalb angemessener Frist antworten."
    )
    style.facts([("Adresse für Hinweise", _or_unknown(address))])
    if address:
        st.link_button(
            "Barriere per E-Mail melden", frame.mail(address, "Gradmesser: Barriere", "Seite: \nWas geht nicht: \n")
        )
    _tell_gaps(
        who, "barrierefreiheit_pruefung", "barrierefreiheit_stand", *([] if address else ["barrierefreiheit_mail"])
    )
    style.finding("Wenn keine Antwort hilft: das Durchsetzungsverfahren")
    st.markdown(
        "Bleibt eine Meldung an eine öffentliche Stelle ohne oder ohne zufriedenstellende Antwort, hilft die "
        f"[Landesdurchsetzungsstelle für digitale Barrierefreiheit]({_ENFORCEMENT}) beim Thüringer Landesbeauftragten für "
        "Menschen mit Behinderungen. Das Verfahren ist kostenlos, ein Rechtsbeistand ist nicht nötig. Es gilt, wenn der "
        "Betreiber eine öffentliche Stelle im Sinne des Gesetzes ist."
    )


def contact() -> None:
    """Where to write, and what to write where."""
    who = operator()
    style.finding("Wohin mit Fragen, Fehlern und Wünschen")
    style.facts(
        [
            ("Betreiber", _or_unknown(who.name)),
            ("E-Mail", _or_unknown(who.kontakt_mail)),
            ("Telefon", _or_unknown(who.telefon)),
        ]
    )
    if who.kontakt_mail:
        st.link_button("E-Mail schreiben", frame.mail(who.kontakt_mail, "Gradmesser: Frage", ""))
    _tell_gaps(who, "name", "kontakt_mail", "telefon")
    st.markdown(
        "- **Ein Zustand stimmt nicht:** Auf den Seiten Kommune, Leistungen und Register gibt es unter den Tabellen „Fehler "
        "melden“. Einheit, Leistung, Zustand, Stand und Adresse der Ansicht sind dort schon eingetragen.\n"
        "- **Ein Onlinedienst fehlt oder ein Link ist falsch:** bitte zuerst den Eintrag im Zuständigkeitsfinder Thüringen "
        "berichtigen; mit der nächsten Lieferung stimmt auch der Gradmesser.\n"
        "- **Ein Wort ist unklar:** Das [Glossar](glossar) erklärt es.\n"
        "- **Eine Barriere:** Die Seite [Barrierefreiheit](barrierefreiheit) nennt den Weg."
    )


def missing(who: Operator) -> list[str]:
    """Entries of the configuration that are empty."""
    return [one.name for one in fields(who) if not getattr(who, one.name)]


def _or_unknown(text: str) -> str:
    return text or UNKNOWN


def _tell_gaps(who: Operator, *names: str) -> None:
    gaps = [name for name in names if name in missing(who)]
    if gaps:
        style.remark(
            f"Noch nicht ausgefüllt: {', '.join(gaps)}. Der Betreiber trägt dies in betreiber.yaml ein (docs/betrieb.md)."
        )


def _elsewhere(url: str, what: str) -> None:
    if url.startswith(("https://", "http://")):
        st.link_button(f"{what} auf den Seiten des Betreibers", url)
