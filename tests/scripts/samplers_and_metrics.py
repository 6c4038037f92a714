"""A validation split by samplers, a learning rate finder, metrics by class, frozen layers, hooks."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import ConcatDataset, DataLoader
from torch.utils.data.sampler import SubsetRandomSampler
from torchvision import datasets, transforms

torch.manual_seed(42)
np.random.seed(42)
transform = transforms.Compose([transforms.Resize((16, 16)), transforms.ToTensor()])
train_data = datasets.MNIST("data", train=True, download=True, transform=transform)
num_train = len(train_data)
indices = list(range(num_train))
split = int(np.floor(0.25 * num_train))
train_idx, valid_idx = indices[split:], indices[:split]
valid_loader = DataLoader(train_data, batch_size=12, sampler=SubsetRandomSampler(valid_idx))
subset = torch.utils.data.Subset(train_data, train_idx)
train_loader = DataLoader(ConcatDataset([subset, subset]), batch_size=24, shuffle=True)
print(train_data.data.shape == (96, 28, 28), train_data.targets[:5].tolist(), train_data.classes[0])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential()
        self.features.add_module("conv1", nn.Conv2d(1, 6, 5, padding=2))
        self.features.add_module("bn1", nn.BatchNorm2d(6, eps=1e-5, momentum=0.1, affine=True))
        self.features.add_module("prelu", nn.PReLU())
        self.features.add_module("pool", nn.MaxPool2d(2, 2))
        self.conv2 = nn.Conv2d(6, 8, 3)
        self.norm = nn.GroupNorm(2, 8)
        self.fc = nn.Linear(8 * 3 * 3, 10)
        self.register_buffer("scale", torch.tensor(2.0))

    def forward(self, x):
        x = self.features(x)
        x = F.max_pool2d(F.gelu(self.norm(self.conv2(x))), 2)
        x = x.flatten(start_dim=1)
        return F.softmax(self.fc(x * self.scale), dim=-1)


model = Net()
for name, param in model.named_parameters():
    if name.startswith("features.bn1"):
        param.requires_grad = False
shapes = {}
for name, layer in model.named_modules():
    if isinstance(layer, (nn.Conv2d, nn.Linear)):
        layer.register_forward_hook(
            lambda module, inputs, output, name=name: shapes.update({name: tuple(output.shape)})
        )


class FocalLoss(nn.Module):
    def __init__(self, gamma=2.0):
        super().__init__()
        self.gamma = gamma

    def forward(self, probs, target):
        pt = probs.gather(1, target.unsqueeze(1)).squeeze(1)
        return (-((1 - pt) ** self.gamma) * torch.log(pt + 1e-8)).mean()


criterion = FocalLoss()
optimizer = torch.optim.AdamW(filter(lambda p: p.requires_grad, model.parameters()), lr=2e-3)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_lambda=lambda epoch: 0.95**epoch)
valid_loss_min = np.inf
for epoch in range(2):
    model.train()
    for data, target in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(data), target)
        l1 = sum(p.abs().sum() for p in model.fc.parameters())
        (loss + 1e-4 * l1).backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    class_correct, class_total = [0.0] * 10, [0.0] * 10
    confusion = torch.zeros(10, 10, dtype=torch.int64)
    with torch.no_grad():
        for data, target in valid_loader:
            output = model(data)
            _, pred = torch.max(output, 1)
            correct = np.squeeze(pred.eq(target.data.view_as(pred)).numpy())
            for i in range(len(target)):
                label = target.data[i]
                class_correct[label] += correct[i].item()
                class_total[label] += 1
            for t, p in zip(target.view(-1), pred.view(-1)):
                confusion[t.long(), p.long()] += 1
    per_class = confusion.diag() / confusion.sum(1).clamp(min=1)
    print(epoch, sum(class_total), confusion.sum().item(), tuple(per_class.size()))
print(shapes)
