"""A page of gradio (the extra `web`) for this machine alone."""

import importlib
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from seqgan.errors import UserError

HOST = "127.0.0.1"
MOST_SHOWN, SHOWN_AT_FIRST = 8, 4  # candidates
Shown = TypeVar("Shown")
Marked = list[tuple[str, str | None]]
"""Pieces of a text in order, and what is said of each: None, or a name that has a color."""


def load_gradio(*, otherwise: str) -> Any:
    """Return the module gradio, told to send nothing home.

    Raises `UserError` without it, which says what to do `otherwise`.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when it is imported
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    try:
        return importlib.import_module("gradio")
    except ImportError as error:
        raise UserError(
            f'--web needs gradio ({error}): pip install "seqgan[web]", or {otherwise}'
        ) from None


def told(action: Callable[[], Shown], gr: Any) -> Shown:
    """Return what the action shows; a user's mistake stays where it is and is told on the page."""
    try:
        return action()
    except UserError as error:
        raise gr.Error(str(error), print_exception=False) from None


def open_blocks(gr: Any, blocks: Any, *, port: int, head: str = "") -> str:
    """Start the page in the background and return its address; `UserError` if the port is taken."""
    try:
        _, address, _ = blocks.launch(
            server_name=HOST,
            server_port=port or None,
            share=False,
            quiet=True,
            inbrowser=False,
            prevent_thread_lock=True,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
            head=head or None,
        )
    except OSError as error:
        raise UserError(f"--port {port or 'from 7860 on'}: {error}; name another") from None
    return str(address)


def serve_until_stopped(blocks: Any, *, opening: str, ending: str) -> None:
    """Show the page until Ctrl-C, with a line at the start and one at the end."""
    print(opening, flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print(ending)
    finally:
        blocks.close(verbose=False)


def pieces(text: str, stretches: Iterable[tuple[int, int]], label: str) -> Marked:
    """Return the text in pieces, with the label on these stretches.

    >>> pieces("abc", [(1, 2)], "new")
    [('a', None), ('b', 'new'), ('c', None)]
    """
    cut: Marked = []
    done = 0
    for begin, end in stretches:
        cut += [(text[done:begin], None), (text[begin:end], label)]
        done = end
    return [piece for piece in [*cut, (text[done:], None)] if piece[0]]


def first_count(num_candidates: int) -> int:
    """Return how many candidates a page begins with: several unless so many are asked for.

    >>> first_count(1), first_count(2), first_count(50)
    (4, 2, 8)
    """
    return SHOWN_AT_FIRST if num_candidates == 1 else min(num_candidates, MOST_SHOWN)


def marked_text(gr: Any, name: str, colors: Mapping[str, str]) -> Any:
    """Return a hidden element for a text in pieces; it is shown as it is, never read as markup."""
    return gr.HighlightedText(
        [],
        label=name,
        elem_id=name,
        visible=False,
        color_map=dict(colors),
        show_legend=False,
        show_inline_category=False,
        interactive=False,
    )
