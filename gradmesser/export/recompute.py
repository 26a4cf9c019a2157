"""Everything to compute a figure again without this product: rows, query, parameters, words, and the text of the fingerprint."""

import io
import zipfile
from collections.abc import Mapping

import pandas as pd

from gradmesser.export import table

_DAY = (1980, 1, 1, 0, 0, 0)
"""One date for all members: the same view gives the same file."""


def bundle(rows: pd.DataFrame, query: str, hashed: bytes, about: Mapping[str, str]) -> bytes:
    """ZIP of zeilen.csv, abfrage.sql, fingerabdruck.txt and LIESMICH.txt.

    hashed is what the fingerprint is the digest of: `sha256sum fingerabdruck.txt` begins with it.
    """
    told = "\n\n".join(f"{name}\n{text}" for name, text in about.items() if text)
    members = {
        "LIESMICH.txt": f"{told}\n".encode(),
        "abfrage.sql": query.encode(),
        "zeilen.csv": table.to_csv(rows.copy()),
        "fingerabdruck.txt": hashed,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _DAY), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
