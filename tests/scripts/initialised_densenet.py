"""A densely connected network with initial values of every kind, and a schedule with warm-up of its own."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import init
from torch.optim.lr_scheduler import _LRScheduler
from torchvision import datasets, transforms


class Bottleneck(nn.Module):
    def __init__(self, nChannels, growthRate):
        super(Bottleneck, self).__init__()
        interChannels = 2 * growthRate
        self.bn1 = nn.BatchNorm2d(nChannels)
        self.conv1 = nn.Conv2d(nChannels, interChannels, kernel_size=1, bias=False)
        self.bn2 = nn.BatchNorm2d(interChannels)
        self.conv2 = nn.Conv2d(interChannels, growthRate, kernel_size=3, padding=1, bias=False)

    def forward(self, x):
        out = self.conv1(F.relu(self.bn1(x)))
        out = self.conv2(F.relu(self.bn2(out)))
        return torch.cat((x, out), 1)


class Transition(nn.Module):
    def __init__(self, nChannels, nOutChannels):
        super(Transition, self).__init__()
        self.bn1 = nn.BatchNorm2d(nChannels)
        self.conv1 = nn.Conv2d(nChannels, nOutChannels, kernel_size=1, bias=False)

    def forward(self, x):
        return F.avg_pool2d(self.conv1(F.relu(self.bn1(x))), 2)


class DenseNet(nn.Module):
    def __init__(self, growthRate=4, reduction=0.5, nClasses=10):
        super(DenseNet, self).__init__()
        nChannels = 2 * growthRate
        self.conv1 = nn.Conv2d(3, nChannels, kernel_size=3, stride=2, padding=1, bias=False)
        self.dense1 = self._make_dense(nChannels, growthRate, 2)
        nChannels += 2 * growthRate
        nOutChannels = int(math.floor(nChannels * reduction))
        self.trans1 = Transition(nChannels, nOutChannels)
        self.bn1 = nn.BatchNorm2d(nOutChannels)
        self.fc = nn.Linear(nOutChannels, nClasses)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                n = m.kernel_size[0] * m.kernel_size[1] * m.out_channels
                m.weight.data.normal_(0, math.sqrt(2.0 / n))
            elif isinstance(m, nn.BatchNorm2d):
                m.weight.data.fill_(1)
                m.bias.data.zero_()
            elif isinstance(m, nn.Linear):
                m.bias.data.zero_()

    def _make_dense(self, nChannels, growthRate, nDenseBlocks):
        layers = []
        for i in range(int(nDenseBlocks)):
            layers.append(Bottleneck(nChannels, growthRate))
            nChannels += growthRate
        return nn.Sequential(*layers)

    def forward(self, x):
        out = self.trans1(self.dense1(self.conv1(x)))
        out = torch.squeeze(torch.squeeze(F.adaptive_avg_pool2d(F.relu(self.bn1(out)), 1), 3), 2)
        return F.log_softmax(self.fc(out), dim=1)


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
    elif classname.find("BatchNorm") != -1:
        init.constant_(m.weight, 1)
        init.constant_(m.bias, 0)
    elif classname.find("Linear") != -1:
        init.xavier_uniform_(m.weight, gain=init.calculate_gain("relu"))
        init.uniform_(m.bias.data, -0.1, 0.1)


class WarmUpLR(_LRScheduler):
    def __init__(self, optimizer, total_iters, last_epoch=-1):
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [base_lr * self.last_epoch / (self.total_iters + 1e-8) for base_lr in self.base_lrs]


transform = transforms.Compose(
    [transforms.ToTensor(), transforms.Normalize([0.53, 0.51, 0.47], [0.21, 0.21, 0.22])]
)
loader = torch.utils.data.DataLoader(
    datasets.CIFAR10(root="data", train=True, download=True, transform=transform),
    batch_size=20,
    shuffle=True,
)
net = DenseNet()
net.apply(weights_init)
print("  + Number of params: {}".format(sum([p.data.nelement() for p in net.parameters()])))
print(sum(p.numel() for p in net.parameters() if p.requires_grad))
optimizer = torch.optim.SGD(
    [
        {"params": [p for n, p in net.named_parameters() if "bn" not in n]},
        {"params": [p for n, p in net.named_parameters() if "bn" in n], "weight_decay": 0.0},
    ],
    lr=0.1,
    momentum=0.9,
    weight_decay=1e-4,
    nesterov=True,
)
warmup = WarmUpLR(optimizer, len(loader))
for epoch in range(2):
    for batch, (images, labels) in enumerate(loader):
        optimizer.zero_grad()
        output = net(images)
        loss = F.nll_loss(output, labels)
        loss.backward()
        optimizer.step()
        warmup.step()
        pred = output.data.max(1)[1]
        incorrect = pred.ne(labels.data).sum()
        err = 100.0 * incorrect / len(images)
        lr = optimizer.param_groups[0]["lr"]
        print("Epoch: {:.2f} Loss: {:.6f} Error: {:.1f} {:.4f}".format(epoch, loss.item(), err, lr))
