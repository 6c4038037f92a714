"""An optimizer, a layer with its own parameters, an op with its own gradient and a moving average of weights."""

import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim import Optimizer
from torch.utils.data import DataLoader
from torchvision import datasets, transforms


class Lion(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.99), weight_decay=0.0):
        if lr < 0.0:
            raise ValueError("Invalid learning rate: {}".format(lr))
        defaults = dict(lr=lr, betas=betas, weight_decay=weight_decay)
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                p.data.mul_(1 - group["lr"] * group["weight_decay"])
                grad = p.grad
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["exp_avg"] = torch.zeros_like(p)
                state["step"] += 1
                exp_avg = state["exp_avg"]
                beta1, beta2 = group["betas"]
                update = exp_avg.clone().mul_(beta1).add(grad, alpha=1 - beta1)
                p.add_(update / (update.norm() + 1e-6), alpha=-group["lr"])
                exp_avg.mul_(beta2).add_(grad, alpha=1 - beta2)
        return loss


class Clipped(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return input.clamp(-1, 1)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        grad_input = grad_output.clone()
        grad_input[input.abs() > 1] = 0
        return grad_input


class Scale(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.shift = nn.Parameter(torch.empty(1, channels, 1, 1))
        self.reset_parameters()

    def reset_parameters(self):
        nn.init.zeros_(self.shift)

    def forward(self, x):
        mean = x.mean(dim=(2, 3), keepdim=True)
        std = x.std(dim=(2, 3), keepdim=True, unbiased=False)
        return self.gain * (x - mean) / (std + 1e-3) + self.shift


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, stride=2)
        self.scale = Scale(6)
        self.conv2 = nn.Conv2d(6, 12, 3, stride=2)
        self.fc = nn.Linear(12 * 5 * 5, 10)

    def forward(self, x):
        x = Clipped.apply(self.scale(self.conv1(x)))
        x = F.softplus(self.conv2(x)) - 0.5
        return self.fc(torch.flatten(x, 1))


class EMA:
    def __init__(self, model, decay):
        self.shadow = copy.deepcopy(model)
        self.decay = decay
        for p in self.shadow.parameters():
            p.requires_grad_(False)

    @torch.no_grad()
    def update(self, model):
        for s, p in zip(self.shadow.state_dict().values(), model.state_dict().values()):
            s.copy_(s * self.decay + p * (1 - self.decay))


data = datasets.MNIST("data", train=True, download=True, transform=transforms.ToTensor())
model = Net()
ema = EMA(model, 0.9)
optimizer = Lion(model.parameters(), lr=0.02, weight_decay=0.01)
for images, labels in DataLoader(data, batch_size=16, shuffle=True):
    images, labels = images.to("cpu", non_blocking=True), labels.to("cpu")

    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        return loss

    print(f"{optimizer.step(closure):.4f}")
    ema.update(model)
difference = sum(
    (a - b).abs().sum().item() for a, b in zip(model.parameters(), ema.shadow.parameters())
)
print(f"{difference:.3f}", optimizer.state_dict()["state"][0]["step"])
