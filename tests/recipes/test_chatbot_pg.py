"""The chatbot recipe in process, on made corpora: every kind of generator, data and mistake."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer as Words
from tokenizers import models, pre_tokenizers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from made_chat import TINY, made_pairs, write_corpus
from seqgan.core.launch import launch
from seqgan.recipes.chatbot_pg import Config, main

SHORT = [option if option != "4" else "2" for option in TINY]


def run(folder: Path, *options: str) -> int:
    """Run the recipe into folder/run; returns the exit code."""
    args = ["--output-dir", str(folder / "run"), *SHORT, *options]
    return launch(Config, main, args, prog="chatbot_pg.py")


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line of error, which is the last of standard error."""
    *_, line = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error: ")
    return line


def results_of(folder: Path) -> dict[str, object]:
    """Return the results of the run."""
    results: dict[str, object] = json.loads((folder / "run" / "results.json").read_text("utf-8"))
    return results


def save_words(folder: Path) -> int:
    """Save a word tokenizer for the made corpus; returns its size."""
    text = " ".join(pair["prompt"] + " " + pair["response"] for pair in made_pairs(300))
    names = ["<pad>", "</s>", "<unk>", *sorted(set(text.split()))]
    words = Words(models.WordLevel({name: i for i, name in enumerate(names)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    return len(names)


def save_gpt2(folder: Path) -> None:
    """Save a tiny decoder-only model."""
    size = save_words(folder)
    config = GPT2Config(
        vocab_size=size, n_positions=128, n_embd=16, n_layer=1, n_head=2, eos_token_id=1
    )
    GPT2LMHeadModel(config).save_pretrained(folder)


def save_t5(folder: Path) -> None:
    """Save a tiny encoder-decoder model."""
    size = save_words(folder)
    config = T5Config(
        vocab_size=size,
        d_model=16,
        d_kv=8,
        d_ff=16,
        num_layers=1,
        num_heads=2,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)


@pytest.mark.parametrize("save", [save_gpt2, save_t5])
def test_pretrained_generators(tmp_path: Path, save: Callable[[Path], None]) -> None:
    torch.manual_seed(0)
    save(tmp_path / "model")
    options = [o for o in SHORT if o not in ("--vocab-size", "60")]
    args = ["--output-dir", str(tmp_path / "run"), "--corpus-path", str(write_corpus(tmp_path))]
    args += [*options, "--generator", str(tmp_path / "model"), "--offline"]
    assert launch(Config, main, args, prog="chatbot_pg.py") == 0
    assert (tmp_path / "run" / "generator" / "model.safetensors").exists()
    assert results_of(tmp_path)["rows"]


def test_transformer_generator_and_whole_reply_discriminator(tmp_path: Path) -> None:
    options = ["--generator", "transformer", "--discriminator", "conv", "--reward", "sequence"]
    assert run(tmp_path, "--corpus-path", str(write_corpus(tmp_path)), *options) == 0


def test_chinese_text(tmp_path: Path) -> None:
    verbs, nouns, days = "吃喝看听写画唱买", "茶书画歌花鱼饭衣", "一二三四五六"
    lines = [
        {"prompt": f"星期{day}你{verb}了{noun}吗？", "response": f"没有，我{day}点去{verb}{noun}。"}
        for verb in verbs
        for noun in nouns
        for day in days
    ]
    path = tmp_path / "chinese.jsonl"
    path.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines), "utf-8")
    assert run(tmp_path, "--corpus-path", str(path)) == 0
    assert "zh" in json.dumps(results_of(tmp_path)["signatures"])


def test_a_table_with_other_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "talk.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["asked", "said"])
        writer.writerows([pair["prompt"], pair["response"]] for pair in made_pairs(300))
    assert run(tmp_path, "--corpus-path", str(path)) == 2
    assert "'asked', 'said'" in error_line(capsys)
    columns = ["--prompt-column", "asked", "--response-column", "said"]
    assert run(tmp_path / "b", "--corpus-path", str(path), *columns) == 0


def test_history_becomes_the_prompt(tmp_path: Path) -> None:
    turns = [pair["prompt"] for pair in made_pairs(300)]
    talks = [" __eou__ ".join(turns[i : i + 5]) + " __eou__" for i in range(0, 300, 5)]
    path = tmp_path / "talks.txt"
    path.write_text("\n".join(talks) + "\n", encoding="utf-8")
    assert run(tmp_path, "--corpus-path", str(path), "--history", "3", "--vocab-size", "50") == 0
    lines = (tmp_path / "run" / "samples" / "replies.jsonl").read_text("utf-8").splitlines()
    assert any("<turn>" in json.loads(line)["prompt"] for line in lines)


def test_a_vocabulary_too_large_says_the_largest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = ["--corpus-path", str(write_corpus(tmp_path))]
    assert run(tmp_path, *corpus, "--vocab-size", "5000") == 2
    line = error_line(capsys)
    largest = line.rsplit("--vocab-size ", 1)[1].rstrip(")")
    assert run(tmp_path / "b", *corpus, "--vocab-size", largest) == 0


def test_overlong_text_is_cut_counted_and_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_corpus(tmp_path)
    long = {"prompt": "the cat sleeps " * 30, "response": "why ?"}
    path.write_text(path.read_text("utf-8") + json.dumps(long) + "\n", "utf-8")
    assert run(tmp_path, "--corpus-path", str(path)) == 0
    assert "warning: " in capsys.readouterr().err
    assert results_of(tmp_path)["data"]["cut"] == 1  # type: ignore[index]


def test_a_folder_that_holds_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = ["--corpus-path", str(write_corpus(tmp_path))]
    assert run(tmp_path, *corpus) == 0
    before = (tmp_path / "run" / "results.json").read_bytes()
    assert run(tmp_path, *corpus) == 2
    assert "--resume" in error_line(capsys)
    assert (tmp_path / "run" / "results.json").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--discriminator", "conv"], "every prefix"),
        (["--replies-per-prompt", "1"], "2 or more"),
        (["--surrogate", "ppo", "--ppo-moves", "1"], "never clips"),
        (["--mismatch-weight", "2"], "[0, 1]"),
    ],
)
def test_meaningless_pairs_are_refused(
    tmp_path: Path, options: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, *options) == 2
    assert reason in error_line(capsys)
    assert not (tmp_path / "run").exists()


def test_an_unknown_corpus_suggests_the_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "--corpus", "dailydialogue") == 2
    assert "dailydialog" in error_line(capsys)


def test_an_empty_corpus_leaves_no_run_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "empty.jsonl"
    path.touch()
    assert run(tmp_path, "--corpus-path", str(path)) == 2
    assert "empty" in error_line(capsys)
    path.write_text(write_corpus(tmp_path).read_text("utf-8"), "utf-8")
    assert run(tmp_path, "--corpus-path", str(path)) == 0


def test_a_resumed_run_refuses_other_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its parts would be others: pairs that were trained on could stand in the test."""
    corpus = write_corpus(tmp_path)
    assert run(tmp_path, "--corpus-path", str(corpus)) == 0
    write_corpus(tmp_path, 280)
    again = ["--resume", str(tmp_path / "run")]
    assert launch(Config, main, again, prog="chatbot_pg.py") == 2
    assert "not those" in error_line(capsys)
    write_corpus(tmp_path)
    assert launch(Config, main, again, prog="chatbot_pg.py") == 0


def test_a_misspelled_generator_is_not_looked_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = ["--corpus-path", str(write_corpus(tmp_path))]
    assert run(tmp_path, *corpus, "--generator", "recurent") == 2
    assert "did you mean recurrent?" in error_line(capsys)
