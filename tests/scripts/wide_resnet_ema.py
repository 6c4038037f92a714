"""A wide residual network with dropout in its blocks, cosine schedules in sequence, an average of weights."""

import random
from collections import OrderedDict

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, update_bn
from torchvision import datasets, transforms


def set_seed(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.cuda.manual_seed_all(seed)


set_seed(1)


class wide_basic(nn.Module):
    def __init__(self, in_planes, planes, dropout_rate, stride=1):
        super(wide_basic, self).__init__()
        self.bn1 = nn.BatchNorm2d(in_planes)
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, padding=1, bias=True)
        self.dropout = nn.Dropout(p=dropout_rate)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, stride=stride, padding=1, bias=True)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != planes:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, planes, kernel_size=1, stride=stride, bias=True)
            )

    def forward(self, x):
        out = self.dropout(self.conv1(F.relu(self.bn1(x))))
        out = self.conv2(F.relu(self.bn2(out)))
        out += self.shortcut(x)
        return out


class Wide_ResNet(nn.Module):
    def __init__(self, widen_factor, dropout_rate, num_classes):
        super().__init__()
        k = widen_factor
        self.body = nn.Sequential(
            OrderedDict(
                [
                    ("conv1", nn.Conv2d(3, 4, 3, padding=1)),
                    ("block1", wide_basic(4, 4 * k, dropout_rate)),
                    ("block2", wide_basic(4 * k, 8 * k, dropout_rate, 2)),
                    ("norm", nn.BatchNorm2d(8 * k, momentum=0.9)),
                    ("relu", nn.ReLU(inplace=True)),
                    ("pool", nn.AvgPool2d(8)),
                ]
            )
        )
        self.linear = nn.Linear(8 * k * 4, num_classes)
        nn.init.xavier_uniform_(self.linear.weight, gain=np.sqrt(2))

    def forward(self, x):
        out = self.body(x)
        out = out.reshape(out.shape[0], -1)
        return self.linear(out)


transform = transforms.Compose(
    [
        transforms.RandomHorizontalFlip(p=0.5),
        transforms.ToTensor(),
        transforms.Lambda(lambda t: (t - 0.45) / 0.25),
    ]
)
dataset = datasets.CIFAR10("data", train=True, transform=transform, download=True)
assert dataset.data.shape == (100, 32, 32, 3) and len(dataset.targets) == 100
loader = torch.utils.data.DataLoader(dataset, batch_size=25, shuffle=True)
model = Wide_ResNet(2, 0.3, 10)
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
scheduler = torch.optim.lr_scheduler.SequentialLR(
    optimizer,
    [
        torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=4),
        torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=8),
    ],
    milestones=[4],
)
averaged = AveragedModel(model)
losses = []
for epoch in range(2):
    for step, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y, label_smoothing=0.1)
        for param in model.parameters():
            param.grad = None
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.detach())
    averaged.update_parameters(model)
update_bn(loader, averaged)
mean_loss = torch.stack(losses).mean()
flat = torch.cat([p.detach().view(-1) for p in averaged.parameters()])
grads = torch.norm(torch.stack([torch.norm(p.grad.detach(), 2) for p in model.parameters()]), 2)
print(f"{mean_loss:.4f} {flat.numel()} {grads > 0} {averaged.n_averaged.item()}")
model.eval()
with torch.inference_mode():
    out = averaged(next(iter(loader))[0])
    values, indices = out.softmax(dim=1).topk(3)
    print(tuple(values.shape), bool((values[:, 0] >= values[:, 1]).all()))
