"""Gradient descent without nn, optim or a loader, and then step by step with them."""

import math

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

x = torch.linspace(-math.pi, math.pi, 100)
y = torch.sin(x)
p = torch.tensor([1, 2, 3])
xx = x.unsqueeze(-1).pow(p)
print(xx.shape == (100, 3))

a, b, c, d = (torch.full((), 0.1 * i, requires_grad=True) for i in range(4))
for t in range(5):
    y_pred = a + b * x + c * x**2 + d * x**3
    loss = (y_pred - y).pow(2).sum()
    loss.backward()
    with torch.no_grad():
        for w in (a, b, c, d):
            w -= 1e-6 * w.grad
            w.grad = None
print(f"Result: y = {a.item():.3f} + {b.item():.3f} x + {c.item():.3f} x^2 + {d.item():.3f} x^3")

N, D_in, H, D_out = 16, 20, 10, 4
data = torch.arange(N * D_in).reshape(N, D_in).float().sin()
target = torch.arange(N * D_out).view(N, D_out).float().cos()
w1 = (torch.arange(D_in * H).float().view(D_in, H) / 100).sin().requires_grad_()
w2 = (torch.arange(H * D_out).float().view(H, D_out) / 100).cos().requires_grad_()
for t in range(5):
    y_pred = data.mm(w1).clamp(min=0).mm(w2)
    loss = (y_pred - target).pow(2).sum()
    loss.backward()
    w1.data -= 1e-5 * w1.grad.data
    w2.data -= 1e-5 * w2.grad.data
    w1.grad.data.zero_()
    w2.grad.data.zero_()

labels = target.argmax(1)


class Logistic(nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = nn.Parameter(torch.randn(D_in, D_out) / math.sqrt(D_in))
        self.bias = nn.Parameter(torch.zeros(D_out))

    def forward(self, xb):
        return xb @ self.weights + self.bias


def accuracy(out, yb):
    preds = torch.argmax(out, dim=1)
    return (preds == yb).float().mean()


def fit(epochs, model, loss_func, opt, train_dl, valid_dl):
    for epoch in range(epochs):
        model.train()
        for xb, yb in train_dl:
            loss = loss_func(model(xb), yb)
            loss.backward()
            opt.step()
            opt.zero_grad()
        model.eval()
        with torch.no_grad():
            valid_loss = sum(loss_func(model(xb), yb) for xb, yb in valid_dl)
        print(epoch, (valid_loss / len(valid_dl)).item())


train_ds = TensorDataset(data, labels)
model = Logistic()
opt = optim.SGD(model.parameters(), lr=0.1)
fit(
    3,
    model,
    F.cross_entropy,
    opt,
    DataLoader(train_ds, batch_size=8, shuffle=True),
    DataLoader(train_ds, batch_size=16),
)
print(accuracy(model(data), labels).item())
