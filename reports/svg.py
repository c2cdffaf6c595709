"""Makes the charts that the library draws fit to stand in a page: no style sheet, no script, nothing from elsewhere.

Colours are CSS variables of the page, in attributes, which a strict content policy allows: `--chart-1` to
`--chart-4`, `--chart-text` and `--chart-line`; each has a value of its own that can be read in light and in dark.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

NAMESPACE = "http://www.w3.org/2000/svg"

_IN = f"{{{NAMESPACE}}}"

SERIES = (
    "var(--chart-1, #3b76c4)",
    "var(--chart-2, #c7762b)",
    "var(--chart-3, #3f9a6b)",
    "var(--chart-4, #b1508f)",
)
TEXT = "var(--chart-text, currentColor)"
LINE = "var(--chart-line, rgba(128, 128, 128, 0.35))"

_GONE = frozenset({"", "title", "desc", "style", "script", "defs"})
_EMPTY = frozenset({"plot tooltip-overlay", "titles"})


def page_ready(
    drawn: str, name: str, title: str, description: str, *, values_at_the_end: bool = False
) -> str:
    """A drawn chart as an accessible picture that a page may hold; `name` makes its ids unique there.

    `values_at_the_end` writes the value of each bar that lies behind its end, where any colour lets it be read.
    """
    ET.register_namespace("", NAMESPACE)
    root = ET.fromstring(drawn)
    if values_at_the_end:
        _write_values(root)
    _clean(root, _Place())
    root.attrib.pop("id", None)
    ids = f"chart-{name}-title", f"chart-{name}-words"
    root.attrib.update({"class": "chart", "role": "img", "aria-labelledby": " ".join(ids)})
    root.attrib.update({"font-family": "inherit", "font-size": "12"})
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(f"{_IN}{tag}", {"id": ids[place]})
        element.text = text
        root.insert(place, element)
    return ET.tostring(root, encoding="unicode")


def _write_values(root: ET.Element) -> None:
    for bar in root.iterfind(f".//{_IN}g[@class='bar']"):
        rect, value = bar.find(f"{_IN}rect"), bar.find(f"{_IN}desc[@class='value']")
        if rect is not None and value is not None:
            x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
            place = {"x": f"{x + width + 4:.1f}", "y": f"{y + height / 2 + 4:.1f}"}
            text = ET.SubElement(bar, f"{_IN}text", {**place, "text-anchor": "start", "class": "value"})
            text.text = value.text


class _Place:
    """Where in the drawing an element is: what its colour and its anchor depend on."""

    def __init__(self, colour: str = TEXT, anchor: str = "start", *, is_series: bool = False) -> None:
        self.colour, self.anchor, self.is_series = colour, anchor, is_series

    def below(self, classes: list[str]) -> _Place:
        """The place of what stands inside an element of these classes."""
        for name in classes:
            if name.startswith("color-"):
                return _Place(SERIES[int(name[6:]) % len(SERIES)], "middle", is_series=True)
        if "axis" in classes:
            return _Place(TEXT, "end" if "y" in classes else "middle")
        if "legends" in classes:
            return _Place(TEXT, "start")
        return self


def _clean(element: ET.Element, place: _Place) -> None:
    for child in list(element):
        classes = child.attrib.pop("class", "").split()
        tag = _tag(child)
        if tag in _GONE or " ".join(classes) in _EMPTY:
            element.remove(child)
            continue
        child.attrib.pop("id", None)
        child.attrib.pop("style", None)
        below = place.below(classes)
        _PAINTS.get(tag, _leave)(child, classes, below)
        _clean(child, below)


def _text(element: ET.Element, classes: list[str], place: _Place) -> None:
    element.attrib.setdefault("text-anchor", place.anchor)
    element.attrib["fill"] = TEXT
    element.attrib["font-size"] = "11" if "value" in classes else "12"


def _path(element: ET.Element, classes: list[str], place: _Place) -> None:
    element.attrib["fill"] = "none"
    element.attrib["stroke"] = place.colour if place.is_series else LINE
    if place.is_series:
        element.attrib["stroke-width"] = "2.5"


def _rect(element: ET.Element, classes: list[str], place: _Place) -> None:
    element.attrib["fill"] = "none" if "background" in classes else place.colour


def _circle(element: ET.Element, classes: list[str], place: _Place) -> None:
    element.attrib["fill"] = place.colour


def _leave(element: ET.Element, classes: list[str], place: _Place) -> None:
    return


_PAINTS = {"text": _text, "path": _path, "rect": _rect, "circle": _circle}


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
