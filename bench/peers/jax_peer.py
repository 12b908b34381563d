"""JAX: vmap of jacrev, compiled, at its best batch."""
import os
import sys

threads = int(sys.argv[3])
os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen=true intra_op_parallelism_threads={threads}"
import jax
import jax.numpy as jnp
import numpy as np
from serve import TUNING, best_batch, serve, weights, windows

x_all = windows(sys.argv[1])
kernel, recurrent, bias, w1, b1, w2, b2, w3, b3 = (jnp.array(w) for w in weights(sys.argv[2]))
units = recurrent.shape[0]


def model(x):
    def step(state, z):
        h, c = state
        i, f, g, o = jnp.split(z + h @ recurrent, 4)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jax.nn.relu(g)
        return (jax.nn.sigmoid(o) * jax.nn.relu(c), c), None

    (h, _), _ = jax.lax.scan(step, (jnp.zeros(units), jnp.zeros(units)), x @ kernel + bias)
    return jax.nn.relu(jax.nn.relu(h @ w1 + b1) @ w2 + b2) @ w3 + b3


jacobian = jax.jit(jax.vmap(jax.jacrev(model)))


def sweep(batch, x=x_all):
    return [np.asarray(jacobian(x[i : i + batch])) for i in range(0, len(x), batch)]


batch = best_batch(lambda b: sweep(b, x_all[:TUNING]), [256, 1024, 4096])
serve({f"JAX {jax.__version__} vmap(jacrev), batch {batch}": (lambda: sweep(batch), 1)})
