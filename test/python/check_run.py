"""Checks a run's folder from outside: reads the parts as a pyarrow dataset, computes every statistic again in one
pass with NumPy, and compares with summary.arrow, summary.json and timeline.arrow. Ends with 1 at a difference.

usage: check_run.py RUN_DIR [RUN_DIR ...]
"""

import json
import sys
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.ipc as ipc

from check_windows import check_windows, matrix
from compare import MOMENT, Mismatch, close, compare, only, same

ATTRIBUTIONS = ("input-x-gradient", "integrated-gradients")  # of these what is said of derivatives is not defined
QUANTILE = 0.01
QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}


def check_run(folder):
    summary = json.loads((folder / "summary.json").read_text())
    parts = sorted((folder / "jacobians").glob("part-*.arrow"))
    table = ds.dataset([str(part) for part in parts], format="arrow").to_table()
    table.validate(full=True)
    other_readers_agree(parts[0])
    window = table["window"].to_numpy()
    if not (np.diff(window) > 0).all():
        raise Mismatch("the parts, in the order of their names, do not hold the windows in ascending order")
    same("windows.computed", summary["windows"]["computed"], len(window))
    row = table["row"].to_numpy()
    inputs = read_inputs(folder)
    covered = inputs[np.unique(row[:, None] + np.arange(summary["steps"]))]
    check_inputs(summary, covered)
    names = json.loads(table.schema.metadata[b"jac.targets"])
    entries = read_table(folder / "summary.arrow")
    timeline = read_table(folder / "timeline.arrow")
    check_windows(folder, table, timeline, summary)
    results = []
    for name in names:
        suffix = "" if len(names) == 1 else f"_{name}"
        jacobian = tensor(table, f"jacobian{suffix}")  # [windows, m, T, F]
        prediction = np.stack(table[f"prediction{suffix}"].combine_chunks().to_numpy(zero_copy_only=False))
        for k in range(jacobian.shape[1]):
            y = prediction[:, k].astype("f8")
            with np.errstate(over="ignore", invalid="ignore"):
                J = jacobian[:, k].astype("f8")
                finite = np.isfinite((J.reshape(len(J), -1) ** 2).sum(1)) & np.isfinite(y)
            results.append((name, k, J, y, finite))
    for name, k, J, y, finite in results:
        where = f"{name}[{k}]"
        output = only(summary["outputs"], where, target=name, output=k)
        check_output(where, output, summary, J, y, finite, window)
        x = inputs[row[:, None] + np.arange(summary["steps"])]  # [windows, T, F]
        expected = entry_statistics(J[finite], y[finite], x[finite], covered, summary, output)
        nonfinite = (~np.isfinite(J[~finite])).sum(0)
        check_entries(where, summary, entries, name, k, expected, nonfinite)
        position = positions(summary, folder, window)
        check_features(where, summary, name, k, J, y, x, finite, covered, output, expected, position)
        check_intervals(where, summary, entries, name, k, J, finite, position)
        check_timeline(where, summary, timeline, name, k, J, finite, position)
    check_json_is_the_table(summary, entries)
    return len(window), len(results)


def other_readers_agree(part):
    """polars and DuckDB read a part as it is."""
    table = ipc.open_file(part).read_all()
    prediction = next(name for name in table.column_names if name.startswith("prediction"))
    expected = np.stack(table[prediction].combine_chunks().to_numpy(zero_copy_only=False)).astype("f8").sum()
    frame = pl.read_ipc(part)
    polars_sum = float(np.asarray(frame[prediction].to_numpy(), dtype="f8").sum())
    close("polars: sum of the predictions", polars_sum, expected)
    jacobian = prediction.replace("prediction", "jacobian", 1)
    plain = table.set_column(
        table.column_names.index(jacobian), jacobian, pa.chunked_array([c.storage for c in table[jacobian].chunks])
    )
    values, windows = duckdb.sql(
        f'select sum(list_sum("{prediction}"::double[])), count("window") from plain'
    ).fetchall()[0]
    close("DuckDB: sum of the predictions", values, expected)
    same("DuckDB: windows", windows, plain.num_rows)


def tensor(table, column):
    kind = table.schema.field(column).type
    if not isinstance(kind, pa.FixedShapeTensorType):
        raise Mismatch(f"{column} is {kind}, not a fixed-shape tensor")
    same(f"{column}: dimensions", kind.dim_names, ["output", "step", "feature"])
    return table[column].combine_chunks().to_numpy_ndarray()


def read_table(path):
    table = ipc.open_file(path).read_all()
    table.validate(full=True)
    return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}


def read_inputs(folder):
    """The series as the model takes it, [rows, F]."""
    table = ipc.open_file(folder / "input" / "series.arrow").read_all()
    return matrix(table["scaled" if "scaled" in table.column_names else "values"])


def check_inputs(summary, covered):
    same("rows", summary["rows"], len(covered))
    for f, told in enumerate(summary["inputs"]):
        close(f"sd of {told['feature']}", told["sd"], covered[:, f].std(ddof=1))
        close(f"range of {told['feature']}", told["range"], np.ptp(covered[:, f]))


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


def check_json_is_the_table(summary, entries):
    if summary["entries"] is None:
        return
    same("entries of summary.json", len(summary["entries"]), len(entries["lag"]))
    for i, row in enumerate(summary["entries"]):
        for key, value in row.items():
            stored = entries[key][i]
            if isinstance(stored, (float, np.floating)) and np.isnan(stored):
                stored = None
            if value != stored:
                raise Mismatch(f"entry {i} of summary.json has {key} {value}, summary.arrow {stored}")


def sd(values):
    return values.std(0, ddof=1) if len(values) > 1 else np.full(values.shape[1:], np.nan)


def divide(a, b):
    with np.errstate(divide="ignore", invalid="ignore"):
        result = np.asarray(a) / b
    return np.where(np.isfinite(result), result, np.nan)


def main(folders):
    if not folders:
        print(__doc__, file=sys.stderr)
        return 2
    for folder in folders:
        try:
            windows, outputs = check_run(Path(folder))
        except Mismatch as error:
            print(f"{folder}: {error}", file=sys.stderr)
            return 1
        print(f"{folder}: {windows} windows, {outputs} outputs: every statistic agrees with NumPy")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
