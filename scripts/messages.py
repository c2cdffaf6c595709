"""Bring the catalogues up to date with the sentences in code and templates: new ones come in empty, gone ones go.

Run it after adding or changing a sentence, and fill in what is empty; the tests say what is left. What is said in a
CRM stands in mapping/messages, what the console says in web/messages.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

FOLDERS = ("mapping", "sync", "reports")
KEYWORDS = {"phrase": None, "counted": (1, 2)}
TEMPLATES = "web/templates"

Message = str | tuple[str, ...]


def in_crms() -> Iterator[Message]:
    """What is said as phrases: in notes and tasks, on pages, in reports."""
    for folder in FOLDERS:
        yield from (found[2] for found in extract_from_dir(folder, keywords=KEYWORDS))


def on_the_console() -> Iterator[Message]:
    """The words of the pages."""
    kinds = {"**.html": {"silent": "false"}}
    yield from (found[2] for found in extract_from_dir(TEMPLATES, [("**.html", "jinja2")], options_map=kinds))


CATALOGUES: Mapping[Path, Callable[[], Iterable[Message]]] = {
    Path("mapping/messages"): in_crms,
    Path("web/messages"): on_the_console,
}


def main() -> None:
    """Write each catalogue anew, with its head and its translations."""
    for folder, sentences in CATALOGUES.items():
        found = list(sentences())
        for file in sorted(folder.glob("*.po")):
            file.write_text(updated(file.read_text(), file.stem, found))


def updated(text: str, language: str, sentences: Iterable[Message]) -> str:
    """The text of a catalogue with just these sentences, in their order."""
    head = text.partition("\n\n")[0]
    known = read_po(io.BytesIO(text.encode()), locale=language)
    catalogue = Catalog(locale=language)
    for message in sentences:
        before = known.get(message)
        catalogue.add(message, before.string if before else None)
    body = io.BytesIO()
    write_po(body, catalogue, width=110, no_location=True, omit_header=True)
    return f"{head}\n\n{body.getvalue().decode().strip()}\n"


if __name__ == "__main__":
    main()
