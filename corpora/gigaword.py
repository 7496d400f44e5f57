"""Gigaword: first sentences of news with their headlines (arXiv:1509.00685), as papers split them.

3,803,957 pairs to train, 189,651 to validate and 1,951 to test, in small letters, digits as "#".
They come from the hub's own conversion to parquet, which has no fixed commit: the numbers of rows
are checked instead. Or from a local folder of parquet, .jsonl or .csv files named by their split.
"""

from seqgan.data.summary_corpus import SummaryCorpus
from seqgan.data.summary_hub import HubPairs

PAIRS = HubPairs(
    name="Harvard/gigaword",
    revision="refs/convert/parquet",
    files={split: f"default/{split}/*.parquet" for split in ("train", "validation", "test")},
    sizes={"train": 3_803_957, "validation": 189_651, "test": 1_951},
    document="document",
    short="summary",
)

CORPUS = SummaryCorpus(
    name="gigaword",
    summary="English first sentences of news, 4 million, and their headlines",
    source=f"{PAIRS.name} on the hub ({PAIRS.revision}), or a local folder with --corpus-path",
    licence="MIT (the dataset's card)",
    text_licence="the news agencies' (LDC's Gigaword): research use, not redistributed",
    version=1,
    build=PAIRS.build,
    read=PAIRS.read,
    suffixes=("",),
)
