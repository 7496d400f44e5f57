"""Several games side by side: each player is asked for in its own game, of its own batch."""

from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn

from seqgan.core.game import Losses
from seqgan.core.player import adam_player
from seqgan.games.several import SeveralGames, renamed


class Recording:
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def prepare(self, batch: Tensor, movers: Sequence[str], rng: Generator) -> Tensor:
        self.asked.append(tuple(movers))
        return batch * 10

    def losses(self, player: str, batch: Tensor, rng: Generator) -> Losses:
        self.asked.append((player,))
        return Losses({"loss": batch}, len(batch))


def test_a_game_sees_its_own_players_and_its_own_part_of_the_batch() -> None:
    first, second = Recording(), Recording()
    several = SeveralGames({"a": first, "b": second}, batches={"b": lambda batch: batch[:1]})
    rng = torch.Generator()
    movers = ("a/critic", "a/generator", "b/autoencoder")
    prepared = several.prepare(torch.tensor([1.0, 2.0]), movers, rng)
    assert first.asked == [("critic", "generator")]
    assert second.asked == [("autoencoder",)]
    assert several.losses("b/autoencoder", prepared, rng).terms["loss"].tolist() == [10.0]
    assert several.losses("a/critic", prepared, rng).items == 2
    assert first.asked[-1] == ("critic",)


def test_a_game_whose_players_rest_prepares_nothing() -> None:
    first, second = Recording(), Recording()
    several = SeveralGames({"a": first, "b": second})
    assert set(several.prepare(torch.ones(2), ("b/x",), torch.Generator())) == {"b"}
    assert first.asked == []


def test_renamed_players_keep_their_optimizer_and_tell_their_modules_apart() -> None:
    module = nn.Linear(1, 1)
    player = adam_player("critic", {"net": module}, lr=0.1, max_grad_norm=None)
    other = renamed("GAN", player)
    assert (other.name, list(other.modules)) == ("GAN/critic", ["GAN/net"])
    assert other.optimizer is player.optimizer
    assert other.base_lrs == [0.1]
