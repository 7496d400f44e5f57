"""`seqgan chat RUN` and `seqgan sample RUN`: a trained chatbot in the terminal or in a pipe."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from seqgan.cli.wings import (
    learns_oracle,
    makes_pictures,
    refuse_mute,
    run_among,
    writes_sentences,
)
from seqgan.errors import UserError
from seqgan.text.decoding import HOTTEST
from seqgan.text.dialogue.chatbot import Chatbot
from seqgan.text.search.reply import make_search, searched_reply
from seqgan.text.search.tree_search import TreeSearch
from seqgan.text.words import normalize_spaces

BEAM_SIZE = 5
NUM_SIMULATIONS = 50

RunFolder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]


@dataclass(frozen=True)
class ChatOptions:
    """Talk with a trained run. In a pipe, each line is answered by one line."""

    run: RunFolder
    """Folder of a finished run, for example runs/chatbot_pg/1."""
    decode: Literal["sample", "beam", "mcts"] = "sample"
    """sample: draw replies and say the one of the best score; beam: say the likeliest reply that a
    beam search finds; mcts: say the reply of a tree search that the discriminator guides."""
    num_candidates: int = 4
    """Replies drawn each time; the one with the discriminator's best score is said."""
    show_candidates: bool = False
    """Print every candidate with its score (probability that a person wrote it)."""
    beam_size: int = 0
    """Width of the beam search, which it asks for by itself (0: 5 where --decode beam does)."""
    num_simulations: int = NUM_SIMULATIONS
    """Prefixes that the tree search looks at for each subword (--decode mcts)."""
    num_rollouts: int = 0
    """Completions that a prefix is judged by (--decode mcts); 0 asks for the prefix's own score,
    which not every discriminator can give."""
    show_tree: bool = False
    """Print the tree of what is said: what was looked at, how often, what it is worth."""
    temperature: float = 0.8
    """Sampling temperature; 0 always says the likeliest word next. --decode mcts follows the
    same distribution where it proposes words."""
    top_k: int = 0
    """Sample among that many likeliest subwords (0: all; --decode mcts: 16)."""
    top_p: float = 0.95
    """Sample among the likeliest subwords that together reach this probability."""
    seed: int = 0
    """Seed of the draws: the same conversation twice."""

    def check(self) -> None:
        """Raise `UserError` for values out of range and choices without meaning together."""
        if self.num_candidates < 1:
            raise UserError(f"--num-candidates is {self.num_candidates}: 1 is the least")
        if self.beam_size < 0:
            raise UserError(f"--beam-size is {self.beam_size}: 0 (draw) is the least")
        refuse_temperature(self.temperature)
        if self.top_k < 0 or not 0 < self.top_p <= 1:
            raise UserError(
                f"--top-k {self.top_k} must be 0 or more, --top-p {self.top_p} above 0 and at most "
                "1"
            )
        self._check_search()

    def _check_search(self) -> None:
        if self.num_simulations < 1 or self.num_rollouts < 0:
            raise UserError(
                f"--num-simulations {self.num_simulations} must be 1 or more, --num-rollouts "
                f"{self.num_rollouts} 0 or more"
            )
        if self.decode == "mcts" and (self.beam_size or self.show_candidates):
            raise UserError(
                "--decode mcts has neither beams nor candidates: leave out --beam-size and "
                "--show-candidates, or see what it looked at with --show-tree"
            )
        if self.show_candidates and (self.beam_size or self.decode == "beam"):
            raise UserError(
                "a beam search says one reply, the likeliest: leave out --show-candidates, or draw "
                "replies with --decode sample and without --beam-size"
            )
        if self.decode != "mcts" and (
            self.show_tree or self.num_rollouts or self.num_simulations != NUM_SIMULATIONS
        ):
            raise UserError(
                "--show-tree, --num-simulations and --num-rollouts go with --decode mcts, not with "
                f"--decode {self.decode}"
            )


@dataclass(frozen=True)
class SampleOptions:
    """Print sampled replies, one line a prompt."""

    run: RunFolder
    """Folder of a finished run."""
    prompts: Path | None = None
    """File of prompts, one a line, - for standard input; by default the run's own examples."""
    num: int = 10
    """At most this many prompts (0: all)."""
    num_replies: int = 1
    """Replies to each prompt."""
    temperature: float = 1.0
    """Sampling temperature."""
    json: bool = False
    """Print JSON lines: prompt, reply, score."""
    seed: int = 0
    """Seed of the draws."""

    def check(self) -> None:
        """Raise `UserError` for values out of range."""
        refuse_temperature(self.temperature)
        if self.num < 0 or self.num_replies < 1:
            raise UserError(
                f"--num {self.num} must be 0 or more, --num-replies {self.num_replies} 1 or more"
            )


def refuse_temperature(temperature: float) -> None:
    """Raise `UserError` unless replies can be drawn at the temperature."""
    if not 0 <= temperature <= HOTTEST:
        raise UserError(f"--temperature {temperature:g} must be 0 or more, at most {HOTTEST}")


def lines_of(file: Iterator[bytes], name: str) -> Iterator[str]:
    """Yield lines of UTF-8 text; raises `UserError` with the number of a line that is not."""
    for number, line in enumerate(file, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise UserError(f"{name}, line {number} is not UTF-8 text: {error.reason}") from None


@dataclass(frozen=True)
class Talker:
    """A chatbot and how it finds its replies; `search` only where a tree search does."""

    bot: Chatbot
    options: ChatOptions
    search: TreeSearch | None


def make_talker(options: ChatOptions) -> Talker:
    """Return the run's chatbot; raises `UserError` for a run that cannot talk in this way."""
    bot = Chatbot.load(options.run, seed=options.seed)
    if options.decode != "mcts":
        return Talker(bot, options, None)
    search = make_search(
        bot,
        num_simulations=options.num_simulations,
        num_rollouts=options.num_rollouts,
        temperature=options.temperature,
        top_k=options.top_k,
        top_p=options.top_p,
    )
    return Talker(bot, options, search)


def answer(talker: Talker, text: str, history: list[str]) -> str:
    """Return the reply to a line, what else was looked at shown if asked for; the history grows."""
    reply = find_reply(talker, text, history)
    history += [text, reply]
    return reply


def find_reply(talker: Talker, text: str, history: list[str]) -> str:
    """Return the reply to a line, candidates or tree printed if asked for."""
    bot, options = talker.bot, talker.options
    if talker.search is not None:
        reply, tree = searched_reply(bot, talker.search, text, history)
        if options.show_tree:
            print("\n".join(tree))
        return reply
    if options.beam_size or options.decode == "beam":
        return bot.likeliest(text, history, beam_size=options.beam_size or BEAM_SIZE)
    ranked = bot.candidates(
        text,
        history,
        num=options.num_candidates,
        temperature=options.temperature,
        top_k=options.top_k,
        top_p=options.top_p,
    )
    if options.show_candidates:
        for candidate in ranked:
            print(f"    {candidate.score:.3f}  {candidate.text}")
    return ranked[0].text


def run_chat(args: Sequence[str]) -> int:
    """Hold a conversation; returns 2 if a piped line could not be answered."""
    options = tyro.cli(ChatOptions, args=args, prog="seqgan chat")
    options.check()
    refuse_mute(options.run)
    talker = make_talker(options)
    history: list[str] = []
    if not sys.stdin.isatty():
        return answer_pipe(talker, history)
    print("Say something; an empty line is passed over, Ctrl-D ends.")
    while True:
        try:
            text = input("you> ")
        except EOFError:
            print()
            return 0
        except UnicodeDecodeError:
            print("(that line was not UTF-8 text: nothing was read)")
            continue
        for remark in talker.bot.remarks(text):
            print(f"({remark})")
        if normalize_spaces(text):
            print(f"bot> {answer(talker, text, history)}", flush=True)


def answer_pipe(talker: Talker, history: list[str]) -> int:
    """Answer standard input line by line; a bad line gets an empty answer and a remark."""
    code = 0
    for number, text in enumerate(lines_of(iter(sys.stdin.buffer), "standard input"), start=1):
        for remark in talker.bot.remarks(text):
            print(f"line {number}: {remark}", file=sys.stderr)
        if normalize_spaces(text):
            print(answer(talker, text, history), flush=True)
        else:
            print(flush=True)
            code = 2
    return code


def example_prompts(run: Path) -> list[str]:
    """Return the prompts that the run's own evaluation kept."""
    path = run / "samples" / "replies.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [str(json.loads(line)["prompt"]) for line in lines]
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path} cannot be read ({error}): give --prompts FILE") from None


def read_prompts(options: SampleOptions) -> list[str]:
    """Return the prompts to answer."""
    if options.prompts is None:
        prompts = example_prompts(options.run)
    elif str(options.prompts) == "-":
        prompts = list(lines_of(iter(sys.stdin.buffer), "standard input"))
    else:
        try:
            with options.prompts.open("rb") as file:
                prompts = list(lines_of(file, str(options.prompts)))
        except OSError as error:
            raise UserError(f"--prompts {options.prompts} cannot be read: {error}") from None
    return prompts[: options.num] if options.num else prompts


def run_sample(args: Sequence[str]) -> int:
    """Print sampled replies, or draw pictures; returns the exit code."""
    run = run_among(args)
    if run is not None and makes_pictures(run):
        from seqgan.cli import pictures

        return pictures.run_sample(args)
    if run is not None and (writes_sentences(run) or learns_oracle(run)):
        from seqgan.cli import sentences

        return sentences.run_sample(args)
    options = tyro.cli(SampleOptions, args=args, prog="seqgan sample")
    options.check()
    refuse_mute(options.run)
    bot = Chatbot.load(options.run, seed=options.seed)
    for prompt in read_prompts(options):
        if not normalize_spaces(prompt):
            print()
            continue
        drawn = bot.candidates(
            prompt, num=options.num_replies, temperature=options.temperature, top_p=1.0
        )
        for candidate in drawn:
            line = {"prompt": prompt, "reply": candidate.text, "score": round(candidate.score, 4)}
            print(json.dumps(line, ensure_ascii=False) if options.json else candidate.text)
    return 0
