"""Systems of a style transfer as folders of a run, and the judges beside them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from made_transfer import (
    STYLES,
    made_generator,
    made_styling,
    made_tokenizer,
    sentences,
    write_judges,
    write_transfer_run,
)
from seqgan.errors import UserError
from seqgan.text.habits import NONE, Habits
from seqgan.text.kept_systems import systems_of
from seqgan.text.transfer.guidance import Family, aimed
from seqgan.text.transfer.model import StyleTransferModel
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.ranking import total
from seqgan.text.transfer.saved import (
    STYLING_FILE,
    Styling,
    load_system,
    save_system,
)

TEXTS = [*sentences("negative")[:6], "", "they were slow ."]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_transfer_run(tmp_path_factory.mktemp("transfer") / "run")


def texts_of(model: StyleTransferModel, texts: list[str], **options: object) -> list[str]:
    return [one.text for one in model.transfer(texts, "positive", **options)]  # type: ignore[arg-type]


def test_a_run_is_loaded_by_system(run: Path) -> None:
    assert systems_of(run, STYLING_FILE) == ["adversarial", "continued"]
    model = StyleTransferModel.load(run)
    assert model.styles == STYLES
    own = texts_of(model, TEXTS)
    assert own == texts_of(StyleTransferModel.load(str(run)), TEXTS)
    assert own != texts_of(StyleTransferModel.load(run, system="continued"), TEXTS)
    with pytest.raises(UserError, match="no system 'best': --system adversarial or continued"):
        StyleTransferModel.load(run, system="best")


@pytest.mark.parametrize("family", ["cycle", "common"])
@pytest.mark.parametrize("count", [1, 2])
def test_a_system_is_loaded_as_it_was_saved(family: Family, count: int, tmp_path: Path) -> None:
    tokenizer = made_tokenizer()
    styling = made_styling(tokenizer, family=family)
    inner = [made_generator(tokenizer, seed=place) for place in range(count)]
    saved = StyleGenerator(inner, styling.tags, told_source=family == "common")
    for _ in range(2):  # the second time in the place of the first
        save_system(saved, tokenizer, styling, tmp_path / "adversarial")
    loaded, _, again = load_system(tmp_path, "adversarial", device="cpu")
    assert again == styling
    assert not loaded.training
    source_BS = torch.tensor([[styling.tags[1], styling.tags[0], 5, 6]])
    tokens_BT = torch.tensor([[7, 8, tokenizer.eos]])
    with torch.no_grad():
        rows_BS = aimed(source_BS, family)
        assert torch.equal(loaded.logits(rows_BS, tokens_BT), saved.logits(rows_BS, tokens_BT))
    model = StyleTransferModel(saved, tokenizer, styling)
    expected = texts_of(model, TEXTS, strength=1.5)
    assert texts_of(StyleTransferModel.load(tmp_path), TEXTS, strength=1.5) == expected


def test_a_run_without_systems_is_not_finished(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no trained system yet: finish it with --resume"):
        StyleTransferModel.load(tmp_path)


def test_a_styling_is_read_as_it_was_written(tmp_path: Path) -> None:
    styling = Styling(
        ("böse", "好"), "common", (7, 8), 6, 20, Habits(True, False, True, False, "。")
    )
    styling.save(tmp_path)
    assert Styling.load(tmp_path) == styling
    saved = json.loads((tmp_path / STYLING_FILE).read_text(encoding="utf-8"))
    del saved["habits"]  # as runs of before
    (tmp_path / STYLING_FILE).write_text(json.dumps(saved), encoding="utf-8")
    assert Styling.load(tmp_path) == replace(styling, habits=NONE)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (None, "cannot be read"),
        ({"tags": [8]}, "is damaged: two styles or more, a tag each"),
        ({"family": "other"}, "is damaged"),
        ({"max_length": 0}, "is damaged"),
        ({"tags": ["a", "b"]}, "cannot be read"),
        ({"mask": 70000}, "does not belong to the model"),
        ({"habits": None}, "cannot be read"),
    ],
)
def test_a_damaged_styling_is_told(
    tmp_path: Path, change: dict[str, object] | None, reason: str
) -> None:
    path = write_transfer_run(tmp_path / "run") / "adversarial" / STYLING_FILE
    saved = json.loads(path.read_text("utf-8"))
    path.write_text("{" if change is None else json.dumps({**saved, **change}), "utf-8")
    with pytest.raises(UserError, match=reason):
        StyleTransferModel.load(tmp_path / "run")


def test_the_judges_of_a_run_rank(tmp_path: Path) -> None:
    run = write_judges(write_transfer_run(tmp_path / "run"))
    answers = StyleTransferModel.load(run).transfer(TEXTS, "positive", num_candidates=6)
    for answer in filter(lambda one: one.text, answers):
        for one in answer.candidates:
            assert 0 <= one.scores.style <= 1
            assert one.scores.fluency < 0
            parts = (one.scores.style, one.scores.content, one.scores.fluency)
            assert one.scores.total == total(*parts)
    styling = Styling.load(run / "adversarial")
    more = replace(styling, styles=("plain", *STYLES), tags=(3, *styling.tags))
    more.save(run / "adversarial")
    with pytest.raises(UserError, match="tells 2 styles apart, the run has 3"):
        StyleTransferModel.load(run)
    (run / "fluency-scorer" / "model.safetensors").write_bytes(b"half")
    styling.save(run / "adversarial")
    with pytest.raises(UserError, match="fluency-scorer"):
        StyleTransferModel.load(run)
