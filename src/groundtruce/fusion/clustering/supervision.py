"""Labels: what people decided of two reports of one source tells whether it reports an incident once.

* Few labels change little: what was learned without any is held by a stated doubt.
* People are asked about pairs in doubt, so their answers are no fair sample of pairs: they bind what they name
  and tell of habits, and do not recalibrate the scores.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from groundtruce.fusion.clustering.probability import PAIR
from groundtruce.fusion.matching.em import ONCE, SELDOM
from groundtruce.fusion.matching.model import FusionModel
from groundtruce.fusion.matching.score import Scale

__all__ = ["learn_repeats", "teach"]

_Floats = NDArray[np.float64]

_DOUBT = 1.5
"""Standard deviation, in log odds, of how often a source repeats itself, before any label is seen."""
_ROUNDS = 30


def teach(scale: Scale, pairs: NDArray[np.int32], same: NDArray[np.bool_]) -> FusionModel:
    """Return the model as m labelled pairs (2, m) change it; what is declared of a source stands."""
    source, other = scale.reports.source[pairs]
    own = source == other
    if not own.any():
        return scale.model
    scored = scale.score(pairs)
    constant, of_ratio, of_prior = PAIR
    repeats = dict(scale.model.repeats)
    for number in np.unique(source[own]).tolist():
        name = scale.reports.source_names[number]
        habit = scale.model.habits.get(name)
        if habit is not None and habit.once is not None:
            continue
        of = own & (source == number)
        ratio = scored.ratio[of] - scale.weights.repeats[number]
        odds = constant + of_ratio * ratio + of_prior * scored.prior[of]
        known = repeats.get(name, scale.model.other_repeats)
        repeats[name] = learn_repeats(odds, same[of], known)
    return replace(scale.model, repeats=repeats).round_numbers()


def learn_repeats(odds: _Floats, same: NDArray[np.bool_], repeats: float) -> float:
    """Return how often a source repeats itself, from m labelled pairs of its own reports.

    `odds` are the log odds (m,) that they would have if they were of two sources, `repeats` what was learned
    without labels. A source that seldom repeats itself is held to report an incident once. The mode of a
    logistic model of one term with a normal prior, by Newton's method.
    """
    before = np.log(max(repeats, SELDOM / 3))
    estimate = before
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(odds + estimate, -30, 30)))
        slope = float((same - chance).sum()) - (estimate - before) / _DOUBT**2
        estimate += slope / (float((chance * (1 - chance)).sum()) + 1 / _DOUBT**2)
    rate = float(np.exp(estimate))
    return round(min(rate, 1.0), 9) if rate >= SELDOM else ONCE
