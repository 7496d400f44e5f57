"""The summarizer's game: what its batches are made of, what is rewarded, what moves whom."""

import itertools
import math
from typing import Literal

import pytest
import torch
from lively_models import lively
from torch import Tensor

from seqgan.ops.masks import stack_padded, token_mask, with_end
from seqgan.ops.relaxations import one_hot
from seqgan.text.generators.pointer import PointerGenerator
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.summary.batches import SummaryBatch, Texts
from seqgan.text.summary.cast import Cast, make_cast
from seqgan.text.summary.game import recovered_logp
from seqgan.text.summary.keeping import kept, ranks
from seqgan.text.summary.options import SummaryOptions
from seqgan.text.summary.play import RelaxedPlay
from seqgan.text.summary.pseudo import mixed_in
from seqgan.text.summary.rare_words import RareWords
from seqgan.text.summary.rewards import RewardWeights, SummaryReward, most_rarity
from seqgan.text.summary.titleness import Titleness
from seqgan.text.summary.vocabulary import BudgetVocabulary, marks_of
from seqgan.text.tokenizer import SubwordTokenizer

DOCUMENTS = [
    "this package has a small tool that draws maps of rivers",
    "this package has the library which reads old tapes quickly",
    "it is a game in which you collect stones, and more stones",
]
SHORTS = ["tool that draws trees", "library for tapes", "game of stones"]
CHINESE = ["这个软件包提供地图工具", "这个软件包读取旧磁带"], ["地图工具", "读取磁带"]


@pytest.fixture(scope="module")
def vocabulary() -> BudgetVocabulary:
    lines = [*DOCUMENTS, *SHORTS] * 20
    tokenizer = SubwordTokenizer.train(lines, vocab_size=120, exact=False, marks=marks_of(6))
    return BudgetVocabulary(tokenizer, 6)


@pytest.fixture(scope="module")
def titleness() -> Titleness:
    return Titleness.of(SHORTS, DOCUMENTS, chinese=False)


@pytest.fixture
def texts(vocabulary: BudgetVocabulary, titleness: Titleness) -> Texts:
    pairs = [(DOCUMENTS[1], SHORTS[1])]
    return Texts.encode(DOCUMENTS, SHORTS, pairs, vocabulary, titleness, longest=12)


def pointer(vocabulary: BudgetVocabulary, *, seed: int = 0) -> PointerGenerator:
    words = vocabulary.tokenizer
    return lively(
        lambda: PointerGenerator(
            words.vocab_size,
            pad=words.pad,
            bos=words.bos,
            eos=words.eos,
            dim=8,
            dropout=0.0,
            marks=vocabulary.marks,
        ),
        seed=seed,
    ).float()


def stage(
    vocabulary: BudgetVocabulary, texts: Texts, options: SummaryOptions
) -> tuple[Cast, LikelihoodModels, PointerGenerator]:
    models = LikelihoodModels(pointer(vocabulary), measure="", early_stop=False)
    reconstructor = pointer(vocabulary, seed=1)
    cast = make_cast(
        options,
        vocabulary,
        models,
        reconstructor,
        RareWords.of(texts.documents, vocabulary),
        max_length=10,
        mean_length=texts.mean_length,
        recovered=12,
        mean_recovered=texts.mean_recovered(12),
    )
    return cast, models, reconstructor


def batch_of(texts: Texts) -> SummaryBatch:
    return texts.collate([0, 1, 2], [0, 1, 2], [0, 0, 0])


# Which words are kept


@pytest.mark.parametrize("words", [1, 3, 5])
def test_ids_are_kept_as_words_are(
    vocabulary: BudgetVocabulary, titleness: Titleness, words: int
) -> None:
    tokenizer, plain = vocabulary.tokenizer, [text.replace(",", "") for text in DOCUMENTS]
    ids = [tokenizer.encode(text) for text in plain]
    rank = [ranks(row, tokenizer, titleness) for row in ids]
    got_BT = kept(
        stack_padded(ids, pad=tokenizer.pad),
        stack_padded(rank, pad=0),
        torch.full((3,), words),
        pad=tokenizer.pad,
    )
    assert [tokenizer.decode(row) for row in got_BT.tolist()] == [
        titleness.keep(text, words) for text in plain
    ]


def test_chinese_pieces_are_kept_by_their_characters() -> None:
    """Never more of them than the budget, the most typical piece first."""
    shorts, documents = (
        ["地图工具", "地图查看"],
        ["这个软件包提供地图工具和查看软件", "这个软件包很好"],
    )
    titleness = Titleness.of(shorts, documents, chinese=True)
    tokenizer = SubwordTokenizer.train([*shorts, *documents] * 9, vocab_size=60, exact=False)
    ids = tokenizer.encode(documents[0])
    pieces, rank = tokenizer.pieces(ids), ranks(ids, tokenizer, titleness)
    assert max(len(piece.strip()) for piece in pieces) > 1
    sizes = {}
    for budget in range(1, 17):
        chosen = [piece for piece, at in zip(pieces, rank, strict=True) if at < budget]
        sizes[budget] = sum(len(piece.strip()) for piece in chosen)
        assert sizes[budget] <= budget
    assert sizes[16] > sizes[4]
    first = min(zip(rank, pieces, strict=True))[1].strip()
    typical = {place: titleness.weight(place) for place in "".join(pieces).strip()}
    assert all(typical[sign] > 0 for sign in first)


def test_titleness_is_the_log_ratio_of_frequencies() -> None:
    found = Titleness.of(["a b"], ["a a c d"], chinese=False)  # 4 known words, 1 added to each
    assert found.weight("B") == pytest.approx(math.log((1.1 / 2.4) / (1 / 8)))
    assert found.keep("d b, a b", 2) == "b a"
    assert Titleness.of(*reversed(CHINESE), chinese=True).keep(CHINESE[0][0], 2) in CHINESE[0][0]


def test_pieces_begin_as_many_words_as_the_text_has(vocabulary: BudgetVocabulary) -> None:
    for text in [*DOCUMENTS, *SHORTS]:
        ids = vocabulary.tokenizer.encode(text)
        assert int(vocabulary.begun_V[ids].sum()) == len(text.split())
    lines = [line for side in CHINESE for line in side] * 9
    tokenizer = SubwordTokenizer.train(lines, vocab_size=60, exact=False, marks=marks_of(6))
    begun_V = BudgetVocabulary(tokenizer, 6).begun_V
    ids = [tokenizer.encode(line) for line in lines[:4]]
    assert any(tokenizer.pieces(row)[0] == " " for row in ids)  # which is no character
    assert [int(begun_V[row].sum()) for row in ids] == [len(line) for line in lines[:4]]


# Documents made for short texts


def test_mixed_documents_hold_both_texts_in_order(vocabulary: BudgetVocabulary) -> None:
    tokenizer = vocabulary.tokenizer
    short_BT, document_BS = (
        stack_padded([tokenizer.encode(text) for text in side], pad=tokenizer.pad)
        for side in (SHORTS, DOCUMENTS)
    )
    rng = torch.Generator().manual_seed(0)
    mixed_BL = mixed_in(
        short_BT, document_BS, vocabulary.begun_V, pad=tokenizer.pad, rng=rng, dropped=0.0
    )
    for row, (short, document) in enumerate(zip(SHORTS, DOCUMENTS, strict=True)):
        words = tokenizer.decode(mixed_BL[row].tolist()).split()
        assert sorted(words) == sorted([*short.split(), *document.split()])  # no word is cut
        rest = iter(words)
        assert all(word in rest for word in document.split())  # in their order


def test_dropped_words_are_left_out(vocabulary: BudgetVocabulary) -> None:
    tokenizer = vocabulary.tokenizer
    short_BT = stack_padded([tokenizer.encode(SHORTS[0])] * 500, pad=tokenizer.pad)
    mixed_BL = mixed_in(
        short_BT,
        short_BT[:, :0],
        vocabulary.begun_V,
        pad=tokenizer.pad,
        rng=torch.Generator().manual_seed(0),
        dropped=0.25,
    )
    words = int(vocabulary.begun_V[mixed_BL].sum())
    assert words / 2000 == pytest.approx(0.75, abs=0.04)  # 4 standard deviations


# Rewards


def reward_of(
    vocabulary: BudgetVocabulary, documents: list[str], weights: RewardWeights, **given: object
) -> SummaryReward:
    return SummaryReward(
        weights,
        vocabulary,
        RareWords.of([vocabulary.tokenizer.encode(text) for text in documents], vocabulary),
        realness=lambda source, tokens, rng: torch.ones(tokens.shape),
        reconstruct=lambda documents, tokens: tokens[:, 0].double(),
        greedy=given.get("greedy"),  # type: ignore[arg-type]
    )


ONLY = {"realness": 0.0, "reconstruction": 0.0, "coverage": 0.0, "repetition": 0.0, "length": 0.0}
MANY = [DOCUMENTS[0]] * 4 + [DOCUMENTS[1]] * 2 + [DOCUMENTS[2]] + ["this is it"] * 33
"""40 documents: words of the first three are rare, but for those that all have."""


def written(vocabulary: BudgetVocabulary, texts: list[str]) -> Tensor:
    tokenizer = vocabulary.tokenizer
    ids_BT = stack_padded([tokenizer.encode(text) for text in texts], pad=tokenizer.pad)
    return with_end(ids_BT, eos=tokenizer.eos, pad=tokenizer.pad)


def asked(vocabulary: BudgetVocabulary, texts: list[str], words: int) -> Tensor:
    return vocabulary.sources(texts, words, longest=99, device="cpu")


def test_coverage_is_the_share_of_the_rarity_that_the_budget_allows(
    vocabulary: BudgetVocabulary,
) -> None:
    """The mean over a summary's tokens; a word counts once, whole, and if the document has it."""
    texts = ["stones and tapes and stones", "sto stones", "stones collect", "this is it"]
    tokens_RT = written(vocabulary, texts)
    source_RL = asked(vocabulary, [DOCUMENTS[2]] * 4, 2)  # all of its words but "it is a" are rare
    reward = reward_of(vocabulary, MANY, RewardWeights(**{**ONLY, "coverage": 1.0}))
    got_RT = reward(source_RL, tokens_RT, torch.Generator())
    mask_RT = token_mask(tokens_RT, pad=vocabulary.tokenizer.pad)
    share_R = got_RT.sum(1) / mask_RT.sum(1)
    torch.testing.assert_close(share_R.float(), torch.tensor([1.0, 0.5, 1.0, 0.0]))
    assert not got_RT[~mask_RT].any()
    source_RL, tokens_RT = (
        asked(vocabulary, ["stones maps stones stones"], 3),
        written(vocabulary, ["maps stones"]),
    )
    got_RT = reward(source_RL, tokens_RT, torch.Generator())
    assert float(got_RT.mean()) == pytest.approx(1.0)


def test_the_most_rarity_is_what_no_choice_within_the_budget_exceeds() -> None:
    rare_RS, size_RS = torch.tensor([[2.0, 6.0, 3.0, 0.0]]), torch.tensor([[1, 3, 1, 1]])
    for budget in range(1, 7):
        chosen = [
            sum(rare for rare, _ in some)
            for count in range(5)
            for some in itertools.combinations(
                zip(rare_RS[0].tolist(), size_RS[0].tolist(), strict=True), count
            )
            if sum(size for _, size in some) <= budget
        ]
        bound = float(most_rarity(rare_RS, size_RS, torch.tensor([budget])))
        assert max(chosen) <= bound <= max(chosen) + 6.0 * 2 / 3
    ones_RS = torch.ones_like(size_RS)
    assert most_rarity(rare_RS, ones_RS, torch.tensor([2])).tolist() == [9.0]


def test_repetition_and_length_are_counted_in_words(vocabulary: BudgetVocabulary) -> None:
    tokens_RT = written(vocabulary, ["stones stones", "game of stones", "is this is"])
    source_RL = vocabulary.source(torch.full((3, 1), 20), torch.tensor([4, 2, 3]))
    repeats = reward_of(vocabulary, MANY, RewardWeights(**{**ONLY, "repetition": 2.0}))
    got_RT = repeats(source_RL, tokens_RT, torch.Generator())
    torch.testing.assert_close(
        got_RT.sum(1).float(), torch.tensor([-2.0, 0.0, 0.0])
    )  # "is" is not rare
    length = reward_of(vocabulary, MANY, RewardWeights(**{**ONLY, "length": 1.0}))
    got_RT = length(source_RL, tokens_RT, torch.Generator())
    assert got_RT[:, 0].tolist() == [-0.5, -0.5, 0.0]  # 2 of 4 words, 3 of 2, 3 of 3


def test_the_greedy_summary_itself_earns_nothing(vocabulary: BudgetVocabulary) -> None:
    """Each document has its own: what the neighbour's earns is no baseline."""
    texts = ["tool maps", "stones"]
    source_RL = asked(vocabulary, [DOCUMENTS[0], DOCUMENTS[2]], 2)
    likeliest = {
        tuple(source.tolist()): written(vocabulary, texts)[row]
        for row, source in enumerate(source_RL)
    }

    def greedy(source_DL: Tensor) -> Tensor:
        return torch.stack([likeliest[tuple(source.tolist())] for source in source_DL])

    weights = RewardWeights(**dict.fromkeys(ONLY, 0.5))
    reward = reward_of(vocabulary, MANY, weights, greedy=greedy)
    plain = reward_of(vocabulary, MANY, weights)
    rows_R, rng = [1, 0, 0, 1], torch.Generator()
    tokens_RT = written(vocabulary, texts)[rows_R]
    got_RT = reward(source_RL[rows_R], tokens_RT, rng)
    torch.testing.assert_close(got_RT.sum(1), torch.zeros(4).double(), atol=1e-5, rtol=0)
    mask_RT = token_mask(tokens_RT, pad=vocabulary.tokenizer.pad)
    earned_R = plain(source_RL[rows_R], tokens_RT, rng).sum(1) / mask_RT.sum(1)
    assert abs(float(earned_R[0] - earned_R[1])) > 0.1  # the two are worth different things
    other_RT = reward(source_RL[:1], written(vocabulary, ["this is"]), rng)
    assert other_RT[0, 0] != 0


def test_a_term_of_weight_0_counts_nothing_and_is_in_the_log(vocabulary: BudgetVocabulary) -> None:
    source_RL, tokens_RT = asked(vocabulary, [DOCUMENTS[2]], 2), written(vocabulary, ["stones it"])
    reward = reward_of(vocabulary, MANY, RewardWeights(**{**ONLY, "length": 1.0}))
    assert not reward(source_RL, tokens_RT, torch.Generator()).any()  # 2 of 2 words
    assert set(reward.figures) == set(ONLY)
    assert reward.figures["realness"] == 1.0
    assert reward.figures["coverage"] == pytest.approx(0.5)


def test_the_recovery_of_relaxed_words_has_its_slope(
    vocabulary: BudgetVocabulary, texts: Texts
) -> None:
    """Of what is read and of what is copied: by finite differences on Gumbel words."""
    options = SummaryOptions(gradient="gumbel", generator_dim=8, discriminator_dim=8)
    cast, _, reconstructor = stage(vocabulary, texts, options)
    play = cast.play.game
    assert isinstance(play, RelaxedPlay)
    reconstructor.double()
    with torch.no_grad():
        reconstructor.gate.bias.fill_(-4.0)  # which copies
    source_BL = asked(vocabulary, DOCUMENTS[:2], 2)[:, :5]
    there_BTV = one_hot(source_BL[:, 1:], vocabulary.tokenizer.vocab_size).double()
    elsewhere_BTV = one_hot(torch.full((2, 4), 20), vocabulary.tokenizer.vocab_size).double()
    none, less, more, whole = (
        float(
            play.recovery(share * there_BTV + (1 - share) * elsewhere_BTV, source_BL).sum().detach()
        )
        for share in (0.0, 0.49, 0.51, 1.0)
    )
    assert none < less < more < whole
    assert more - less < 0.1 * (whole - none)  # what is copied does not wait for the majority
    words_BTV = (0.6 * there_BTV + 0.4 * elsewhere_BTV).requires_grad_()
    (slope_BTV,) = torch.autograd.grad(play.recovery(words_BTV, source_BL).sum(), words_BTV)
    for place, word in ((0, int(source_BL[0, 1])), (1, int(source_BL[0, 4])), (3, 20)):
        moved = torch.zeros_like(words_BTV)
        moved[0, place, word] = 1e-6
        with torch.no_grad():
            high, low = (
                play.recovery(words_BTV + sign * moved, source_BL).sum() for sign in (1, -1)
            )
        torch.testing.assert_close(
            slope_BTV[0, place, word], (high - low) / 2e-6, rtol=1e-3, atol=1e-5
        )


# Who moves whom


def grads(cast: Cast, player: str, batch: SummaryBatch, modules: list[torch.nn.Module]) -> float:
    """Return the size of the gradient that a player's terms have on modules."""
    rng = torch.Generator().manual_seed(3)
    prepared = cast.game.prepare(batch, [player], rng)
    losses = cast.game.losses(player, prepared, rng)
    parameters = list(itertools.chain(*(module.parameters() for module in modules)))
    total = sum((term.sum() for term in losses.terms.values()), torch.zeros(()))
    found = torch.autograd.grad(total, parameters, allow_unused=True)
    return sum(float(grad.abs().sum()) for grad in found if grad is not None)


@pytest.mark.parametrize("term", ["realness", "reconstruction"])
@pytest.mark.parametrize("gradient", ["policy", "straight-through", "gumbel"])
def test_each_reward_moves_the_generator(
    vocabulary: BudgetVocabulary,
    texts: Texts,
    gradient: Literal["policy", "straight-through", "gumbel"],
    term: str,
) -> None:
    options = SummaryOptions(
        gradient=gradient,
        generator_dim=8,
        discriminator_dim=8,
        kl_weight=0.0,
        **{**ONLY, term: 1.0},  # type: ignore[arg-type]
    )
    cast, models, _ = stage(vocabulary, texts, options)
    assert grads(cast, "generator", batch_of(texts), [models.generator]) > 1e-6


@pytest.mark.parametrize("term", ["realness", "reconstruction"])
def test_relaxed_rewards_of_weight_0_are_in_the_log_and_move_nobody(
    vocabulary: BudgetVocabulary, texts: Texts, term: str
) -> None:
    """The loss is that of the other term alone, to its slope."""
    found = {}
    for other in (0.0, 1.0):
        weights = {"realness": other, "reconstruction": other, term: 1.0}
        options = SummaryOptions(
            gradient="straight-through", generator_dim=8, discriminator_dim=8, **weights
        )
        cast, models, _ = stage(vocabulary, texts, options)
        rng = torch.Generator().manual_seed(3)
        prepared = cast.game.prepare(batch_of(texts), ["generator"], rng)
        losses = cast.game.losses("generator", prepared, rng)
        assert {"realness", "reconstruction"} <= losses.figures.keys()
        slope = torch.autograd.grad(losses.terms["loss"].sum(), [*models.generator.parameters()])
        found[other] = losses.terms["loss"], losses.figures, torch.cat([g.flatten() for g in slope])
    (alone_B, figures, slope), (both_B, same, mixed) = found[0.0], found[1.0]
    assert float(alone_B.mean().detach()) == pytest.approx(-float(figures[term]), rel=1e-5)
    assert {name: float(each) for name, each in figures.items()} == pytest.approx(
        {name: float(each) for name, each in same.items()}
    )
    assert not torch.allclose(alone_B, both_B)
    assert not torch.allclose(slope, mixed)


@pytest.mark.parametrize("player", ["reconstructor", "recovery"])
def test_the_reconstructor_alone_learns_to_recover(
    vocabulary: BudgetVocabulary, texts: Texts, player: str
) -> None:
    cast, models, reconstructor = stage(vocabulary, texts, SummaryOptions(generator_dim=8))
    batch = batch_of(texts)
    assert grads(cast, player, batch, [reconstructor]) > 1e-6
    rng = torch.Generator().manual_seed(3)
    losses = cast.game.losses(player, cast.game.prepare(batch, [player], rng), rng)
    parameters = list(models.generator.parameters())
    total = sum((term.sum() for term in losses.terms.values()), torch.zeros(()))
    found = torch.autograd.grad(total, parameters, allow_unused=True)
    assert all(grad is None for grad in found)


def test_the_discriminator_never_reads_the_document(
    vocabulary: BudgetVocabulary, texts: Texts
) -> None:
    cast, _, _ = stage(vocabulary, texts, SummaryOptions(generator_dim=8, discriminator_dim=8))
    (discriminator,) = cast.play.players["discriminator"].modules.values()
    discriminator.eval()
    tokens_BT = torch.tensor([[20, 21, 2]])
    one, other = (discriminator(torch.tensor([[5, word]]), tokens_BT) for word in (20, 30))
    torch.testing.assert_close(one, other)


def test_likelihood_terms_are_what_they_say(vocabulary: BudgetVocabulary, texts: Texts) -> None:
    options = SummaryOptions(
        generator_dim=8, extraction_weight=0.0, language_weight=2.0, pairs=1, denoising_weight=0.0
    )
    cast, models, _ = stage(vocabulary, texts, options)
    batch, rng = batch_of(texts), torch.Generator().manual_seed(0)
    losses = cast.game.losses("extraction", cast.game.prepare(batch, ["extraction"], rng), rng)
    generator, pad = models.generator, vocabulary.tokenizer.pad

    def nll(source_BL: Tensor, tokens_BT: Tensor) -> Tensor:
        mask_BT = token_mask(tokens_BT, pad=pad)
        logp_BT = generator.logits(source_BL, tokens_BT).log_softmax(-1)
        logp_BT = logp_BT.gather(-1, tokens_BT.unsqueeze(-1)).squeeze(-1)
        return -(logp_BT * mask_BT).sum(1) / texts.mean_length

    marks_B1 = torch.tensor(vocabulary.marks)[batch.budget_B - 1].unsqueeze(1)
    torch.testing.assert_close(losses.terms["language"], 2 * nll(marks_B1, batch.short_BT))
    pair_BL = vocabulary.source(batch.pair_document_BS, batch.pair_budget_B)
    torch.testing.assert_close(losses.terms["pairs"], nll(pair_BL, batch.pair_short_BT))
    assert losses.items == 3


def test_every_token_that_is_recovered_weighs_the_same(
    vocabulary: BudgetVocabulary, titleness: Titleness
) -> None:
    """Whatever the length of its document, and of the others in its batch."""
    documents = ["a tool", *DOCUMENTS[1:]]
    pairs = [(DOCUMENTS[1], SHORTS[1])]
    texts = Texts.encode(documents, SHORTS, pairs, vocabulary, titleness, longest=12)
    options = SummaryOptions(generator_dim=8, batch_size=3, reconstructed=3)
    cast, _, reconstructor = stage(vocabulary, texts, options)
    batch, rng = batch_of(texts), torch.Generator().manual_seed(0)
    prepared = cast.game.prepare(batch, ["reconstructor"], rng)
    term_B = cast.game.losses("reconstructor", prepared, rng).terms["document_nll"]
    assert prepared.summary_BT is not None
    mean_B = recovered_logp(reconstructor, batch.document_BS, prepared.summary_BT, longest=12)
    ids_B = (batch.document_BS != vocabulary.tokenizer.pad).sum(1)
    tokens_B = (ids_B + 1).clamp(max=12)
    assert tokens_B.unique().numel() > 1
    torch.testing.assert_close(term_B * texts.mean_recovered(12), -mean_B * tokens_B)
    assert texts.mean_recovered(12) == sum(min(len(one) + 1, 12) for one in texts.documents) / len(
        texts.documents
    )


def test_a_process_recovers_as_large_a_part_of_its_share_as_one_process_of_the_batch(
    vocabulary: BudgetVocabulary, texts: Texts
) -> None:
    options = SummaryOptions(generator_dim=8, batch_size=6, reconstructed=4)  # two have 3 rows each
    cast = stage(vocabulary, texts, options)[0]
    for player in ("reconstructor", "recovery"):
        prepared = cast.game.prepare(batch_of(texts), [player], torch.Generator().manual_seed(0))
        assert prepared.summary_BT is not None
        assert len(prepared.summary_BT) == 2


def test_only_the_first_words_are_recovered(vocabulary: BudgetVocabulary) -> None:
    reconstructor = pointer(vocabulary)
    words = vocabulary.tokenizer
    ids = [words.encode(text) for text in DOCUMENTS[:2]]
    summary_BT = stack_padded([words.encode(text) for text in SHORTS[:2]], pad=words.pad)
    whole_BS = stack_padded(ids, pad=words.pad)
    cut_BS = stack_padded([row[:5] for row in ids], pad=words.pad)
    torch.testing.assert_close(
        recovered_logp(reconstructor, whole_BS, summary_BT, longest=6),
        recovered_logp(reconstructor, cut_BS, summary_BT, longest=6),
    )
