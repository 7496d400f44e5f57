"""What a user may choose about dialogue data, networks and the policy gradient."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seqgan.errors import UserError
from seqgan.games.idle_options import Use, refuse_idle


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
    """recurrent, pointer (recurrent, and can copy words of the prompt), transformer, or the folder
    or hub name of a `transformers` model."""
    generator_dim: int = 256
    """Width of our own generators."""
    dropout: float = 0.5
    """Share dropped in the generator while it learns by likelihood."""
    discriminator: Literal["projection", "causal", "conv", "transformer", "sentence"] = "projection"
    """projection and causal score every prefix in one pass, causal with attention over the prompt;
    conv and transformer score whole replies; sentence whole sentences, without the prompt."""
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

    reward: Literal["token", "words", "sequence", "rollout", "tree"] = "token"
    """token: the score of every prefix; words: of every word that might stand there, of which the
    generator climbs its expectation (--discriminator language); sequence: of the whole text;
    rollout: the mean score of the text completed by the generator, for every prefix; tree: the
    value of a tree search from every prefix, which credits it with the best that may follow."""
    reward_scale: Literal["probability", "logit"] = "probability"
    """What a score is: sigmoid(D), or D itself (minus D where low scores mean real)."""
    num_rollouts: int = 4
    """Completions of each prefix (--reward rollout) or leaf (--tree-leaves rollout)."""
    num_simulations: int = 16
    """Leaves looked at from each prefix (--reward tree)."""
    num_children: int = 8
    """Likeliest tokens that a tree lets follow a prefix (--reward tree)."""
    exploration: float = 0.5
    """Weight of the generator's probabilities in choosing a leaf, 0 where scores alone decide
    (--reward tree)."""
    tree_leaves: Literal["score", "rollout"] = "score"
    """What a leaf is worth (--reward tree): the score of its prefix, or of --num-rollouts
    completions."""
    baseline: Literal["none", "average", "value", "leave-one-out"] = "leave-one-out"
    """What is subtracted from rewards: nothing, their moving average, a learned value, or the mean
    of the other texts to the same prompt."""
    replies_per_prompt: int = 4
    """Texts sampled to each prompt (without prompts: for each sentence of a batch) when the
    generator moves."""
    surrogate: Literal["reinforce", "ppo"] = "reinforce"
    """reinforce, or ppo: the clipped surrogate, the generator moving --ppo-moves times."""
    ppo_clip: float = 0.2
    """How far ppo lets a token's probability ratio move."""
    ppo_moves: int = 2
    """Generator moves on the same texts (--surrogate ppo)."""
    kl_weight: float = 0.05
    """Weight of the divergence from the maximum-likelihood model, a token."""
    teacher_every: int = 1
    """Teacher forcing (a likelihood move) at every m-th move of the generator; 0: never."""
    likelihood_weight: float = 0.0
    """Weight of the human text's negative log-likelihood within the generator's own loss."""
    mismatch_weight: float = 0.5
    """Share of true replies to other prompts among the discriminator's negatives."""

    def refuse_policy(self, discriminator: str) -> None:
        """Raise `UserError` for choices that have no meaning together, with the reason."""
        refuse_idle(self, POLICY_USES)
        if self.reward == "words" and discriminator != "language":
            raise UserError(
                "--reward words needs a score for every word that might follow, which only "
                "--discriminator language gives (in recipes that write without prompts)"
            )
        self._refuse_rewards(scores_prefixes=discriminator in ("projection", "causal", "language"))
        if discriminator == "sentence" and self.mismatch_weight > 0:
            raise UserError(
                "--discriminator sentence never reads the prompt and cannot tell replies to other "
                f"prompts apart: give --mismatch-weight 0, not {self.mismatch_weight}"
            )
        compares = self.baseline == "leave-one-out" and self.reward != "words"
        if compares and self.replies_per_prompt < 2:
            raise UserError(
                "--baseline leave-one-out compares replies to one prompt: --replies-per-prompt "
                f"must be 2 or more, not {self.replies_per_prompt}"
            )
        if self.surrogate == "ppo" and self.ppo_moves < 2:
            raise UserError(
                "--surrogate ppo with one move on each batch never clips and is reinforce: "
                "give --ppo-moves 2 or more, or --surrogate reinforce"
            )
        if not 0 <= self.mismatch_weight <= 1:
            raise UserError(f"--mismatch-weight is {self.mismatch_weight}: it must lie in [0, 1]")
        if self.replies_per_prompt < 1:
            raise UserError(f"--replies-per-prompt is {self.replies_per_prompt}: 1 is the least")
        for name in ("kl_weight", "likelihood_weight", "teacher_every"):
            if (value := getattr(self, name)) < 0:
                raise UserError(f"--{name.replace('_', '-')} is {value}: 0 is the least")
        if self.surrogate == "ppo" and self.ppo_clip <= 0:
            raise UserError(f"--ppo-clip is {self.ppo_clip}: it must be above 0, .2 is usual")

    def _refuse_rewards(self, *, scores_prefixes: bool) -> None:
        tree_of_scores = self.reward == "tree" and self.tree_leaves == "score"
        if self.reward == "token" and not scores_prefixes:
            raise UserError(
                "--reward token needs a score for every prefix, which this --discriminator has "
                "not: use projection or causal, or another --reward"
            )
        if tree_of_scores and not scores_prefixes:
            raise UserError(
                "--reward tree asks for scores of prefixes, which this --discriminator has not: "
                "use projection or causal, or --tree-leaves rollout"
            )
        rollouts = self.reward == "rollout" or (self.reward == "tree" and not tree_of_scores)
        if rollouts and self.num_rollouts < 1:
            raise UserError(f"--num-rollouts is {self.num_rollouts}: it must be 1 or more")
        if self.reward == "tree":
            if self.num_simulations < 1:
                raise UserError(
                    f"--num-simulations is {self.num_simulations}: without any, --reward tree is "
                    f"--reward {'token' if tree_of_scores else 'rollout'}; 1 is the least"
                )
            if self.num_children < 2:
                raise UserError(
                    f"--num-children is {self.num_children}: a tree of one child has no choice, "
                    "2 is the least"
                )
            if self.exploration < 0:
                raise UserError(f"--exploration is {self.exploration}: 0 is the least")


POLICY_USES: tuple[Use[PolicyOptions], ...] = (
    Use(
        ("reward_scale", "baseline", "surrogate"),
        "--reward token, sequence, rollout or tree",
        lambda of: of.reward != "words",
    ),
    Use(
        ("num_rollouts",),
        "--reward rollout, or --reward tree with --tree-leaves rollout",
        lambda of: of.reward == "rollout" or (of.reward, of.tree_leaves) == ("tree", "rollout"),
    ),
    Use(
        ("num_simulations", "num_children", "exploration", "tree_leaves"),
        "--reward tree",
        lambda of: of.reward == "tree",
    ),
    Use(("ppo_clip", "ppo_moves"), "--surrogate ppo", lambda of: of.surrogate == "ppo"),
)
