"""Gaussians: the grid of 25 narrow Gaussians in the plane on which dropped modes can be counted.

Points are drawn while training, so there is nothing to fetch and nothing to hold out: fresh points
are as good as held-out ones.
"""

from seqgan.data.corpus import PointCorpus

CORPUS = PointCorpus(
    name="gaussians",
    summary="25 Gaussians in the plane on a grid: modes can be counted, the density is known",
    source="a formula while training, nothing is fetched: `seqgan train gaussians`",
    facts=(
        "25 modes, each drawn equally often",
        "means: every pair of -4, -2, 0, 2, 4",
        "standard deviation: 0.05 on both axes",
        "found: a mode that 10 of 2,500 samples come within 3 standard deviations of",
    ),
)
