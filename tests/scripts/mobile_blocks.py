"""Inverted residuals, squeeze and excitation, channel shuffle; ModuleList, ReLU6, Hardswish, AMP's names."""

import torch
import torch.nn as nn
from torch.cuda.amp import GradScaler, autocast
from torchvision import datasets, transforms

torch.backends.cudnn.deterministic = True
torch.backends.cudnn.benchmark = False


class SELayer(nn.Module):
    def __init__(self, channel, reduction=4):
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(channel, channel // reduction),
            nn.ReLU(inplace=True),
            nn.Linear(channel // reduction, channel),
            nn.Hardsigmoid(),
        )

    def forward(self, x):
        b, c, _, _ = x.size()
        y = self.fc(nn.functional.adaptive_avg_pool2d(x, 1).view(b, c)).view(b, c, 1, 1)
        return x * y.expand_as(x)


class InvertedResidual(nn.Module):
    def __init__(self, inp, oup, stride, expand_ratio, act):
        super().__init__()
        self.use_res_connect = stride == 1 and inp == oup
        hidden = int(round(inp * expand_ratio))
        self.conv = nn.Sequential(
            nn.Conv2d(inp, hidden, 1, 1, 0, bias=False),
            nn.BatchNorm2d(hidden),
            act(inplace=True),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            SELayer(hidden),
            act(inplace=True),
            nn.Conv2d(hidden, oup, 1, 1, 0, bias=False),
            nn.BatchNorm2d(oup),
        )

    def forward(self, x):
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


def channel_shuffle(x, groups):
    batchsize, num_channels, height, width = x.size()
    x = x.view(batchsize, groups, num_channels // groups, height, width)
    x = torch.transpose(x, 1, 2).contiguous()
    return x.view(batchsize, -1, height, width)


class Net(nn.Module):
    def __init__(self, num_classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(3, 8, 3, 2), nn.Hardswish())
        self.blocks = nn.ModuleList(
            [
                InvertedResidual(8, 8, 1, 2, nn.ReLU6),
                InvertedResidual(8, 16, 2, 2, nn.Hardswish),
                InvertedResidual(16, 16, 1, 2, nn.SiLU),
            ]
        )
        self.classifier = nn.Linear(16, num_classes)

    def forward(self, x):
        x = self.stem(x)
        for i, block in enumerate(self.blocks):
            x = block(x)
            a, b = x.chunk(2, dim=1)
            x = channel_shuffle(torch.cat([b, a], dim=1), 2)
        x = x.mean([2, 3])
        return self.classifier(x)


transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3)])
train_set = datasets.CIFAR10("data", True, transform, download=True)
loader = torch.utils.data.DataLoader(train_set, batch_size=20, shuffle=True)
model = Net()
criterion = nn.CrossEntropyLoss(weight=torch.ones(10))
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9, momentum=0.9, eps=0.1)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=10)
use_amp = torch.cuda.is_available()
scaler = GradScaler(enabled=use_amp)
for epoch in range(2):
    running = torch.zeros(1)
    for images, labels in loader:
        with autocast(enabled=use_amp):
            loss = criterion(model(images), labels)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=5.0)
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
        scheduler.step()
        running += loss.detach()
    print(f"{running.item() / len(loader):.4f} {scheduler.get_last_lr()[0]:.5f}")
torch.save({"model": model.state_dict(), "scheduler": scheduler.state_dict()}, "mobile.pth")
