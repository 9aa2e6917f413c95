# Writes the .pth files of this folder. Run with PyTorch 1.13 or later (Debian: python3-torch): python3 make.py
import collections
import torch


def weight(*shape):
    """Values that repeat along filters and channels, in a storage of one kernel: the files stay small, and strides are 0."""
    kernel = torch.arange(float(shape[-1] * shape[-2])).reshape(1, 1, *shape[2:]) / 10
    return kernel.expand(*shape)


def norm(state, name, channels):
    state[name + ".weight"] = torch.arange(float(channels)) + 1
    state[name + ".bias"] = -torch.arange(float(channels))
    state[name + ".running_mean"] = torch.zeros(channels)
    state[name + ".running_var"] = torch.ones(channels)
    state[name + ".num_batches_tracked"] = torch.tensor(7)


def resnet():
    """torchvision's ResNet with an eighth of the channels, one unit a stage, and 5 classes."""
    state = collections.OrderedDict()
    state["conv1.weight"] = weight(8, 3, 7, 7)
    norm(state, "bn1", 8)
    before = 8
    for stage, width in enumerate([8, 16, 32, 64]):
        unit = f"layer{stage + 1}.0."
        state[unit + "conv1.weight"] = weight(width, before, 3, 3)
        norm(state, unit + "bn1", width)
        state[unit + "conv2.weight"] = torch.nn.Parameter(weight(width, width, 3, 3))
        norm(state, unit + "bn2", width)
        if width != before:
            state[unit + "downsample.0.weight"] = weight(width, before, 1, 1)
            norm(state, unit + "downsample.1", width)
        before = width
    # In another order than row-major: a transposed matrix.
    state["fc.weight"] = torch.arange(320.0).reshape(64, 5).t()
    state["fc.bias"] = torch.arange(5.0)
    state._metadata = collections.OrderedDict({"": {"version": 1}})
    return state


state = resnet()
torch.save(state, "resnet.pth")
torch.save(state, "resnet-legacy.pth", _use_new_zipfile_serialization=False)
torch.save({"epoch": 3, "state_dict": state, "best": 0.5}, "checkpoint.pth")
# With numbers of another type beside the weights, and keys that are numbers.
optimizer = {"state": {0: {"step": 12, "momentum_buffer": torch.ones(3, dtype=torch.float64)}}, "param_groups": [{"lr": 0.1, "params": [0]}]}
torch.save({"epoch": 3, "state_dict": state, "optimizer": optimizer}, "checkpoint-legacy.pth", _use_new_zipfile_serialization=False)
torch.save({"conv1.weight": torch.quantize_per_tensor(torch.ones(8, 3, 7, 7), 0.1, 0, torch.qint8)}, "quantized.pth")
torch.save(torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3)), "module.pth")
torch.jit.save(torch.jit.script(torch.nn.Conv2d(1, 1, 1)), "script.pt")
