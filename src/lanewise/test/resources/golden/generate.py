#!/usr/bin/env python3
"""Makes the golden trajectories anew, or compares them with the files that are here.

    python3 -m venv venv
    venv/bin/pip install --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0+cpu numpy
    venv/bin/python generate.py --check             # compares, changes nothing
    venv/bin/python generate.py --check adamw lion  # these cases alone
    venv/bin/python generate.py                     # writes all files; name cases to write these alone

The committed files come from torch 2.13.0+cpu. Any PyTorch from 1.13 on gives the same float64 numbers to about 1e-12;
the float32 numbers are those of the version's own order of operations, see README.md.

inputs.json is data: the starting parameters and the gradients of every step, all of them float32 values written exactly.
A case is a rule with hyperparameters; its file has the parameters after every so many steps, calculated in float32 and
in float64. Another set of inputs needs no change here or in the tests: its lengths and the number of steps are read.
"""

import argparse
import json
import pathlib
import sys

import numpy
import torch

HERE = pathlib.Path(__file__).resolve().parent

# How many steps lie between two rows of a file.
EVERY = 10


class NormalizedSgd:
    """The lecture's "RProp": b = momentum b + g / |g|, p = p - lr b, the norm over all parameters."""

    def __init__(self, p, lr, momentum):
        self.p, self.lr, self.momentum = p, lr, momentum
        self.b = torch.zeros_like(p)

    def step(self):
        g = self.p.grad
        self.b = self.momentum * self.b + g / g.norm()
        self.p -= self.lr * self.b


class LectureRmsProp:
    """The lecture's RMSProp with momentum: v = beta2 v + (1 - beta2) g^2, b = momentum b + g / (sqrt(v) + eps), p = p - lr b."""

    def __init__(self, p, lr, beta2, momentum, eps):
        self.p, self.lr, self.beta2, self.momentum, self.eps = p, lr, beta2, momentum, eps
        self.b, self.v = torch.zeros_like(p), torch.zeros_like(p)

    def step(self):
        g = self.p.grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * g * g
        self.b = self.momentum * self.b + g / (self.v.sqrt() + self.eps)
        self.p -= self.lr * self.b


class AdamV0:
    """The lecture's first Adam: v = beta2 v + (1 - beta2) g^2, b = momentum b + g, p = p - lr b / (sqrt(v) + eps)."""

    def __init__(self, p, lr, beta2, momentum, eps):
        self.p, self.lr, self.beta2, self.momentum, self.eps = p, lr, beta2, momentum, eps
        self.b, self.v = torch.zeros_like(p), torch.zeros_like(p)

    def step(self):
        g = self.p.grad
        self.v = self.beta2 * self.v + (1 - self.beta2) * g * g
        self.b = self.momentum * self.b + g
        self.p -= self.lr * self.b / (self.v.sqrt() + self.eps)


class Lion:
    """Chen et al. 2023, arXiv 2302.06675, Algorithm 2: c = beta1 m + (1 - beta1) g, p = (1 - lr decay) p - lr sign(c)."""

    def __init__(self, p, lr, beta1, beta2, weight_decay):
        self.p, self.lr, self.beta1, self.beta2, self.weight_decay = p, lr, beta1, beta2, weight_decay
        self.m = torch.zeros_like(p)

    def step(self):
        g = self.p.grad
        c = self.beta1 * self.m + (1 - self.beta1) * g
        self.p.mul_(1 - self.lr * self.weight_decay).sub_(self.lr * c.sign())
        self.m = self.beta2 * self.m + (1 - self.beta2) * g


# The cases: the rule, and its hyperparameters under the names that its constructor has for them.
CASES = {
    "sgd": (torch.optim.SGD, dict(lr=0.05)),
    "sgd_momentum": (torch.optim.SGD, dict(lr=0.05, momentum=0.9)),
    "sgd_dampening": (torch.optim.SGD, dict(lr=0.05, momentum=0.9, dampening=0.4)),
    "sgd_nesterov_wd": (torch.optim.SGD, dict(lr=0.03, momentum=0.8, nesterov=True, weight_decay=0.02)),
    "rprop_classic": (torch.optim.Rprop, dict(lr=0.01, etas=(0.5, 1.2), step_sizes=(1e-6, 50.0))),
    "rmsprop": (torch.optim.RMSprop, dict(lr=0.01, alpha=0.99, eps=1e-8)),
    "rmsprop_centered": (torch.optim.RMSprop, dict(lr=0.01, alpha=0.9, eps=1e-6, momentum=0.5, centered=True)),
    "rmsprop_momentum": (torch.optim.RMSprop, dict(lr=0.01, alpha=0.95, eps=1e-6, momentum=0.9, weight_decay=0.01)),
    "adam": (torch.optim.Adam, dict(lr=0.01, betas=(0.9, 0.999), eps=1e-8)),
    "adam_l2": (torch.optim.Adam, dict(lr=0.01, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1)),
    "amsgrad": (torch.optim.Adam, dict(lr=0.01, betas=(0.9, 0.9), eps=1e-8, amsgrad=True)),
    "adamw": (torch.optim.AdamW, dict(lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1)),
    "adamw_amsgrad_maximize": (
        torch.optim.AdamW,
        dict(lr=0.01, betas=(0.7, 0.9), eps=1e-8, weight_decay=0.05, amsgrad=True, maximize=True),
    ),
    "adagrad": (torch.optim.Adagrad, dict(lr=0.05, eps=1e-10, lr_decay=0.01)),
    "adadelta": (torch.optim.Adadelta, dict(lr=1.0, rho=0.9, eps=1e-6)),
    "adamax": (torch.optim.Adamax, dict(lr=0.01, betas=(0.9, 0.999), eps=1e-8)),
    "nadam": (torch.optim.NAdam, dict(lr=0.01, betas=(0.9, 0.999), eps=1e-8, momentum_decay=0.004)),
    "radam": (torch.optim.RAdam, dict(lr=0.01, betas=(0.9, 0.999), eps=1e-8)),
    "lion": (Lion, dict(lr=0.003, beta1=0.9, beta2=0.99, weight_decay=0.1)),
    "lecture_rprop": (NormalizedSgd, dict(lr=0.05, momentum=0.9)),
    "lecture_rmsprop": (LectureRmsProp, dict(lr=0.01, beta2=0.99, momentum=0.9, eps=1e-8)),
    "lecture_adam_v0": (AdamV0, dict(lr=0.001, beta2=0.999, momentum=0.9, eps=1e-8)),
}


def trajectory(rule, hyperparameters, inputs, every, dtype):
    """The parameters after every so many steps."""
    p = torch.tensor(inputs["parameters"], dtype=dtype)
    if issubclass(rule, torch.optim.Optimizer):
        # Not foreach: one tensor at a time is PyTorch's reference.
        optimizer = rule([p], foreach=False, **hyperparameters)
    else:
        optimizer = rule(p, **hyperparameters)
    rows = []
    with torch.no_grad():
        for t, gradient in enumerate(inputs["gradients"], start=1):
            p.grad = torch.tensor(gradient, dtype=dtype)
            optimizer.step()
            if t % every == 0:
                rows.append(p.tolist())
    return rows


def source(rule):
    if issubclass(rule, torch.optim.Optimizer):
        return f"torch {torch.__version__} torch.optim.{rule.__name__}"
    return f"the formula of {rule.__name__} in generate.py, torch {torch.__version__}"


def make(name, inputs, every):
    rule, hyperparameters = CASES[name]
    return {
        "case": name,
        "hyperparameters": hyperparameters,
        "steps": len(inputs["gradients"]),
        "every": every,
        "source": source(rule),
        "float32": trajectory(rule, hyperparameters, inputs, every, torch.float32),
        "float64": trajectory(rule, hyperparameters, inputs, every, torch.float64),
    }


def read_safetensors(path):
    """The float32 tensors of a file by name: its header is the length in 8 bytes, then JSON; the data follows."""
    content = path.read_bytes()
    begin = 8 + int.from_bytes(content[:8], "little")
    tensors = {}
    for name, entry in json.loads(content[8:begin]).items():
        if name != "__metadata__":
            first, end = entry["data_offsets"]
            values = numpy.frombuffer(content[begin + first : begin + end], dtype="<f4")
            tensors[name] = torch.tensor(values.copy()).reshape(entry["shape"])
    return tensors


def continued(folder):
    """state/pytorch_adamw_continued.json: its gradients, and what AdamW makes with them of the saved model and state."""
    file = json.loads((folder / "state" / "pytorch_adamw_continued.json").read_text())
    tensors = read_safetensors(folder / "state" / "pytorch_adamw.safetensors")
    parameters = {name: tensors[name] for name in file["steps"][0]["gradients"]}
    optimizer = torch.optim.AdamW(parameters.values(), foreach=False, **file["hyperparameters"])
    for name, p in parameters.items():
        optimizer.state[p] = {key: tensors[f"{name}.{key}"].clone() for key in ("step", "exp_avg", "exp_avg_sq")}
    steps = []
    with torch.no_grad():
        for step in file["steps"]:
            for name, p in parameters.items():
                p.grad = torch.tensor(step["gradients"][name]).reshape(p.shape)
            optimizer.step()
            made = {name: p.flatten().tolist() for name, p in parameters.items()}
            steps.append({"gradients": step["gradients"], "parameters": made})
    return file, file | {"source": f"torch {torch.__version__}", "steps": steps}


def check_continued(folder):
    file, made = continued(folder)
    pairs = [(a["parameters"], b["parameters"]) for a, b in zip(made["steps"], file["steps"], strict=True)]
    worst = max(difference(ours[name], theirs[name]) for ours, theirs in pairs for name in theirs)
    same = all(ours == theirs for ours, theirs in pairs)
    print(f"state: float32 {'the same bits' if same else f'differs by {worst:.1e}'}{'' if worst <= 1e-5 else '  <-- FAILS'}")
    return worst <= 1e-5


def difference(ours, theirs):
    """The largest difference, relative to magnitudes of at least 1."""
    ours, theirs = numpy.array(ours), numpy.array(theirs)
    if ours.shape != theirs.shape:
        return float("inf")
    return float(numpy.max(numpy.abs(ours - theirs) / numpy.maximum(1, numpy.abs(theirs))))


def check(name, made, folder, bounds):
    """Compares a case with its file; whether it is within the bounds."""
    file = json.loads((folder / f"{name}.json").read_text())
    head = json.loads(json.dumps({k: made[k] for k in ("case", "hyperparameters", "steps", "every")}))
    good = head == {k: file[k] for k in head}
    words = [] if good else ["the head differs"]
    for key, bound in bounds.items():
        worst = difference(made[key], file[key])
        good &= worst <= bound
        words.append(f"{key} {'the same bits' if made[key] == file[key] else f'differs by {worst:.1e}'}")
    print(f"{name}: {', '.join(words)}{'' if good else '  <-- FAILS'}")
    return good


def main():
    arguments = argparse.ArgumentParser(description="Makes the golden trajectories, or compares them with the files.")
    arguments.add_argument("cases", nargs="*", help="the cases; all of them unless some are named")
    arguments.add_argument("--check", action="store_true", help="compare with the files; exit code 1 if one differs")
    arguments.add_argument("--folder", type=pathlib.Path, default=HERE, help="has inputs.json and the cases' files")
    arguments.add_argument("--every", type=int, default=EVERY, help="steps between two rows")
    given = arguments.parse_args()
    unknown = set(given.cases) - set(CASES) - {"state"}
    if unknown:
        sys.exit(f"unknown cases: {', '.join(sorted(unknown))}; there are {', '.join(CASES)}, state")
    torch.set_num_threads(1)
    inputs = json.loads((given.folder / "inputs.json").read_text())
    good = True
    for name in given.cases or [*CASES, "state"]:
        if name == "state":
            if given.check:
                good &= check_continued(given.folder)
            else:
                path = given.folder / "state" / "pytorch_adamw_continued.json"
                path.write_text(json.dumps(continued(given.folder)[1]))
            continue
        made = make(name, inputs, given.every)
        if given.check:
            good &= check(name, made, given.folder, {"float32": 1e-5, "float64": 1e-9})
        else:
            (given.folder / f"{name}.json").write_text(json.dumps(made))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
