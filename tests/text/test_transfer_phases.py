"""Where the phases of a style transfer begin, and from which model."""

import torch

from made_transfer import STYLES, LengthFluency, WordStyles
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.setup import own_generator
from seqgan.text.tokenizer import SubwordTokenizer
from seqgan.text.transfer.cast import FLATTERY, make_cast, phases_of
from seqgan.text.transfer.networks import StyleGenerator
from seqgan.text.transfer.options import TransferOptions
from seqgan.text.transfer.ranking import Scorers
from seqgan.text.transfer.vocabulary import StyleVocabulary, marks_of


def test_play_stays_within_the_flattery_of_the_best_model_that_it_begins_as() -> None:
    """A later look may be less by as much as the chosen one looks better than it is."""
    tokenizer = SubwordTokenizer.train(
        ["the food was great", "it was slow"] * 3, vocab_size=60, exact=False, marks=marks_of(2)
    )
    vocabulary = StyleVocabulary(tokenizer, STYLES)
    marks = [vocabulary.mask, *vocabulary.tags]
    inner = own_generator("pointer", tokenizer, dim=8, dropout=0.0, marks=marks)
    generator = StyleGenerator([inner], vocabulary.tags, told_source=False)
    models = LikelihoodModels(generator, measure="shortfall", phase="choosing")
    options = TransferOptions()
    scorers = Scorers(WordStyles(), LengthFluency())
    cast = make_cast(options, vocabulary, models, scorers, max_length=8, mean_length=5.0)
    phases = {each.name: each for each in phases_of(options, cast, models).phases}
    models.keep_best(7, {"choosing/shortfall": 20.0})
    chosen = {name: weight.clone() for name, weight in generator.state_dict().items()}
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(1.0)
    begin = phases["critic"].on_start
    assert begin is not None
    begin()
    for name, weight in generator.state_dict().items():
        torch.testing.assert_close(weight, chosen[name])
    assert cast.best.update == 7
    assert not cast.best.offer(20.0 + FLATTERY, update=8)
    assert cast.best.offer(20.0 + 0.9 * FLATTERY, update=9)
    assert not cast.best.offer(20.0 + FLATTERY, update=10)
    assert cast.best.update == 9
