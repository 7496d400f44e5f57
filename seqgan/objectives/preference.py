"""What a model of people's judgements minimizes: scores of examples in, one loss a judgement out.

Legend: B judgements. A share lies in [0, 1]: the part of the votes, or the place on the scale.
"""

from torch import Tensor
from torch.nn.functional import softplus


def bradley_terry_loss(first_B: Tensor, second_B: Tensor, share_B: Tensor) -> Tensor:
    """Return -s log sigmoid(a - b) - (1 - s) log sigmoid(b - a), shape (B,) (Bradley, Terry 1952).

    a and b are the scores of two examples, s the share of votes for the first: 1 or 0 for one vote
    (arXiv:2203.02155, equation 1), .5 for a tie. Least where sigmoid(a - b) = s.

    >>> import torch
    >>> first, second = torch.tensor([1.0, 1.0, 1.0]), torch.tensor([1.0, 0.0, 0.0])
    >>> bradley_terry_loss(first, second, torch.tensor([1.0, 1.0, 0.5]))
    tensor([0.6931, 0.3133, 0.8133])
    """
    lead_B = first_B - second_B
    return share_B * softplus(-lead_B) + (1 - share_B) * softplus(lead_B)


def rating_loss(score_B: Tensor, share_B: Tensor) -> Tensor:
    """Return -r log sigmoid(a) - (1 - r) log sigmoid(-a), shape (B,): logistic regression.

    r is a rating as a share of its scale (1 of 5 stars: 0, all 5: 1). Least where sigmoid(a) = r.
    It is Bradley and Terry's loss against an example of score 0, so both can shape one score.

    >>> import torch
    >>> rating_loss(torch.tensor([0.0, 1.0]), torch.tensor([0.25, 1.0]))
    tensor([0.6931, 0.3133])
    """
    return share_B * softplus(-score_B) + (1 - share_B) * softplus(score_B)
