"""How far numbers are from those that are expected."""

import numpy as np


def difference(found, expected):
    """The largest difference, relative to the larger of 1 and the expected number; inf where one only is a number."""
    if found.shape != expected.shape or found.dtype != expected.dtype:
        return np.inf
    equal = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(all="ignore"):
        relative = np.abs(found - expected) / np.maximum(1, np.abs(expected))
    return float(np.where(equal, 0, np.where(np.isfinite(relative), relative, np.inf)).max(initial=0))
