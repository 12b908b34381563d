"""TensorFlow: the gradient of the summed output in a tf.function (at its best batch), the same by XLA, and the eager
batch_jacobian that tutorials show, on a part of the windows."""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf
from serve import TUNING, best_batch, serve, windows

series_file, model_file, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)
x_all = windows(series_file)
model = tf.keras.models.load_model(model_file, compile=False)


def gradient(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(model(x))
    return tape.gradient(y, x)


def batch_jacobian(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = model(x)
    return tape.batch_jacobian(y, x)


def sweep(function, batch, x=x_all):
    return [function(tf.constant(x[i : i + batch])).numpy() for i in range(0, len(x), batch)]


graph = tf.function(gradient, reduce_retracing=True)
xla = tf.function(gradient, jit_compile=True)
part = x_all[:2048]
b_graph = best_batch(lambda b: sweep(graph, b, x_all[:TUNING]), [512, 1024, 2048, 4096])
b_xla = best_batch(lambda b: sweep(xla, b, x_all[:TUNING]), [1024, 2048])
serve(
    {
        f"TensorFlow {tf.__version__} graph, batch {b_graph}": (lambda: sweep(graph, b_graph), 1),
        f"TensorFlow {tf.__version__} XLA, batch {b_xla}": (lambda: sweep(xla, b_xla), 1),
        f"TensorFlow {tf.__version__} eager batch_jacobian": (lambda: sweep(batch_jacobian, 512, part), len(part) / len(x_all)),
    }
)
