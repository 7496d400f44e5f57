"""Generators that take the style from tags: one for all styles, or one each; a common space.

Legend: B batch, S length of a source with its tags, T response length, D width, V vocabulary.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from seqgan.ops.relaxations import one_hot
from seqgan.text.generators.base import FeatureGenerator, Generator, State, concat, select

ROUTE = "route"  # which generator goes on with a row


class StyleGenerator(Generator):
    """Generators that read sources `[target tag, words]` or `[target tag, source tag, words]`.

    With a source tag (`told_source`) the encoder never learns which style is wanted: the words are
    read by the generator of the style they have, the decoder first reads the target's tag, and
    what lies between is a common space; of several generators that of the target writes, from the
    state that another has made. Without it one generator reads the tag in front of the words
    (StarGAN's shape, arXiv:1711.09020), of several each reads words and writes its style
    (CycleGAN's two ways, arXiv:1703.10593). All of them read the word vectors of the first one, so
    that what one writes as distributions over words another can read.

    Args:
        generators: one for all styles, or one for each.
        tags: the id of each style.
        told_source: whether sources have both tags.
    """

    def __init__(
        self, generators: Sequence[Generator], tags: Sequence[int], *, told_source: bool
    ) -> None:
        super().__init__()
        if len(generators) not in (1, len(tags)):
            raise ValueError(f"{len(generators)} generators for {len(tags)} styles: 1 or as many")
        share_vectors(generators)
        self.generators = nn.ModuleList(generators)
        first = generators[0]
        self.pad, self.bos, self.eos = first.pad, first.bos, first.eos
        self.vocab_size, self.told_source = first.vocab_size, told_source
        self.tags_K: Tensor
        self.register_buffer("tags_K", torch.tensor(list(tags)), persistent=False)

    @property
    def num_tags(self) -> int:
        """How many ids of a source are tags."""
        return 1 + self.told_source

    @property
    def num_skipped(self) -> int:
        """How many of them no encoder reads."""
        return self.num_tags if self.told_source or len(self.generators) > 1 else 0

    def start(self, source_BS: Tensor) -> State:
        """Return the state behind the words, the decoder told the target."""
        read_BL = source_BS[:, self.num_skipped :]
        return self.begin(
            source_BS[:, : self.num_tags],
            lambda generator, rows_R: generator.start(read_BL[rows_R]),
        )

    def start_soft(
        self,
        tags_BN: Tensor,
        vectors_BSD: Tensor,
        words_BS: Tensor,
        shares_BSV: Tensor | None = None,
    ) -> State:
        """Do as `start` for vectors near these words, which gradients can pass.

        Where the vectors are means of words, `shares_BSV` says of which.
        """
        if not self.num_skipped:
            vectors_BSD = torch.cat([self.word_vectors()[tags_BN], vectors_BSD], dim=1)
            words_BS = torch.cat([tags_BN, words_BS], dim=1)
            if shares_BSV is not None:
                tags_BNV = one_hot(tags_BN, self.vocab_size).to(shares_BSV)
                shares_BSV = torch.cat([tags_BNV, shares_BSV], dim=1)

        def start(generator: Generator, rows_R: Tensor) -> State:
            state = generator.start_vectors(vectors_BSD[rows_R], words_BS[rows_R])
            if shares_BSV is None:
                return state
            return generator.copying_shares(state, shares_BSV[rows_R])

        return self.begin(tags_BN, start)

    def begin(self, tags_BN: Tensor, start: Callable[[Generator, Tensor], State]) -> State:
        """Return the states that each row's generator starts from."""
        target_B = self.places(tags_BN[:, 0])
        if len(self.generators) == 1:
            rows_B = torch.arange(len(tags_BN), device=tags_BN.device)
            state = start(self.inner(0), rows_B)
            if self.told_source:
                _, state = self.inner(0).step(state, tags_BN[:, 0])
            return {**state, ROUTE: torch.zeros_like(target_B)}
        reader_B = self.places(tags_BN[:, 1]) if self.told_source else target_B
        parts, order = [], []
        for place in reader_B.unique().tolist():
            rows_R = (reader_B == place).nonzero().squeeze(1)
            parts.append(start(self.inner(place), rows_R))
            order.append(rows_R)
        state = select(concat(parts), torch.cat(order).argsort())
        return {**state, ROUTE: target_B}

    def places(self, tags_B: Tensor) -> Tensor:
        """Return which style each tag stands for, shape (B,)."""
        return (tags_B.unsqueeze(1) == self.tags_K).to(torch.uint8).argmax(1)

    def inner(self, place: int) -> Generator:
        """Return a generator."""
        generator = self.generators[place]
        assert isinstance(generator, Generator)
        return generator

    def routed(
        self, state: State, go: Callable[[Generator, State, Tensor], tuple[Tensor, State]]
    ) -> tuple[Tensor, State]:
        """Return what each row's generator makes of its state, and the new states."""
        route_B = state[ROUTE]
        rest = {name: tensor for name, tensor in state.items() if name != ROUTE}
        places = [0] if len(self.generators) == 1 else route_B.unique().tolist()
        if len(places) <= 1:
            rows_B = torch.arange(len(route_B), device=route_B.device)
            value, rest = go(self.inner(places[0] if places else 0), rest, rows_B)
            return value, {**rest, ROUTE: route_B}
        values, states, order = [], [], []
        for place in places:
            rows_R = (route_B == place).nonzero().squeeze(1)
            value, after = go(self.inner(place), select(rest, rows_R), rows_R)
            values.append(value)
            states.append(after)
            order.append(rows_R)
        back_B = torch.cat(order).argsort()
        return torch.cat(values)[back_B], {**select(concat(states), back_B), ROUTE: route_B}

    def step(self, state: State, previous_B: Tensor) -> tuple[Tensor, State]:
        """Read one token a row; return the next token's logits (B, V) and the new state."""
        return self.routed(state, lambda inner, own, rows_R: inner.step(own, previous_B[rows_R]))

    def step_vectors(self, state: State, previous_BD: Tensor) -> tuple[Tensor, State]:
        """Do as `step`, reading vectors in place of tokens."""
        return self.routed(
            state, lambda inner, own, rows_R: inner.step_vectors(own, previous_BD[rows_R])
        )

    def read(self, state: State, vectors_BTD: Tensor) -> tuple[Tensor, State]:
        """Return the features after each vector (B, T, F), and the last state."""

        def go(inner: Generator, own: State, rows_R: Tensor) -> tuple[Tensor, State]:
            assert isinstance(inner, FeatureGenerator)
            return inner.read(own, vectors_BTD[rows_R])

        return self.routed(state, go)

    def words(self, features_BTF: Tensor) -> Tensor:
        """Return the logits that the first generator's features stand for, shape (..., V)."""
        inner = self.inner(0)
        assert isinstance(inner, FeatureGenerator)
        return inner.words(features_BTF)

    def word_vectors(self) -> Tensor:
        """Return the vectors that all generators read, shape (V, D)."""
        return self.inner(0).word_vectors()

    def memory(self, state: State) -> tuple[Tensor, Tensor]:
        """Return what is kept of the words, shape (B, S, D), and which of it is real."""
        return self.inner(0).memory(state)

    def logits(self, source_BS: Tensor, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V)."""
        return self.logits_from(self.start(source_BS), tokens_BT)

    def logits_from(self, state: State, tokens_BT: Tensor) -> Tensor:
        """Return the teacher-forced logits (B, T, V) of responses that start from these states."""
        return self.routed(
            state,
            lambda inner, own, rows_R: (inner.logits_from(own, tokens_BT[rows_R]), own),
        )[0]

    def logp_from(self, state: State, tokens_BT: Tensor) -> Tensor:
        """Return the log-probability of each token (B, T), 0 at padding, from these states on."""
        return self.routed(
            state,
            lambda inner, own, rows_R: (inner.logp_from(own, tokens_BT[rows_R]), own),
        )[0]

    def save_pretrained(self, folder: Path) -> None:
        """Write every generator into a folder of its own."""
        for place, generator in enumerate(self.generators):
            assert isinstance(generator, Generator)
            (folder / f"generator-{place}").mkdir()
            generator.save_pretrained(folder / f"generator-{place}")


def share_vectors(generators: Sequence[Generator]) -> None:
    """Let all generators read the word vectors of the first one: one table, learned by all.

    Raises ValueError for generators whose vectors are no table of their own.
    """
    first, *others = generators
    shared = first.word_vectors() if others else None
    for other in others:
        own = other.word_vectors()
        tables = [
            module
            for module in other.modules()
            if isinstance(module, nn.Embedding) and module.weight is own
        ]
        if not tables or not isinstance(shared, nn.Parameter) or shared.shape != own.shape:
            raise ValueError("several generators need tables of word vectors of one shape")
        for table in tables:
            table.weight = shared
