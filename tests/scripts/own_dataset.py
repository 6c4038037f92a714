"""A data set of one's own, with transforms as classes, splits, workers and early stopping."""

import copy

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset, Subset, random_split
from torchvision import transforms


class SquaresDataset(Dataset):
    """Pictures with a square; the side is the label."""

    def __init__(self, count, transform=None):
        rng = np.random.RandomState(3)
        self.labels = rng.randint(0, 4, count)
        self.images = rng.rand(count, 16, 16, 1).astype(np.float32)
        self.transform = transform
        for image, label in zip(self.images, self.labels):
            image[: 2 + 3 * label, : 2 + 3 * label] += 1

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, idx):
        if torch.is_tensor(idx):
            idx = idx.tolist()
        sample = {"image": self.images[idx], "label": int(self.labels[idx])}
        if self.transform:
            sample = self.transform(sample)
        return sample


class Mirror(object):
    def __call__(self, sample):
        image = sample["image"]
        return {"image": image[:, ::-1].copy(), "label": sample["label"]}


class ToTensor(object):
    def __call__(self, sample):
        image = sample["image"].transpose((2, 0, 1))
        return {"image": torch.from_numpy(image), "label": torch.tensor(sample["label"])}


dataset = SquaresDataset(120, transform=transforms.Compose([Mirror(), ToTensor()]))
train_part = Subset(dataset, range(100))
train_set, val_set = random_split(train_part, [100, 0], generator=torch.Generator().manual_seed(1))
test_set = Subset(dataset, list(range(100, 120)))
train_loader = DataLoader(train_part, batch_size=25, shuffle=True, num_workers=2, drop_last=True)
test_loader = DataLoader(test_set, batch_size=20)
print(len(train_set), len(val_set), len(train_loader), dataset[3]["image"].size())

model = nn.Sequential(
    nn.Conv2d(1, 4, 3, padding=1),
    nn.BatchNorm2d(4),
    nn.LeakyReLU(0.1, inplace=True),
    nn.MaxPool2d(2),
    nn.Conv2d(4, 8, 3, padding=1),
    nn.ELU(),
    nn.AdaptiveAvgPool2d((2, 2)),
    nn.Flatten(),
    nn.Linear(32, 4),
)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = optim.Adam(model.parameters(), lr=3e-3, betas=(0.9, 0.999), weight_decay=1e-4)
scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="min", factor=0.5, patience=1)
best_model_wts, best_loss = copy.deepcopy(model.state_dict()), float("inf")

for epoch in range(4):
    for phase in ["train", "val"]:
        model.train() if phase == "train" else model.eval()
        running_loss, running_corrects = 0.0, 0
        loader = train_loader if phase == "train" else test_loader
        for batch in loader:
            inputs, labels = batch["image"], batch["label"]
            optimizer.zero_grad()
            with torch.set_grad_enabled(phase == "train"):
                outputs = model(inputs)
                _, preds = torch.max(outputs, 1)
                loss = criterion(outputs, labels)
                if phase == "train":
                    loss.backward()
                    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                    optimizer.step()
            running_loss += loss.item() * inputs.size(0)
            running_corrects += torch.sum(preds == labels.data)
        epoch_acc = running_corrects.float() / len(loader.dataset)
        print(f"{phase} Loss: {running_loss:.4f} Acc: {epoch_acc:.4f}")
        if phase == "val":
            scheduler.step(running_loss)
            if running_loss < best_loss:
                best_loss, best_model_wts = running_loss, copy.deepcopy(model.state_dict())
model.load_state_dict(best_model_wts)
