"""XSum: BBC articles and the one sentence that introduces each (arXiv:1808.08745).

204,045 articles to train, 11,332 to validate and 11,334 to test, from the hub's conversion to
parquet, pinned to one commit, or from a local folder of parquet, .jsonl or .csv files named by
their split. Articles are long: raise --document-words, 60 words are taken otherwise.
"""

from seqgan.data.summary_corpus import SummaryCorpus
from seqgan.data.summary_hub import HubPairs

PAIRS = HubPairs(
    name="EdinburghNLP/xsum",
    revision="5484b3547a597693f9c099954c1cd6a8192a4573",
    files={split: f"default/xsum-{split}*.parquet" for split in ("train", "validation", "test")},
    sizes={"train": 204_045, "validation": 11_332, "test": 11_334},
    document="document",
    short="summary",
)

CORPUS = SummaryCorpus(
    name="xsum",
    summary="English BBC articles, 226,711, and the sentence that introduces each",
    source=f"{PAIRS.name} on the hub at {PAIRS.revision[:7]}, or a local folder with --corpus-path",
    licence="none stated",
    text_licence="the BBC's: research use, not redistributed",
    version=1,
    build=PAIRS.build,
    read=PAIRS.read,
    suffixes=("",),
)
