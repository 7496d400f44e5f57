"""Drawing the questions: whose replies, with what probability, and from which run."""

import shutil
from pathlib import Path

import pytest
import torch
from markov_generator import MarkovGenerator, logp_of

from made_talker import write_run
from seqgan.errors import UserError
from seqgan.text.batches import EncodedPairs
from seqgan.text.dialogue.corpus import Dialogues, Pair
from seqgan.text.options import DialogueOptions
from seqgan.text.people.sheet import draw_sheet, load_asked, open_sheet
from seqgan.text.setup import Material


class Letters:
    """A tokenizer of five ids."""

    pad, bos, eos, vocab_size = 0, 1, 2, 5

    def encode(self, text: str) -> list[int]:
        return [3 + (letter == "b") for letter in text if letter in "ab"]

    def decode(self, ids: list[int]) -> str:
        return " ".join("_^$ab"[id] for id in ids if id > 2)

    def pieces(self, ids: range) -> list[str]:
        return ["_^$ab"[id] for id in ids]

    def save_pretrained(self, folder: Path) -> None:
        raise NotImplementedError


PAIRS = [Pair(prompt, "a", 0) for prompt in ("a b", "b a", "a b", "b b")]
LETTERS = Letters()
ENCODED = EncodedPairs.encode(PAIRS, LETTERS, max_source=9, max_response=9)
MATERIAL = Material(Dialogues(PAIRS, PAIRS, PAIRS, PAIRS, "sum"), LETTERS, ENCODED, ENCODED, 4)
MODELS = {"generator": MarkovGenerator(seed=1), "mle": MarkovGenerator(seed=2)}


def test_kept_probabilities_are_those_of_the_model_that_drew() -> None:
    """They weigh a reply when it is learned from."""
    sheet = draw_sheet(MODELS, MATERIAL, num_prompts=3, num_replies=4, seed=1)
    for question in sheet.questions:
        assert [drawn.system for drawn in question.replies] == ["generator", "mle"] * 2
        for drawn in question.replies:
            source, tokens = torch.tensor([question.source]), torch.tensor([drawn.tokens])
            expected = logp_of(MODELS[drawn.system], source, tokens).item()
            assert sum(drawn.logp) == pytest.approx(expected, abs=1e-4)
            assert len(drawn.logp) == len(drawn.tokens)
            assert drawn.text == LETTERS.decode(drawn.tokens)


def test_a_sheet_is_a_function_of_its_seed_and_repeats_no_prompt() -> None:
    first, again, other = (
        draw_sheet(MODELS, MATERIAL, num_prompts=3, num_replies=2, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again != other
    assert sorted(question.prompt for question in first.questions) == ["a b", "b a", "b b"]


def test_more_prompts_than_there_are() -> None:
    with pytest.raises(UserError, match="--num-prompts is 4: the validation part has 3"):
        draw_sheet(MODELS, MATERIAL, num_prompts=4, num_replies=2, seed=1)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("sheet") / "made")


def open_it(run: Path, *, corpus: Path | None = None, seed: int = 1) -> object:
    dialogue = DialogueOptions(corpus_path=corpus or run.parent / "made.jsonl")
    return open_sheet(run, dialogue, num_prompts=2, num_replies=2, seed=seed)


def test_all_raters_share_the_first_sheet(run: Path) -> None:
    assert open_it(run) == open_it(run, seed=7)


def test_a_run_that_has_not_ended_has_nothing_to_ask_about(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no trained model yet: finish it with --resume"):
        load_asked(tmp_path)


def test_another_corpus_is_refused(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run", ignore=shutil.ignore_patterns("ratings"))
    lines = (run.parent / "made.jsonl").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "less.jsonl").write_text("".join(lines[20:]), "utf-8")
    with pytest.raises(UserError, match="not those"):
        open_it(tmp_path / "run", corpus=tmp_path / "less.jsonl")


def test_models_of_two_runs_in_one_folder_are_refused(run: Path, tmp_path: Path) -> None:
    other = write_run(tmp_path / "other", vocab_size=50)
    shutil.copytree(run / "generator", tmp_path / "mixed" / "generator")
    shutil.copytree(other / "mle", tmp_path / "mixed" / "mle")
    with pytest.raises(UserError, match="differ in their vocabularies"):
        load_asked(tmp_path / "mixed")
