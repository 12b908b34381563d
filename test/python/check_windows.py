"""Which windows a run holds, computed from its copy of the series: numbers, first rows, times, groups, and inputs."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc

from compare import Mismatch, close, only, same


def check_windows(folder, parts, timeline, summary):
    """`parts`: the Arrow table of all parts. A folder without a manifest holds drawn numbers: nothing to check."""
    if not (folder / "manifest.json").exists():
        return
    manifest = json.loads((folder / "manifest.json").read_text())
    series = ipc.open_file(folder / "input" / "series.arrow").read_all()
    length, options = summary["steps"], manifest["options"]
    values = matrix(series["values"])  # [rows, F]
    group = series["group"].to_pylist() if "group" in series.column_names else [None] * len(values)
    starts = first_rows(group, length, options["stride"])
    window, skipped = chosen_windows(starts, values, group, series, options, length)
    same("windows.total", summary["windows"]["total"], len(starts))
    same("windows.skipped", summary["windows"]["skipped"], skipped)
    same("windows.planned", summary["windows"]["planned"], len(window))
    for gap in summary["windows"]["missing"]:
        window = window[(window < gap["first"]) | (window > gap["last"])]
    row = np.array(starts)[window]
    check_column(parts, "window", pa.int64(), window.tolist())
    check_column(parts, "row", pa.int64(), row.tolist())
    same("a column of times", "time" in parts.column_names, "time" in series.column_names)
    same("a column of groups", "group" in parts.column_names, options["groupBy"] is not None)
    places = {"row": dict(zip(window.tolist(), row.tolist()))}
    if "time" in series.column_names:
        time = series["time"].take(pa.array(row + length - 1))
        check_column(parts, "time", series["time"].type, time.to_pylist())
        places["time"] = dict(zip(window.tolist(), time.to_numpy()))
    if options["groupBy"] is not None:
        same("groups", parts["group"].to_pylist(), [group[r] for r in row])
    check_places(timeline, summary, places)
    check_scaler(series, values, manifest, summary)


def first_rows(group, length, stride):
    """The first row of every window, by its number: ⌊(N − T)/stride⌋ + 1 of each group."""
    starts, begin = [], 0
    for end in range(1, len(group) + 1):
        if end < len(group) and group[end] == group[begin]:
            continue
        starts += range(begin, end - length + 1, stride)
        begin = end
    return starts


def chosen_windows(starts, values, group, series, options, length):
    """The numbers of the windows that are asked for and whole; and how many are left out."""
    ranges = options["windows"] or [{"from": 0, "to": len(starts)}]
    asked = [w for r in ranges for w in range(r["from"], r["to"])]
    empty = np.isnan(values).any(1)
    following = None
    if options["target"].startswith("loss:"):
        following = series["extra:" + options["target"][5:]].to_numpy()
    whole = []
    for w in asked:
        after = starts[w] + length
        if empty[starts[w] : after].any():
            continue
        if following is not None and (
            after >= len(values) or group[after] != group[after - 1] or np.isnan(following[after])
        ):
            continue
        whole.append(w)
    return np.array(whole), len(asked) - len(whole)


def check_column(parts, name, kind, expected):
    same(f"type of {name}", str(parts.schema.field(name).type), str(kind))
    same(name, parts[name].to_pylist(), expected)


def check_places(timeline, summary, places):
    """Whatever the results say of a window, its row and time are those of the parts."""
    largest = [told for output in summary["outputs"] for told in output["largest"]]
    for told in largest:
        same(f"row of window {told['window']}", told["row"], places["row"][told["window"]])
        if told["time"] is not None:
            same(f"time of window {told['window']}", np.datetime64(told["time"]), places["time"][told["window"]])
    for i, window in enumerate(timeline["window"].tolist()):
        same(f"row of window {window} in the timeline", int(timeline["row"][i]), places["row"][window])
        if "time" in places and not np.isnat(timeline["time"][i]):
            same(f"time of window {window} in the timeline", timeline["time"][i], places["time"][window])


def check_scaler(series, values, manifest, summary):
    """scaled = (raw − shift) / scale; and what the summary tells of it."""
    scaler = manifest["scaler"]
    same("scaled inputs", "scaled" in series.column_names, scaler is not None)
    scales = {}
    if scaler is not None:
        at = [scaler["columns"].index(column) for column in manifest["columns"]]
        expected = (values - np.array(scaler["shift"])[at]) / np.array(scaler["scale"])[at]
        if not np.allclose(matrix(series["scaled"]), expected, rtol=1e-15, atol=0, equal_nan=True):
            raise Mismatch("the scaled inputs are not (raw − shift) / scale")
        scales = dict(zip(scaler["columns"], scaler["scale"]))
    for told in summary["inputs"]:
        close(f"scale of {told['feature']}", told["scale"], scales.get(told["feature"], np.nan))
    for target in manifest["layout"]["targets"]:
        whole = target["m"] == 1 and target["numbers"] is None
        unit = target["name"] if whole and target["name"] in scales else None
        same(f"unit of {target['name']}", only(summary["outputs"], "", target=target["name"], output=(target["numbers"] or [0])[0])["unit_of"], unit)


def matrix(column):
    """A column of lists as an array [rows, F]."""
    chunk = column.combine_chunks()
    return chunk.values.to_numpy(zero_copy_only=False).reshape(len(chunk), -1).astype("f8")
