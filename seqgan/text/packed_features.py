"""What filters find in completions of prefixes, every number computed once.

Legend: B sentences, T their length, G prefixes a sentence, N completions a prefix, M longest
completion, Q prefixes that were completed, U words in use, D width of a word's vector, W windows,
K tokens in a window, F filters.

An answer to a window is a sum of K rows of a table, one for each word at each place in the window:
as long as the words are fewer than the tokens, looking up costs less than a convolution. Windows
that lie in a prefix are looked up once for all of its completions.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqgan.ops.linear import fast_linear


def windows_fit(length_B: Tensor, width: int, num_windows: int) -> Tensor:
    """Return whether each window lies in its sentence, shape (B, W); the first one always does.

    >>> windows_fit(torch.tensor([4, 1]), 2, 4)
    tensor([[ True,  True,  True, False],
            [ True, False, False, False]])
    """
    last_B1 = (length_B - width).clamp(min=0).unsqueeze(1)
    return torch.arange(num_windows, device=length_B.device) <= last_B1


def largest_answers(vectors_BTD: Tensor, filters: Iterable[nn.Module], length_B: Tensor) -> Tensor:
    """Return each filter's largest answer in a sentence, 0 at least, shape (B, F).

    (Kim 2014, arXiv:1408.5882, section 2.) `vectors_BTD` must be 0 behind the sentences' ends.
    """
    vectors_BDT = vectors_BTD.transpose(1, 2)
    pooled = []
    for conv in filters:
        assert isinstance(conv, nn.Conv1d)
        short = max(0, conv.kernel_size[0] - vectors_BDT.shape[2])
        answer_BFW = conv(functional.pad(vectors_BDT, (0, short))).relu()
        fits_BW = windows_fit(length_B, conv.kernel_size[0], answer_BFW.shape[2])
        pooled.append((answer_BFW * fits_BW.unsqueeze(1)).amax(-1))
    return torch.cat(pooled, dim=1)


@torch.no_grad()
def completion_features(
    vectors_VD: Tensor,
    filters: Sequence[nn.Conv1d],
    tokens_BT: Tensor,
    completed_GNBM: Tensor,
    open_GB: Tensor,
    *,
    pad: int,
) -> Tensor:
    """Return each filter's largest answer in each completion, 0 at least, shape (Q, N, F).

    The completions of the prefixes for which `open_GB` is True, in its order: entry [g, n, b] of
    `completed_GNBM` begins with the first g + 1 tokens of sentence b, not the whole of it.
    """
    group_Q, sentence_Q = open_GB.nonzero(as_tuple=True)
    completed_QNM = completed_GNBM.transpose(1, 2)[group_Q, sentence_Q]
    length_QN = (completed_QNM != pad).sum(-1)
    vectors_UD, place_V = _words_in_use(vectors_VD, tokens_BT, completed_QNM, pad=pad)
    known_BT, known_QNM = place_V[tokens_BT], place_V[completed_QNM]
    starts = torch.searchsorted(group_Q, torch.arange(len(open_GB) + 1, device=group_Q.device))
    parts = list(zip(starts.tolist(), starts[1:].tolist(), strict=False))
    num_features = sum(conv.out_channels for conv in filters)
    out_QNF = vectors_VD.new_empty(*completed_QNM.shape[:2], num_features)
    first = 0
    for conv in filters:
        answers = Answers(conv, vectors_UD)
        prefix_BWF = answers.to(known_BT).cummax(1).values  # the best window so far
        for group, (begin, end) in enumerate(parts):
            if begin == end:
                continue
            best_QNF = answers.best(
                known_QNM[begin:end], length_QN[begin:end], skip=max(0, group + 2 - answers.width)
            )
            if group + 1 >= answers.width:
                inside_QF = prefix_BWF[sentence_Q[begin:end], group + 1 - answers.width]
                best_QNF = best_QNF.maximum(inside_QF.unsqueeze(1))
            out_QNF[begin:end, :, first : first + conv.out_channels] = best_QNF
        first += conv.out_channels
    return out_QNF.relu_()


class Answers:
    """The answers of filters of one width, by table.

    Args:
        conv: the filters.
        vectors_UD: the words' vectors; the last one stands for what follows a sentence.
    """

    def __init__(self, conv: nn.Conv1d, vectors_UD: Tensor) -> None:
        self.width, self.bias_F = conv.kernel_size[0], conv.bias
        weight_KFD = conv.weight.permute(2, 0, 1)
        table_UL = fast_linear(vectors_UD, weight_KFD.flatten(0, 1))
        self.table_LF = table_UL.view(-1, conv.out_channels)  # row u K + k
        self.end = len(vectors_UD) - 1

    def to(self, words: Tensor) -> Tensor:
        """Return the answers to every window of these words, shape (..., W, F)."""
        short = max(0, self.width - words.shape[-1])
        words = functional.pad(words, (0, short), value=self.end)
        place_K = torch.arange(self.width, device=words.device, dtype=words.dtype)
        row = (words * self.width).unfold(-1, self.width, 1) + place_K
        answer = functional.embedding_bag(row.flatten(0, -2), self.table_LF, mode="sum")
        answer = answer.view(*row.shape[:-1], -1)
        return answer if self.bias_F is None else answer.add_(self.bias_F)

    def best(self, words_QNM: Tensor, length_QN: Tensor, *, skip: int) -> Tensor:
        """Return the largest answers to windows of whole sentences from window `skip` on."""
        answer_QNWF = self.to(words_QNM[..., skip:])
        if int(length_QN.min()) < words_QNM.shape[-1]:
            fits_RW = windows_fit(length_QN.flatten(), self.width, skip + answer_QNWF.shape[2])
            fits_QNW = fits_RW[:, skip:].view(answer_QNWF.shape[:3])
            answer_QNWF = answer_QNWF.masked_fill_(~fits_QNW.unsqueeze(-1), -torch.inf)
        return answer_QNWF.amax(2)


def _words_in_use(
    vectors_VD: Tensor, tokens_BT: Tensor, completed_QNM: Tensor, *, pad: int
) -> tuple[Tensor, Tensor]:
    """Return the vectors of the words that occur, zeros behind them, and where each word stands.

    Padding stands at the zeros, whether or not it is a word of the vocabulary.
    """
    used_V = torch.zeros(max(len(vectors_VD), pad + 1), dtype=torch.bool, device=vectors_VD.device)
    used_V[tokens_BT], used_V[completed_QNM] = True, True
    used_V[pad] = False
    word_U = used_V.nonzero().squeeze(1)
    place_V = torch.full_like(used_V, len(word_U), dtype=torch.int32)
    place_V[word_U] = torch.arange(len(word_U), dtype=torch.int32, device=word_U.device)
    return functional.pad(vectors_VD[word_U], (0, 0, 0, 1)), place_V
