"""Targets on the pages: mark on the glass, key figure, and the sentences under a development; always with their source."""

from datetime import date

import pandas as pd

from gradmesser import forecast, german
from gradmesser.catalog import Target, operator
from gradmesser.charts.glass import Mark
from gradmesser.forecast import Outlook


def rollin(history: pd.DataFrame, movement: pd.DataFrame, stand: date) -> Outlook | None:
    """Roll-in of the Land or one unit against its target; None where the operator switched the target off."""
    target = operator.target("rollin_rate")
    return None if target is None else forecast.outlook(history, target, stand, movement)


def whole(history: pd.DataFrame, stand: date) -> Outlook | None:
    """One service on its way to all responsible administrations; the deadline says nothing about a single service."""
    target = operator.target("flaechendeckung")
    everyone = Target(value=100, on=target.on if target else stand, source="flächendeckend heißt alle Zuständigen")
    return forecast.outlook(history, everyone, stand)


def marks(outlook: Outlook | None) -> list[Mark]:
    """Level of the target beside the glass."""
    if outlook is None:
        return []
    words = "<br>Vorschlag,<br>zu bestätigen" if outlook.target.proposal else ""
    label = f"Ziel {german.number(outlook.goal)}<br>bis {german.day(outlook.target.on)}{words}"
    return [Mark(label=label, value=outlook.goal)]


def figure(outlook: Outlook) -> tuple[str, str, str]:
    """Key figure Soll-Tempo: what the deadline asks for each month, verdict as symbol and word, source of the target."""
    status = forecast.STATUS[outlook.status]
    value = german.NOT_AVAILABLE if outlook.needed is None else f"{_speed(outlook.needed)} je Monat"
    if outlook.status == "erreicht":
        value = "erreicht"
    factor = f", ×{german.number(outlook.factor, 1)} Tempo nötig" if outlook.factor else ""
    return value, f"Soll-Tempo: {status.glyph} {status.label}", f"{_short(outlook)}{factor}"


def title(sentence: str, outlook: Outlook | None) -> str:
    """Title of a development: the finding, then when the target would be reached or why that cannot be said."""
    return sentence if outlook is None else f"{sentence} {forecast.sentence(outlook)}"


def remark(outlook: Outlook | None) -> str:
    """Under the picture of a development: the target with its source, and what the forecast rests on."""
    if outlook is None:
        return ""
    basis = forecast.basis_text(outlook.forecast, outlook.target.on) if outlook.status != "erreicht" else ""
    return f"{forecast.target_text(outlook)}. {basis}".strip()


def way_to_all(outlook: Outlook) -> str:
    """When one service would be online in all responsible administrations, and on what that rests."""
    words = forecast.forecast_sentence(
        outlook.forecast, f"ist die Leistung {{span}} bei allen {german.number(outlook.of)} online"
    )
    return f"{words} {forecast.basis_text(outlook.forecast)}".strip()


def coverage(reached: int, shown: int, everything: int) -> list[tuple[str, str, str]]:
    """Key figure: how many services are to be flächendeckend; nothing where services are filtered or the target is off."""
    target = operator.target("flaechendeckung")
    if target is None or shown < everything:
        return []
    goal = forecast.goal(target, everything)
    share = german.number(target.value, 0 if float(target.value).is_integer() else 1)
    value = "erreicht" if reached >= goal else f"noch {german.number(goal - reached)}"
    remark = f"{german.number(goal)} von {german.number(everything)} ({share} %) bis {german.day(target.on)} ({target.source})"
    return [(value, "bis zum Ziel: flächendeckend", remark)]


def _speed(value: float) -> str:
    return german.signed(value, 0 if abs(value) >= 10 else 1)  # noqa: PLR2004 - one decimal for small speeds


def _short(outlook: Outlook) -> str:
    share = german.number(outlook.target.value, 0 if float(outlook.target.value).is_integer() else 1)
    return f"Ziel {share} % bis {german.day(outlook.target.on)} ({outlook.target.source})"
