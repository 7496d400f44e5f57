"""Options of picture recipes: what is out of range, and how long quick runs are."""

import dataclasses
from dataclasses import dataclass

import pytest

from seqgan.errors import UserError
from seqgan.games.adversary import AdversaryOptions
from seqgan.image.adversarial import make_adversary
from seqgan.image.networks import AutoencoderCritic, PictureCritic
from seqgan.image.options import EVERY_RUN, LEAST, PictureOptions, announce, refuse_below, sized


@dataclass(kw_only=True, frozen=True)
class Both(AdversaryOptions, PictureOptions):
    """Options of an adversarial recipe."""


def test_defaults_are_in_range() -> None:
    assert sized(Both()) == Both()
    Both().refuse_nonsense()


@pytest.mark.parametrize("name", [*LEAST, *EVERY_RUN])
def test_the_least_value_is_allowed_and_the_next_below_is_named(name: str) -> None:
    least = int({**LEAST, **EVERY_RUN}[name])
    sized(dataclasses.replace(PictureOptions(), **{name: least}))
    option = f"--{name.replace('_', '-')} is {least - 1}: it must be {least} or more"
    with pytest.raises(UserError, match=f"^{option}$"):
        sized(dataclasses.replace(PictureOptions(), **{name: least - 1}))


def test_what_holds_for_every_run_is_asked_of_every_recipe() -> None:
    with pytest.raises(UserError, match="--evaluate-every is 0"):
        refuse_below(PictureOptions(evaluate_every=0), {})
    refuse_below(PictureOptions(), {})


def test_the_most_updates_and_quick_hold_for_every_phase() -> None:
    long = Both(updates=5000, pretrain_updates=700, objective="energy")
    few = sized(dataclasses.replace(long, max_updates=9))
    assert (few.updates, few.pretrain_updates, few.num_samples) == (9, 9, 2000)
    quick = sized(dataclasses.replace(long, quick=True))
    assert (quick.updates, quick.pretrain_updates, quick.num_samples) == (60, 60, 200)
    least = sized(dataclasses.replace(long, quick=True, max_updates=7))
    assert (least.updates, least.pretrain_updates) == (7, 7)
    assert sized(Both(updates=5, max_updates=9)).updates == 5
    assert sized(few) == few


def test_a_run_says_what_it_is_going_to_do() -> None:
    said = announce(PictureOptions(updates=10, batch_size=32), (3, 8, 9), count=1234)
    assert said == "1,234 training pictures of 3 x 8 x 9; 10 updates of 32"


def test_the_critic_fits_the_objective() -> None:
    shape = (1, 8, 8)
    energy = make_adversary(AdversaryOptions(objective="energy"), "mlp", shape, width=2)
    assert isinstance(energy, AutoencoderCritic)
    for penalty, constrained in (("usual", True), ("r1", False), ("spectral", True)):
        options = AdversaryOptions(objective="hinge", penalty=penalty)  # type: ignore[arg-type]
        critic = make_adversary(options, "mlp", shape, width=2)
        assert isinstance(critic, PictureCritic)
        assert critic.arguments["constrained"] == constrained
