"""Trends with a range: fitting by statsmodels, and the back-test that chooses between methods.

Belongs here: numbers alone, on a series with equal steps. Does not belong here: which figures make the series and when
there is no forecast (`forecast.sql`), dates and bounds (`forecast.py`). Importing it takes a second or two (statsmodels
and scipy): it is imported by whoever needs a trend, when it is needed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.statespace.exponential_smoothing import ExponentialSmoothing
from statsmodels.tsa.statespace.mlemodel import MLEResults
from statsmodels.tsa.statespace.structural import UnobservedComponents
from threadpoolctl import threadpool_limits

from warehouse.publish.remembered_trends import Trend

LEAST_POINTS = 3
# A damped trend starts from a line through the first ten figures, and needs them without a gap.
LEAST_POINTS_DAMPED = 10
# Back-test: forecasts are made from this many moments at most, evenly over the second half of the history, as if later
# figures were not known. More moments change the mean little and cost a fit each.
MOST_ORIGINS = 6
# Of errors spread normally, the mean of their sizes is sqrt(2 / pi) = 0.798 standard deviations.
MEAN_SIZE = float(np.sqrt(2 / np.pi))

_LEAST_VARIANCE = 1e-18  # of a history on a straight line, in units of its own spread: a filter needs some

Numbers = NDArray[np.float64]


def continue_trend(series: Sequence[float | None], steps: int, *, level: float = 0.8) -> Trend:
    """The series continued by `steps` with a range that holds with probability `level`.

    `series` has equal steps, oldest first; None is a step without a figure. The method is the one with the smaller
    error in a rolling-origin back-test (a drift where they are equal). The model's own range supposes that the model is
    right; it is widened, where needed, to what the back-test's misses ask for. Raises ValueError with fewer than three
    figures.
    """
    values = np.array([np.nan if value is None else value for value in series], dtype=np.float64)
    if np.count_nonzero(~np.isnan(values)) < LEAST_POINTS or steps < 1:
        raise ValueError(
            f"趋势至少需要 {LEAST_POINTS} 个数值和一个推算期 / a trend needs {LEAST_POINTS} figures and a step"
        )
    # Matrices of a few rows: spread over threads, a fit takes ten times as long.
    with threadpool_limits(limits=1):
        return _continue(values, steps, level)


def _continue(values: Numbers, steps: int, level: float) -> Trend:
    # Around zero and one the optimiser is at ease, whatever the unit.
    centre, scale = float(np.nanmean(values)), float(np.nanstd(values)) or 1.0
    # Sums differ in their last digits from run to run; a fit must not, or every run would publish anew.
    standard = np.round((values - centre) / scale, 9)
    tried = {name: back_test(standard, fit, steps) for name, fit in METHODS.items() if can_fit(standard, fit)}
    # The methods are judged on the same forecasts; one that was too short of figures for some of them is not chosen.
    most = max(len(found.misses) for found in tried.values())
    fair = {name: found for name, found in tried.items() if most and len(found.misses) == most}
    method = min(fair, key=lambda name: fair[name].error) if fair else "drift"
    middle, low, high = METHODS[method](standard, steps, level)
    if fair:
        reach = fair[method].range_at(np.arange(1.0, steps + 1.0), level)
        low, high = np.minimum(low, middle - reach), np.maximum(high, middle + reach)
    return Trend(
        method,
        (centre + scale * middle).tolist(),
        (centre + scale * low).tolist(),
        (centre + scale * high).tolist(),
        fair[method].error * scale if fair else None,
        most,
    )


@dataclass(frozen=True, slots=True)
class BackTest:
    """Sizes of the misses of forecasts made from earlier moments, and how many steps ahead each was."""

    misses: Numbers
    ahead: Numbers

    @property
    def error(self) -> float:
        """The mean of the misses."""
        return float(np.mean(self.misses))

    def range_at(self, steps: Numbers, level: float) -> Numbers:
        """Half the width of a range of `level` at these steps: misses spread normally, growing as a random walk's."""
        deviation = self.error / MEAN_SIZE
        growth = np.sqrt(np.maximum(1.0, steps / float(np.mean(self.ahead))))
        return np.asarray(NormalDist().inv_cdf((1 + level) / 2) * deviation * growth)


def can_fit(values: Numbers, fit: Method) -> bool:
    """Whether a method can be fitted to the figures at all."""
    gaps = np.isnan(values)
    if fit is damped_trend:
        return len(values) >= LEAST_POINTS_DAMPED and not gaps.any()
    return int(np.count_nonzero(~gaps)) >= LEAST_POINTS


def back_test(values: Numbers, fit: Method, steps: int) -> BackTest:
    """Forecasts made from earlier moments as if later figures were not known, set against those.

    From each moment up to `steps` steps are forecast, at most a third of the history: farther ahead there would be too
    few to compare.
    """
    known = np.flatnonzero(~np.isnan(values))
    ahead = min(steps, max(1, len(values) // 3))
    first = max(len(values) // 2, int(known[LEAST_POINTS - 1]) + 1)
    origins: list[int] = []
    if first < len(values):
        origins = np.unique(np.linspace(first, len(values) - 1, MOST_ORIGINS).astype(int)).tolist()
    misses: list[float] = []
    distances: list[int] = []
    for origin in origins:
        past, future = values[:origin], values[origin : origin + ahead]
        if can_fit(past, fit):
            found = np.abs(fit(past, len(future), 0.5)[0] - future)
            misses.extend(found[~np.isnan(found)])
            distances.extend(np.flatnonzero(~np.isnan(found)) + 1)
    return BackTest(np.array(misses), np.array(distances, dtype=np.float64))


def drift(values: Numbers, steps: int, level: float) -> tuple[Numbers, Numbers, Numbers]:
    """Random walk with drift; the range counts how uncertain the drift is."""
    known = np.flatnonzero(~np.isnan(values))
    gaps, moves = np.diff(known), np.diff(values[known])
    # The one parameter, the variance of a step, has a closed form; searching for it takes fifty times as long.
    beside = moves - gaps * moves.sum() / gaps.sum()
    variance = max(float(np.sum(beside**2 / gaps)) / (len(moves) - 1), _LEAST_VARIANCE)
    model = UnobservedComponents(values, "rwdrift", use_exact_diffuse=True)
    return _predict(model.filter([variance]), steps, level)


def damped_trend(values: Numbers, steps: int, level: float) -> tuple[Numbers, Numbers, Numbers]:
    """Exponential smoothing with a trend that fades out."""
    # Starting values from a line through the first figures: estimating them too takes ten times as long, and gives
    # ranges that are too narrow for histories this short.
    model = ExponentialSmoothing(values, trend=True, damped_trend=True, initialization_method="heuristic")
    with warnings.catch_warnings():
        # A fit that stops early is judged by its back-test like any other.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", category=RuntimeWarning)
        fitted = model.fit(disp=False)
    return _predict(fitted, steps, level)


Method = Callable[[Numbers, int, float], tuple[Numbers, Numbers, Numbers]]
METHODS: dict[str, Method] = {"drift": drift, "damped_trend": damped_trend}


def _predict(fitted: MLEResults, steps: int, level: float) -> tuple[Numbers, Numbers, Numbers]:
    found = fitted.get_forecast(steps)
    ends = np.asarray(found.conf_int(alpha=1 - level), dtype=np.float64)
    return np.asarray(found.predicted_mean, dtype=np.float64), ends[:, 0], ends[:, 1]
