"""The next sensible steps of one administration, by fixed rules in a fixed order; pure functions.

Duty and repair first, then what is already there and only has to be linked or completed, then what most peers have.
Definitions: docs/methodik.md §4.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from gradmesser import german, peers
from gradmesser.catalog import IDNR_DEADLINE, MILESTONES, STATES

LIMIT = 5
"""Never more steps than these."""

KINDS = {
    "link_defekt": "Link reparieren",
    "widerspruch": "Widerspruch klären",
    "ueberfaellig": "Termin prüfen",
    "register_frist": "Frist des Registers",
    "teilweise": "Mitgliedsgemeinden ergänzen",
    "geerbt": "Angebot verlinken",
    "vergleichbare": "Nachnutzen",
}
"""Kinds of steps in their order of precedence."""

_IDNR = 6
_DECIDED = ("zurueckgestellt", "abgelehnt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: its kind, what it is about (a service or a register), why, what to do, who already has it.

    more: at the last step of a kind, how many further cases of it there are.
    """

    kind: str
    leika_key: str | None
    register_id: str | None
    title: str
    reason: str
    action: str
    others: str
    more: int = 0

    @property
    def label(self) -> str:
        """Kind of the step in words."""
        return KINDS[self.kind]


def next_steps(
    cells: pd.DataFrame, registers: pd.DataFrame, shared: pd.DataFrame, stand: date, *, limit: int = LIMIT
) -> list[Step]:
    """At most five steps of one unit in the order of KINDS: one of each kind, then a second one of each, and so on.

    cells: rows of queries/vergleich_zellen.sql of the unit; registers: its rows of queries/register_stand.sql; shared:
    peers.shared_services. What is not the unit's task is never a step, and a service is never named twice.
    """
    others = {row.leika_key: row for row in shared.itertuples()}
    own = [row for row in cells.itertuples() if row.zustand != "nicht_zustaendig"]
    own.sort(key=lambda row: (-_having(others, row), german.sort_key(row.leistung), row.leika_key))
    every: list[Step] = []
    named: set[str] = set()
    for step in (*_services(own, others, stand), *_registers(registers, stand)):
        if step.leika_key is None or step.leika_key not in named:
            every.append(step)
            named |= {step.leika_key} if step.leika_key else set()
    order = list(KINDS)
    turns = Counter[str]()
    ranked = []
    for step in sorted(every, key=lambda one: order.index(one.kind)):
        ranked.append((turns[step.kind], order.index(step.kind), step))
        turns[step.kind] += 1
    chosen = sorted(ranked, key=lambda one: one[:2])[: max(0, min(limit, LIMIT))]
    taken = Counter(step.kind for *_, step in chosen)
    in_order = sorted(chosen, key=lambda one: (one[1], one[0]))
    last = {order: turn for turn, order, _ in in_order}
    return [
        replace(step, more=turns[step.kind] - taken[step.kind] if last[order] == turn else 0)
        for turn, order, step in in_order
    ]


def steps_sentence(steps: list[Step], name: str) -> str:
    """Title above the steps."""
    if not steps:
        return f"Für {name} ergibt sich aus den Regeln gerade kein nächster Schritt."
    if len(steps) == 1:
        return f"Ein nächster Schritt, der sich für {name} lohnt"
    return f"Die {german.number(len(steps))} nächsten Schritte, die sich für {name} lohnen"


def _having(others: dict[str, object], row: object) -> int:
    return others[row.leika_key].n if row.leika_key in others else 0


def _services(own: list[object], others: dict[str, object], stand: date) -> Iterator[Step]:
    for find in (_broken, _contradicting, _overdue, _partly, _inherited, _usual):
        for row in own:
            found = find(row, others, stand)
            if found is not None:
                reason, action = found
                yield Step(
                    kind=_KIND_OF[find], leika_key=row.leika_key, register_id=None, title=row.leistung, reason=reason,
                    action=action, others=peers.peers_text(others[row.leika_key]) if row.leika_key in others else "",
                )  # fmt: skip


def _broken(row: object, _others: dict[str, object], _stand: date) -> tuple[str, str] | None:
    if row.zustand != "gestoert":
        return None
    if row.eigen or not row.geerbt:
        return (
            "Der Dienst ist gemeldet, aber der Link führt nicht ans Ziel.",
            "Adresse im Zuständigkeitsfinder berichtigen.",
        )
    return (
        f"Der Dienst von {row.geerbt_von} ist gemeldet, aber der Link führt nicht ans Ziel.",
        f"{row.geerbt_von} bitten, die Adresse zu berichtigen.",
    )


def _contradicting(row: object, _others: dict[str, object], _stand: date) -> tuple[str, str] | None:
    if not row.zu_pruefen or not isinstance(row.gemeldet, str) or row.zustand == "gestoert":
        return None
    label = STATES[row.gemeldet].label
    if not STATES[row.gemeldet].live:
        return (
            f"Gemeldet ist „{label}“, im Portalverbund steht ein Link, der erreichbar ist.",
            "Prüfen, was stimmt, und die Meldung aktualisieren.",
        )
    if row.eigen or row.geerbt:
        return (
            f"Gemeldet ist „{label}“, der Link im Portalverbund ist defekt.",
            "Adresse im Zuständigkeitsfinder berichtigen.",
        )
    return (
        f"Gemeldet ist „{label}“, im Portalverbund ist der Dienst nicht zu finden.",
        "Den Dienst im Zuständigkeitsfinder eintragen, damit man ihn findet.",
    )


def _overdue(row: object, _others: dict[str, object], stand: date) -> tuple[str, str] | None:
    if STATES[row.zustand].live or pd.isna(row.geplant_am) or row.geplant_am >= pd.Timestamp(stand):
        return None
    return (
        f"Geplant war der {german.day(row.geplant_am)}; gemeldet ist „{STATES[row.zustand].label}“.",
        "Neuen Termin melden, oder den Stand, falls der Dienst schon läuft.",
    )


def _partly(row: object, _others: dict[str, object], _stand: date) -> tuple[str, str] | None:
    if STATES[row.zustand].live or row.eigen or not row.mitglieder_belegt:
        return None
    return (
        f"Belegt ist der Dienst für {row.mitglieder_belegt} von {row.mitglieder} Mitgliedsgemeinden.",
        "Den Dienst für die übrigen Mitgliedsgemeinden oder für die ganze Verwaltungsgemeinschaft eintragen.",
    )


def _inherited(row: object, _others: dict[str, object], _stand: date) -> tuple[str, str] | None:
    if peers.evidence(row) != "geerbt":
        return None
    return (
        f"{row.geerbt_von} bietet den Dienst an; ein eigener Eintrag fehlt.",
        "Auf der eigenen Website verlinken und im Zuständigkeitsfinder eintragen.",
    )


def _usual(row: object, others: dict[str, object], _stand: date) -> tuple[str, str] | None:
    if STATES[row.zustand].live or row.zustand in _DECIDED or row.leika_key not in others:
        return None
    theirs = others[row.leika_key]
    if 2 * theirs.n <= theirs.nenner:
        return None
    if row.zustand == "keine_meldung":
        return (
            "Die Mehrheit der Vergleichbaren hat den Dienst online; hier liegt keine Meldung vor.",
            "Melden, falls es ihn schon gibt; sonst bei einer vergleichbaren Verwaltung nach der Nachnutzung fragen.",
        )
    return (
        f"Die Mehrheit der Vergleichbaren hat den Dienst online; hier ist gemeldet: {STATES[row.zustand].label}.",
        "Bei einer vergleichbaren Verwaltung nach der Nachnutzung fragen.",
    )


_KIND_OF = {
    _broken: "link_defekt", _contradicting: "widerspruch", _overdue: "ueberfaellig", _partly: "teilweise", _inherited: "geerbt",
    _usual: "vergleichbare",
}  # fmt: skip


def _registers(rows: pd.DataFrame, stand: date) -> Iterator[Step]:
    """Registers that have not stored the IDNr and whose way there is late, unplanned or unknown, the most urgent first."""
    found = []
    for row in rows.itertuples():
        if row.gemeldet and _IDNR in list(row.erreicht):
            continue
        urgency, reason = _urgency(row, stand)
        if urgency is not None:
            found.append((urgency, 0 if pd.isna(row.lueckenlos) else int(row.lueckenlos), row.register_id, reason, row))
    for _, done, register_id, reason, row in sorted(found, key=lambda one: one[:3]):
        step = MILESTONES[done + 1]
        yield Step(
            kind="register_frist", leika_key=None, register_id=register_id, title=row.register, reason=reason, others="",
            action=f"Nächster Meilenstein: M{done + 1} {step.title} (erreicht, wenn: {step.done_when})." if row.gemeldet
            else "Den Stand der Meilensteine mit der Vorlage melden.",
        )  # fmt: skip


def _urgency(row: object, stand: date) -> tuple[int | None, str]:
    due = f"Die IDNr ist bis {german.day(IDNR_DEADLINE)} zu speichern (IDNrG § 2 Nr. 1); "
    if not row.gemeldet:
        return 3, f"{due}für dieses Register liegt keine Meldung vor."
    if row.ueberfaellig and row.ueberfaellig_nr <= _IDNR:
        return 0, f"{due}der Termin für M{row.ueberfaellig_nr} war der {german.day(row.ueberfaellig_seit)}."
    if not pd.isna(row.m6_geplant) and row.m6_geplant > pd.Timestamp(IDNR_DEADLINE):
        return 1, f"{due}geplant ist es erst für den {german.day(row.m6_geplant)}."
    if pd.isna(row.m6_geplant) and stand <= IDNR_DEADLINE:
        return 2, f"{due}ein Termin dafür ist nicht gemeldet."
    return None, ""
