"""Mixup and CutMix by hand, soft labels, cutout as a transform, gradients summed over batches."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.optim.lr_scheduler import MultiStepLR
from torchvision import datasets, transforms

np.random.seed(0)


class Cutout(object):
    def __init__(self, length):
        self.length = length

    def __call__(self, img):
        h, w = img.size(1), img.size(2)
        mask = np.ones((h, w), np.float32)
        y, x = h // 2, w // 3
        y1, y2 = np.clip(y - self.length // 2, 0, h), np.clip(y + self.length // 2, 0, h)
        x1, x2 = np.clip(x - self.length // 2, 0, w), np.clip(x + self.length // 2, 0, w)
        mask[y1:y2, x1:x2] = 0.0
        mask = torch.from_numpy(mask)
        mask = mask.expand_as(img)
        return img * mask


def mixup_data(x, y, alpha=1.0):
    lam = np.random.beta(alpha, alpha) if alpha > 0 else 1
    index = torch.from_numpy(np.random.permutation(x.size()[0]))
    mixed_x = lam * x + (1 - lam) * x[index, :]
    return mixed_x, y, y[index], lam


def mixup_criterion(criterion, pred, y_a, y_b, lam):
    return lam * criterion(pred, y_a) + (1 - lam) * criterion(pred, y_b)


def rand_bbox(size, lam):
    W, H = size[2], size[3]
    cut_w, cut_h = int(W * np.sqrt(1.0 - lam)), int(H * np.sqrt(1.0 - lam))
    cx, cy = np.random.randint(W), np.random.randint(H)
    bbx1, bby1 = np.clip(cx - cut_w // 2, 0, W), np.clip(cy - cut_h // 2, 0, H)
    bbx2, bby2 = np.clip(cx + cut_w // 2, 0, W), np.clip(cy + cut_h // 2, 0, H)
    return bbx1, bby1, bbx2, bby2


train_transform = transforms.Compose([])
train_transform.transforms.append(transforms.RandomCrop(32, padding=4))
train_transform.transforms.append(transforms.RandomHorizontalFlip())
train_transform.transforms.append(transforms.ToTensor())
train_transform.transforms.append(
    transforms.Normalize(mean=[x / 255.0 for x in [125.3, 123.0, 113.9]], std=[0.25, 0.24, 0.26])
)
train_transform.transforms.append(Cutout(length=16))
train_dataset = datasets.CIFAR10(root="data/", train=True, transform=train_transform, download=True)
train_loader = torch.utils.data.DataLoader(
    dataset=train_dataset, batch_size=20, shuffle=True, pin_memory=True, num_workers=0
)
cnn = nn.Sequential(
    nn.Conv2d(3, 8, 5, stride=2, padding=2),
    nn.BatchNorm2d(8),
    nn.ReLU(),
    nn.AvgPool2d(kernel_size=4),
    nn.Flatten(1),
    nn.Linear(128, 10),
)
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(cnn.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=5e-4)
scheduler = MultiStepLR(optimizer, milestones=[1, 2], gamma=0.2)
for epoch in range(2):
    xentropy_loss_avg, correct, total = 0.0, 0.0, 0.0
    optimizer.zero_grad()
    for i, (images, labels) in enumerate(train_loader):
        if i % 2:
            lam = np.random.beta(1.0, 1.0)
            rand_index = torch.from_numpy(np.random.permutation(images.size()[0]))
            target_a, target_b = labels, labels[rand_index]
            bbx1, bby1, bbx2, bby2 = rand_bbox(images.size(), lam)
            images[:, :, bbx1:bbx2, bby1:bby2] = images[rand_index, :, bbx1:bbx2, bby1:bby2]
            lam = 1 - ((bbx2 - bbx1) * (bby2 - bby1) / (images.size()[-1] * images.size()[-2]))
        else:
            images, target_a, target_b, lam = mixup_data(images, labels)
        pred = cnn(images)
        loss = mixup_criterion(criterion, pred, target_a, target_b, lam)
        one_hot = F.one_hot(labels, num_classes=10).float()
        soft = one_hot * 0.9 + 0.1 / 10
        loss = loss + 0.1 * torch.mean(torch.sum(-soft * F.log_softmax(pred, dim=-1), dim=1))
        (loss / 2).backward()
        if (i + 1) % 2 == 0:
            optimizer.step()
            optimizer.zero_grad()
        xentropy_loss_avg += loss.item()
        pred = torch.max(pred.data, 1)[1]
        total += labels.size(0)
        correct += (pred == labels.data).sum().item()
    scheduler.step()
    print(
        "xentropy %.3f acc %.3f lr %.4f"
        % (xentropy_loss_avg / (i + 1), correct / total, optimizer.param_groups[0]["lr"])
    )
