"""A way among others: its names, whose turn it is, and how long it took."""

import dataclasses
import time

import pytest
import torch
from torch import nn

from seqgan.core.player import adam_player
from seqgan.core.schedule import Phase, Phases, alternate, only
from seqgan.errors import UserError
from seqgan.games.autoencoding import AutoencoderGame
from seqgan.image.ways import Clock, Way, WaysOptions


def way(name: str, *phases: Phase) -> Way:
    """Return a way with one player of one network, to ask for names."""
    network = nn.Linear(2, 2)
    player = adam_player("autoencoder", {"decoder": network}, lr=1e-3)
    game = AutoencoderGame(network, network)
    sampler = lambda count, rng: torch.zeros(count, 2)  # noqa: E731
    return Way(name, game, [player], phases, network, sampler, "folder")


def test_turns_are_those_of_its_own_players() -> None:
    """Two ways of the same phases follow each other; neither moves the other's players."""
    turns = alternate(critic="critic", generator=("generator",), critic_steps=2)
    phases = (Phase("search", 1, only("critic")), Phase("play", 2, turns))
    both = [phase for name in ("A", "B") for phase in way(name, *phases).own_phases()]
    schedule = Phases(both)
    assert [schedule(update) for update in range(6)] == [
        *[("A/critic",), ("A/critic",), ("A/critic", "A/generator")],
        *[("B/critic",), ("B/critic",), ("B/critic", "B/generator")],
    ]
    assert [schedule.at(update)[0].name for update in range(6)] == [*"AAABBB"]


def test_players_and_states_bear_its_name() -> None:
    made = dataclasses.replace(way("VAE"), stateful={"rounds": Clock()})
    (player,) = made.own_players()
    assert player.name == "VAE/autoencoder"
    assert list(player.modules) == ["VAE/decoder"]
    assert list(made.own_state()) == ["VAE/rounds", "VAE/clock"]


def test_what_comes_before_a_phase_is_done_and_timed() -> None:
    done: list[int] = []

    def search() -> None:
        time.sleep(0.02)
        done.append(1)

    made = way("D", Phase("rounds", 1, only("critic"), search), Phase("rounds", 1, only("critic")))
    first, second = made.own_phases()
    assert second.on_start is None
    assert first.on_start is not None
    first.on_start()
    first.on_start()
    assert len(done) == 2
    assert made.clock.seconds >= 0.04
    other = Clock()
    other.load_state_dict(made.clock.state_dict())
    assert other.seconds == made.clock.seconds


@pytest.mark.parametrize("name", ["lr", "search_step", "rounds", "weight", "num_components"])
def test_options_of_ways_are_checked(name: str) -> None:
    WaysOptions().refuse_nonsense()
    with pytest.raises(UserError, match=f"--{name.replace('_', '-')} is -1"):
        dataclasses.replace(WaysOptions(), **{name: -1}).refuse_nonsense()
