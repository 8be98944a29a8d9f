"""In which order robots choose."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def by_age(age, ranked, order):
    """Write robots to `order`, oldest first, equals as in `ranked`: a counting sort."""
    oldest = 0
    for i in ranked:
        oldest = max(oldest, age[i])
    place = np.zeros(oldest + 2, np.int32)
    for i in ranked:
        place[oldest - age[i] + 1] += 1
    for a in range(oldest + 1):
        place[a + 1] += place[a]
    for i in ranked:
        order[place[oldest - age[i]]] = i
        place[oldest - age[i]] += 1
