"""A page on this machine where a person types a sentence and sees it in another style.

Words that a candidate does not share with the sentence are marked. gradio draws the page (the extra
`web`).
"""

from dataclasses import dataclass
from difflib import SequenceMatcher
from math import isnan
from typing import Any

from seqgan.errors import UserError
from seqgan.text.habits import has_word
from seqgan.text.local_page import (
    MOST_SHOWN,
    Marked,
    first_count,
    load_gradio,
    marked_text,
    open_blocks,
    pieces,
    serve_until_stopped,
    told,
)
from seqgan.text.transfer.guidance import STRONGEST
from seqgan.text.transfer.model import StyleTransferModel
from seqgan.text.transfer.transferred import Transferred
from seqgan.text.words import WORD, normalize_spaces

LONGEST_TEXT = 2000  # characters that a person types on a page
COLORS = {"new": "green", "left out": "red"}
OTHERWISE = "rewrite in the terminal"


@dataclass(frozen=True)
class View:
    """What the page shows: the sentence, and each candidate with a line of figures, best first."""

    source: Marked
    candidates: list[tuple[str, Marked]]
    remarks: str


class Page:
    """What a press on the page does."""

    def __init__(self, model: StyleTransferModel, *, seed: int) -> None:
        self.model, self.seed = model, seed

    def rewrite(self, text: str, to: str, strength: float | None, num_candidates: int) -> View:
        """Return the sentence and its candidates; raises `UserError` for what cannot be read.

        No strength goes as far as the sentence needs.
        """
        text = normalize_spaces(text)
        if not text:
            raise UserError("there is nothing to rewrite yet: type a sentence")
        if len(text) > LONGEST_TEXT:
            raise UserError(
                f"the text has {len(text)} characters: {LONGEST_TEXT} are the most here, longer "
                "texts go through the terminal"
            )
        if problem := self.model.problem(text):
            raise UserError(problem)
        (answer,) = self.model.transfer(
            [text], to, strength=strength, num_candidates=int(num_candidates), seed=self.seed
        )
        shown = [(figures(one), marked(text, one.text)[1]) for one in answer.candidates]
        remarks = self.model.remarks(text)
        if answer.kept and has_word(text):
            remarks.append(f"it is {to} already: a strength of your own rewrites it")
        elif answer.kept:
            remarks.append("it has no word that could be rewritten")
        return View(marked(text, answer.text)[0], shown[:MOST_SHOWN], "; ".join(remarks))


def figures(candidate: Transferred) -> str:
    """Return the scores of a candidate as a line; what is missing is left out."""
    scores = candidate.scores
    said = {
        f"style {scores.style:.0%}": scores.style,
        f"content {scores.content:.0%}": scores.content,
        f"fluency {scores.fluency:.1f} nats a word": scores.fluency,
    }
    return ", ".join(line for line, value in said.items() if not isnan(value))


def marked(source: str, text: str) -> tuple[Marked, Marked]:
    """Return both texts in pieces, marking what the first alone has and what the second alone.

    Upper and lower case are the same; Chinese is compared by characters.

    >>> marked("It was cold .", "it was warm .")[1]
    [('it was ', None), ('warm', 'new'), (' .', None)]
    """
    words, others = list(WORD.finditer(source)), list(WORD.finditer(text))
    matcher = SequenceMatcher(
        None, [w[0].casefold() for w in words], [w[0].casefold() for w in others], autojunk=False
    )
    changes = [change for change in matcher.get_opcodes() if change[0] != "equal"]
    lost = [(words[a].start(), words[b - 1].end()) for _, a, b, _, _ in changes if a < b]
    found = [(others[c].start(), others[d - 1].end()) for _, _, _, c, d in changes if c < d]
    return pieces(source, lost, "left out"), pieces(text, found, "new")


def build_page(
    model: StyleTransferModel, *, to: str, strength: float | None, num_candidates: int, seed: int
) -> Any:
    """Return the page as gradio's blocks; texts are shown as they are, never read as markup."""
    gr = load_gradio(otherwise=OTHERWISE)
    page = Page(model, seed=seed)
    with gr.Blocks(title="Style transfer", analytics_enabled=False) as blocks:
        text = gr.Textbox("", label="Sentence", elem_id="sentence", lines=1, max_lines=4)
        style = gr.Radio(list(model.styles), value=to, label="In the style", elem_id="style")
        with gr.Row():
            needed = gr.Checkbox(
                strength is None,
                label="As far as the sentence needs (more than 4 candidates: at every strength)",
                elem_id="needed",
            )
            first_strength = 1.0 if strength is None else strength
            dial = gr.Slider(
                0, STRONGEST, first_strength, step=0.1, label="or so far", elem_id="strength"
            )
            first = first_count(num_candidates)
            count = gr.Slider(1, MOST_SHOWN, first, step=1, label="Candidates", elem_id="count")
        press = gr.Button("Rewrite", elem_id="rewrite", variant="primary")
        remarks = gr.Textbox(
            "", label="Remarks", elem_id="remarks", visible=False, interactive=False
        )
        names = ["source", *(f"candidate-{place}" for place in range(1, MOST_SHOWN + 1))]
        shown = [marked_text(gr, name, COLORS) for name in names]

        def rewritten(text: str, to: str, free: bool, strength: float, count: float) -> list[Any]:
            asked = None if free else strength
            view = told(lambda: page.rewrite(text, to, asked, int(count)), gr)
            rows = [("The sentence", view.source), *view.candidates]
            hidden = len(shown) - len(rows)
            return [
                gr.update(value=view.remarks, visible=bool(view.remarks)),
                *(gr.update(value=value, label=label, visible=True) for label, value in rows),
                *([gr.update(value=[], visible=False)] * hidden),
            ]

        gr.on(
            [press.click, text.submit],
            rewritten,
            [text, style, needed, dial, count],
            [remarks, *shown],
            api_visibility="private",
        )
    return blocks


def open_page(
    model: StyleTransferModel,
    *,
    to: str,
    strength: float | None,
    num_candidates: int,
    seed: int,
    port: int,
) -> tuple[Any, str]:
    """Start the page in the background, for this machine alone; return it and its address.

    Raises `UserError` when gradio is missing, the port is taken or there is no such style.
    """
    wanted = to or model.styles[-1]
    model.place(wanted)
    blocks = build_page(
        model, to=wanted, strength=strength, num_candidates=num_candidates, seed=seed
    )
    return blocks, open_blocks(load_gradio(otherwise=OTHERWISE), blocks, port=port)


def serve_page(
    model: StyleTransferModel,
    *,
    to: str,
    strength: float | None,
    num_candidates: int,
    seed: int,
    port: int,
) -> None:
    """Show the page until Ctrl-C."""
    blocks, address = open_page(
        model, to=to, strength=strength, num_candidates=num_candidates, seed=seed, port=port
    )
    serve_until_stopped(blocks, opening=f"rewrite at {address}; Ctrl-C ends", ending="stopped")
