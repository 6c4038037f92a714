"""The network that the training benchmark times, written once for every framework with PyTorch's
names.
"""

from typing import Any


def make_net(nn: Any, F: Any) -> Any:
    """The network of PyTorch's "Training a Classifier" tutorial, from one framework's modules.

    Parameters
    ----------
    nn, F : modules
        ``torch.nn`` and ``torch.nn.functional``, or lanegrad's.
    """

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(3, 6, 5)
            self.pool = nn.MaxPool2d(2, 2)
            self.conv2 = nn.Conv2d(6, 16, 5)
            self.fc1 = nn.Linear(16 * 5 * 5, 120)
            self.fc2 = nn.Linear(120, 84)
            self.fc3 = nn.Linear(84, 10)

        def forward(self, x: Any) -> Any:
            x = self.pool(F.relu(self.conv1(x)))
            x = self.pool(F.relu(self.conv2(x)))
            x = x.view(-1, 16 * 5 * 5)
            x = F.relu(self.fc1(x))
            x = F.relu(self.fc2(x))
            return self.fc3(x)

    return Net()


def make_step(nn: Any, F: Any, optim: Any, inputs: Any, labels: Any) -> Any:
    """A function without arguments that does one training step as users write it."""
    net = make_net(nn, F)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.001, momentum=0.9)

    def step() -> None:
        optimizer.zero_grad()
        loss = criterion(net(inputs), labels)
        loss.backward()
        optimizer.step()

    return step
