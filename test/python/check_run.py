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

from check_outputs import check_entries, check_features, check_output, entry_statistics
from check_time import check_intervals, check_timeline, positions
from check_windows import check_windows, matrix
from compare import Mismatch, close, only, same


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
    numbers = json.loads(table.schema.metadata.get(b"jac.outputs", b"null")) or [None] * len(names)
    results = []
    for name, chosen in zip(names, numbers):
        suffix = "" if len(names) == 1 else f"_{name}"
        jacobian = tensor(table, f"jacobian{suffix}")  # [windows, m, T, F]; in full mode [windows, m, n, T, F]
        if jacobian.ndim == 5:
            jacobian = own_blocks(jacobian, positions(summary, folder, window), summary)
        prediction = np.stack(table[f"prediction{suffix}"].combine_chunks().to_numpy(zero_copy_only=False))
        for k in range(jacobian.shape[1]):
            y = prediction[:, k].astype("f8")
            with np.errstate(over="ignore", invalid="ignore"):
                J = jacobian[:, k].astype("f8")
                finite = np.isfinite((J.reshape(len(J), -1) ** 2).sum(1)) & np.isfinite(y)
            results.append((name, k if chosen is None else chosen[k], J, y, finite))
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
    full = ["window"] if len(kind.shape) == 4 else []
    same(f"{column}: dimensions", kind.dim_names, ["output", *full, "step", "feature"])
    return table[column].combine_chunks().to_numpy_ndarray()


def own_blocks(jacobian, position, summary):
    """Of a full Jacobian each window's derivatives by its own inputs; all others must be 0 exactly."""
    windows, m, planned, T, F = jacobian.shape
    same("windows of the full Jacobian", planned, summary["windows"]["planned"])
    rows = np.arange(windows)
    own = jacobian[rows, :, position].copy()
    others = jacobian.copy()
    others[rows, :, position] = 0
    if np.any(others != 0) or np.signbit(others).any():
        raise Mismatch("a derivative by another window's inputs is not 0")
    return own


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
