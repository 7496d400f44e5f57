"""What recipes of autoencoders share: options, the player, the look at codes, the end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from seqgan.core.player import Player, adam_player, linear_decay
from seqgan.core.run import Run
from seqgan.core.trainer import Trainer
from seqgan.data.pictures import PictureParts, Pictures
from seqgan.errors import UserError
from seqgan.image.code_drawings import draw_classes, draw_codes, midpoint_figure
from seqgan.image.coded import CodeGenerator
from seqgan.image.coder import Coder
from seqgan.image.finish import finish_pictures
from seqgan.image.options import PictureOptions
from seqgan.image.samples import Sampler
from seqgan.image.watch import Watch


@dataclass(kw_only=True, frozen=True)
class AutoencoderOptions(PictureOptions):
    """Rates of an autoencoder."""

    latent_dim: int = 16
    """Dimensions of the code."""
    lr: float = 1e-3
    """Adam's rate."""
    final_lr: float = 0.1
    """Share of the rate that is left at the end, after a linear fall."""

    def refuse_nonsense(self) -> None:
        """Raise `UserError` for values out of range."""
        if not self.lr > 0:
            raise UserError(f"--lr is {self.lr}: it must be above 0")
        if not 0 <= self.final_lr <= 1:
            raise UserError(f"--final-lr is {self.final_lr}: it must lie in [0, 1]")


def autoencoder_player(options: AutoencoderOptions, modules: Mapping[str, nn.Module]) -> Player:
    """Return the one player who moves encoder and decoder together."""

    def rate(move: int) -> float:
        return linear_decay(move, moves=max(options.updates, 1), warmup=1, least=options.final_lr)

    return adam_player("autoencoder", modules, lr=options.lr, lr_schedule=rate)


@dataclass(frozen=True)
class CodeLook:
    """A hook: measures codes and reconstructions of held-out pictures, then lets `look` look."""

    coder: Coder
    held_out: Pictures
    look: Callable[[int], Mapping[str, float]]
    device: torch.device | str = "cpu"
    before: Callable[[], None] = lambda: None

    def __call__(self, update: int) -> Mapping[str, float]:
        """Return what was seen after so many updates."""
        self.before()
        error = self.coder.reconstruction_error(self.held_out, device=self.device)
        figures = self.coder.code_figures(self.held_out, device=self.device)
        named = {f"codes/{name}": value for name, value in figures.items()}
        return {"codes/reconstruction": error, **named, **self.look(update)}


def finish_autoencoder(
    run: Run,
    config: AutoencoderOptions,
    trainer: Trainer,
    systems: Mapping[str, Sampler],
    coder: Coder,
    parts: PictureParts,
    *,
    watch: Watch,
    networks: Mapping[str, nn.Module],
) -> None:
    """Finish as every picture run; its one system is given what its codes are like, and drawings.

    The networks contain the "generator".
    """
    if not run.main:
        return
    generator, device = networks["generator"], run.device
    for network in networks.values():
        network.eval()
    own = {
        "reconstruction": coder.reconstruction_error(parts.test, device=device),
        "midpoint": midpoint_figure(coder, parts, device=device),
        **coder.code_figures(parts.test, device=device),
    }
    figures = draw_codes(run.folder, coder, parts, device=device)
    if isinstance(generator, CodeGenerator) and generator.num_classes:
        figures.append(draw_classes(run.folder, generator, device=device))
    finish_pictures(
        run,
        config,
        trainer,
        systems,
        parts,
        watch=watch,
        networks=networks,
        figures=figures,
        more_metrics=dict.fromkeys(systems, own),
    )


def known_classes(config: AutoencoderOptions, parts: PictureParts) -> int:
    """Return how many classes a conditional network must know.

    Raises:
        UserError: if the corpus has no labels to tell.
    """
    classes = int(torch.cat([parts.train.labels, parts.test.labels]).max()) + 1
    if classes < 2:
        raise UserError(f"--conditional needs labels, and {config.corpus} has none")
    return classes
