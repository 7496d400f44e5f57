"""A page on this machine where a person pastes a document and sees it summarized.

The words of the document that the best summary took are marked, and in each summary those that are
new. gradio draws the page (the extra `web`).
"""

from dataclasses import dataclass
from math import isnan
from typing import Any

from seqgan.errors import UserError
from seqgan.text.inputs import joined
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
from seqgan.text.summary.model import SummaryModel, is_empty, refuse_words
from seqgan.text.summary.summarized import Summarized
from seqgan.text.summary.taken import words_of
from seqgan.text.words import count_words, normalize_spaces

LONGEST_TEXT = 20_000  # characters that a person pastes into a page
MOST_BUDGETS = 3  # the slider of words ends at so many times the largest budget of a window
COLORS = {"taken": "green", "new": "orange"}
OTHERWISE = "summarize in the terminal"


@dataclass(frozen=True)
class View:
    """What the page shows: the document, and each summary with a line of figures, best first."""

    document: Marked
    candidates: list[tuple[str, Marked]]
    remarks: str


class Page:
    """What a press on the page does."""

    def __init__(self, model: SummaryModel, *, seed: int) -> None:
        self.model, self.seed = model, seed

    def summarize(self, text: str, words: int, num_candidates: int) -> View:
        """Return the document and its summaries; raises `UserError` for what cannot be read.

        The slider always asks for some `words`: where the document has fewer, so has its summary.
        """
        text = joined([normalize_spaces(line) for line in text.splitlines()])
        if is_empty(text):
            raise UserError("there is nothing to summarize yet: paste a document")
        if len(text) > LONGEST_TEXT:
            raise UserError(
                f"the text has {len(text)} characters: {LONGEST_TEXT} are the most here, longer "
                "texts go through the terminal"
            )
        refuse_words(words)
        if problem := self.model.problem(text):
            raise UserError(problem)
        fewer = min(words, count_words(self.model.reader.plain(text)))
        remarks = [self.model.shortness(fewer)] if fewer < words else []
        (answer,) = self.model.summarize(
            [text], fewer, num_candidates=num_candidates, seed=self.seed
        )
        unit = "character" if self.model.summarizing.chinese else "word"
        shown = [(figures(one, unit), newly(one)) for one in answer.candidates]
        return View(
            pieces(answer.document, answer.taken, "taken"),
            shown[:MOST_SHOWN],
            "; ".join([*remarks, *self.model.remarks(text, fewer)]),
        )


def figures(candidate: Summarized, unit: str) -> str:
    """Return the length and the scores of a summary as a line; what is missing is left out."""
    scores, words = candidate.scores, count_words(candidate.text)
    said = {
        f"{words} {unit}{'s' * (words != 1)}": words,
        f"likelihood {scores.likelihood:.2f}": scores.likelihood,
        f"document recovered {scores.reconstruction:.2f} nats a token": scores.reconstruction,
    }
    return ", ".join(line for line, value in said.items() if not isnan(value))


def newly(candidate: Summarized) -> Marked:
    """Return a summary in pieces, with a mark on the words that its document does not have."""
    known = {word for _, word in words_of(candidate.document)}
    new = [span for span, word in words_of(candidate.text) if word not in known]
    return pieces(candidate.text, new, "new")


def build_page(model: SummaryModel, *, words: int, num_candidates: int, seed: int) -> Any:
    """Return the page as gradio's blocks; texts are shown as they are, never read as markup."""
    gr = load_gradio(otherwise=OTHERWISE)
    page = Page(model, seed=seed)
    unit = "Characters" if model.summarizing.chinese else "Words"
    most = max(MOST_BUDGETS * model.summarizing.most_words, words)
    with gr.Blocks(title="Summary", analytics_enabled=False) as blocks:
        text = gr.Textbox("", label="Document", elem_id="text", lines=6, max_lines=16)
        with gr.Row():
            budget = gr.Slider(1, most, words, step=1, label=f"{unit} at most", elem_id="words")
            first = first_count(num_candidates)
            count = gr.Slider(1, MOST_SHOWN, first, step=1, label="Candidates", elem_id="count")
        press = gr.Button("Summarize", elem_id="summarize", variant="primary")
        remarks = gr.Textbox(
            "", label="Remarks", elem_id="remarks", visible=False, interactive=False
        )
        names = [*(f"candidate-{place}" for place in range(1, MOST_SHOWN + 1)), "document"]
        *shown, document = [marked_text(gr, name, COLORS) for name in names]

        def summarized(text: str, words: float, count: float) -> list[Any]:
            view = told(lambda: page.summarize(text, int(words), int(count)), gr)
            hidden = len(shown) - len(view.candidates)
            label = "The document, with the words that the first summary took"
            return [
                gr.update(value=view.remarks, visible=bool(view.remarks)),
                *(
                    gr.update(value=each, label=line, visible=True)
                    for line, each in view.candidates
                ),
                *([gr.update(value=[], visible=False)] * hidden),
                gr.update(value=view.document, label=label, visible=True),
            ]

        press.click(
            summarized,
            [text, budget, count],
            [remarks, *shown, document],
            api_visibility="private",
        )
    return blocks


def open_page(
    model: SummaryModel, *, words: int | None, num_candidates: int, seed: int, port: int
) -> tuple[Any, str]:
    """Start the page in the background, for this machine alone; return it and its address.

    Raises `UserError` when gradio is missing or the port is taken.
    """
    blocks = build_page(
        model,
        words=model.summarizing.usual_words if words is None else words,
        num_candidates=num_candidates,
        seed=seed,
    )
    return blocks, open_blocks(load_gradio(otherwise=OTHERWISE), blocks, port=port)


def serve_page(
    model: SummaryModel, *, words: int | None, num_candidates: int, seed: int, port: int
) -> None:
    """Show the page until Ctrl-C."""
    blocks, address = open_page(
        model, words=words, num_candidates=num_candidates, seed=seed, port=port
    )
    serve_until_stopped(blocks, opening=f"summarize at {address}; Ctrl-C ends", ending="stopped")
