"""Rich text: a small XHTML subset within <body>, and its plain twin."""

from __future__ import annotations

import html
from typing import Any
from xml.etree import ElementTree

from sandbox.close.values import Invalid

BLOCKS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "hr", "br", "div"})
INLINE = frozenset({"b", "strong", "i", "em", "u", "s", "code", "a", "img", "span"})
ALLOWED = BLOCKS | INLINE | {"body", "ul", "ol"}


def from_plain(text: str) -> str:
    """Return the rich twin of a plain text, in which nothing is markup."""
    return (
        "<body>"
        + "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in text.split("\n"))
        + "</body>"
    )


def to_plain(rich: str) -> str:
    """Return the plain twin of a rich text that was checked."""
    lines = [""]
    for element in ElementTree.fromstring(rich).iter():
        if element.tag in BLOCKS and lines[-1]:
            lines.append("")
        lines[-1] += element.text or ""
        lines[-1] += element.tail or ""
    return "\n".join(lines).strip()


def checked(value: Any) -> str:
    """Return a rich text as it is kept. Raises Invalid."""
    if value is None or value == "":
        return "<body></body>"
    if not isinstance(value, str):
        raise Invalid("Value must be of str type.")
    try:
        root = ElementTree.fromstring(value.replace("&nbsp;", "&#160;"))
    except ElementTree.ParseError as error:
        raise Invalid("Invalid HTML.") from error
    if root.tag != "body":
        raise Invalid("HTML must be wrapped in a <body> tag.")
    strange = next((element.tag for element in root.iter() if element.tag not in ALLOWED), None)
    if strange is not None:
        raise Invalid(f"Tag <{strange}> is not allowed.")
    return value


def twins(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with `note` and `note_html` saying the same; where both were sent, the rich one wins."""
    if "note_html" in values:
        return values | {"note": to_plain(values["note_html"])}
    if "note" in values:
        return values | {"note_html": from_plain(values["note"]) if values["note"] else "<body></body>"}
    return values
