"""What a user may choose about dialogue data, networks and the policy gradient."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seqgan.errors import UserError


@dataclass(kw_only=True, frozen=True)
class DialogueOptions:
    """The conversations to learn from."""

    corpus: str = "friends"
    """A corpus of `seqgan corpora list`; ignored for files of your own in --corpus-path."""
    corpus_path: Path | None = None
    """Your own file (.jsonl, .csv, .tsv, .txt) or local files of a named corpus."""
    prompt_column: str = "prompt"
    """Column (csv, tsv) or key (jsonl) of the prompt."""
    response_column: str = "response"
    """Column (csv, tsv) or key (jsonl) of the reply."""
    history: int = 1
    """How many turns before the reply make up the prompt."""
    max_words: int = 20
    """Longest prompt turn and reply in words (Chinese: characters)."""
    vocab_size: int = 0
    """Subwords in the vocabulary; 0 takes 4,000, or as many as a small corpus allows."""


@dataclass(kw_only=True, frozen=True)
class NetworkOptions:
    """The generator and the discriminator."""

    generator: str = "recurrent"
    """recurrent, transformer, or the folder or hub name of a `transformers` model."""
    generator_dim: int = 256
    """Width of our own generators."""
    dropout: float = 0.5
    """Share dropped in the generator while it learns by likelihood."""
    discriminator: Literal["projection", "causal", "conv", "transformer"] = "projection"
    """projection and causal score every prefix in one pass, causal with attention over the prompt;
    conv and transformer score whole replies."""
    discriminator_dim: int = 128
    """Width of the discriminator."""

    def refuse_sizes(self) -> None:
        """Raise `UserError` for widths and a dropout that no network can have."""
        for name, kind in (("generator", self.generator), ("discriminator", self.discriminator)):
            dim, step = getattr(self, f"{name}_dim"), 8 if kind == "transformer" else 2
            if dim < 1 or dim % step:
                raise UserError(
                    f"--{name}-dim is {dim}: a {kind} {name} takes positive multiples of {step}"
                )
        if not 0 <= self.dropout < 1:
            raise UserError(f"--dropout is {self.dropout}: it must lie in [0, 1)")


@dataclass(kw_only=True, frozen=True)
class PolicyOptions:
    """How a discriminator's scores become the generator's gradient."""

    reward: Literal["token", "sequence", "rollout"] = "token"
    """token: the score of every prefix; sequence: of the whole reply; rollout: the mean score of
    the reply completed by the generator, for every prefix."""
    reward_scale: Literal["probability", "logit"] = "probability"
    """What a score is: sigmoid(D), or D itself."""
    num_rollouts: int = 4
    """Completions of each prefix (--reward rollout)."""
    baseline: Literal["none", "average", "value", "leave-one-out"] = "leave-one-out"
    """What is subtracted from rewards: nothing, their moving average, a learned value, or the mean
    of the other replies to the same prompt."""
    replies_per_prompt: int = 4
    """Replies sampled to each prompt when the generator moves."""
    objective: Literal["reinforce", "ppo"] = "reinforce"
    """reinforce, or ppo: the clipped surrogate, the generator moving --ppo-moves times."""
    clip: float = 0.2
    """How far ppo lets a token's probability ratio move."""
    ppo_moves: int = 2
    """Generator moves on the same replies (--objective ppo)."""
    kl_weight: float = 0.05
    """Weight of the divergence from the maximum-likelihood model, a token."""
    teacher_every: int = 1
    """Teacher forcing (a likelihood move) at every m-th move of the generator; 0: never."""
    likelihood_weight: float = 0.0
    """Weight of the human reply's negative log-likelihood within the generator's own loss."""
    mismatch_weight: float = 0.5
    """Share of true replies to other prompts among the discriminator's negatives."""

    def refuse_nonsense(self, discriminator: str) -> None:
        """Raise `UserError` for choices that have no meaning together, with the reason."""
        if self.reward == "token" and discriminator not in ("projection", "causal"):
            raise UserError(
                f"--reward token needs a score for every prefix, which --discriminator "
                f"{discriminator} has not: use projection or causal, or another --reward"
            )
        if self.baseline == "leave-one-out" and self.replies_per_prompt < 2:
            raise UserError(
                "--baseline leave-one-out compares replies to one prompt: --replies-per-prompt "
                f"must be 2 or more, not {self.replies_per_prompt}"
            )
        if self.objective == "ppo" and self.ppo_moves < 2:
            raise UserError(
                "--objective ppo with one move on each batch never clips and is reinforce: "
                "give --ppo-moves 2 or more, or --objective reinforce"
            )
        if self.reward == "rollout" and self.num_rollouts < 1:
            raise UserError(f"--num-rollouts is {self.num_rollouts}: it must be 1 or more")
        if not 0 <= self.mismatch_weight <= 1:
            raise UserError(f"--mismatch-weight is {self.mismatch_weight}: it must lie in [0, 1]")
        if self.replies_per_prompt < 1:
            raise UserError(f"--replies-per-prompt is {self.replies_per_prompt}: 1 is the least")
        for name in ("kl_weight", "likelihood_weight", "teacher_every"):
            if (value := getattr(self, name)) < 0:
                raise UserError(f"--{name.replace('_', '-')} is {value}: 0 is the least")
        if self.objective == "ppo" and self.clip <= 0:
            raise UserError(f"--clip is {self.clip}: it must be above 0, .2 is usual")
