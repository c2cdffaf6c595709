"""Bring mapping/messages/*.po up to date with the sentences in the code: new ones come in empty, gone ones go.

Run it after adding or changing a sentence, and fill in what is empty; the tests say what is left.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

FOLDERS = ("mapping", "sync/core")
KEYWORDS = {"phrase": None, "counted": (1, 2)}
CATALOGUES = Path("mapping/messages")


def main() -> None:
    """Write each catalogue anew, with its head and its translations."""
    for file in sorted(CATALOGUES.glob("*.po")):
        file.write_text(updated(file.read_text(), file.stem))


def updated(text: str, language: str) -> str:
    """The text of a catalogue with just the sentences of the code, in their order."""
    head = text.partition("\n\n")[0]
    known = read_po(io.BytesIO(text.encode()), locale=language)
    catalogue = Catalog(locale=language)
    for folder in FOLDERS:
        for _, _, message, _, _ in extract_from_dir(folder, keywords=KEYWORDS):
            before = known.get(message)
            catalogue.add(message, before.string if before else None)
    body = io.BytesIO()
    write_po(body, catalogue, width=110, no_location=True, omit_header=True)
    return f"{head}\n\n{body.getvalue().decode().strip()}\n"


if __name__ == "__main__":
    main()
