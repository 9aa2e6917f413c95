# Writes resnet18d.pth, resnet26d.pth, resnet-d.onnx and resnet-d.json, which has their logits. Run with PyTorch 1.13 or later (Debian: python3-torch): python3 make-resnet-d.py
#
# A ResNet-D as timm builds it (stem_type 'deep', avg_down) and with its names, of a quarter of the channels. Weights are windows on two
# storages of random numbers, which the .pth files have once.
import json
import torch
from torch import nn

SIGNED = torch.randn(8000, generator=torch.Generator().manual_seed(1))
POSITIVE = SIGNED[:1600].abs() * 0.5 + 0.5
CLASSES = 5


def conv(inputs, outputs, size=3, stride=1):
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)


class Unit(nn.Module):
    def __init__(self, inputs, width, stride, bottleneck):
        super().__init__()
        outputs = 4 * width if bottleneck else width
        layers = [conv(inputs, width, 1), conv(width, width, 3, stride), conv(width, outputs, 1)] if bottleneck else [conv(inputs, width, 3, stride), conv(width, width)]
        for number, layer in enumerate(layers, 1):
            self.add_module(f"conv{number}", layer)
            self.add_module(f"bn{number}", nn.BatchNorm2d(layer.out_channels))
        self.count, self.downsample = len(layers), None
        if stride != 1 or inputs != outputs:
            pool = nn.Identity() if stride == 1 else nn.AvgPool2d(2, stride, ceil_mode=True, count_include_pad=False)
            self.downsample = nn.Sequential(pool, conv(inputs, outputs, 1), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = x
        for number in range(1, self.count + 1):
            y = getattr(self, f"bn{number}")(getattr(self, f"conv{number}")(y))
            if number < self.count:
                y = y.relu()
        return (y + (x if self.downsample is None else self.downsample(x))).relu()


class ResNetD(nn.Module):
    def __init__(self, depths, bottleneck, widths=(16, 32, 64, 128)):
        super().__init__()
        first = widths[0]
        self.conv1 = nn.Sequential(
            conv(3, first // 2, 3, 2), nn.BatchNorm2d(first // 2), nn.ReLU(), conv(first // 2, first // 2), nn.BatchNorm2d(first // 2), nn.ReLU(), conv(first // 2, first))
        self.bn1, self.maxpool = nn.BatchNorm2d(first), nn.MaxPool2d(3, 2, 1)
        inputs = first
        self.stages = len(depths)
        for stage, (depth, width) in enumerate(zip(depths, widths)):
            units = []
            for unit in range(depth):
                units.append(Unit(inputs, width, 2 if unit == 0 and stage > 0 else 1, bottleneck))
                inputs = 4 * width if bottleneck else width
            self.add_module(f"layer{stage + 1}", nn.Sequential(*units))
        self.fc = nn.Linear(inputs, CLASSES)

    def forward(self, x):
        x = self.maxpool(self.bn1(self.conv1(x)).relu())
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x.mean((2, 3)))


def fill(network):
    """Weights, and running statistics as if it had learned: variances are about those of the outputs, so that these neither grow nor vanish from kernel to kernel."""
    fan = 1
    for number, (name, tensor) in enumerate(network.state_dict().items()):
        if name.endswith("num_batches_tracked"):
            continue
        owner, part = network.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2]
        if tensor.dim() > 1:
            fan = tensor[0].numel()
        strides = {4: (11, 5, tensor.shape[-1], 1), 2: (17, 1), 1: (1,)}[tensor.dim()]
        value = (SIGNED if tensor.dim() > 1 or part in ("bias", "running_mean") else POSITIVE).as_strided(tensor.shape, strides, number * 37 % 1000)
        value = value * fan if part == "running_var" else value
        setattr(owner, part, nn.Parameter(value, requires_grad=False) if part in ("weight", "bias") else value)
    return network.eval()


def images(height, width):
    return torch.sin(0.37 * torch.arange(3 * height * width, dtype=torch.float64)).float().view(1, 3, height, width)


logits = {}


@torch.no_grad()
def note(name, network, sizes):
    logits[name] = {f"{height}x{width}": network(images(height, width))[0].tolist() for height, width in sizes}


for name, depths, bottleneck in (("resnet18d", (2, 2, 2, 2), False), ("resnet26d", (2, 2, 2, 2), True)):
    network = fill(ResNetD(depths, bottleneck))
    torch.save(network.state_dict(), f"{name}.pth")
    note(name, network, [(96, 96), (97, 75), (33, 50)])
network = fill(ResNetD((1, 2), False, (8, 16)))
torch.onnx.export(network, images(37, 29), "resnet-d.onnx", input_names=["input"], output_names=["logits"])
note("resnet-d.onnx", network, [(37, 29)])
with open("resnet-d.json", "w") as file:
    json.dump(logits, file, indent=1)
