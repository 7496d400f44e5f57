"""A discriminator that is a language model: its scores, its reward of every word, its phases.

Legend: B prompts, R replies, T reply length, V vocabulary.
"""

import copy
import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from made_game import LONGEST, SOURCE_1S, make_game, rng
from markov_generator import EOS, PAD, MarkovGenerator, all_responses, logp_of
from torch import Tensor

from seqgan.errors import UserError
from seqgan.text.batches import TextBatch
from seqgan.text.density_ratio import DensityRatio
from seqgan.text.games import Replies
from seqgan.text.generators.base import Generator
from seqgan.text.generators.product import ProductOfExperts
from seqgan.text.generators.store import load_generator, save_generator
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.numbers import NumberTokenizer
from seqgan.text.options import PolicyOptions
from seqgan.text.rewards import TokenReward
from seqgan.text.sentences.game import Cast, make_cast
from seqgan.text.sentences.networks import make_generator
from seqgan.text.sentences.options import SentenceGameOptions
from seqgan.text.sentences.phases import judge_figures, phases_of, writings
from seqgan.text.sentences.writing import PRODUCT
from seqgan.text.validation import word_nll

OPTIONS = SentenceGameOptions(
    generator_dim=4, discriminator="language", reward="words", dropout=0.0
)


CAUSAL = SentenceGameOptions(generator_dim=4, discriminator_dim=4)


def every_reply() -> tuple[Tensor, Tensor]:
    tokens_RT = all_responses(longest=LONGEST)
    return SOURCE_1S.expand(len(tokens_RT), -1), tokens_RT


def last_score(scorer: DensityRatio, source_RS: Tensor, tokens_RT: Tensor) -> Tensor:
    return scorer(source_RS, tokens_RT).gather(1, (tokens_RT != PAD).sum(1, keepdim=True) - 1)[:, 0]


def made_ratio(*, slope: float = 1.0, offset: float = 0.0) -> DensityRatio:
    scorer = DensityRatio(MarkovGenerator(seed=1), MarkovGenerator(seed=2)).double()
    with torch.no_grad():
        scorer.slope.fill_(slope)
        scorer.offset.fill_(offset)
    return scorer


def test_a_score_is_the_log_ratio_of_the_two_probabilities() -> None:
    """Whole replies: slope * log p/q + offset, so that with slope 1 E_q[exp score] = 1."""
    scorer = made_ratio()
    writer = scorer._writer.generator
    source_RS, tokens_RT = every_reply()
    logp_R = logp_of(scorer.model, source_RS, tokens_RT)
    logq_R = logp_of(writer, source_RS, tokens_RT)
    score_R = last_score(scorer, source_RS, tokens_RT)
    torch.testing.assert_close(score_R, logp_R - logq_R)
    assert float((logq_R.exp() * score_R.exp()).sum().detach()) == pytest.approx(1)
    torch.testing.assert_close(score_R.sigmoid(), logp_R.exp() / (logp_R.exp() + logq_R.exp()))
    scaled_R = last_score(made_ratio(slope=0.3, offset=-2.0), source_RS, tokens_RT)
    torch.testing.assert_close(scaled_R, 0.3 * score_R - 2)


def test_every_prefix_is_scored_as_if_the_rest_were_not_there() -> None:
    scorer = made_ratio(slope=0.7)
    source_RS, tokens_RT = every_reply()
    score_RT = scorer(source_RS, tokens_RT)
    for length in (1, 2):
        torch.testing.assert_close(score_RT[:, :length], scorer(source_RS, tokens_RT[:, :length]))


def test_the_writer_is_read_as_it_is_and_never_moved() -> None:
    scorer = made_ratio()
    writer = scorer._writer.generator
    names = {name.split(".")[0] for name, _ in scorer.named_parameters()}
    assert names == {"model", "slope", "offset"}
    source_RS, tokens_RT = every_reply()
    before_RT = scorer(source_RS, tokens_RT)
    before_RT.sum().backward()
    assert all(weight.grad is None for weight in writer.parameters())
    assert scorer.slope.grad is not None
    with torch.no_grad():
        writer.table.copy_(scorer.model.table)
        writer.prompt.copy_(scorer.model.prompt)
    torch.testing.assert_close(scorer(source_RS, tokens_RT), torch.zeros_like(before_RT))


def test_models_of_other_words_are_refused() -> None:
    with pytest.raises(ValueError, match="they must be the same"):
        DensityRatio(MarkovGenerator(6), MarkovGenerator(5))


def test_the_reward_of_every_word_gives_its_expected_gradient() -> None:
    """Sum over prefixes of q(prefix) sum_v grad q(v) slope (log p(v) - log q(v)), by enumeration.

    The same as the expectation over drawn words of grad log q(v) times the drawn word's reward.
    """
    scorer = made_ratio(slope=0.6, offset=3.0)
    writer = scorer._writer.generator
    game = make_game(
        writer,
        discriminator=scorer,
        reward=TokenReward(scorer, pad=PAD),
        every_word=scorer.expected_loss,
    )
    source_RS, tokens_RT = every_reply()
    human = TextBatch(source_RS, torch.full((len(source_RS), 1), EOS))
    losses = game.losses("generator", Replies(human, source_RS, tokens_RT, torch.empty(0)), rng())
    mask_RT = tokens_RT != PAD
    prob_R = logp_of(writer, source_RS, tokens_RT).exp().detach()
    kl_RT = torch.zeros(mask_RT.shape, dtype=torch.float64).masked_scatter(
        mask_RT, losses.terms["policy"]
    )
    found = torch.autograd.grad((prob_R * kl_RT.sum(1)).sum(), list(writer.parameters()))
    logq_RTV = writer.logits(source_RS, tokens_RT).log_softmax(-1)
    logp_RTV = scorer.model.logits(source_RS, tokens_RT).log_softmax(-1).detach()
    reward_RTV = 0.6 * (logp_RTV - logq_RTV.detach())
    drawn_RT = (logq_RTV.exp() * reward_RTV).sum(-1) * mask_RT
    wanted = torch.autograd.grad(-(prob_R * drawn_RT.sum(1)).sum(), list(writer.parameters()))
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other)
    assert max(float(each.abs().max()) for each in found) > 1e-3


def test_a_slope_below_0_is_no_reward() -> None:
    scorer = made_ratio(slope=-0.5)
    source_RS, tokens_RT = every_reply()
    logits_NV = scorer._writer.generator.real_logits(source_RS, tokens_RT)
    assert float(scorer.expected_loss(source_RS, tokens_RT, logits_NV).abs().max().detach()) == 0


def test_nothing_is_dropped_but_while_it_learns() -> None:
    """Its own dropout is on where it is called in training, never the writer's, nor in rewards."""
    models = [made_model(seed, dropout=0.5).train() for seed in (1, 2)]
    scorer, writer = DensityRatio(*models), models[1]
    tokens_BT = torch.tensor([[3, 5, 4, 2], [6, 2, 0, 0]])
    source_BS = tokens_BT[:, :0]
    assert not torch.equal(scorer(source_BS, tokens_BT), scorer(source_BS, tokens_BT))
    logits_NV = writer.eval().real_logits(source_BS, tokens_BT)
    first_N = scorer.expected_loss(source_BS, tokens_BT, logits_NV)
    torch.testing.assert_close(first_N, scorer.expected_loss(source_BS, tokens_BT, logits_NV))
    assert scorer.model.training
    scorer.model.eval()
    writer.train()
    torch.testing.assert_close(scorer(source_BS, tokens_BT), scorer(source_BS, tokens_BT))
    assert writer.training


def test_a_copy_has_the_writer_itself() -> None:
    scorer = made_ratio()
    twin = copy.deepcopy(scorer)
    assert twin._writer.generator is scorer._writer.generator
    assert twin.model is not scorer.model


@pytest.mark.parametrize("kind", ["recurrent", "transformer"])
def test_a_product_is_the_normalized_geometric_mean(kind: str) -> None:
    models = [made_model(seed, generator=kind, generator_dim=8) for seed in (1, 2)]
    product = ProductOfExperts(models).eval()
    tokens_BT = torch.tensor([[3, 5, 4, 2], [6, 2, 0, 0]])
    source_BS = tokens_BT[:, :0]
    both = [model.logits(source_BS, tokens_BT).softmax(-1) for model in models]
    mean_BTV = (both[0] * both[1]).sqrt()
    mean_BTV = mean_BTV / mean_BTV.sum(-1, keepdim=True)
    found_BTV = product.logits(source_BS, tokens_BT).softmax(-1)
    torch.testing.assert_close(found_BTV, mean_BTV)
    mask_BT = tokens_BT != PAD
    torch.testing.assert_close(
        product.real_logits(source_BS, tokens_BT).softmax(-1), mean_BTV[mask_BT]
    )
    torch.testing.assert_close(
        product.logits_from(product.start(source_BS), tokens_BT).softmax(-1), mean_BTV
    )
    alone = ProductOfExperts([models[0], models[0]])
    torch.testing.assert_close(alone.logits(source_BS, tokens_BT).softmax(-1), both[0])


def made_model(seed: int, **changes: Any) -> Generator:
    torch.manual_seed(seed)
    options = dataclasses.replace(OPTIONS, **changes)
    model = make_generator(options, vocab_size=9, pad=0, bos=1, eos=2).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight))
    return model


@pytest.mark.parametrize("kind", ["recurrent", "transformer"])
def test_a_product_is_kept_whole(tmp_path: Path, kind: str) -> None:
    changes: dict[str, Any] = {"generator": kind, "generator_dim": 8}
    product = ProductOfExperts([made_model(1, **changes), made_model(2, **changes)]).eval()
    save_generator(product, NumberTokenizer(9, pad=0, bos=1, eos=2), tmp_path / "product")
    again, _ = load_generator(tmp_path / "product", offline=True)
    tokens_BT = torch.tensor([[3, 5, 4, 2]])
    torch.testing.assert_close(
        again.logits(tokens_BT[:, :0], tokens_BT), product.logits(tokens_BT[:, :0], tokens_BT)
    )


def test_a_product_takes_what_it_can_keep() -> None:
    with pytest.raises(ValueError, match="takes RecurrentLanguageModel, Trans"):
        ProductOfExperts([MarkovGenerator()])
    other = make_generator(OPTIONS, vocab_size=8, pad=0, bos=1, eos=2)
    with pytest.raises(ValueError, match="experts of one vocabulary"):
        ProductOfExperts([made_model(1), other])
    with pytest.raises(ValueError, match="experts of one vocabulary"):
        ProductOfExperts([])
    product = ProductOfExperts([made_model(1)])
    with pytest.raises(NotImplementedError, match="reads words alone"):
        product.word_vectors()


def made(options: SentenceGameOptions) -> tuple[Cast, LikelihoodModels]:
    torch.manual_seed(0)
    generator = make_generator(options, vocab_size=9, pad=0, bos=1, eos=2)
    models = LikelihoodModels(generator, measure="nll")
    return make_cast(options, models, length=5, mean_length=5), models


def test_its_model_learns_by_likelihood_first_and_is_a_rival_as_that_left_it() -> None:
    cast, models = made(OPTIONS)
    judge = cast.discriminator
    assert isinstance(judge, DensityRatio)
    phases = phases_of(OPTIONS, cast, models)
    assert phases.phases[0].moves(0) == ("likelihood", "language 1")
    assert judge._writer.generator is models.generator
    tokens_BT = torch.tensor([[3, 5, 4, 2]])
    losses = cast.game.losses("language 1", TextBatch(tokens_BT[:, :0], tokens_BT), rng())
    logp_TV = judge.model.logits(tokens_BT[:, :0], tokens_BT).log_softmax(-1)[0]
    exact = -logp_TV.gather(1, tokens_BT.T).sum() / 5
    torch.testing.assert_close(losses.terms["loss"].sum(), exact)
    rival = writings(OPTIONS, cast, models, length=5)[PRODUCT].generator
    assert isinstance(rival, ProductOfExperts)
    with torch.no_grad():
        for weight in judge.model.parameters():
            weight.add_(torch.randn_like(weight))  # it learns by likelihood
    kept = copy.deepcopy(judge.model.state_dict())
    (begin,) = [phase.on_start for phase in phases.phases if phase.name == "discriminator"]
    assert begin is not None
    begin()
    with torch.no_grad():
        for weight in judge.parameters():
            weight.add_(1.0)  # it plays on
    second = rival.experts[1].state_dict()
    assert all(torch.equal(second[name], value) for name, value in kept.items())
    assert cast.stateful["second"] is cast.second


def test_a_damaged_product_is_one_line(tmp_path: Path) -> None:
    product = ProductOfExperts([made_model(1), made_model(2)])
    save_generator(product, NumberTokenizer(9, pad=0, bos=1, eos=2), tmp_path / "product")
    file = tmp_path / "product" / "config.json"
    file.write_text(file.read_text("utf-8").replace("RecurrentLanguageModel", "Other"), "utf-8")
    with pytest.raises(UserError, match="is none of RecurrentLanguageModel, Trans"):
        load_generator(tmp_path / "product", offline=True)


@pytest.mark.parametrize("reward", ["words", "token"])
def test_the_option_decides_what_the_generator_climbs(reward: str) -> None:
    cast, models = made(dataclasses.replace(OPTIONS, reward=reward, kl_weight=0.0))  # type: ignore[arg-type]
    judge, generator = cast.discriminator, models.generator
    assert isinstance(judge, DensityRatio)
    tokens_BT = torch.tensor([[3, 5, 4, 2], [6, 2, 0, 0]]).repeat_interleave(4, dim=0)
    human = TextBatch(tokens_BT[::4, :0], tokens_BT[::4])
    batch = Replies(human, tokens_BT[:, :0], tokens_BT, torch.empty(0))
    found = cast.game.losses("generator", batch, rng()).terms["policy"]
    logits_NV = generator.real_logits(tokens_BT[:, :0], tokens_BT)
    loss_N = judge.expected_loss(tokens_BT[:, :0], tokens_BT, logits_NV)
    assert (found.shape == loss_N.shape and torch.allclose(found, loss_N)) == (reward == "words")


def test_its_models_are_left_at_their_best() -> None:
    """Each at the look where it was likeliest, if early stopping is asked for."""
    cast, _ = made(OPTIONS)
    judge = cast.discriminator
    assert isinstance(judge, DensityRatio)
    tokens_BT = torch.tensor([[3, 5, 4, 2]])
    figures = judge_figures(cast, "likelihood", tokens_BT)
    assert figures["language 1/nll"] == pytest.approx(word_nll(judge.model, tokens_BT))
    (best,) = cast.best.values()
    cast.keep_best(1, figures)
    kept = copy.deepcopy(judge.model.state_dict())
    judge.model.load_state_dict({name: value + 1 for name, value in kept.items()})
    cast.begin()
    assert all(torch.equal(value, kept[name]) for name, value in judge.model.state_dict().items())
    assert judge_figures(cast, "adversarial", tokens_BT) == {
        "adversarial/slope": 0.5,
        "adversarial/offset": 0.0,
    }
    assert cast.stateful["best language 1"] is best
    assert not made(dataclasses.replace(OPTIONS, early_stop=False))[0].best
    assert judge_figures(made(CAUSAL)[0], "likelihood", tokens_BT) == {}


def test_several_models_learn_each_for_itself_and_judge_as_a_product() -> None:
    options = dataclasses.replace(OPTIONS, discriminator_models=2)
    cast, models = made(options)
    judge = cast.discriminator
    assert isinstance(judge, DensityRatio)
    assert isinstance(judge.model, ProductOfExperts)
    phases = phases_of(options, cast, models)
    assert phases.phases[0].moves(0) == ("likelihood", "language 1", "language 2")
    tokens_BT = torch.tensor([[3, 5, 4, 2]])
    losses = cast.game.losses("language 2", TextBatch(tokens_BT[:, :0], tokens_BT), rng())
    losses.terms["loss"].sum().backward()
    first, second = judge.model.models()
    assert all(weight.grad is None for weight in first.parameters())
    assert all(weight.grad is not None for weight in second.parameters())
    rival = writings(options, cast, models, length=5)[PRODUCT].generator
    assert isinstance(rival, ProductOfExperts)
    assert rival.models()[0] is models.reference
    assert len(rival.models()) == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"discriminator": "causal"}, "--reward words needs a score for every word"),
        ({"baseline": "average"}, "--baseline does nothing but with --reward token"),
        ({"reward_scale": "logit"}, "--reward-scale does nothing but with --reward token"),
        ({"surrogate": "ppo"}, "--surrogate does nothing but with --reward token"),
        ({"candidates": 8}, "scores by the probabilities of the generator"),
        ({"penalty": "spectral"}, "must stay a language model: take --penalty none"),
        ({"penalty": "clip"}, "must stay a language model: take --penalty none"),
        ({"penalty": "gp"}, "must stay a language model: take --penalty none"),
        ({"objective": "energy"}, "which no critic of --objective energy gives"),
        ({"objective": "hinge"}, "which no critic of --objective hinge gives"),
        ({"objective": "wasserstein"}, "which no critic of --objective wasserstein gives"),
        ({"discriminator_dim": 32}, "--discriminator-dim does nothing but with --discriminator c"),
        ({"gradient": "gumbel", "reward": "token"}, "needs a critic that reads relaxed words"),
    ],
)
def test_what_such_a_judge_cannot_do_is_refused(changes: dict[str, str], message: str) -> None:
    OPTIONS.refuse_nonsense()
    dataclasses.replace(OPTIONS, reward="token").refuse_nonsense()
    dataclasses.replace(OPTIONS, replies_per_prompt=1).refuse_nonsense()
    with pytest.raises(UserError, match=message):
        dataclasses.replace(OPTIONS, **changes).refuse_nonsense()  # type: ignore[arg-type]


def test_recipes_with_prompts_have_no_reward_of_every_word() -> None:
    with pytest.raises(UserError, match="in recipes that write without prompts"):
        PolicyOptions(reward="words").refuse_policy("projection")
