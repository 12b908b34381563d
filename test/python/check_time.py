"""What goes by the order of the windows: the bootstrap's intervals over blocks of them, and the timeline's bins."""

import numpy as np

from compare import compare, same


def positions(summary, folder, window):
    """Places of the computed windows among the planned ones."""
    planned = np.arange(len(window))
    for run in summary["windows"]["missing"]:
        planned = planned + (run["last"] - run["first"] + 1) * (window > run["last"])
    return planned


def check_intervals(where, summary, entries, name, k, J, finite, position):
    """The moving-block bootstrap over the same bins, with the same draws; of each entry, and of each feature."""
    own = (entries["target"] == name) & (entries["output"] == k)
    features = [row for row in summary["features"] if row["target"] == name and row["output"] == k]
    low, high = (
        np.concatenate([entries[bound][own], [row[bound] for row in features]]).astype("f8")
        for bound in ("mean_low", "mean_high")
    )
    if np.isnan(low).all():
        return
    width = summary["bins"]["windows"]
    J = J[finite][:, ::-1]  # in the order of summary.arrow: lag 1 first; then each feature over all lags
    J = np.concatenate([J.reshape(len(J), -1), J.mean(1)], axis=1)
    bins = position[finite] // width
    held, index = np.unique(bins, return_inverse=True)
    sums = np.zeros((len(held), J.shape[1]))
    np.add.at(sums, index, J)
    counts = np.bincount(index).astype("f8")
    overlapping = np.ceil(summary["steps"] / summary["stride"])
    block = int(np.ceil(max(overlapping, np.ceil(np.cbrt(summary["windows"]["planned"]))) / width))
    block = max(block, 2 if width > 1 else 1)
    places = len(held) - block + 1
    window_sums = np.stack([sums[p : p + block].sum(0) for p in range(places)])
    window_counts = np.array([counts[p : p + block].sum() for p in range(places)])
    draws = int(np.ceil(len(held) / block))
    chosen = splitmix32(1000 * draws, places).reshape(1000, draws)
    weights = np.stack([np.bincount(row, minlength=places) for row in chosen]).astype("f8")
    means = (weights @ window_sums) / (weights @ window_counts)[:, None]
    shift = sums.sum(0) / counts.sum() - window_sums.sum(0) / window_counts.sum()
    expected = np.quantile(means, [0.025, 0.975], axis=0) + shift
    compare(f"{where}: mean_low", low, expected[0], np.abs(J).mean(0))
    compare(f"{where}: mean_high", high, expected[1], np.abs(J).mean(0))


def splitmix32(count, below):
    """Numbers below `below`, from the seed 0."""
    z = (np.arange(1, count + 1, dtype="u8") * 0x9E3779B9) & 0xFFFFFFFF
    z ^= z >> 16
    z = (z * 0x21F0AAAD) & 0xFFFFFFFF
    z ^= z >> 15
    z = (z * 0x735A2D97) & 0xFFFFFFFF
    z ^= z >> 15
    return np.floor(z / 2**32 * below).astype(int)


def check_timeline(where, summary, timeline, name, k, J, finite, position):
    own = (timeline["target"] == name) & (timeline["output"] == k)
    F = J.shape[2]
    bins = position // summary["bins"]["windows"]
    held = np.unique(bins)
    for f in range(F):
        feature = summary["inputs"][f]["feature"]
        rows = own & (timeline["feature"] == feature)
        if rows.sum() != len(held):
            return  # the timeline joins bins where they are too many
        chosen = [finite & (bins == b) for b in held]
        same(f"{where} {feature}: n of the timeline", timeline["n"][rows].tolist(), [int(c.sum()) for c in chosen])
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.array([J[c][:, :, f].mean() if c.any() else np.nan for c in chosen])
            absolute = np.array([np.abs(J[c][:, :, f]).mean() if c.any() else np.nan for c in chosen])
            rms = np.array([np.sqrt((J[c][:, :, f] ** 2).mean()) if c.any() else np.nan for c in chosen])
            compare(f"{where} {feature}: mean of the timeline", timeline["mean"][rows], mean, absolute)
            compare(f"{where} {feature}: rms of the timeline", timeline["rms"][rows], rms, 0)
            logs = np.log(rms)
            logs[~np.isfinite(logs)] = np.nan
            if np.isnan(logs).all():
                continue
            deviation = logs - np.nanmedian(logs)
            spread = 1.4826 * np.nanmedian(np.abs(deviation))
        told = timeline["score"][rows].astype("f8")
        if spread > 1e-9:
            compare(f"{where} {feature}: score of the timeline", told, deviation / spread, 1 / spread)
            differs = np.abs(told) > 3.5
            same(f"{where} {feature}: bins that differ", timeline["differs"][rows].tolist(), differs.tolist())
