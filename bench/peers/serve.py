"""What the peers share: read the job, tune, then run it once for each line on stdin and answer with seconds.

The job: SERIES.npy, float32 [rows, 5], and a Keras .h5 of LSTM(120, relu) - Dense(100, relu) - Dense(50, relu) -
Dense(1), differentiated for every window of 20 rows, one after the other, on this many threads.
"""
import json
import sys
import time

import numpy as np

WINDOW = 20
TUNING = 8192  # windows that batch sizes are tried on


def windows(series_file):
    series = np.load(series_file)
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(series, (WINDOW, series.shape[1]))[:, 0])


def weights(model_file):
    import h5py

    found = []
    with h5py.File(model_file) as file:
        group = file["model_weights"]
        for layer in group.attrs["layer_names"]:
            own = group[layer]
            found += [np.array(own[name]) for name in own.attrs["weight_names"]]
    return found


def serve(variants):
    """variants: name -> (run, share): run() does the job on that share of the windows. One warm-up each."""
    usable = {}
    for name, (run, share) in variants.items():
        try:
            run()
            usable[name] = (run, share)
        except Exception as error:  # a variant that cannot run here is reported, not hidden
            print(json.dumps({"name": name, "failed": str(error)[:200]}), flush=True)
    print(json.dumps({"ready": list(usable)}), flush=True)
    for line in sys.stdin:
        run, share = usable[line.strip()]
        start = time.perf_counter()
        run()
        print(json.dumps({"seconds": (time.perf_counter() - start) / share}), flush=True)


def best_batch(run_with, batches):
    """The batch size with which run_with(batch) is fastest, second run of each."""
    seconds = {}
    for batch in batches:
        run_with(batch)
        start = time.perf_counter()
        run_with(batch)
        seconds[batch] = time.perf_counter() - start
    return min(seconds, key=seconds.get)
