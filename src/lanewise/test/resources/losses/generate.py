#!/usr/bin/env python3
"""Computes activations, losses and their gradients with PyTorch, in double, and writes goldens.safetensors.

    python3 -m venv venv
    venv/bin/pip install --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0+cpu numpy safetensors
    venv/bin/python generate.py
"""

import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

ROWS, COLUMNS = 7, 5
torch.manual_seed(1)
torch.set_default_dtype(torch.float64)


def floats(*shape, scale=1):
    """Returns random doubles that are floats, so that both sides compute from the same numbers."""
    return (torch.randn(*shape) * scale).float().double()


x = torch.cat([floats(60, scale=2), floats(20, scale=12), torch.tensor([0.0, 1.0, -1.0])])
labels = torch.randint(COLUMNS, (ROWS,))
weights = torch.rand(ROWS).float().double()
weights[2] = 0
probabilities = torch.softmax(floats(ROWS, COLUMNS), 1).float().double()
fractions = torch.rand(ROWS, COLUMNS).float().double()
fractions[0] = torch.tensor([0.0, 1.0, 0.0, 1.0, 0.5])
values = floats(ROWS, COLUMNS, scale=3)


def mean(losses):
    """Returns the weighted mean over the rows."""
    return (weights * losses).sum() / weights.sum()


ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "gelu": F.gelu, "silu": F.silu}
LOSSES = {
    "classes": lambda z: F.cross_entropy(z, labels),
    "classes_weighted": lambda z: mean(F.cross_entropy(z, labels, reduction="none")),
    "probabilities": lambda z: F.cross_entropy(z, probabilities),
    "probabilities_weighted": lambda z: mean(F.cross_entropy(z, probabilities, reduction="none")),
    "smoothed": lambda z: F.cross_entropy(z, labels, label_smoothing=0.1),
    "logistic": lambda z: F.binary_cross_entropy_with_logits(z, fractions),
    "logistic_weighted": lambda z: F.binary_cross_entropy_with_logits(z, fractions, weights[:, None]),
    "squared": lambda z: F.mse_loss(z, values),
    "squared_weighted": lambda z: F.mse_loss(z, values, weight=weights[:, None].expand(ROWS, COLUMNS)),
}


def gradient(function, argument):
    """Returns the result of a function and the gradient of its sum."""
    argument = argument.clone().requires_grad_()
    result = function(argument)
    result.sum().backward()
    return result.detach(), argument.grad


tensors = {
    "x": x,
    "labels": labels,
    "weights": weights,
    "probabilities": probabilities,
    "fractions": fractions,
    "values": values,
}
for name, activation in ACTIVATIONS.items():
    tensors[name], tensors[f"{name}.derivative"] = gradient(activation, x)
for kind, logits in {"small": floats(ROWS, COLUMNS, scale=2), "large": floats(ROWS, COLUMNS, scale=60)}.items():
    tensors[kind] = logits
    for name, loss in LOSSES.items():
        value, tensors[f"{name}.{kind}.gradient"] = gradient(loss, logits)
        tensors[f"{name}.{kind}.loss"] = value.reshape(1)
save_file(
    {name: tensor.contiguous() for name, tensor in tensors.items()},
    pathlib.Path(__file__).resolve().parent / "goldens.safetensors",
    {"torch": torch.__version__},
)
