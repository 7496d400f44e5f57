"""A page on this machine where people judge a run's replies, one prompt at a time.

What stands on the page is a function of the answers on disk, so a page that is closed, opened twice
or left behind by a stopped server loses nothing. gradio draws it (the extra `web`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seqgan.text.local_page import load_gradio, open_blocks, serve_until_stopped, told
from seqgan.text.people.ratings import FIRST, SCALE, SECOND, TIE, Desk, Item, RatingFile

OTHERWISE = "rate in the terminal"
SILENT = "(says nothing)"
RATINGS = {1: "1  bad", 2: "2", 3: "3", 4: "4", 5: "5  good"}
CHOICES = {FIRST: "1  the first", SECOND: "2  the second", TIE: "0  equally good"}
KEYS_SCRIPT = """<script>
document.addEventListener("keydown", (event) => {
  const field = event.target;
  const typing = (field.tagName === "INPUT" || field.tagName === "TEXTAREA") && !field.readOnly
    && !field.disabled;
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const button = document.getElementById("answer-" + event.key.toLowerCase());
  if (button && !button.disabled) { event.preventDefault(); button.click(); }
});
</script>"""


@dataclass(frozen=True)
class View:
    """What the page shows: `key` names the item in question, "" when there is none."""

    key: str
    progress: str
    prompt: str
    replies: list[str]


class Page:
    """What a press on the page does; it keeps no state but the file of answers."""

    def __init__(self, file: RatingFile, *, pairs: bool) -> None:
        self.file, self.pairs = file, pairs

    def begin(self, rater: str) -> View:
        """Return the first item that the rater has not answered."""
        desk = self._desk(rater)
        left = desk.left()
        return self._view(desk, left[0] if left else None)

    def press(self, rater: str, key: str, value: int | None) -> View:
        """Keep the answer (None: no opinion) to the item that was shown; return the next one.

        A page from before a restart, or of another sheet, names no item here: nothing is kept.
        """
        desk = self._desk(rater)
        item = item_of(key)
        if item in desk.items:
            desk.answer(item, value)
        return self.begin(rater)

    def back(self, rater: str) -> View:
        """Return the item the rater answered last, to put it right."""
        desk = self._desk(rater)
        left = desk.left()
        return self._view(desk, desk.last() or (left[0] if left else None))

    def _desk(self, rater: str) -> Desk:
        return Desk(self.file, rater, pairs=self.pairs)

    def _view(self, desk: Desk, item: Item | None) -> View:
        total, done = len(desk.items), len(desk.items) - len(desk.left())
        if item is None:
            return View("", f"All {total} answered. Thank you, {desk.rater}!", "", [])
        prompt, replies = desk.texts(item)
        progress = f"{min(done + 1, total)} of {total}"
        return View(key_of(item), progress, prompt, [reply or SILENT for reply in replies])


def key_of(item: Item) -> str:
    """Return an item as the page names it.

    >>> key_of(Item(3, (2, 0)))
    '3:2,0'
    """
    return f"{item.question}:{','.join(map(str, item.replies))}"


def item_of(key: str) -> Item | None:
    """Return the item that a page names, None if that is no item.

    >>> item_of("3:2,0"), item_of("")
    (Item(question=3, replies=(2, 0)), None)
    """
    question, _, replies = key.partition(":")
    try:
        return Item(int(question), tuple(map(int, replies.split(","))))
    except ValueError:
        return None


def build_page(page: Page, *, rater: str) -> Any:
    """Return the page as gradio's blocks; texts stand in plain boxes, never read as markup."""
    gr = load_gradio(otherwise=OTHERWISE)
    answers = CHOICES if page.pairs else RATINGS
    with gr.Blocks(title="Rate replies", analytics_enabled=False) as blocks:
        with gr.Row() as opening:
            name = gr.Textbox(rater, label="Your name", elem_id="rater", max_lines=1)
            start = gr.Button("Begin", elem_id="begin", variant="primary")
        who, key = gr.Textbox("", visible=False), gr.Textbox("", visible=False)
        progress = gr.Textbox("", label="Progress", elem_id="progress", interactive=False)
        prompt = gr.Textbox(
            "", label="Somebody says", elem_id="prompt", visible=False, interactive=False
        )
        labels = ("The first reply", "The second reply") if page.pairs else ("The reply",)
        replies = [
            gr.Textbox("", label=label, elem_id=f"reply-{place}", visible=False, interactive=False)
            for place, label in enumerate(labels, start=1)
        ]
        with gr.Row(visible=False) as row:
            buttons: list[tuple[Any, int | None]] = [
                (gr.Button(text, elem_id=f"answer-{value}"), value)
                for value, text in answers.items()
            ]
        with gr.Row(visible=False) as others:
            buttons.append((gr.Button("s  no opinion", elem_id="answer-s", size="sm"), None))
            back = gr.Button("b  back", elem_id="answer-b", size="sm")
        shown = [opening, who, key, progress, prompt, *replies, row, others]

        def drawn(rater: str, view: View) -> list[Any]:
            asking = bool(view.key)
            texts = view.replies or [""] * len(replies)
            return [
                gr.update(visible=False),  # keys meant for buttons must not land in its field
                rater,
                view.key,
                view.progress,
                gr.update(value=view.prompt, visible=asking),
                *(gr.update(value=text, visible=asking) for text in texts),
                gr.update(visible=asking),
                gr.update(visible=True),
            ]

        def pressed(value: int | None) -> Callable[[str, str], list[Any]]:
            return lambda rater, key: drawn(rater, told(lambda: page.press(rater, key, value), gr))

        def begun(rater: str) -> list[Any]:
            return drawn(rater, told(lambda: page.begin(rater), gr))

        gr.on([start.click, name.submit], begun, name, shown)
        back.click(lambda rater: drawn(rater, told(lambda: page.back(rater), gr)), who, shown)
        for button, value in buttons:
            button.click(pressed(value), [who, key], shown)
    return blocks


def open_page(file: RatingFile, *, rater: str, pairs: bool, port: int) -> tuple[Any, str]:
    """Start the page in the background, for this machine alone; return it and its address.

    Raises `UserError` when gradio is missing or the port is taken.
    """
    blocks = build_page(Page(file, pairs=pairs), rater=rater)
    gr = load_gradio(otherwise=OTHERWISE)
    return blocks, open_blocks(gr, blocks, port=port, head=KEYS_SCRIPT)


def serve_page(file: RatingFile, *, rater: str, pairs: bool, port: int) -> None:
    """Show the page until Ctrl-C."""
    blocks, address = open_page(file, rater=rater, pairs=pairs, port=port)
    low, high = SCALE
    keys = "1, 2, 0" if pairs else f"{low} to {high}"
    serve_until_stopped(
        blocks,
        opening=f"rate at {address} (keys {keys}, s, b); Ctrl-C ends, answers are kept",
        ending="stopped; the same command goes on",
    )
