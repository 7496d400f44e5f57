"""Metrics of texts that were rewritten in another style."""

from seqgan.report.metric import Metric

MOST_REFERENCES = 8
LEARNED = "it learned from texts that no system saw; of real text: its own accuracy"

TRANSFER_METRICS = {
    "accuracy_ngram": Metric(
        "accuracy, n-grams",
        "higher",
        1,
        f"percent that a linear classifier of n-grams takes for the target style; {LEARNED}",
    ),
    "accuracy_neural": Metric(
        "accuracy, network",
        "higher",
        1,
        f"percent that a convolutional network takes for the target style; {LEARNED}",
    ),
    "source_bleu": Metric(
        "source BLEU",
        "higher",
        1,
        "0 to 100, corpus BLEU against the sources (sacrebleu): 100 is a copy",
    ),
    **{
        f"ref_bleu_{count}": Metric(
            f"BLEU, {count} reference{'s' if count > 1 else ''}",
            "higher",
            1,
            f"0 to 100, against {count} human rewrite{'s' if count > 1 else ''} of each source",
        )
        for count in range(1, MOST_REFERENCES + 1)
    },
    "geometric_mean": Metric(
        "geometric mean",
        "higher",
        1,
        "of source BLEU and the mean accuracy; a phrase put behind every source earns much",
    ),
    "harmonic_mean": Metric(
        "harmonic mean",
        "higher",
        1,
        "of source BLEU and the mean accuracy; the lower of the two weighs more",
    ),
    "copy_rate": Metric("copies", "lower", 3, "share of texts that are the source word for word"),
    "contains_source": Metric(
        "contain the source",
        "lower",
        3,
        "share of texts that hold all of the source's words in their order: copies, and sources "
        "with something put in",
    ),
    "length_ratio": Metric("length ratio", "", 2, "words over words of the sources"),
    "overuse": Metric(
        "overused words",
        "lower",
        3,
        "share of the words that are more of their kind than in people's texts of the style (total "
        "variation distance); real text is away from other real text by chance alone",
    ),
    "direction_gap": Metric(
        "gap of directions",
        "lower",
        1,
        "points of mean accuracy between the best and the worst direction",
    ),
    "attribute_agreement": Metric(
        "attributes across styles",
        "higher",
        1,
        "percent, area under the ROC curve: words that all styles use alike, told from codes of "
        "one style by a linear probe that learned on another's; 50 is chance",
    ),
    "attribute_own": Metric(
        "attributes within a style",
        "higher",
        1,
        "the same on other sentences of the style that the probe learned from: what can be reached",
    ),
    "style_in_codes": Metric(
        "style told from codes",
        "lower",
        1,
        "percent, balanced accuracy of a linear probe; even odds where the space is common",
    ),
}
