"""What every rank statistic must satisfy."""

# ruff: noqa: S101 (these are tests: pytest reports their assertions)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from benchtools.ranking._input import Vector
from benchtools.ranking._statistic import Statistic, bind

__all__ = ["StatisticContract"]

TOLERANCE = 1e-9


class StatisticContract:
    """Tests of a `Statistic`; inherit them under a name that pytest collects.

    Attributes
    ----------
    statistic : Statistic
        What is tested.
    parameters : mapping of str to object, optional
        Parameters to fix, such as ``{"k": 3}``.

    Notes
    -----
    `cases` may be overridden where a statistic needs other vectors; each must have at least 4 values.

    Examples
    --------
    >>> from benchtools.ranking import STATISTICS
    >>> class TestSpearman(StatisticContract):
    ...     statistic = STATISTICS.get("spearman")
    >>> TestSpearman().test_relabelling_changes_nothing()
    """

    statistic: Statistic
    parameters: ClassVar[Mapping[str, Any]] = {}

    def cases(self) -> Iterator[tuple[Vector, Vector]]:
        """Pairs of vectors without ties, with ties in one and in both, and with one architecture far from the rest."""
        rng = np.random.default_rng(20)
        for n in (12, 13, 40):
            x = rng.normal(size=n)
            y = 0.7 * x + rng.normal(size=n)
            far = np.where(np.arange(n) == 1, 50.0, np.round(x))
            yield from ((x, y), (np.round(x), y), (np.round(x), np.round(y)), (far, y), (x, -x))

    def part(self) -> Statistic:
        """Return the statistic with its parameters fixed."""
        return bind(self.statistic, dict(self.parameters))

    def test_values_are_finite_and_within_the_range(self) -> None:
        """Between `lower` and `upper`."""
        part = self.part()
        for x, y in self.cases():
            value = part.kernel(x, y)
            assert isinstance(value, float), f"{part.name} returns {type(value).__name__}, not float"
            assert np.isfinite(value), f"{part.name} is {value}"
            assert part.lower <= value <= part.upper, f"{part.name} = {value} is outside [{part.lower}, {part.upper}]"

    def test_relabelling_changes_nothing(self) -> None:
        """The same permutation of both vectors gives the same value: no tie is broken by position."""
        part, rng = self.part(), np.random.default_rng(21)
        for x, y in self.cases():
            order = rng.permutation(len(x))
            np.testing.assert_allclose(part.kernel(x[order], y[order]), part.kernel(x, y), rtol=0, atol=TOLERANCE)

    def test_equal_orders_are_best(self) -> None:
        """A vector against itself reaches the good end of the range; its reverse is never better, and worse somewhere.

        Nothing takes the sign away.
        """
        part = self.part()
        best, sign = (part.upper, 1) if part.higher_is_better else (part.lower, -1)
        losses = []
        for x, _ in self.cases():
            value = part.kernel(x, x)
            assert not np.isfinite(best) or abs(value - best) < TOLERANCE, f"{part.name}(x, x) = {value}, not {best}"
            losses.append(sign * (value - part.kernel(x, -x)))
        assert min(losses) > -TOLERANCE, f"{part.name} prefers a reversed order"
        assert max(losses) > TOLERANCE, f"{part.name} does not tell an order from its reverse"

    def test_symmetric_if_it_says_so(self) -> None:
        """`symmetric` means that the vectors may change places."""
        part = self.part()
        for x, y in self.cases() if part.symmetric else ():
            np.testing.assert_allclose(part.kernel(y, x), part.kernel(x, y), rtol=0, atol=TOLERANCE)

    def test_constant_vectors(self) -> None:
        """NaN if the statistic `needs_variation`, else a finite number."""
        part = self.part()
        for x, _ in self.cases():
            constant = np.full_like(x, 0.1)
            for pair in ((x, constant), (constant, x), (constant, constant)):
                value = part.kernel(*pair)
                expected = np.isnan(value) if part.needs_variation else np.isfinite(value)
                assert expected, f"{part.name} of a constant is {value} with needs_variation={part.needs_variation}"

    def test_inputs_stay_as_they_are(self) -> None:
        """No vector is written to."""
        part = self.part()
        for x, y in self.cases():
            before = x.copy(), y.copy()
            x.flags.writeable = y.flags.writeable = False
            part.kernel(x, y)
            np.testing.assert_array_equal((x, y), before)

    def test_resampler_agrees_with_the_kernel(self) -> None:
        """Counts of a resample give what the repeated vectors give, for several proxies and block widths."""
        part, rng = self.part(), np.random.default_rng(22)
        for x, y in self.cases() if part.resampler is not None else ():
            n, proxies = len(x), [y, np.round(y), x]
            assert part.resampler is not None
            resampler = part.resampler(x, proxies)
            for width in (7, 7, 1):  # buffers are kept from block to block, and the last one is narrower
                counts = rng.multinomial(n, np.full(n, 1 / n), size=width).T.astype(np.int32)
                counts[:, 0] = np.where(np.arange(n) == 0, n, 0)
                values = np.array(resampler(counts))
                rows = [np.repeat(np.arange(n), column) for column in counts.T]
                expected = [[part.kernel(x[row], proxy[row]) for proxy in proxies] for row in rows]
                np.testing.assert_allclose(values, expected, rtol=0, atol=TOLERANCE)

    def test_leave_one_out_agrees_with_leaving_out(self) -> None:
        """A closed form gives what the kernel gives without each architecture in turn."""
        part = self.part()
        for x, y in self.cases() if part.leave_one_out is not None else ():
            assert part.leave_one_out is not None
            expected = [part.kernel(np.delete(x, i), np.delete(y, i)) for i in range(len(x))]
            np.testing.assert_allclose(part.leave_one_out(x, y), expected, rtol=0, atol=TOLERANCE)
