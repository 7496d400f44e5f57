"""--quick and --max-updates bound every phase."""

from dataclasses import replace

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
