"""Design tokens after KERN-UX: every colour, size and distance of the app, defined here and nowhere else.

Charts take them through charts/template.py, the pages as custom properties (`css`, used by ui/style.css), the map through
ui/mapview.py; .streamlit/config.toml repeats what Streamlit's own theme needs, and a test compares both.
"""

from dataclasses import dataclass, fields, replace

FONT = "Fira Sans, sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours of one theme; the contrast of every pair in use is tested (tests/test_tokens.py)."""

    name: str
    text: str
    muted: str
    surface: str
    raised: str
    line: str
    border: str
    grid: str
    live: str
    on_live: str
    live_soft: str
    unknown: str
    open: str
    """Reported and not online: quiet, since it is no fault."""
    broken: str
    mark: str
    warning_back: str
    warning_text: str
    warning_line: str
    info_back: str
    info_text: str
    info_line: str
    danger_back: str
    danger_text: str
    classes: tuple[str, ...]


LIGHT = Palette(
    name="gradmesser_light", text="#131525", muted="#51577a", surface="#ffffff", raised="#f3f4f7", line="#6e7597",
    border="#8085a6", grid="#dfe1ea", live="#2044aa", on_live="#ffffff", live_soft="#97afe1", unknown="#6e7597",
    open="#8a6d3b", broken="#925400", mark="#007155",
    warning_back="#fff4e0", warning_text="#4a2b00", warning_line="#925400",
    info_back="#e3f1f5", info_text="#00394b", info_line="#006b8c", danger_back="#fdeceb", danger_text="#7a0f09",
    classes=("#eff3fa", "#d8e1f4", "#b2c4e9", "#97afe1", "#7694d5", "#5174c5", "#3a5eb9", "#2044aa", "#092797", "#03007f"),
)  # fmt: skip
DARK = Palette(
    name="gradmesser_dark", text="#f3f4f7", muted="#b2b6cc", surface="#0d0f1a", raised="#1d2034", line="#8e93b1",
    border="#6e7597", grid="#30344f", live="#97afe1", on_live="#131525", live_soft="#3a5eb9", unknown="#8e93b1",
    open="#c4a873", broken="#f0a44b", mark="#3cc39f",
    warning_back="#33230a", warning_text="#ffdfae", warning_line="#f0a44b",
    info_back="#0d2a36", info_text="#cfeaf4", info_line="#5cb8d6", danger_back="#3a1412", danger_text="#ffd3cf",
    classes=LIGHT.classes[::-1],
)  # fmt: skip
HIGH_LIGHT = replace(
    LIGHT, name="gradmesser_high_light", text="#000000", muted="#000000", line="#000000", border="#000000", grid="#8e93b1",
    live="#0a2a86", live_soft="#6c8bd2", unknown="#454545", open="#5c4215", broken="#6b3d00", mark="#00513d",
    warning_text="#2b1900", warning_line="#6b3d00", info_text="#001f2a", info_line="#004a61", danger_text="#4f0a06",
    classes=("#f7f9fd", "#d3ddf3", "#afc1e8", "#8ca6dd", "#6b8ad0", "#4c6fc2", "#3153b3", "#1837a1", "#08178b", "#00055d"),
)  # fmt: skip
HIGH_DARK = replace(
    DARK, name="gradmesser_high_dark", text="#ffffff", muted="#ffffff", surface="#000000", raised="#131525", line="#ffffff",
    border="#ffffff", grid="#6e7597", live="#a9c1f5", live_soft="#5174c5", unknown="#cfcfc8", open="#e3c78f",
    broken="#ffc27a", mark="#6fe3c3", on_live="#000000",
    warning_back="#000000", warning_text="#ffe9c7", warning_line="#ffc27a",
    info_back="#000000", info_text="#ffffff", info_line="#8fd6ee", danger_back="#000000", danger_text="#ffe3e0",
    classes=HIGH_LIGHT.classes[::-1],
)  # fmt: skip
PALETTES = (LIGHT, DARK, HIGH_LIGHT, HIGH_DARK)

SPACE = {"1": ".25rem", "2": ".5rem", "3": ".75rem", "4": "1rem", "6": "1.5rem", "8": "2.2rem"}
SIZE = {
    "small": ".88rem",
    "text": "1rem",
    "lead": "1.1rem",
    "finding": "1.4rem",
    "figure": "1.75rem",
    "brand": "1.35rem",
}
OTHER = {"radius": "6px", "measure": "62rem"}
"""Distances, type sizes, corners and the longest line of text on pages."""

CHART_SMALL, CHART_LABEL, CHART_TEXT, CHART_LARGE = 13, 14, 15, 26
"""Type sizes in pictures, in px."""

_NOT_A_COLOUR = {"name", "classes"}


def colours(palette: Palette) -> dict[str, str]:
    """Each colour of a theme by its name, without the map classes."""
    names = [field.name for field in fields(palette) if field.name not in _NOT_A_COLOUR]
    return {name: getattr(palette, name) for name in names}


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" after WCAG 2: 0 is black, 1 is white."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)  # noqa: PLR2004
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours after WCAG 2, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def edge(palette: Palette, fill: str) -> str:
    """What sets a filled area off from its neighbours: surface; in high contrast whichever of text and surface stands out."""
    if palette in (HIGH_LIGHT, HIGH_DARK):
        return max(palette.surface, palette.text, key=lambda line: contrast(line, fill))
    return palette.surface


def css(*, high_contrast: bool) -> str:
    """Custom properties `--gm-<name>`; light or dark follows the theme, contrast the reader's choice or the system's."""
    sizes = {f"space-{name}": value for name, value in SPACE.items()}
    sizes |= {f"size-{name}": value for name, value in SIZE.items()} | OTHER
    usual, high = _pairs(LIGHT, DARK), _pairs(HIGH_LIGHT, HIGH_DARK)
    if high_contrast:
        return _rule(":root", sizes) + _rule(_APP, high)
    return _rule(":root", sizes) + _rule(_APP, usual) + f"@media (prefers-contrast: more){{{_rule(_APP, high)}}}"


_APP = '[data-testid="stApp"]'


def _pairs(light: Palette, dark: Palette) -> dict[str, str]:
    on_dark = colours(dark)
    return {
        name.replace("_", "-"): f"light-dark({value},{on_dark[name]})" for name, value in colours(light).items()
    }  # fmt: skip


def _rule(selector: str, values: dict[str, str]) -> str:
    return selector + "{" + "".join(f"--gm-{name}:{value};" for name, value in values.items()) + "}"
