"""CNN/DailyMail: news articles and their highlights, three or four sentences (arXiv:1704.04368).

287,113 articles to train, 13,368 to validate and 11,490 to test, from parquet files on the hub,
pinned to one commit, or from a local folder of parquet, .jsonl or .csv files named by their split.
Articles are long: raise --document-words, 60 words are taken otherwise.
"""

from seqgan.data.summary_corpus import SummaryCorpus
from seqgan.data.summary_hub import HubPairs

PAIRS = HubPairs(
    name="abisee/cnn_dailymail",
    revision="96df5e686bee6baa90b8bee7c28b81fa3fa6223d",
    files={split: f"3.0.0/{split}-*.parquet" for split in ("train", "validation", "test")},
    sizes={"train": 287_113, "validation": 13_368, "test": 11_490},
    document="article",
    short="highlights",
)

CORPUS = SummaryCorpus(
    name="cnn_dailymail",
    summary="English news articles, 311,971, and their highlights",
    source=f"{PAIRS.name} on the hub at {PAIRS.revision[:7]}, or a local folder with --corpus-path",
    licence="Apache 2.0 (the dataset's card)",
    text_licence="CNN's and the Daily Mail's: research use, not redistributed",
    version=1,
    build=PAIRS.build,
    read=PAIRS.read,
    suffixes=("",),
)
