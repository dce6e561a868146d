#!/usr/bin/env python3
"""Makes the models that PyTorch wrote, or computes the outputs of a model that Lanewise saved in PyTorch's layout.

    python3 -m venv venv
    venv/bin/pip install --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0+cpu numpy safetensors
    venv/bin/python generate.py                        # writes the files
    venv/bin/python generate.py --check                # compares the outputs with outputs.safetensors, changes nothing
    venv/bin/python generate.py --load NAME FILE       # loads FILE into the network NAME, compares its outputs with outputs.safetensors
"""

import argparse
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
ROWS = 5


class Named(nn.Module):
    """A network as most scripts have it. The middle layer is square, and nothing but the sizes places the last one."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.out = nn.Linear(12, 8), nn.Linear(8, 8), nn.Linear(8, 3)

    def forward(self, x):
        return self.out(torch.relu(self.fc2(torch.relu(self.fc1(x)))))


class Tutorial(nn.Module):
    """The network of PyTorch's quickstart, smaller."""

    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = sequential(12, 9, 9, 4)

    def forward(self, x):
        return self.linear_relu_stack(self.flatten(x))


class Modules(nn.Module):
    """The layers are square, so that their shapes do not reveal a transposition, and more than ten: 10 is sorted before 2."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(6, 6) for _ in range(12)])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


def sequential(*sizes, bias=True):
    modules = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        modules += [nn.Linear(inputs, outputs, bias=bias), nn.ReLU()]
    return nn.Sequential(*modules[:-1])


# The name of a file, its network and the type that the file has.
CASES = {
    "sequential": (lambda: sequential(12, 9, 7, 4), torch.float32),
    "named": (Named, torch.float32),
    "tutorial": (Tutorial, torch.float32),
    "square": (Modules, torch.float32),
    "linear": (lambda: nn.Linear(5, 3), torch.float32),
    "no-bias": (lambda: sequential(12, 9, 4, bias=False), torch.float32),
    "f16": (lambda: sequential(12, 9, 7, 4), torch.float16),
    "bf16": (lambda: sequential(12, 9, 7, 4), torch.bfloat16),
    "f64": (lambda: sequential(12, 9, 7, 4), torch.float64),
}


def network(name):
    """Returns a network with parameters that have the values of its file, as floats."""
    make, dtype = CASES[name]
    torch.manual_seed(sorted(CASES).index(name))
    net = make()
    if dtype == torch.float64:
        # These are no floats, so that they have to be rounded.
        net = net.double()
        with torch.no_grad():
            for p in net.parameters():
                p.mul_(1 + 1e-9)
    return net.to(dtype)


def inputs(net):
    first = next(net.parameters())
    torch.manual_seed(7)
    return torch.randn(ROWS, first.shape[1])


def outputs(net):
    with torch.no_grad():
        return net.float()(inputs(net))


def compare(name, net):
    expected = load_file(HERE / "outputs.safetensors")[f"{name}.outputs"]
    difference = ((outputs(net) - expected).abs() / expected.abs().max()).max().item()
    print(f"{name:12} {difference:.1e}")
    return difference < 1e-6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--load", nargs=2, metavar=("NAME", "FILE"))
    options = parser.parse_args()
    if options.load:
        name, file = options.load
        net = CASES[name][0]()
        net.load_state_dict(load_file(file))
        sys.exit(0 if compare(name, net) else 1)
    if options.check:
        sys.exit(0 if all([compare(name, network(name)) for name in CASES]) else 1)
    results = {}
    for name in CASES:
        net = network(name)
        save_file(net.state_dict(), HERE / f"{name}.safetensors")
        results |= {f"{name}.inputs": inputs(net), f"{name}.outputs": outputs(net)}
    save_file(results, HERE / "outputs.safetensors")


main()
