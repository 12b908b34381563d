"""PyTorch: the gradient of the summed output, and vmap of jacrev, each at its best batch."""
import sys

import torch
from serve import TUNING, best_batch, serve, weights, windows

torch.set_num_threads(int(sys.argv[3]))
x_all = torch.from_numpy(windows(sys.argv[1]))
kernel, recurrent, bias, w1, b1, w2, b2, w3, b3 = (torch.tensor(w) for w in weights(sys.argv[2]))
units = recurrent.shape[0]


def model(x):
    h = x.new_zeros(x.shape[0], units)
    c = x.new_zeros(x.shape[0], units)
    z = x @ kernel + bias
    for t in range(x.shape[1]):
        i, f, g, o = (z[:, t] + h @ recurrent).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.relu(g)
        h = torch.sigmoid(o) * torch.relu(c)
    return torch.relu(torch.relu(h @ w1 + b1) @ w2 + b2) @ w3 + b3


def gradient(x):
    x = x.detach().requires_grad_(True)
    return torch.autograd.grad(model(x).sum(), x)[0]


jacobian = torch.func.vmap(torch.func.jacrev(lambda x: model(x[None])[0]))


def sweep(function, batch, x=x_all):
    return [function(x[i : i + batch]) for i in range(0, len(x), batch)]


part = x_all[:2048]  # vmap is timed on these and scaled up
b_gradient = best_batch(lambda b: sweep(gradient, b, x_all[:TUNING]), [256, 1024, 4096])
b_jacobian = best_batch(lambda b: sweep(jacobian, b, part), [256, 1024])
serve(
    {
        f"PyTorch {torch.__version__} autograd.grad, batch {b_gradient}": (lambda: sweep(gradient, b_gradient), 1),
        f"PyTorch {torch.__version__} vmap(jacrev), batch {b_jacobian}": (
            lambda: sweep(jacobian, b_jacobian, part),
            len(part) / len(x_all),
        ),
    }
)
