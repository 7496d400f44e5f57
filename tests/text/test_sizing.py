"""--quick and --max-updates bound every phase."""

from dataclasses import replace

import pytest

from seqgan.errors import UserError
from seqgan.text.sizing import QUICK_UPDATES, sized
from seqgan.text.transfer.options import TransferOptions

PHASES = ("pretrain", "denoising", "translation", "choosing", "continued", "critic", "adversarial")


def updates_of(options: TransferOptions) -> list[int]:
    return [getattr(options, f"{phase}_updates") for phase in PHASES]


def test_phases_share_what_quick_allows() -> None:
    asked = TransferOptions(quick=True, choosing_updates=0, critic_updates=3)
    share = QUICK_UPDATES // 5  # of seven phases two have none
    assert updates_of(sized(asked)) == [0, share, share, 0, share, 3, share]
    assert updates_of(sized(replace(asked, max_updates=2))) == [0, 2, 2, 0, 2, 2, 2]
    assert sized(replace(asked, quick=False)) == replace(asked, quick=False)


def test_quick_looks_at_few_sentences() -> None:
    assert TransferOptions().num_looked_at == TransferOptions().validation_sentences > 40
    assert TransferOptions(quick=True).num_looked_at == 40
    assert TransferOptions(quick=True, validation_sentences=7).num_looked_at == 7


def test_few_sentences_are_learned_from_less_often() -> None:
    """Denoising sees each 12 times, back-translation 6 times, what is chosen and play 1.5 times."""
    few, many = TransferOptions().paced(3059), TransferOptions().paced(80_000)
    assert many == TransferOptions()
    updates = (few.denoising_updates, few.translation_updates, few.choosing_updates)
    assert updates == (574, 287, 72)
    assert (few.continued_updates, few.adversarial_updates) == (72, 72)
    assert few.critic_updates == TransferOptions().critic_updates
    assert TransferOptions(accumulation=2).paced(3059).denoising_updates == 287
    assert TransferOptions(choosing_updates=9).paced(3059).choosing_updates == 9
    assert TransferOptions().paced(10).choosing_updates == 50
    for free in (TransferOptions(max_epochs=0), TransferOptions(plain=True)):
        assert free.paced(3059) == free
    with pytest.raises(UserError, match="--max-epochs is -1"):
        TransferOptions(max_epochs=-1).refuse_nonsense()
