"""German names of the states of the eGovernment Benchmark by the code that the source uses."""

AVERAGE, DENMARK, GERMANY = "EU", "DK", "DE"
ALWAYS = (DENMARK, AVERAGE, GERMANY)
"""What the page always shows, in the order of its legend."""

COUNTRIES = {
    "AL": "Albanien", "AT": "Österreich", "BE": "Belgien", "BG": "Bulgarien", "CH": "Schweiz", "CY": "Zypern",
    "CZ": "Tschechien", "DE": "Deutschland", "DK": "Dänemark", "EE": "Estland", "EL": "Griechenland", "ES": "Spanien",
    "EU": "EU27", "EUplus": "alle 35 untersuchten Staaten", "FI": "Finnland", "FR": "Frankreich", "HR": "Kroatien",
    "HU": "Ungarn", "IE": "Irland", "IS": "Island", "IT": "Italien", "LT": "Litauen", "LU": "Luxemburg", "LV": "Lettland",
    "ME": "Montenegro", "MK": "Nordmazedonien", "MT": "Malta", "NL": "Niederlande", "NO": "Norwegen", "PL": "Polen",
    "PT": "Portugal", "RO": "Rumänien", "RS": "Serbien", "SE": "Schweden", "SI": "Slowenien", "SK": "Slowakei",
    "TR": "Türkei",
}  # fmt: skip
