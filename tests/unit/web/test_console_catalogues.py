"""The catalogues of the console: up to date with the templates, complete, and with every filling kept."""

from __future__ import annotations

import io
import re
import runpy
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
LANGUAGES = ("bg", "ru", "uk")
_NAMES = re.compile(r"%\((\w+)\)s")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_what_the_templates_say(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    script = runpy.run_path("scripts/messages.py")
    text = Path(f"web/messages/{language}.po").read_text()

    assert script["updated"](text, language, script["on_the_console"]()) == text, "run `make messages`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_said_with_all_its_fillings(language: str) -> None:
    text = (ROOT / "web" / "messages" / f"{language}.po").read_bytes()
    for message in read_po(io.BytesIO(text), locale=language):
        if not message.id:
            continue
        asked = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(said), f"{language}: {message.id!r} is not translated"
        names = set(_NAMES.findall(str(asked[-1])))
        for each in said:
            assert set(_NAMES.findall(str(each))) == names, f"{language}: {each!r}"
