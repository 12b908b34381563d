"""Comparisons of what a run says with what NumPy computes; Mismatch tells the first that fails."""

import numpy as np

MOMENT = 1e-9


class Mismatch(Exception):
    pass


def only(rows, where, **keys):
    found = [row for row in rows if all(row[key] == value for key, value in keys.items())]
    if len(found) != 1:
        raise Mismatch(f"{where}: {len(found)} rows with {keys} in summary.json")
    return found[0]


def same(what, told, expected):
    if told != expected:
        raise Mismatch(f"{what}: the run has {told}, NumPy {expected}")


def close(what, told, expected, scale=0.0):
    compare(what, np.array([np.nan if told is None else told]), np.array([expected]), scale)


def compare(what, told, expected, scale):
    """Within 1e-9 relative; `scale`: the size of what cancelled, whose rounding the difference may hold."""
    told, expected = told.astype("f8"), np.asarray(expected, dtype="f8")
    if (np.isnan(told) != np.isnan(expected)).any():
        at = int(np.argmax(np.isnan(told) != np.isnan(expected)))
        raise Mismatch(f"{what}: the run has {told[at]}, NumPy {expected[at]} (row {at})")
    excess = np.abs(told - expected) - MOMENT * np.abs(expected) - 1e-13 * np.broadcast_to(scale, told.shape)
    if np.nanmax(excess, initial=-1) > 0:
        at = int(np.nanargmax(excess))
        raise Mismatch(f"{what}: the run has {told[at]!r}, NumPy {expected[at]!r} (row {at})")
