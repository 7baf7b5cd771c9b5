"""Rank correlations agree with SciPy's, ties included."""

from __future__ import annotations

import pytest
import torch

from explorer.attribution.rank_correlation import overlap_of_largest, spearman


@pytest.mark.parametrize("kinds", [4, 40, 10_000])
def test_ranks_correlate_as_in_scipy_with_ties_at_their_mean_rank(kinds):
    stats = pytest.importorskip("scipy.stats")
    drawn = torch.Generator().manual_seed(kinds)
    one, other = (torch.randint(-kinds, kinds, (5, 3, 50), generator=drawn).float() for _ in range(2))
    wanted = [stats.spearmanr(a.flatten(), b.flatten()).statistic for a, b in zip(one, other, strict=True)]
    assert spearman(one, other).tolist() == pytest.approx(wanted, abs=1e-12)


def test_the_sign_counts():
    values = torch.randn(1, 20)
    assert spearman(values, -values).item() == pytest.approx(-1.0)
    assert spearman(values, 3 * values + 1).item() == pytest.approx(1.0)


def test_an_attribution_that_is_the_same_everywhere_or_not_finite_has_no_correlation():
    values = torch.randn(3, 6)
    spoiled = torch.stack([torch.zeros(6), values[1].where(torch.arange(6) != 2, torch.nan), values[2]])
    assert spearman(values, spoiled).isnan().tolist() == [True, True, False]


def test_the_share_of_the_largest_in_common_is_that_of_two_sets():
    one, other = torch.randn(4, 30), torch.randn(4, 30)
    for share, count in ((0.1, 3), (0.5, 15), (0.001, 1)):
        wanted = [len(set(a.argsort()[-count:].tolist()) & set(b.argsort()[-count:].tolist())) / count
                  for a, b in zip(one, other, strict=True)]
        assert overlap_of_largest(one, other, share).tolist() == pytest.approx(wanted)
