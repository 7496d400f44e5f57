"""Who chooses has learned against who writes: what the phases put in place, and when."""

import dataclasses

import pytest
import torch

from seqgan.errors import UserError
from seqgan.text.batches import TextBatch
from seqgan.text.likelihood_models import LikelihoodModels
from seqgan.text.sentences.game import Cast, make_cast
from seqgan.text.sentences.networks import make_generator, make_scorer
from seqgan.text.sentences.options import SentenceGameOptions
from seqgan.text.sentences.phases import phases_of, writing_now, writings

OPTIONS = SentenceGameOptions(
    generator_dim=4, discriminator_dim=4, candidates=8, candidate_temperature=3.0
)
RELAXED = dataclasses.replace(OPTIONS, gradient="straight-through", discriminator="sentence")


def made(options: SentenceGameOptions) -> tuple[Cast, LikelihoodModels]:
    torch.manual_seed(0)
    generator = make_generator(options, vocab_size=9, pad=0, bos=1, eos=2)
    models = LikelihoodModels(generator, measure="nll")
    return make_cast(options, models, length=5, mean_length=5), models


def disturb(module: torch.nn.Module) -> None:
    with torch.no_grad():
        for weight in module.parameters():
            weight.add_(torch.randn_like(weight))


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def start(options: SentenceGameOptions, cast: Cast, models: LikelihoodModels, name: str) -> None:
    """Begin a phase of this name."""
    (phase,) = [each for each in phases_of(options, cast, models).phases if each.name == name]
    assert phase.on_start is not None
    phase.on_start()


@pytest.mark.parametrize("options", [OPTIONS, RELAXED], ids=["policy", "relaxed"])
def test_likelihood_ends_without_dropout_and_what_follows_has_none(
    options: SentenceGameOptions,
) -> None:
    """Of 20 updates the last five; a copy that goes on drops again, and ends likewise."""
    ending = dataclasses.replace(
        options, dropout=0.9, dropout_until=0.75, likelihood_updates=20, continued_updates=8
    )
    tokens_BT = torch.tensor([[3, 4, 5, 2], [6, 3, 2, 0]])
    batch = TextBatch(tokens_BT[:, :0], tokens_BT)

    def drops(cast: Cast, player: str, moves: int) -> bool:
        cast.players[player].moves = moves
        paid = [cast.game.losses(player, each, torch.Generator()) for each in (whole, whole)]
        return not torch.equal(*(losses.terms["loss"] for losses in paid))

    cast, _ = made(ending)
    whole = (batch, None) if options.gradient != "policy" else batch
    for player, last in (("likelihood", 15), ("continued", 6)):
        assert drops(cast, player, last - 1)
        assert not drops(cast, player, last)
    assert not drops(cast, "teacher", 0)
    always, _ = made(dataclasses.replace(ending, dropout_until=1.0))
    assert all(drops(always, player, 100) for player in ("likelihood", "continued", "teacher"))


@pytest.mark.parametrize("options", [OPTIONS, RELAXED], ids=["policy", "relaxed"])
def test_each_discriminator_is_kept_where_it_judged_the_writer(
    options: SentenceGameOptions,
) -> None:
    """Before play it has learned against likelihood; after it, against the average, which writes.

    The generator stands still while the discriminator learns alone.
    """
    cast, models = made(options)
    systems = writings(options, cast, models, length=5)
    before, after = systems["MLE, resampled"].choice, systems["adversarial, resampled"].choice
    assert before is not None
    assert after is not None
    start(options, cast, models, "discriminator")
    disturb(cast.discriminator)  # it learns
    assert systems["MLE, resampled"].generator is models.reference
    assert same(models.generator, models.reference)
    learned = {name: value.clone() for name, value in cast.discriminator.state_dict().items()}
    start(options, cast, models, "adversarial")
    disturb(cast.discriminator)  # it plays on
    disturb(models.generator)
    kept = before.discriminator.state_dict()
    assert all(torch.equal(learned[name], value) for name, value in kept.items())
    assert not same(before.discriminator, after.discriminator)
    start(options, cast, models, "resampling")
    written = systems["adversarial, resampled"].generator
    assert isinstance(written, torch.nn.Module)
    assert same(models.generator, written)
    assert after.discriminator is cast.discriminator
    phases = phases_of(options, cast, models)
    movers = {name for place in range(4) for name in phases.phases[-1].moves(place)}
    assert not movers & {"generator", "teacher"}


def test_a_choice_reads_what_the_discriminator_read() -> None:
    cast, models = made(OPTIONS)
    choice = writings(OPTIONS, cast, models, length=5)["MLE, resampled"].choice
    assert choice is not None
    assert (choice.temperature, choice.reading, choice.candidates) == (3.0, "sentences", 8)
    options = dataclasses.replace(RELAXED, candidates=5)
    cast, models = made(options)
    choice = writings(options, cast, models, length=5)["MLE, resampled"].choice
    assert choice is not None
    assert (choice.temperature, choice.reading, choice.candidates) == (3.0, "relaxed", 5)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, ["MLE, resampled", "adversarial, resampled"]),
        ({"candidates": 0}, []),
        ({"discriminator_updates": 0}, ["adversarial, resampled"]),
        ({"adversarial_updates": 0}, ["MLE, resampled"]),
        ({"candidates": None}, []),
        ({"candidates": None, "gradient": "gumbel", "discriminator": "sentence"}, []),
        ({"candidates": None, "gradient": "soft", "discriminator": "sentence"}, []),
        (
            {"candidates": None, "gradient": "straight-through", "discriminator": "sentence"},
            ["MLE, resampled", "adversarial, resampled"],
        ),
    ],
)
def test_a_system_needs_a_discriminator_that_learned_against_it(
    changes: dict[str, object], names: list[str]
) -> None:
    options = dataclasses.replace(OPTIONS, **changes)  # type: ignore[arg-type]
    cast, models = made(options)
    systems = writings(options, cast, models, length=5)
    assert [name for name in systems if name.endswith("resampled")] == names
    phases = [phase.name for phase in phases_of(options, cast, models).phases]
    assert ("resampling" in phases) == ("adversarial, resampled" in names)
    if changes == {"adversarial_updates": 0}:
        choice = systems["MLE, resampled"].choice
        assert choice is not None
        assert choice.discriminator is cast.discriminator


def test_checkpoints_carry_the_earlier_discriminator() -> None:
    cast, _ = made(OPTIONS)
    assert cast.stateful["discriminator before play"] is cast.before_play
    cast, _ = made(dataclasses.replace(OPTIONS, candidates=0))
    assert "discriminator before play" not in cast.stateful


@pytest.mark.parametrize(("kind", "usual"), [("causal", 0.2), ("sentence", 0.25)])
def test_the_discriminators_dropout_is_an_option(kind: str, usual: float) -> None:
    _, models = made(OPTIONS)
    options = dataclasses.replace(OPTIONS, discriminator=kind)  # type: ignore[arg-type]
    assert make_scorer(options, models.generator, None, length=5).dropout.p == usual
    options = dataclasses.replace(options, discriminator_dropout=0.0)
    assert make_scorer(options, models.generator, None, length=5).dropout.p == 0.0


def test_a_policys_discriminator_can_be_held_by_its_weights() -> None:
    for penalty in ("clip", "spectral"):
        options = dataclasses.replace(OPTIONS, penalty=penalty, candidates=0)  # type: ignore[arg-type]
        cast, _ = made(options)
        player = cast.players["discriminator"]
        disturb(cast.discriminator)
        if penalty == "clip":
            player.after_step()
            assert (
                max(float(w.detach().abs().max()) for w in cast.discriminator.parameters()) <= 0.01
            )
        else:
            layer = cast.discriminator.get_submodule("score")
            assert isinstance(layer, torch.nn.Linear)
            assert float(torch.linalg.matrix_norm(layer.weight.detach(), 2)) == pytest.approx(
                1, abs=0.01
            )


def test_idle_options_are_refused() -> None:
    with pytest.raises(
        UserError, match="--discriminator-dropout does nothing but with --gradient policy"
    ):
        dataclasses.replace(RELAXED, discriminator_dropout=0.5).refuse_nonsense()
    with pytest.raises(UserError, match="--candidate-temperature does nothing but with --cand"):
        dataclasses.replace(OPTIONS, candidates=0).refuse_nonsense()


def test_a_phase_of_no_updates_leaves_no_system() -> None:
    """What never moved would stand in tables as a system of its own, equal to likelihood."""
    for off, missing in (
        ("continued_updates", {"continued MLE"}),
        ("adversarial_updates", {"adversarial", "adversarial, resampled"}),
    ):
        options = dataclasses.replace(OPTIONS, **{off: 0})
        cast, models = made(options)
        every = set(writings(OPTIONS, *made(OPTIONS), length=5))
        systems = writings(options, cast, models, length=5)
        assert every - set(systems) == missing
        for update in range(1, phases_of(options, cast, models).total + 1, 100):
            _, writing = writing_now(phases_of(options, cast, models), systems, models, update)
            assert writing.generator is not None


def test_weights_decay_where_likelihood_is_learned_and_nowhere_else() -> None:
    cast, _ = made(dataclasses.replace(OPTIONS, weight_decay=0.3))
    decays = {name: p.optimizer.param_groups[0]["weight_decay"] for name, p in cast.players.items()}
    assert {name for name, decay in decays.items() if decay} == {
        "likelihood",
        "continued",
        "teacher",
    }
    (weight, *_), player = cast.players["likelihood"].parameters, cast.players["likelihood"]
    before = weight.detach().clone()
    for each in player.parameters:
        each.grad = torch.zeros_like(each)
    player.optimizer.step()
    rate = player.optimizer.param_groups[0]["lr"]
    torch.testing.assert_close(weight.detach(), before * (1 - 0.3 * rate))
