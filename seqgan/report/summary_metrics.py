"""The columns that summaries add to tables."""

from seqgan.report.metric import Metric
from seqgan.report.summary_bracket import LEAST_TEXTS

WHAT_PEOPLE_WROTE = (
    "0 to 100, F1 against what people wrote (rouge-score, stemmed; Chinese: by characters)"
)
KINDS = {
    "rouge1": ("ROUGE-1", "words in common"),
    "rouge2": ("ROUGE-2", "pairs of neighbors in common"),
    "rougeL": ("ROUGE-L", "the longest common sequence"),
}

SUMMARY_METRICS = {
    **{
        name: Metric(label, "higher", 1, f"{WHAT_PEOPLE_WROTE}: {what}")
        for name, (label, what) in KINDS.items()
    },
    **{
        f"{name}_inside": Metric(
            f"{label} in the bracket",
            "higher",
            1,
            "of the texts alone that have the usual number of words, give or take 2; of another "
            f"word budget a dash where these are fewer than {LEAST_TEXTS}",
        )
        for name, (label, _) in KINDS.items()
    },
    "inside": Metric(
        "in the bracket", "", 3, "share of texts with the usual number of words, give or take 2"
    ),
    "words": Metric(
        "words written", "", 1, "mean number of words between spaces (Chinese: characters)"
    ),
    "cut_as_usual": Metric(
        "cut as usual",
        "",
        3,
        "share of the summaries (of the documents that are reconstructed) whose pieces are those "
        "that the vocabulary cuts them in: at 1 no secret can lie in the cutting",
    ),
    "retokenizing": Metric(
        "lost by cutting anew",
        "lower",
        3,
        "nats a token by which the document is worse recovered from the summary's words than from "
        "the pieces that it was written in",
    ),
    "copied_words": Metric(
        "words of the document",
        "",
        3,
        "share of the words that stand in the document; the human row sets the scale",
    ),
    "novel_bigrams": Metric(
        "new pairs",
        "",
        3,
        "share of pairs of neighbors that do not stand side by side in the document; random words "
        "have many, the human row sets the scale",
    ),
    "novel_trigrams": Metric(
        "new triples",
        "",
        3,
        "share of three words side by side that do not stand so in the document",
    ),
    "realness": Metric(
        "realness",
        "higher",
        3,
        "1 - balanced accuracy of a fresh classifier between people's short texts and these, which "
        "learned from texts that no system saw; .5 is best, and differences are in the nearness "
        "to .5; it does not see the document",
        0.5,
    ),
    "repeated_words": Metric(
        "repeated words", "lower", 3, "share of the words that stood in the same text before"
    ),
    "reconstruction_nats": Metric(
        "reconstruction",
        "lower",
        3,
        "nats a token of the document given its summary, by the run's reconstructor",
    ),
    "reconstruction_gain": Metric(
        "reconstruction gain",
        "",
        3,
        "nats a token by which its own summary tells more of a document than another's does",
    ),
    "reconstruction_plain": Metric(
        "reconstruction, plain",
        "lower",
        3,
        "the same from the plain form: small letters, no marks, tokenized anew, and only words "
        "that people use or the document has",
    ),
    "survives": Metric(
        "survives",
        "",
        3,
        "share of the gain that the plain form keeps; far below that of the human row and of "
        "trivial summaries, which can hide nothing, it is a secret code",
    ),
}
