"""Example reports in the official template form: every quarter one pair of CSV files of all that report, and two workbooks.

In them: stages before a service goes online, planned dates that pass, administrations that never or no longer report,
reports that claim more or less than the portal network shows, and milestones of every register.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from etl import deliver, story
from etl.story import Unit
from gradmesser.catalog import MILESTONES, STATES, meldung

QUARTER = 3
_NEVER_REPORTS = 0.24
_STOPPED_REPORTING = 0.36
_BOASTS = 0.02
_FORGETS = 0.02
_NOT_OURS = 0.008
_SHELVED = 0.03
_STAGES = ((2, "test"), (5, "onboarding"), (8, "beschlossen"), (11, "interesse"))
_DELAYED = 0.3
_REGISTERS = {
    "gemeinde": ("melderegister", "personenstandsregister", "personalausweisregister", "passregister", "eid_karte_register",
                 "beschaeftigtendaten"),
    "kreis": ("gewerbeanzeigen", "auslaenderdateien", "elterngeldregister", "wohngeldregister", "grundsicherung_alter",
              "hilfe_lebensunterhalt", "bafoeg_register", "versorgungsregister", "asylblg_register", "waffenregister"),
}  # fmt: skip
_WITHOUT_EVIDENCE = {
    "personalausweisregister",
    "passregister",
    "eid_karte_register",
    "beschaeftigtendaten",
    "waffenregister",
}
_SIZE = {"melderegister": 1.0, "personalausweisregister": 0.8, "passregister": 0.4, "personenstandsregister": 1.6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """One date of reporting: month of the story, its length, day."""

    month: int
    months: int
    stand: date


def write(folder: Path, units: Sequence[Unit], services: Sequence[dict[str, str]], at: Quarter) -> Iterator[Path]:
    """Files of one quarter; the same arguments give the same bytes."""
    stand = at.stand
    reporting = [unit for unit in units if _reports(unit, at)]
    rollin = [row for unit in reporting for row in _rollin(unit, services, at)]
    register = [row for unit in reporting for row in _register(unit, at)]
    if not rollin:
        return
    form = meldung.Form(
        unit="Thüringen", ars="160000000000", stand=stand, catalogue="Beispiel", example=True, rollin=rollin, register=register
    )  # fmt: skip
    for part, content in zip(("rollin", "register"), meldung.as_csv(form), strict=True):
        path = folder / f"beispiel_meldung_{stand}_{part}.csv"
        path.write_bytes(content)
        yield path


def _reports(unit: Unit, at: Quarter) -> bool:
    draw = story.chance("meldet", unit.ars)
    return draw >= _NEVER_REPORTS and not (draw < _STOPPED_REPORTING and at.month > at.months * 2 // 3)


def _rollin(unit: Unit, services: Sequence[dict[str, str]], at: Quarter) -> Iterator[dict[str, object]]:
    for service in services:
        if unit.kind != "kreisfreie_stadt" and (unit.kind == "landkreis") != (service["ebene"] == "kreis"):
            continue
        key = service["leika_key"]
        start = story.start(unit, key, at.months)
        state, planned, remark = _stage(unit, key, start, at)
        yield {
            "ars": unit.ars, "leika_key": key, "zustand": STATES[state].label, "seit": None, "geplant_am": planned,
            "beleg_url": f"{deliver.EXAMPLE_HOST}meldung/{unit.ars}/{key}" if state == "live" else None, "bemerkung": remark,
        }  # fmt: skip


def _stage(unit: Unit, key: str, start: int | None, at: Quarter) -> tuple[str, date | None, str | None]:
    draw = story.chance("meldung", unit.ars, key)
    if draw < _NOT_OURS:
        return "nicht_zustaendig", None, "Aufgabe nach Zweckvereinbarung bei einer anderen Stelle (Beispiel)"
    if start is None:
        return ("zurueckgestellt" if draw < _SHELVED else "nicht_begonnen"), None, None
    wait = start - at.month
    if wait <= 0:
        return ("onboarding" if draw > 1 - _FORGETS else "live"), None, None
    if draw > 1 - _BOASTS:
        return "live", None, None
    state = next((stage for limit, stage in _STAGES if wait <= limit), "nicht_begonnen")
    delay = 4 if story.chance("verzug", unit.ars, key) < _DELAYED else 0
    planned = at.stand + timedelta(days=30 * (wait - delay)) if state in {"test", "onboarding", "beschlossen"} else None
    return state, planned.replace(day=1) if planned else None, None


def _register(unit: Unit, at: Quarter) -> Iterator[dict[str, object]]:
    levels = {"kreisfreie_stadt": ("gemeinde", "kreis"), "landkreis": ("kreis",)}.get(unit.kind, ("gemeinde",))
    for register_id in (name for level in levels for name in _REGISTERS[level]):
        if story.chance("registermeldung", unit.ars, register_id) < _NEVER_REPORTS / 2:
            continue
        pace = (
            0.5
            + 0.7 * story.chance("register", register_id)
            + 0.5 * unit.size
            + 0.5 * story.chance("zug", unit.ars, register_id)
        )
        begin = at.months * (0.75 - 0.45 * story.chance("beginn", unit.ars, register_id))
        records = max(20, int(unit.people * _SIZE.get(register_id, 0.08)))
        for number, milestone in MILESTONES.items():
            if milestone.evidence_only and register_id in _WITHOUT_EVIDENCE:
                continue
            due = begin + (number - 1) * 3.2 / pace
            done = at.month >= due and not (number == 3 and story.chance("lücke", unit.ars, register_id) < 0.08)  # noqa: PLR2004
            soon = not done and due - at.month < 3 * QUARTER
            if not done and not soon:
                continue
            share = (
                0.985 + 0.015 * story.chance("quote", unit.ars, register_id)
                if done
                else max(0.0, 0.9 - (due - at.month) / 9)
            )
            yield {
                "ars": unit.ars, "register_id": register_id, "meilenstein": f"M{number}",
                "geplant_am": _day(at.stand, due - at.month - 2) if soon else None,
                "erreicht_am": _day(at.stand, due - at.month) if done else None,
                "datensaetze": records if number in {1, 6} else None,
                "datensaetze_mit_idnr": int(records * share) if number == 6 else None,  # noqa: PLR2004 - M6
                "bemerkung": None,
            }  # fmt: skip


def _day(stand: date, months: float) -> date:
    return stand + timedelta(days=round(30.4 * months))
