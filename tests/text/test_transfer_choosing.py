"""The best of several ways to write a sentence: which one, and what is learned from it.

Legend: B batch, S words, C ways, K styles.
"""

from collections.abc import Sequence

import pytest
import torch
from test_transfer_game import build
from torch import Tensor

from seqgan.games.objectives import ObjectiveName
from seqgan.ops.masks import stack_padded, with_end, words_alone
from seqgan.text.relaxed import lengthened
from seqgan.text.tokenizer import SubwordTokenizer
from seqgan.text.transfer import choosing
from seqgan.text.transfer.batches import StyledBatch
from seqgan.text.transfer.choosing import Chooser
from seqgan.text.transfer.critics import StyleCritic
from seqgan.text.transfer.game import TransferGame
from seqgan.text.transfer.options import TransferOptions
from seqgan.text.transfer.ranking import Scorers, scored
from seqgan.text.transfer.terms import Noise, Weights
from seqgan.text.transfer.vocabulary import StyleVocabulary, marks_of

TEXTS = ["the dull tea was cold", "the fine tea was warm", "a fine soup", "a dull soup"]


class ByWords:
    """Style 1 has "fine", style 0 has "dull"; neither: even."""

    def probabilities(self, texts: Sequence[str]) -> Tensor:
        chance_N = torch.tensor([0.5 + 0.4 * (("fine" in t) - ("dull" in t)) for t in texts])
        return torch.stack([1 - chance_N, chance_N], dim=1)


@pytest.fixture(scope="module")
def vocabulary() -> StyleVocabulary:
    tokenizer = SubwordTokenizer.train(TEXTS * 20, vocab_size=40, exact=False, marks=marks_of(2))
    return StyleVocabulary(tokenizer, ("dull", "fine"))


def ids(vocabulary: StyleVocabulary, texts: Sequence[str], *, width: int = 0) -> Tensor:
    words_BS = stack_padded(vocabulary.encode(texts), pad=vocabulary.tokenizer.pad)
    missing = max(width - words_BS.shape[1], 0)
    return torch.nn.functional.pad(words_BS, (0, missing), value=vocabulary.tokenizer.pad)


def test_the_way_that_has_the_style_and_keeps_most_is_best(vocabulary: StyleVocabulary) -> None:
    sources = ["the dull tea was cold", "a fine soup", "the dull tea"]
    ways = [
        ["the dull tea was cold", "a fine soup", "the dull tea"],  # copies
        ["the fine tea was cold", "a dull soup", "the dull soup"],
        ["a fine soup", "the dull tea was cold", "the tea"],
    ]
    written_CBS = torch.stack([ids(vocabulary, texts, width=24) for texts in ways])
    chooser = Chooser(vocabulary, Scorers(ByWords()))
    best_B, kept_B = chooser.best(
        ids(vocabulary, sources), written_CBS, target_B=torch.tensor([1, 0, 1])
    )
    assert best_B[:2].tolist() == [1, 1]
    assert kept_B.tolist() == [1.0, 1.0, 0.0]  # no way gives the last one the style


def test_less_of_a_style_is_enough_to_learn_from_than_to_answer(
    vocabulary: StyleVocabulary,
) -> None:
    class Hardly(ByWords):
        """Is surer of style 1 where a text has "fine"."""

        def probabilities(self, texts: Sequence[str]) -> Tensor:
            chance_N = torch.tensor([0.9 if "fine" in text else 0.6 for text in texts])
            return torch.stack([1 - chance_N, chance_N], dim=1)

    source = "the tea a soup the dull tea a soup"
    ways = [[source], [source.replace("dull", "fine")]]
    written_CBS = torch.stack([ids(vocabulary, texts, width=40) for texts in ways])
    chooser = Chooser(vocabulary, Scorers(Hardly()))
    best_B, kept_B = chooser.best(ids(vocabulary, [source]), written_CBS, torch.tensor([1]))
    assert (best_B.tolist(), kept_B.tolist()) == ([0], [1.0])
    first, second = scored(chooser.scorers, [source] * 2, [each[0] for each in ways], style=1)
    assert first.total < second.total  # the answer would be the other one


def batch_of(vocabulary: StyleVocabulary) -> StyledBatch:
    words_BS = ids(vocabulary, ["the dull tea", "a dull soup", "the fine tea", "a fine soup"])
    return StyledBatch(words_BS, torch.tensor([0, 0, 1, 1]), torch.zeros_like(words_BS).bool(), 2)


def chosen_game(vocabulary: StyleVocabulary, style: ByWords) -> TransferGame:
    game = build(vocabulary, Weights(chosen=0.5))
    game.chooser = Chooser(vocabulary, Scorers(style))
    return game


def test_with_one_way_it_is_what_the_generator_writes(
    vocabulary: StyleVocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "WAYS", (1.0,))
    game, rng = chosen_game(vocabulary, ByWords()), torch.Generator().manual_seed(0)
    prepared = game.prepare(batch_of(vocabulary), ["generator"], rng)
    generator = game.learners["generator"][0]
    alone_BS = game.translated(generator, prepared, rng)  # nothing is hidden: there are no flags
    tokens_BT = prepared.chosen["generator"].tokens_BT
    words_BT = tokens_BT.masked_fill(tokens_BT == game.eos, game.pad)
    assert torch.equal(words_BT[:, : alone_BS.shape[1]], alone_BS)
    assert bool((words_BT[:, alone_BS.shape[1] :] == game.pad).all())


def test_the_loss_is_the_likelihood_of_what_has_the_style(vocabulary: StyleVocabulary) -> None:
    class OnlyTheFirst(ByWords):
        """Calls what the first two sentences become fitting, and the rest not."""

        def probabilities(self, texts: Sequence[str]) -> Tensor:
            return torch.tensor([[0.1, 0.9]] * len(texts))

    game, rng = chosen_game(vocabulary, OnlyTheFirst()), torch.Generator().manual_seed(0)
    batch = batch_of(vocabulary)
    prepared = game.prepare(batch, ["generator"], rng)
    chosen = prepared.chosen["generator"]
    assert chosen.kept_B.tolist() == [1, 1, 0, 0]  # those that were to become style 1
    loss_B = game.losses("generator", prepared, rng).terms["chosen"]
    generator = game.learners["generator"][0]
    state = generator.start(vocabulary.source(batch.words_BS, prepared.target_B, batch.style_B))
    nll_B = -generator.logp_from(state, chosen.tokens_BT).sum(1) / game.mean_length
    torch.testing.assert_close(loss_B, 0.5 * nll_B * chosen.kept_B)


def flagged_batch(vocabulary: StyleVocabulary) -> StyledBatch:
    """Return a batch whose second words speak for their style."""
    batch = batch_of(vocabulary)
    flags_BS = torch.zeros_like(batch.words_BS).bool()
    flags_BS[:, 1] = True
    return StyledBatch(batch.words_BS, batch.style_B, flags_BS, 2)


def test_hidden_words_are_one_of_the_ways(
    vocabulary: StyleVocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where style words are flagged, the last way reads the sentence without them."""
    read: list[Tensor] = []

    def watched(generator: object, prompt_BS: Tensor, **settings: object) -> Tensor:
        read.extend(prompt_BS[:, 2:].split(len(TEXTS)))  # behind the tags
        return ids(vocabulary, TEXTS * (len(prompt_BS) // len(TEXTS)))

    monkeypatch.setattr(choosing, "sample", watched)
    game, batch = chosen_game(vocabulary, ByWords()), flagged_batch(vocabulary)
    game.noise = Noise()
    game.prepare(batch, ["generator"], torch.Generator().manual_seed(0))
    *whole, hidden_BS = read
    assert len(whole) == len(choosing.WAYS)
    assert all(torch.equal(words_BS, batch.words_BS) for words_BS in whole)
    assert bool((hidden_BS == vocabulary.mask).any(1).all())


def test_all_ways_at_once_are_what_each_is_alone(vocabulary: StyleVocabulary) -> None:
    """A row's strength is its own whatever is written beside it."""
    game, batch = chosen_game(vocabulary, ByWords()), flagged_batch(vocabulary)
    chooser, generator = game.chooser, game.learners["generator"][0]
    assert chooser is not None
    tags_BN = torch.tensor(vocabulary.tags)[torch.stack([1 - batch.style_B, batch.style_B], 1)]
    source_BL = torch.cat([tags_BN, batch.words_BS], dim=1)
    ways = [(source_BL, strength) for strength in (0.25, 0.5, 3.0, 5.0)]
    rng = torch.Generator().manual_seed(0)
    together = chooser.written(generator, ways, room=9, rng=rng)
    alone = [chooser.written(generator, [way], room=9, rng=rng)[0] for way in ways]
    assert all(torch.equal(*pair) for pair in zip(together, alone, strict=True))
    assert not torch.equal(together[0], together[-1])


def test_what_the_critic_thinks_is_added_to_the_total_of_each_way(
    vocabulary: StyleVocabulary,
) -> None:
    """A strong enough opinion decides, whatever the scorers say; 0 is no opinion."""
    sources = ["the dull tea was cold", "a fine soup"]
    ways = [["the fine tea was cold", "a dull soup"], ["a fine soup", "the dull tea"]]
    written_CBS = torch.stack([ids(vocabulary, texts, width=24) for texts in ways])
    chooser, seen = Chooser(vocabulary, Scorers(ByWords())), []

    def best(worth: float) -> list[int]:
        def opinion(words_NS: Tensor, style_N: Tensor) -> Tensor:
            seen.append((words_NS, style_N))
            return worth * torch.tensor([0.0, 0.0, 1.0, 1.0])  # the second way of both

        target_B = torch.tensor([1, 0])
        best_B, _ = chooser.best(ids(vocabulary, sources), written_CBS, target_B, opinion)
        return best_B.tolist()

    assert best(0.0) == [0, 0]
    assert best(100.0) == [1, 1]
    assert torch.equal(seen[0][0], written_CBS.flatten(0, 1))
    assert seen[0][1].tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("worth", "objective", "sign"),
    [(0.0, "relativistic", 1), (50.0, "relativistic", 1), (50.0, "energy", -1)],
)
def test_a_players_opinion_is_the_critics_score_of_the_words(
    vocabulary: StyleVocabulary, worth: float, objective: ObjectiveName, sign: int
) -> None:
    """The score of exactly what the critic would read as real, without dropout; of an energy, which
    is low for real, the opposite."""
    weights = Weights(chosen=1.0, heard=worth)
    game = build(vocabulary, weights, gradient="choice", objective=objective)
    assert game.adversary is not None
    critic = game.adversary.critic.train()
    assert isinstance(critic, StyleCritic)
    critic.dropout.p = 0.5
    heard: list[Tensor] = []

    class Watched(Chooser):
        def best(
            self,
            words_BS: Tensor,
            written_CBS: Tensor,
            target_B: Tensor,
            opinion: choosing.Opinion | None = None,
        ) -> tuple[Tensor, Tensor]:
            assert (opinion is None) == (worth == 0)
            if opinion is not None:
                heard.append(opinion(words_BS, target_B))
            return super().best(words_BS, written_CBS, target_B, opinion)

    game.chooser = Watched(vocabulary, Scorers(ByWords()))
    batch, rng = batch_of(vocabulary), torch.Generator().manual_seed(0)
    prepared = game.prepare(batch, ["generator"], rng)
    if not worth:
        assert not heard
        return
    tokens_BT = with_end(batch.words_BS, eos=game.eos, pad=game.pad)
    vectors_BTD = game.writer.vectors_VD[lengthened(tokens_BT, game.room(prepared), pad=game.pad)]
    source_BL = vocabulary.source(batch.words_BS, prepared.target_B, batch.style_B)
    score_B = critic.eval()(vectors_BTD, source_BL)
    torch.testing.assert_close(heard[0].to(score_B), sign * worth * score_B)


def test_drawn_ways_differ_and_stand_behind_the_others(
    vocabulary: StyleVocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, object]] = []

    def watched(generator: object, prompt_BS: Tensor, **settings: object) -> Tensor:
        asked.append((len(prompt_BS), settings["temperature"]))
        return ids(vocabulary, TEXTS * (len(prompt_BS) // len(TEXTS)))

    game = chosen_game(vocabulary, ByWords())
    game.chooser = Chooser(vocabulary, Scorers(ByWords()), num_drawn=3)
    batch, generator = batch_of(vocabulary), game.learners["generator"][0]
    source_BL = vocabulary.source(batch.words_BS, 1 - batch.style_B, batch.style_B)
    tags_BN = torch.tensor(vocabulary.tags)[batch.style_B].unsqueeze(1)
    ways = [(torch.cat([source_BL[:, :1], tags_BN, batch.words_BS], dim=1), 1.0)] * 3
    rng = torch.Generator().manual_seed(0)
    drawn = game.chooser.written(generator, ways, room=9, rng=rng, temperature=1.0)
    assert not torch.equal(drawn[0], drawn[1])
    monkeypatch.setattr(choosing, "sample", watched)
    game.prepare(batch, ["generator"], rng)
    size = len(batch.words_BS)
    assert asked[-1] == (3 * size, choosing.DRAWN_TEMPERATURE)
    assert all(temperature == 0 for _, temperature in asked[:-1])


def policy_game(
    vocabulary: StyleVocabulary, num_drawn: int, *, opinion: float = 0.0
) -> TransferGame:
    game = build(vocabulary, Weights(policy=2.0, opinion=opinion), gradient="policy")
    game.chooser, game.num_earning = Chooser(vocabulary, Scorers(ByWords())), num_drawn
    return game


@pytest.mark.parametrize("opinion", [0.0, 50.0])
def test_drawn_ways_weigh_as_much_as_they_earned_above_the_others(
    vocabulary: StyleVocabulary, opinion: float
) -> None:
    """By style, content, fluency, and what the critic thinks of them."""
    game = policy_game(vocabulary, 5, opinion=opinion)
    rng = torch.Generator().manual_seed(0)
    batch = batch_of(vocabulary)
    prepared = game.prepare(batch, ["generator"], rng)
    drawn = prepared.drawn["generator"]
    assert len(drawn.tokens_CBT) == 5
    words_CBS = torch.stack(
        [words_alone(each, eos=game.eos, pad=game.pad) for each in drawn.tokens_CBT]
    )
    assert game.chooser is not None
    total_CB, _ = game.chooser.totals(batch.words_BS, words_CBS, prepared.target_B)
    if opinion:
        assert not torch.allclose(drawn.advantage_CB, choosing.advantages(total_CB), atol=0.05)
        target_N, room = prepared.target_B.repeat(5), game.room(prepared)
        heard_N = game.opinion(words_CBS.flatten(0, 1), target_N, room=room)
        total_CB += opinion * heard_N.view_as(total_CB).to(total_CB)
    above_CB = total_CB - total_CB.mean(0)
    torch.testing.assert_close(
        drawn.advantage_CB * total_CB.std(0, correction=0), above_CB, rtol=1e-4, atol=1e-4
    )
    loss_B = game.losses("generator", prepared, rng).terms["policy"]
    generator = game.learners["generator"][0]
    source_BL = vocabulary.source(batch.words_BS, prepared.target_B, batch.style_B)
    logp_CB = torch.stack(
        [generator.logp_from(generator.start(source_BL), way).sum(1) for way in drawn.tokens_CBT]
    )
    expected_B = -2.0 * (drawn.advantage_CB * logp_CB).mean(0) / game.mean_length
    torch.testing.assert_close(loss_B, expected_B, check_dtype=False)


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_choice_and_drawn_ways_hear_the_critic_each_at_its_own_weight(
    vocabulary: StyleVocabulary, share: float
) -> None:
    heard: list[choosing.Opinion | None] = []

    class Watched(Chooser):
        def totals(
            self,
            words_BS: Tensor,
            written_CBS: Tensor,
            target_B: Tensor,
            opinion: choosing.Opinion | None = None,
        ) -> tuple[Tensor, Tensor]:
            heard.append(opinion)
            return super().totals(words_BS, written_CBS, target_B, opinion)

    weights = TransferOptions(adversarial_weight=48.0, choice_share=share).weights("play")
    game = build(vocabulary, weights, gradient="policy")
    game.chooser, game.num_earning = Watched(vocabulary, Scorers(ByWords())), 2
    batch = batch_of(vocabulary)
    game.prepare(batch, ["generator"], torch.Generator().manual_seed(0))
    chosen, drawn = heard
    assert drawn is not None
    whole_B = drawn(batch.words_BS, batch.style_B)
    assert float(whole_B.abs().max()) > 1e-3
    if not share:
        assert chosen is None
        return
    assert chosen is not None
    torch.testing.assert_close(chosen(batch.words_BS, batch.style_B), share * whole_B)


def test_what_is_learned_from_drawn_ways_earns_more(vocabulary: StyleVocabulary) -> None:
    game, batch = policy_game(vocabulary, 32), batch_of(vocabulary)
    generator, rng = game.learners["generator"][0], torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(generator.parameters(), lr=0.02)
    fitting = []
    for _ in range(20):
        prepared = game.prepare(batch, ["generator"], rng)
        optimizer.zero_grad()
        game.losses("generator", prepared, rng).terms["policy"].sum().backward()
        optimizer.step()
        tokens_CBT = prepared.drawn["generator"].tokens_CBT
        words_CBS = words_alone(tokens_CBT.flatten(0, 1), eos=game.eos, pad=game.pad)
        assert game.chooser is not None
        ways = words_CBS.unflatten(0, tokens_CBT.shape[:2])
        total_CB, _ = game.chooser.totals(batch.words_BS, ways, prepared.target_B)
        fitting.append(float(total_CB.mean()))
    assert sum(fitting[-5:]) > sum(fitting[:5]) + 5 * 0.5
