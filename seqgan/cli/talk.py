"""`seqgan chat RUN` and `seqgan sample RUN`: a trained chatbot in the terminal or in a pipe."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from seqgan.cli.wings import makes_pictures, refuse_mute, run_among
from seqgan.errors import UserError
from seqgan.text.chatbot import Chatbot
from seqgan.text.words import normalize_spaces

RunFolder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]


@dataclass(frozen=True)
class ChatOptions:
    """Talk with a trained run. In a pipe, each line is answered by one line."""

    run: RunFolder
    """Folder of a finished run, for example runs/chatbot_pg/1."""
    num_candidates: int = 4
    """Replies drawn each time; the one with the discriminator's best score is said."""
    show_candidates: bool = False
    """Print every candidate with its score (probability that a person wrote it)."""
    beam_size: int = 0
    """Say the likeliest reply, found by a beam search of this width, in place of drawing (0)."""
    temperature: float = 0.8
    """Sampling temperature; 0 always says the likeliest word next."""
    top_k: int = 0
    """Sample among that many likeliest subwords (0: all)."""
    top_p: float = 0.95
    """Sample among the likeliest subwords that together reach this probability."""
    seed: int = 0
    """Seed of the draws: the same conversation twice."""

    def check(self) -> None:
        """Raise `UserError` for values out of range."""
        if self.num_candidates < 1:
            raise UserError(f"--num-candidates is {self.num_candidates}: 1 is the least")
        if self.beam_size < 0:
            raise UserError(f"--beam-size is {self.beam_size}: 0 (draw) is the least")
        if self.temperature < 0 or self.top_k < 0 or not 0 < self.top_p <= 1:
            raise UserError(
                f"--temperature {self.temperature} and --top-k {self.top_k} must be 0 or more, "
                f"--top-p {self.top_p} above 0 and at most 1"
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
        if self.num < 0 or self.num_replies < 1 or self.temperature < 0:
            raise UserError(
                f"--num {self.num} and --temperature {self.temperature} must be 0 or more, "
                f"--num-replies {self.num_replies} 1 or more"
            )


def lines_of(file: Iterator[bytes], name: str) -> Iterator[str]:
    """Yield lines of UTF-8 text; raises `UserError` with the number of a line that is not."""
    for number, line in enumerate(file, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise UserError(f"{name}, line {number} is not UTF-8 text: {error.reason}") from None


def answer(bot: Chatbot, options: ChatOptions, text: str, history: list[str]) -> str:
    """Return the reply to a line, the candidates shown if asked for; the history grows."""
    if options.beam_size:
        reply = bot.likeliest(text, history, beam_size=options.beam_size)
        history += [text, reply]
        return reply
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
    history += [text, ranked[0].text]
    return ranked[0].text


def run_chat(args: Sequence[str]) -> int:
    """Hold a conversation; returns 2 if a piped line could not be answered."""
    options = tyro.cli(ChatOptions, args=args, prog="seqgan chat")
    options.check()
    refuse_mute(options.run)
    bot = Chatbot.load(options.run, seed=options.seed)
    history: list[str] = []
    if not sys.stdin.isatty():
        return answer_pipe(bot, options, history)
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
        remarks = bot.remarks(text)
        for remark in remarks:
            print(f"({remark})")
        if normalize_spaces(text):
            print(f"bot> {answer(bot, options, text, history)}", flush=True)


def answer_pipe(bot: Chatbot, options: ChatOptions, history: list[str]) -> int:
    """Answer standard input line by line; a bad line gets an empty answer and a remark."""
    code = 0
    for number, text in enumerate(lines_of(iter(sys.stdin.buffer), "standard input"), start=1):
        for remark in bot.remarks(text):
            print(f"line {number}: {remark}", file=sys.stderr)
        if normalize_spaces(text):
            print(answer(bot, options, text, history), flush=True)
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
