"""What a report of style transfer shows of the texts: side by side, changed words, failures."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from seqgan.report.markup import Html, element, join, table
from seqgan.report.run_folder import Record, section_of

EXAMPLES = "samples/examples.json"
MAX_MARKED = 200
"""Words (Chinese: characters) of the longest text in which new words are looked for."""


def examples_section(shown: Record) -> Html:
    """Return sources with what every system made of them; what is new is bold."""
    examples = [each for each in listed(shown.get("examples")) if section_of(each, "outputs")]
    if not examples:
        return Html("")
    systems = list(dict.fromkeys(name for each in examples for name in each["outputs"]))
    body = []
    for each in examples:
        source, outputs = str(each.get("source", "")), each["outputs"]
        row = [str(each.get("direction", "")), source]
        body.append([*row, *[marked(source, outputs.get(system)) for system in systems]])
    whole = table(["direction", "source", *systems], body)
    return join([seed_note(shown), element("div", whole, class_="texts")])


def changed_section(shown: Record) -> Html:
    """Return for each system and direction the words that went, came and took another's place."""
    parts: list[str] = []
    for system, directions in section_of(shown, "changed").items():
        body = [
            [
                str(direction),
                *[counted(changes.get(name)) for name in ("removed", "added", "replaced")],
            ]
            for direction, changes in objects_of(directions)
            if any(changes.values())
        ]
        if body:
            whole = table(["direction", "removed", "added", "replaced"], body)
            parts += [element("h3", str(system)), element("div", whole, class_="texts")]
    return join(parts)


def failed_texts(shown: Record) -> Html:
    """Return random texts of each kind of failure, folded up by system."""
    parts: list[str] = []
    for system, kinds in section_of(shown, "failures").items():
        body = [
            [str(kind), *[str(each.get(name, "")) for name in ("direction", "source", "output")]]
            for kind, texts in (kinds if isinstance(kinds, dict) else {}).items()
            for each in listed(texts)
        ]
        if body:
            whole = table(["kind", "direction", "source", "output"], body)
            summary = element("summary", f"Failures of {system}")
            parts.append(element("details", summary, element("div", whole, class_="texts")))
    return join([*parts, seed_note(shown)]) if parts else Html("")


def seed_note(shown: Record) -> Html:
    """Return with which seed the texts were drawn."""
    if "seed" not in shown:
        return Html("")
    words = f"Texts are drawn at random with seed {shown['seed']}, never chosen."
    return element("p", words, class_="soft")


def listed(value: object) -> list[Record]:
    """Return the objects in a list; nothing for what is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def objects_of(value: object) -> Iterator[tuple[object, Record]]:
    """Yield the names and objects of an object of objects; nothing for what is none."""
    for name, each in (value if isinstance(value, dict) else {}).items():
        if isinstance(each, dict):
            yield name, each


def counted(changes: object) -> str:
    """Return words or replacements with how often each occurs.

    >>> counted([["cold", "warm", 3], ["so", 1]]), counted(None)
    ('cold → warm 3, so 1', '')
    """
    given = changes if isinstance(changes, list) else []
    entries = [[str(part) for part in each] for each in given if isinstance(each, list) and each]
    return ", ".join(f"{' → '.join(each[:-1])} {each[-1]}" for each in entries)


def marked(source: str, output: object) -> Html | str:
    """Return the output, what the source does not have in bold; a dash where there is none.

    >>> print(marked("it was cold", "it was warm"), marked("很冷", "很热"), marked("a", None))
    it was <b>warm</b> 很<b>热</b> –
    """
    if not isinstance(output, str):
        return "–"
    space = " " if " " in source else ""
    before, after = _units(source, space), _units(output, space)
    if max(len(before), len(after)) > MAX_MARKED:
        return output
    parts = [
        space.join(after[start:end]) if kind == "equal" else _bold(after[start:end], space)
        for kind, _, _, start, end in SequenceMatcher(
            None, before, after, autojunk=False
        ).get_opcodes()
        if start < end
    ]
    return join([part for each in parts for part in (space, each)][1:])


def _units(text: str, space: str) -> Sequence[str]:
    return text.split() if space else list(text)


def _bold(units: Sequence[str], space: str) -> Html:
    return element("b", space.join(units))
