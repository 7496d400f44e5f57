"""HTML by construction: everything that is not already markup is escaped."""

import html
import math
from collections.abc import Iterable, Sequence

from seqgan.report.style import STYLE


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


VOID_ELEMENTS = frozenset({"meta", "br", "img"})


def element(name: str, *children: str, **attributes: str) -> Html:
    """Return an HTML element; plain children and attribute values are escaped.

    A trailing underscore of an attribute is dropped, as Python keeps `class` for itself.

    >>> print(element("td", "a < b", class_="x"))
    <td class="x">a &lt; b</td>
    """
    given = "".join(
        f' {key.rstrip("_")}="{html.escape(value)}"' for key, value in attributes.items()
    )
    if name in VOID_ELEMENTS:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{join(children)}</{name}>")


def join(children: Iterable[str]) -> Html:
    """Return the children as one piece of markup, plain ones escaped.

    >>> print(join(["<", Html("<b>bold</b>")]))
    &lt;<b>bold</b>
    """
    return Html(
        "".join(child if isinstance(child, Html) else html.escape(child) for child in children)
    )


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, row_heads: int = 1) -> Html:
    """Return a table that scrolls sideways; the first `row_heads` cells of a row are its names."""
    head = element("tr", *[element("th", cell, scope="col") for cell in header])
    body = [
        element(
            "tr",
            *[element("th", cell, scope="row") for cell in row[:row_heads]],
            *[element("td", cell) for cell in row[row_heads:]],
        )
        for row in rows
    ]
    whole = element("table", element("thead", head), element("tbody", *body))
    return element("div", whole, class_="scroll", tabindex="0")


def number(value: float | None, *, digits: int = 3) -> str:
    """Return a figure for people; what is missing or not a number is a dash.

    >>> number(0.12345), number(None), number(float("inf")), number(12345.6, digits=1)
    ('0.123', '–', '∞', '12,345.6')
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:,.{digits}f}"


def percent(share: float) -> str:
    """Return a share for people.

    >>> percent(0.015)
    '1.5 %'
    """
    return f"{100 * share:.1f} %"


def page(title: str, body: str) -> Html:
    """Return a whole self-contained page: no script, and nothing fetched from elsewhere."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Html(STYLE)),
    )
    return Html(f"<!doctype html>\n{element('html', head, element('body', body), lang='en')}\n")
