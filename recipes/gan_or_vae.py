"""GAN or VAE? A random search over families of picture models, judged by what a budget buys.

Lucic et al. 2018, "Are GANs created equal?" (arXiv:1711.10337): with enough search most objectives
reach similar scores, so what is compared is the score expected from a number of trials, and its
spread. Each trial is a run of `vae` or `image_gan` of its own, in RUN/trials; a search that was
stopped goes on with `--resume RUN`.

    python recipes/gan_or_vae.py
    python recipes/gan_or_vae.py --families vae wasserstein+clip wasserstein+gp --trials 20
"""

import sys
from dataclasses import dataclass

from tqdm import tqdm

from seqgan.core.launch import launch
from seqgan.core.run import Run
from seqgan.errors import UserError
from seqgan.image.setup import extractor_of, load_parts
from seqgan.image.sweep import SweepOptions, draw_trials, shared_options, sized_sweep
from seqgan.image.sweep_page import finish_sweep
from seqgan.image.trials import Outcome, outcome_of, play_trials, workers


@dataclass(kw_only=True, frozen=True)
class Config(SweepOptions):
    """Search each family at random, one run a trial; report what a budget of trials buys."""


def search(run: Run, config: Config) -> list[Outcome]:
    """Return what became of all trials; those that have not come to an end run first."""
    folder = run.folder / "trials"
    trials = list(draw_trials(config))
    known = {trial.name: outcome_of(trial, folder) for trial in trials}
    missing = [trial for trial in trials if known[trial.name] is None]
    jobs, threads = workers(config.jobs, config.threads, gpu=run.device.type != "cpu")
    total = len(trials)
    run.say(
        f"{total} trials of {', '.join(config.families)}: {len(missing)} to run, {jobs} at a time"
    )
    with tqdm(
        total=total,
        initial=total - len(missing),
        desc="trials",
        dynamic_ncols=True,
        smoothing=0,
        disable=not missing,
    ) as bar:

        def on_end(outcome: Outcome) -> None:
            known[outcome.trial.name] = outcome
            fid = f"FID {outcome.fid:.4g}" if outcome.fid is not None else outcome.failure
            run.say(f"{outcome.trial.name}: {fid} after {outcome.seconds:.0f} seconds")
            bar.update()

        play_trials(
            missing,
            folder,
            shared_options(config, threads=threads),
            jobs=jobs,
            threads=threads,
            stop_requested=run.stop_requested,
            on_end=on_end,
            on_wait=bar.refresh if sys.stderr.isatty() else lambda: None,
        )
    return [outcome for outcome in known.values() if outcome is not None]


def main(config: Config) -> None:
    """Try every family as often; then table, figure and report."""
    config.refuse_nonsense()
    config = sized_sweep(config)
    with Run("gan_or_vae", config) as run:
        if run.accelerator.num_processes > 1:
            raise UserError("a search starts its trials itself: run it without torchrun")
        parts = load_parts(config, run)
        extractor_of(config, parts, device=run.device)  # made once, for all trials
        run.begin()
        try:
            with run.stopping_gently():
                outcomes = search(run, config)
        except KeyboardInterrupt:
            run.say(
                "stopped; trials that ended are kept. Go on with: "
                f"seqgan train gan_or_vae --resume {run.folder}"
            )
            raise
        finish_sweep(run, config, parts, outcomes)


if __name__ == "__main__":
    sys.exit(launch(Config, main))
