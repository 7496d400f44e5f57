import torch

from seqgan.nn.token_output import TokenOutput


def test_the_matrix_is_borrowed_or_its_own_and_bans_are_added() -> None:
    ban_V = torch.tensor([-3e4, 0.0, 0.0])
    hidden_BTD, embedding_VD = torch.randn(2, 4, 5), torch.randn(3, 5)
    tied = TokenOutput(5, ban_V, tied=True)
    torch.testing.assert_close(tied(hidden_BTD, embedding_VD), hidden_BTD @ embedding_VD.T + ban_V)
    own = TokenOutput(5, ban_V, tied=False)
    assert own.weight is not None
    torch.testing.assert_close(own(hidden_BTD, embedding_VD), hidden_BTD @ own.weight.T + ban_V)
    assert set(tied.state_dict()) == {"bias"}
    assert set(own.state_dict()) == {"bias", "weight"}
    assert tied(hidden_BTD, embedding_VD).softmax(-1)[..., 0].abs().sum() == 0
