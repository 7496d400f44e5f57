"""One row of a table of pictures: every metric of a set of samples, and of real held-out ones.

Legend: N pictures, D pixels, K neighbors.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seqgan.data.pictures import PictureParts, Pictures
from seqgan.errors import UserError
from seqgan.image.extractor import Extractor
from seqgan.image.kinds import FEWEST, Counts, Floats, Look, fewer, find_kinds, pixels_of, shares_kl
from seqgan.metrics.manifold import nearest, precision_recall_density_coverage
from seqgan.metrics.picture_scores import feature_scores

NEIGHBORS = 5
SEARCHED = 1000  # samples whose nearest pictures are looked for, pixel by pixel
BLOCK = 10_000  # training pictures at a time
KNOWN = 10_000  # training pictures from which the shares of the kinds are taken
ALIKE = 0.25  # of the usual distance to the nearest other picture: as good as the same


class Judge:
    """Judges samples of one corpus: equally many samples and training pictures, drawn by `seed`.

    `count` pictures are in every figure but those of single pictures (`nearest_train`,
    `duplicates`: at most 1,000): as many as are asked for, held out, or trained on, whichever is
    least. Raises `UserError` if that is too few to judge by.
    """

    def __init__(
        self, parts: PictureParts, extractor: Extractor, *, num_samples: int, seed: int = 0
    ) -> None:
        self.count = min(num_samples, len(parts.train), len(parts.test))
        if self.count <= NEIGHBORS:
            raise UserError(
                f"{self.count} pictures are too few to judge by: more than {NEIGHBORS} samples,"
                f" training ({len(parts.train)}) and held-out pictures ({len(parts.test)}) are"
                " needed"
            )
        self.extractor, self.train, self.seed = extractor, parts.train, seed
        rng = torch.Generator().manual_seed(seed)
        known = draw(parts.train, max(KNOWN, self.count), rng)
        self.known = Look.at(known.images, extractor)
        self.kinds = find_kinds(self.known, extractor, seed=seed)
        # Held-out pictures, not training ones: what a generator that learned well comes up with.
        self.held_out = Look.at(draw(parts.test, self.count, rng).images, extractor)
        self.held_out_K = self.kinds.counts(self.held_out)
        self.held_out_distance = self.train_distance(self.held_out)
        self.alike = ALIKE * float(np.median(distance_to_others(self.held_out)))

    @property
    def reference(self) -> Look:
        """The training pictures that samples are compared with."""
        return self.known.first(self.count)

    def look(self, samples: Tensor) -> Look:
        """Return what is seen in `count` of the uint8 samples, drawn, for they may be in order."""
        if len(samples) < self.count:
            raise ValueError(f"{self.count} samples are judged, got {len(samples)}")
        rng = torch.Generator().manual_seed(self.seed)
        order = torch.randperm(len(samples), generator=rng)[: self.count]
        return Look.at(samples[order.to(samples.device)], self.extractor)

    def train_distance(self, look: Look) -> Floats:
        """Return pixel distances to the two nearest training pictures, shape (N, 2)."""
        return _nearest_of(look.pixels[:SEARCHED], self.train, count=2)[0]

    def fewer(self, count_K: Counts, *, part: float) -> list[int]:
        """Return the kinds with less than `part` of their share (see `fewer`).

        Both among training and among held-out pictures: an extractor that has learned its training
        pictures by heart finds kinds among them that it does not find in any other pictures.
        """
        few = fewer(count_K, self.held_out_K, part=part)
        return [k for k in few if k in fewer(count_K, self.kinds.count_K, part=part)]

    def row(self, samples: Tensor) -> dict[str, float]:
        """Return all metrics of uint8 samples (N, C, H, W)."""
        return self.metrics(self.look(samples))

    def real_row(self) -> dict[str, float]:
        """Return the metrics of real held-out pictures: what there is to reach."""
        return self.metrics(self.held_out)

    def metrics(self, look: Look) -> dict[str, float]:
        """Return all metrics of what was seen.

        `modes`: kinds with a tenth of their real share or more. `modes_kl`: KL of the shares of
        the kinds from the real ones, in nats. `nearest_train`: mean pixel distance to the nearest
        training picture over that of held-out pictures: 0 for copies, 1 for held-out ones.
        `duplicates`: share of samples with another one as good as the same. Else see
        `feature_scores` (without labels there is no `inception_score`) and
        `precision_recall_density_coverage`.
        """
        share_K, real_K = self.kinds.counts(look) / len(look), self.kinds.share_K
        usual = max(float(self.held_out_distance[:, 0].mean()), 1e-12)
        scores = feature_scores(self.reference.features, look.features, look.logits, seed=self.seed)
        if not self.extractor.labels:  # it would be the score of a classifier of positions
            del scores["inception_score"]
        return {
            **scores,
            **manifold(self.reference, look),
            "modes": float(((share_K >= FEWEST * real_K) & (share_K > 0)).sum()),
            "modes_kl": shares_kl(share_K, real_K, count=len(self.known)),
            "nearest_train": float(self.train_distance(look)[:, 0].mean()) / usual,
            "duplicates": float((distance_to_others(look) <= self.alike).mean()),
        }


def judge_samples(
    samples: Tensor, parts: PictureParts, extractor: Extractor, *, seed: int = 0
) -> dict[str, float]:
    """Return the metrics of uint8 samples (see `Judge`, which judges several sets faster)."""
    return Judge(parts, extractor, num_samples=len(samples), seed=seed).row(samples)


def real_row(
    parts: PictureParts, extractor: Extractor, *, num_samples: int, seed: int = 0
) -> dict[str, float]:
    """Return the metrics of held-out pictures against as many training pictures."""
    return Judge(parts, extractor, num_samples=num_samples, seed=seed).real_row()


def manifold(real: Look, fake: Look) -> dict[str, float]:
    """Return precision, recall, density and coverage of equally many pictures."""
    return precision_recall_density_coverage(
        real.features.numpy(), fake.features.numpy(), neighbors=NEIGHBORS
    )


def distance_to_others(look: Look) -> Floats:
    """Return each picture's pixel distance to the nearest other one, of 1,000 at most."""
    few = look.pixels[:SEARCHED]
    return np.asarray(nearest(few, few, itself=True)[0][:, 0], dtype=np.float64)


def nearest_training(samples: Tensor, train: Pictures) -> tuple[Floats, Counts]:
    """Return the pixel distance of each uint8 sample's nearest training picture, and its number."""
    distance_NK, number_NK = _nearest_of(pixels_of(samples), train, count=1)
    return distance_NK[:, 0], number_NK[:, 0]


def _nearest_of(
    pixels_ND: NDArray[np.float32], train: Pictures, *, count: int
) -> tuple[Floats, Counts]:
    """Return distances (N, K) and numbers, going through the training pictures in blocks."""
    distances, numbers = [], []
    for start in range(0, len(train), BLOCK):
        block_MD = pixels_of(train.images[start : start + BLOCK])
        distance_NK, found_NK = nearest(pixels_ND, block_MD, count=min(count, len(block_MD)))
        distances.append(distance_NK)
        numbers.append(found_NK + start)
    distance_NK, number_NK = np.concatenate(distances, 1), np.concatenate(numbers, 1)
    order_NK = np.argsort(distance_NK, axis=1, kind="stable")[:, :count]
    closest_NK = np.take_along_axis(distance_NK, order_NK, 1)
    return np.asarray(closest_NK, dtype=np.float64), np.take_along_axis(number_NK, order_NK, 1)


def draw(part: Pictures, count: int, rng: torch.Generator) -> Pictures:
    """Return at most `count` pictures, drawn without replacement."""
    return part.at(torch.randperm(len(part), generator=rng)[:count])
