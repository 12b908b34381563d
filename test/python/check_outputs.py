"""The statistics of an output over all its windows: of each lag and feature, of each feature, of the output itself."""

import numpy as np

from compare import MOMENT, Mismatch, close, compare, only, same

ATTRIBUTIONS = ("input-x-gradient", "integrated-gradients")  # of these what is said of derivatives is not defined
QUANTILE = 0.01
QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}


def check_output(where, output, summary, J, y, finite, window):
    same(f"{where}: gradients", output["gradients"], int(finite.sum()))
    same(f"{where}: left out", output["left_out"], int((~finite).sum()))
    close(f"{where}: mean of y", output["prediction"]["mean"], y[finite].mean(), scale=np.abs(y[finite]).mean())
    close(f"{where}: sd of y", output["prediction"]["sd"], sd(y[finite]))
    norms = np.where(finite, np.sqrt((np.where(np.isfinite(J), J, 0).reshape(len(J), -1) ** 2).sum(1)), -1)
    order = np.argsort(-norms, kind="stable")[: min(20, finite.sum())]
    same(f"{where}: largest windows", len(output["largest"]), len(order))
    for told, w in zip(output["largest"], order):
        close(f"{where}: norm of window {told['window']}", told["norm"], norms[w])
        close(f"{where}: prediction of window {told['window']}", told["prediction"], y[w])
        if norms[w] not in norms[order[order != w]]:
            same(f"{where}: a window of the largest", told["window"], int(window[w]))
    if summary["method"]["name"] in ATTRIBUTIONS:
        same(f"{where}: active subspace of attributions", output["active_subspace"], None)
    check_subspace(where, output["active_subspace"], J[finite])


def check_subspace(where, told, J):
    if told is None:
        return
    g = J.reshape(len(J), -1) if told["of"] == "input" else J.reshape(-1, J.shape[2])
    C = g.T @ g / len(J)
    values = np.linalg.eigvalsh(C)[::-1]
    top = max(values[0], np.finfo("f8").tiny)
    if np.abs(np.array(told["eigenvalues"]) - values).max() > MOMENT * top:
        raise Mismatch(f"{where}: the eigenvalues of the active subspace differ")
    vectors = np.array(told["vectors"])
    leading = values[: len(vectors)]
    if np.abs(vectors @ C - leading[:, None] * vectors).max() > 1e-8 * top:
        raise Mismatch(f"{where}: a vector of the active subspace is no eigenvector")
    if np.abs(vectors @ vectors.T - np.eye(len(vectors))).max() > 1e-8:
        raise Mismatch(f"{where}: the vectors of the active subspace are not orthonormal")
    activity = leading[: told["dimension"]] @ vectors[: told["dimension"]] ** 2
    if np.abs(activity - told["activity"]).max(initial=0) > 1e-8 * top:
        raise Mismatch(f"{where}: the activity scores differ")


def entry_statistics(J, y, x, covered, summary, output):
    """Every statistic over axis 0 of J [n, T, F]: arrays [T, F]; and its scale, to which rounding is relative."""
    n = len(J)
    mean_square = (J**2).mean(0)
    nonzero = y != 0
    ratio = J[nonzero] * x[nonzero] / y[nonzero, None, None]
    low, high = J.min(0), J.max(0)
    variance = y.var(ddof=1) if n > 1 else np.nan
    statistics = {
        "n": np.full(J.shape[1:], n),
        "mean": J.mean(0),
        "sd": sd(J),
        "mean_abs": np.abs(J).mean(0),
        "rms": np.sqrt(mean_square),
        "max_abs": np.abs(J).max(0),
        "min": low,
        "max": high,
        "positive": (J > 0).mean(0),
        "dgsm": divide(mean_square * np.ptp(covered, axis=0) ** 2, np.pi**2 * variance),
        "standardised": divide(J.mean(0) * covered.std(0, ddof=1), np.sqrt(variance)),
        "elasticity": ratio.mean(0),
    }
    if summary["inputs"][0]["scale"] is not None:
        scale = np.array([told["scale"] for told in summary["inputs"]])
        names = [told["feature"] for told in summary["inputs"]]
        unit = scale[names.index(output["unit_of"])] if output["unit_of"] in names else 1.0
        if output["unit_of"] in (None, *names):
            statistics["physical"] = J.mean(0) * unit / scale
    if summary["method"]["name"] in ATTRIBUTIONS:
        undefined = ("dgsm", "standardised", "elasticity", "physical")
        statistics |= {name: np.full(J.shape[1:], np.nan) for name in undefined}
    absolute = np.abs(J).mean(0)
    rounding = {
        "mean": absolute,
        "sd": absolute,
        "standardised": divide(absolute * covered.std(0, ddof=1), np.sqrt(variance)),
        "elasticity": np.abs(ratio).mean(0),
        "physical": statistics.get("physical", absolute) * 0 + absolute,
    }
    return J, statistics, rounding


def check_entries(where, summary, entries, name, k, expected, nonfinite):
    J, statistics, rounding = expected
    T, F = J.shape[1:]
    own = (entries["target"] == name) & (entries["output"] == k)
    same(f"{where}: rows of summary.arrow", int(own.sum()), T * F)
    lag, step = entries["lag"][own], entries["step"][own]
    feature = np.array([told["feature"] for told in summary["inputs"]])
    if not ((lag == T - step) & (entries["feature"][own] == feature[np.arange(T * F) % F])).all():
        raise Mismatch(f"{where}: summary.arrow names lags or features wrongly")
    at = (step, np.arange(T * F) % F)
    for statistic, values in statistics.items():
        compare(f"{where}: {statistic}", entries[statistic][own], values[at], rounding.get(statistic, 0 * values)[at])
    total = (statistics["rms"] ** 2).sum()
    compare(f"{where}: share", entries["share"][own], divide(statistics["rms"] ** 2, total)[at], 0)
    compare(f"{where}: nonfinite", entries["nonfinite"][own], nonfinite[at], 0)
    if not np.isnan(entries["median"][own].astype("f8")).all():
        check_quantiles(where, {q: entries[q][own] for q in QUANTILES}, J[:, at[0], at[1]])


def check_quantiles(where, told, values):
    """values [n, columns]: each quantile within 1 % of the values that it lies between."""
    ordered = np.sort(values, axis=0)
    for q, level in QUANTILES.items():
        rank = level * (len(ordered) - 1)
        low, high = ordered[int(np.floor(rank))], ordered[int(np.ceil(rank))]
        exact = low + (rank - np.floor(rank)) * (high - low)
        allowed = QUANTILE * np.maximum(np.abs(low), np.abs(high)) + 1e-300
        worst = np.argmax(np.abs(told[q] - exact) - allowed)
        if not np.abs(told[q][worst] - exact[worst]) <= allowed[worst]:
            raise Mismatch(f"{where}: {q} is {told[q][worst]}, NumPy has {exact[worst]} (column {worst})")


def check_features(where, summary, name, k, J, y, x, finite, covered, output, expected, position):
    _, entry, rounding = expected
    J, y = J[finite], y[finite]
    T, F = J.shape[1:]
    bins = position[finite] // summary["bins"]["windows"]
    mean_square = entry["rms"] ** 2
    for f in range(F):
        told = only(summary["features"], where, target=name, output=k, feature=summary["inputs"][f]["feature"])
        s = J[:, :, f].ravel()
        spot = f"{where} {told['feature']}"
        pooled = {
            "n": s.size,
            "mean": s.mean(),
            "sd": s.std(ddof=1) if s.size > 1 else np.nan,
            "mean_abs": np.abs(s).mean(),
            "rms": np.sqrt((s**2).mean()),
            "max_abs": np.abs(s).max(),
            "min": s.min(),
            "max": s.max(),
            "positive": (s > 0).mean(),
            "share": divide(mean_square[:, f].sum(), mean_square.sum()),
            "total": entry["mean"][:, f].sum(),
            **{q: entry[q][:, f].mean() for q in ("dgsm", "standardised", "elasticity", "physical") if q in entry},
        }
        scale = {q: rounding[q][:, f].sum() for q in rounding} | {"total": rounding["mean"][:, f].sum()}
        for statistic, value in pooled.items():
            close(f"{spot}: {statistic}", told[statistic], value, scale=scale.get(statistic, 0))
        if told["median"] is not None:
            check_quantiles(spot, {q: np.array([told[q]]) for q in QUANTILES}, s[:, None])
        by_lag = mean_square[::-1, f]
        if by_lag.sum() > 0:
            held = np.cumsum(by_lag) / by_lag.sum()
            memory, peak = told["memory"], told["peak_lag"]
            if held[memory - 1] < 0.95 * (1 - 1e-12) or (memory > 1 and held[memory - 2] >= 0.95 * (1 + 1e-12)):
                raise Mismatch(f"{spot}: memory {memory} does not hold 95 % of the mean square")
            close(f"{spot}: mean square at the peak", by_lag[peak - 1], by_lag.max())
        quarter = summary["bins"]["count"] // 4
        if told["drift"] is not None:
            first, last = J[bins < quarter][:, :, f], J[bins >= summary["bins"]["count"] - quarter][:, :, f]
            close(f"{spot}: drift", told["drift"], np.sqrt((last**2).mean() / (first**2).mean()))


def sd(values):
    return values.std(0, ddof=1) if len(values) > 1 else np.full(values.shape[1:], np.nan)


def divide(a, b):
    with np.errstate(divide="ignore", invalid="ignore"):
        result = np.asarray(a) / b
    return np.where(np.isfinite(result), result, np.nan)
