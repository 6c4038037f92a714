"""A convolutional autoencoder: transposed convolutions, upsampling, MSE and BCE losses, pictures saved."""

import os

import torch
import torchvision
from torch import nn
from torch.autograd import Variable
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import MNIST
from torchvision.utils import save_image

if not os.path.exists("./dc_img"):
    os.mkdir("./dc_img")


def to_img(x):
    x = 0.5 * (x + 1)
    x = x.clamp(0, 1)
    x = x.view(x.size(0), 1, 28, 28)
    return x


img_transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5], [0.5])])
dataset = MNIST("./data", transform=img_transform, download=True)
dataloader = DataLoader(dataset, batch_size=32, shuffle=True)


class autoencoder(nn.Module):
    def __init__(self):
        super(autoencoder, self).__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=3, padding=1),
            nn.ReLU(True),
            nn.MaxPool2d(2, stride=2),
            nn.Conv2d(8, 4, 3, stride=2, padding=1),
            nn.ReLU(True),
            nn.MaxPool2d(2, stride=1),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(4, 8, 3, stride=2),
            nn.ReLU(True),
            nn.ConvTranspose2d(8, 4, 5, stride=3, padding=1),
            nn.ReLU(True),
            nn.ConvTranspose2d(4, 1, 2, stride=2, padding=1),
            nn.Tanh(),
        )

    def forward(self, x):
        x = self.encoder(x)
        x = self.decoder(x)
        return x


class UpDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(1, 4, 4, 4)
        self.up = nn.Upsample(scale_factor=4, mode="bilinear", align_corners=False)
        self.out = nn.Conv2d(4, 1, 3, padding=1)

    def forward(self, x):
        return torch.sigmoid(self.out(self.up(torch.relu(self.down(x)))))


model = autoencoder()
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-5)
for epoch in range(2):
    for data in dataloader:
        img, _ = data
        img = Variable(img)
        output = model(img)
        loss = criterion(output, img)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print("epoch [{}/{}], loss:{:.4f}".format(epoch + 1, 2, loss.data.item()))
    pic = to_img(output.cpu().data)
    save_image(pic, "./dc_img/image_{}.png".format(epoch))
    assert torchvision.utils.make_grid(pic).dim() == 3

second = UpDecoder()
bce = nn.BCELoss()
optimizer = torch.optim.Adagrad(second.parameters(), lr=0.05)
for img, _ in dataloader:
    target = to_img(img)
    loss = bce(second(img), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
torch.save(model.state_dict(), "./conv_autoencoder.pth")
