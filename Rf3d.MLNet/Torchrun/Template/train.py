#!/usr/bin/env python3
"""Trains the image classifier that plan.json describes, by the figures of recipe.json, on any number of GPUs or CPUs.

    torchrun --nproc_per_node 8 --max-restarts 3 train.py --data /data/flowers
    python train.py --data /data/flowers                  (one process)
    python train.py --check                               (no training: does this machine compute what rf3d computes?)

Needs torch 1.13 or later, and torchvision or Pillow to decode images (pillow-heif for HEIC). DATA is a folder for each
class, or has such folders in train and val. What is written goes to --output, by default the folder of this file:

    metrics.jsonl         a line of JSON for each epoch, which is also printed
    checkpoint.pt         all that a training needs to continue after a lost worker; the same command resumes it
    trained.safetensors   the weights of the best epoch, with logits of a few images; 'rf3d import' makes the .zip of it

The network is a tree of modules with the plan's names, so that its state_dict has the names of init.safetensors.
"""
import argparse
import ctypes
import hashlib
import json
import math
import os
import re
import shutil
import sys
import time
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn

try:
    from torchvision.io import ImageReadMode, read_image
except Exception:  # torchvision is missing, or was built for another torch
    read_image = None
try:
    from PIL import Image, ImageOps
except ImportError:
    Image = None
try:
    from pillow_heif import register_heif_opener
    register_heif_opener()
except Exception:  # it is missing, or was built for another Pillow
    pass

HERE = Path(__file__).resolve().parent
EPSILON = 1e-5  # of batch normalisation
TOLERANCE = 1e-3  # of logits, relative to the largest where that is above 1


# ---------------------------------------------------------------------------------------------- files of tensors

DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
          "I64": torch.int64, "I32": torch.int32, "U8": torch.uint8, "BOOL": torch.bool}


def load_tensors(path):
    """Tensors by name from a safetensors file: 8 bytes of length, a JSON header, the data."""
    tensors = {}
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            file.seek(8 + length + begin)
            data = bytearray(file.read(end - begin))
            if len(data) != end - begin:
                raise ValueError(f"{path} is cut short: the tensor '{name}' is not complete.")
            tensors[name] = torch.frombuffer(data, dtype=DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def save_tensors(path, tensors, metadata):
    names = {dtype: name for name, dtype in DTYPES.items()}
    header, offset = {"__metadata__": metadata}, 0
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)

    def write(file):
        file.write(len(text).to_bytes(8, "little"))
        file.write(text)
        for tensor in tensors.values():
            file.write(ctypes.string_at(tensor.data_ptr(), tensor.numel() * tensor.element_size()))
    replace_file(path, write)


def replace_file(path, write):
    """Writes a file whole or not at all."""
    temporary = Path(f"{path}.tmp")
    with open(temporary, "wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


# ---------------------------------------------------------------------------------------------- network

ACTIVATIONS = {
    "None": lambda x: x,
    "Relu": lambda x: F.relu(x, inplace=True),
    "Relu6": lambda x: x.clamp(0, 6),  # torch 1.13 has no gradient of relu6 in bfloat16 on CPUs
    "LeakyRelu": lambda x: F.leaky_relu(x, 0.01),
    "HardSwish": F.hardswish,
    "Tanh": torch.tanh,
    "Sigmoid": torch.sigmoid,
}


def pair(size):
    return size["height"], size["width"]


def known(name, what, value, choices):
    if value not in choices:
        raise ValueError(f"plan.json: {name} has the {what} '{value}', which this train.py does not know. It knows: {', '.join(choices)}.")
    return value


def slide(name, length, size, stride, padding, dilation=1):
    room = length + 2 * padding - dilation * (size - 1) - 1
    if room < 0:
        raise ValueError(f"plan.json: {name} needs larger maps than {length} pixels.")
    return room // stride + 1


class Norm(nn.Module):
    """Batch normalisation with the plan's names: scale, shift, mean, variance."""

    def __init__(self, channels):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.momentum = 0.1

    def forward(self, x):
        return F.batch_norm(x, self.mean, self.variance, self.scale, self.shift, self.training, self.momentum, EPSILON)


class Kernel(nn.Module):
    """A convolution of some kind, then batch normalisation and an activation if the plan has them."""

    KINDS = ("convolution", "depthwise", "rollingPointwise")

    def __init__(self, name, layer, shape):
        super().__init__()
        inputs, height, width = shape
        self.kind = layer["type"]
        self.activation = ACTIVATIONS[known(name, "activation", layer["activation"], ACTIVATIONS)]
        outputs = inputs if self.kind == "depthwise" else layer["filters"]
        if self.kind == "rollingPointwise":
            # Filter f sees a window of channels that begins at f * step and continues at the first channel after the last.
            window = inputs // layer["groups"]
            step = window - int(layer["overlap"] * window)
            channels = (torch.arange(outputs).view(-1, 1) * step + torch.arange(window)) % inputs
            self.register_buffer("channels", channels, persistent=False)
            self.inputs, size, share = inputs, (1, 1), window
        else:
            size, self.stride, self.dilation = pair(layer["size"]), pair(layer["stride"]), pair(layer["dilation"])
            default = tuple(dilation * (side - 1) // 2 for side, dilation in zip(size, self.dilation))
            self.padding = pair(layer["padding"]) if layer.get("padding") else default
            self.groups = inputs if self.kind == "depthwise" else layer["groups"]
            share = inputs // self.groups
            height, width = (slide(name, *values) for values in zip((height, width), size, self.stride, self.padding, self.dilation))
        self.weight = nn.Parameter(torch.empty(outputs, share, *size))
        self.bias = nn.Parameter(torch.zeros(outputs)) if layer["bias"] else None
        self.norm = Norm(outputs) if layer["batchNorm"] else None
        self.output = (outputs, height, width)
        self.is_matrix = self.kind == "convolution" and self.groups == 1
        self.can_branch = (self.kind != "rollingPointwise" and self.norm is not None and outputs == inputs
                           and all(side % 2 == 1 and border == side // 2 * dilation for side, border, dilation in zip(size, self.padding, self.dilation)))
        self.has_branch = False
        self.moments = None

    def forward(self, x):
        if self.kind == "rollingPointwise":
            weight = torch.zeros(self.weight.shape[0], self.inputs, dtype=self.weight.dtype, device=x.device)
            y = F.conv2d(x, weight.scatter(1, self.channels, self.weight.flatten(1))[:, :, None, None], self.bias)
        else:
            y = F.conv2d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
        if self.norm is not None:
            y = self.norm(y)
        if self.has_branch:
            # The identity around the kernel while it learns (structural re-parameterization, RepVGG); 'fold' takes it into the weights.
            y = y + x[:, :, ::self.stride[0], ::self.stride[1]].to(y.dtype)
            if self.moments is not None:
                self.moments.append((y.mean((0, 2, 3)), y.square().mean((0, 2, 3))))
        return self.activation(y)

    @torch.no_grad()
    def fold(self):
        """Gives weights and normalisation what they and the branch compute together."""
        norm = self.norm
        factor = norm.scale / (norm.variance + EPSILON).sqrt()
        constant = norm.shift - factor * (norm.mean if self.bias is None else norm.mean - self.bias)
        mean = torch.stack([each for each, _ in self.moments]).mean(0)
        variance = (torch.stack([each for _, each in self.moments]).mean(0) - mean.square()).clamp_min(0)
        own = torch.arange(self.weight.shape[0])
        self.weight.mul_(factor.view(-1, 1, 1, 1))
        self.weight[own, own % self.weight.shape[1], self.weight.shape[2] // 2, self.weight.shape[3] // 2] += 1
        if self.bias is not None:
            self.bias.zero_()
        norm.scale.copy_((variance + EPSILON).sqrt())
        norm.shift.copy_(mean)
        norm.mean.copy_(mean - constant)
        norm.variance.copy_(variance)
        self.has_branch, self.moments = False, None


class ChannelShuffle(nn.Module):
    """Channel j of group i becomes channel j * groups + i."""

    def __init__(self, name, layer, shape):
        super().__init__()
        self.groups, self.output = layer["groups"], shape

    def forward(self, x):
        n, channels, height, width = x.shape
        return x.reshape(n, self.groups, channels // self.groups, height, width).transpose(1, 2).reshape(n, channels, height, width)


LAYERS = {**{kind: Kernel for kind in Kernel.KINDS}, "channelShuffle": ChannelShuffle}


class Block(nn.Module):
    """Kernels in a row: layer1, layer2, ...; and the shortcut around them, with a projection where the shapes differ."""

    DOWNSAMPLINGS = ("StridedConvolution", "AveragePooling")

    def __init__(self, name, block, shape):
        super().__init__()
        self.names, self.residual, self.projection, self.pool, self.output = [], block["residual"], None, None, shape
        stride = [1, 1]
        for number, layer in enumerate(block["layers"], 1):
            kind = known(f"{name}.layer{number}", "kind", layer["type"], LAYERS)
            module = LAYERS[kind](f"{name}.layer{number}", layer, self.output)
            self.add_module(f"layer{number}", module)
            self.names.append(f"layer{number}")
            self.output = module.output
            if "stride" in layer:
                stride = [product * each for product, each in zip(stride, pair(layer["stride"]))]
        if self.residual:
            self.activation = ACTIVATIONS[known(name, "activation", block["sumActivation"], ACTIVATIONS)]
            if self.output != shape:
                one = {"height": 1, "width": 1}
                if known(f"{name}.projection", "downsampling", block.get("downsampling", self.DOWNSAMPLINGS[0]), self.DOWNSAMPLINGS) == "AveragePooling":
                    # Average pooling by the stride; windows over the border are means of the pixels inside it (ResNet-D).
                    self.pool, stride = tuple(stride), [1, 1]
                    shape = (shape[0], *(-(-length // window) for length, window in zip(shape[1:], self.pool)))
                self.projection = Kernel(f"{name}.projection", {
                    "type": "convolution", "filters": self.output[0], "groups": 1, "size": one, "dilation": one, "bias": False,
                    "stride": {"height": stride[0], "width": stride[1]}, "batchNorm": True, "activation": "None"}, shape)

    def forward(self, x):
        y = x
        for name in self.names:
            y = getattr(self, name)(y)
        if not self.residual:
            return y
        if self.pool is not None:
            x = F.avg_pool2d(x, self.pool, self.pool, ceil_mode=True, count_include_pad=False)
        return self.activation(y + (x if self.projection is None else self.projection(x)))


class Stage(nn.Module):
    """Blocks in a row: block1, block2, ...; then pooling."""

    POOLS = {"max": F.max_pool2d, "average": F.avg_pool2d}

    def __init__(self, name, stage, shape):
        super().__init__()
        self.names, self.output, self.pool = [], shape, stage.get("pool")
        for number, block in enumerate(stage["blocks"], 1):
            module = Block(f"{name}.block{number}", block, self.output)
            self.add_module(f"block{number}", module)
            self.names.append(f"block{number}")
            self.output = module.output
        if self.pool:
            known(f"{name}.pool", "kind", self.pool["type"], self.POOLS)
            size, stride, padding = (pair(self.pool[part]) for part in ("size", "stride", "padding"))
            channels, height, width = self.output
            self.output = (channels, *(slide(f"{name}.pool", *values) for values in zip((height, width), size, stride, padding)))

    def forward(self, x):
        for name in self.names:
            x = getattr(self, name)(x)
        if not self.pool:
            return x
        return self.POOLS[self.pool["type"]](x, pair(self.pool["size"]), pair(self.pool["stride"]), pair(self.pool["padding"]))


class Head(nn.Module):
    """Pooling, linear layers hidden1, hidden2, ... with ReLU and dropout, and the classifier."""

    def __init__(self, head, classes, shape):
        super().__init__()
        self.pooling = known("head", "pooling", head["pooling"], ("GlobalAverage", "Flatten"))
        self.dropout, self.names = head["dropout"], []
        features = shape[0] if self.pooling == "GlobalAverage" else shape[0] * shape[1] * shape[2]
        for number, outputs in enumerate(head["hiddenLayers"], 1):
            self.add_module(f"hidden{number}", nn.Linear(features, outputs))
            self.names.append(f"hidden{number}")
            features = outputs
        self.classifier = nn.Linear(features, classes)

    def forward(self, x):
        with torch.autocast(x.device.type, enabled=False):  # only kernels compute in bfloat16
            x = x.mean((2, 3), dtype=torch.float32) if self.pooling == "GlobalAverage" else x.float().flatten(1)
            if not self.names:
                x = F.dropout(x, self.dropout, self.training)
            for name in self.names:
                x = F.dropout(F.relu(getattr(self, name)(x)), self.dropout, self.training)
            return self.classifier(x)


class Network(nn.Module):
    """The network of the plan: stem, stage1, stage2, ..., head. Normalised images [n, 3, height, width] in, logits [n, classes] out."""

    def __init__(self, plan):
        super().__init__()
        if not plan.get("head"):
            raise ValueError("plan.json: the network has no head, so that it classifies nothing.")
        self.names, self.input = [], (plan["input"]["channels"], plan["input"]["height"], plan["input"]["width"])
        shape = self.input
        stages = ([("stem", plan["stem"])] if plan.get("stem") else []) + [(f"stage{number}", stage) for number, stage in enumerate(plan["stages"], 1)]
        for name, stage in stages:
            module = Stage(name, stage, shape)
            self.add_module(name, module)
            self.names.append(name)
            shape = module.output
        self.head = Head(plan["head"], plan["classes"], shape)

    def forward(self, x):
        for name in self.names:
            x = getattr(self, name)(x)
        return self.head(x)

    def kernels(self):
        return [module for module in self.modules() if isinstance(module, Kernel)]

    def norms(self):
        return [module for module in self.modules() if isinstance(module, Norm)]

    def use_branches(self):
        """Puts an identity around each kernel that can have one and is not in a residual block."""
        for block in self.modules():
            if isinstance(block, Block) and not block.residual:
                for kernel in block.children():
                    kernel.has_branch = isinstance(kernel, Kernel) and kernel.can_branch

    def load_weights(self, tensors, source):
        own = self.state_dict()
        for name, tensor in own.items():
            if name not in tensors:
                raise ValueError(f"{source} lacks the tensor '{name}' of plan.json.")
            if tensors[name].shape != tensor.shape:
                raise ValueError(f"{source}: '{name}' is {tuple(tensors[name].shape)}; plan.json has {tuple(tensor.shape)}.")
        self.load_state_dict({name: tensors[name] for name in own})


def normalised(images, statistics):
    """[n, 3, height, width], bytes or floats of 0 to 255, by mean and deviation of each channel."""
    mean, deviation = (values.to(images.device).view(1, 3, 1, 1) for values in statistics)
    return ((images.float() - mean) / deviation).contiguous(memory_format=torch.channels_last)


def score(network, images, test_time_flip):
    """Logits; with test_time_flip the mean over an image and its mirror image."""
    logits = network(images)
    return (logits + network(images.flip(3))) / 2 if test_time_flip else logits


# ---------------------------------------------------------------------------------------------- images

# The files that rf3d takes for images: by these extensions, or by their first bytes where they have none or an unknown one. Raw photographs begin as TIFF does.
BY_TORCHVISION = {".jpg", ".jpeg", ".png"}
HEIF = {".heic", ".heif", ".hif", ".avif"}
EXTENSIONS = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".gif", ".webp", ".tif", ".tiff", ".pbm", ".pgm", ".ppm", ".pnm", ".tga"} | HEIF
RAW = {".dng", ".nef", ".nrw", ".cr2", ".arw", ".sr2", ".srf", ".srw", ".pef", ".3fr", ".fff", ".iiq", ".erf", ".mef", ".mos", ".dcr", ".kdc", ".rwl"}
BEGINNING = re.compile(rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF.{4}WEBP|II\*\0|MM\0\*|BM.{12}[\x0c-\x7c]\0\0\0|P[1-6][ \t\r\n#][^0-9]*[0-9]"
                       rb"|.{4}ftyp(?:.{4})*?(?:avif|avis|heic|heix|hevc|mif1|msf1)", re.DOTALL)

# Words in the names of folders that are parts of a data set, and words that go with them, as in training_set or val_images.
TRAINING, VALIDATION = ("train", "training", "trainset", "traindata"), ("val", "valid", "validation", "valset")
FILLERS = ("set", "data", "dataset", "images", "image", "imgs", "img", "seg", "split")


def is_hidden(name):
    return name.startswith(".") or name in ("__MACOSX", "lost+found")


def is_repeated(path, root):
    """Whether a link leads to a folder that is in the root anyway, or to one above it."""
    real, root = (os.path.join(os.path.realpath(each), "") for each in (path, root))
    return real.startswith(root) or root.startswith(real)


def is_image(path):
    kind = os.path.splitext(path)[1].lower()
    if kind in EXTENSIONS or kind in RAW:
        return kind in EXTENSIONS
    try:
        with open(path, "rb") as file:
            return BEGINNING.match(file.read(64)) is not None
    except OSError:
        return False


def leave_out(unused, what, path):
    """Counts what is not used, with the path of the first as an example."""
    count, example = unused.get(what, (0, path))
    unused[what] = (count + 1, example)


def folders_in(folder, unused):
    """The folders in a folder of the data set, by name. Links to folders of the same data set are not followed."""
    found = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if not entry.is_dir() or is_hidden(entry.name):
            continue
        if entry.is_symlink() and is_repeated(entry.path, folder):
            leave_out(unused, "links to folders that are in the data set already", entry.path)
        else:
            found.append(entry.name)
    return found


def files_of(folder, root, seen, unused):
    """The images of a folder and of those below it: whether it is a link, its path, and its path without links."""
    real = os.path.realpath(folder)
    if real in seen:
        leave_out(unused, "links to folders that are in the data set already", folder)
        return
    seen.add(real)
    for entry in os.scandir(folder):
        if is_hidden(entry.name):
            continue
        if entry.is_dir():
            if entry.is_symlink() and is_repeated(entry.path, root):
                leave_out(unused, "links to folders that are in the data set already", entry.path)
            else:
                yield from files_of(entry.path, root, seen, unused)
        elif os.path.exists(entry.path) and not entry.is_file():
            leave_out(unused, "pipes, sockets or devices", entry.path)
        elif is_image(entry.path):
            is_link = entry.is_symlink()
            yield is_link, entry.path, os.path.realpath(entry.path) if is_link else os.path.join(real, entry.name)
        else:
            kind = os.path.splitext(entry.name)[1].lower()
            leave_out(unused, f"{kind} files that are not images".lstrip(), entry.path)


def scan(folder, classes, unused):
    """Paths and classes of FOLDER/class/image.jpg, by class and then by path. Counts in 'unused' what is no image, or is there twice."""
    found = folders_in(folder, unused)
    unknown = [name for name in found if name not in classes]
    if unknown:
        raise ValueError(f"'{folder}' has a folder '{unknown[0]}', which is no class of recipe.json. The classes are: {', '.join(classes)}.")
    for entry in os.scandir(folder):
        if not entry.is_dir() and not is_hidden(entry.name):
            leave_out(unused, "files outside the folders of classes", entry.path)
    files, links = [], []
    for label, name in enumerate(classes):
        if name in found:
            for is_link, path, real in files_of(os.path.join(folder, name), folder, set(), unused):
                (links if is_link else files).append((label, path, real))
    images = {}
    for label, path, real in sorted(files) + sorted(links):  # of a file and the links to it, the file counts
        first = images.setdefault(real, (label, path))
        if first[0] != label:
            raise ValueError(f"'{path}' is the same file as '{first[1]}', and an image has one label. Remove the link in one of the two classes.")
        if first[1] != path:
            leave_out(unused, "links to files that are in the data set already", path)
    if not images:
        raise ValueError(f"'{folder}' has no images. Expected is a folder for each class: {folder}/{classes[0]}/image.jpg.")
    return [(path, label) for label, path in sorted(images.values())]


def part_of(data, words, classes):
    """The folder of a part of the data set, such as train or training_set; None where there is none."""
    found = []
    for name in folders_in(data, {}):
        own = [word.lower() for word in re.split("[^a-zA-Z0-9]+", name) if word and word.lower() not in FILLERS]
        if name not in classes and len(own) == 1 and own[0] in words:
            found.append(os.path.join(data, name))
    if len(found) > 1:
        raise ValueError(f"'{data}' has more than one folder for the same images: {', '.join(found)}. Keep one of them.")
    return found[0] if found else None


def check_decoders(images):
    """Ends the training before it begins if a file needs a library that is not installed."""
    examples = {os.path.splitext(path)[1].lower(): path for path, _ in images}
    for kind, path in examples.items():
        if read_image is not None and kind in BY_TORCHVISION:
            continue
        if Image is None:
            raise ValueError(f"'{path}' cannot be read: it takes Pillow to read it (pip install pillow).")
        if kind in HEIF and kind not in Image.registered_extensions():
            raise ValueError(f"'{path}' cannot be read: it takes pillow-heif (pip install pillow-heif), or Pillow 11.3 for .avif. Or convert such files to JPEG or PNG.")


def load_sets(data, recipe, unused):
    """Training and validation images; where there is no folder 'val', a share of each class is held out. Counts in 'unused' what is left out."""
    if not os.path.isdir(data):
        raise ValueError(f"--data: there is no folder '{data}'.")
    classes = recipe["classes"]
    train, val = part_of(data, TRAINING, classes), part_of(data, VALIDATION, classes)
    if train is None:
        train, val = data, None
    images = scan(train, classes, unused)
    if val is not None:
        return images, scan(val, classes, unused)
    generator = torch.Generator().manual_seed(recipe["seed"])
    held = set()
    for label in range(len(classes)):
        own = [row for row, image in enumerate(images) if image[1] == label]
        count = min(len(own) - 1, max(1, round(len(own) * recipe["validationSetFraction"]))) if recipe["validationSetFraction"] > 0 and len(own) > 1 else 0
        held.update(own[place] for place in torch.randperm(len(own), generator=generator)[:count].tolist())
    return [image for row, image in enumerate(images) if row not in held], [images[row] for row in sorted(held)]


def exif_of(content):
    """The EXIF data of a JPEG, PNG or WebP file, which are a TIFF file themselves; empty where there are none."""
    found, at = b"", 0
    if content[:2] == b"\xff\xd8":
        at = 2
        while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] not in (0xDA, 0xD9) and not found:
            if content[at + 1] == 0xFF:  # any number of these may stand before a marker
                at += 1
                continue
            length = int.from_bytes(content[at + 2:at + 4], "big")
            if length < 2 or at + 2 + length > len(content):
                break
            if content[at + 1] == 0xE1 and content[at + 4:at + 9] == b"Exif\0":
                found = content[at + 4:at + 2 + length]
            at += 2 + length
    elif content[:8] == b"\x89PNG\r\n\x1a\n":
        at = 8
        while at + 12 <= len(content) and not found:
            length = int.from_bytes(content[at:at + 4], "big")
            if content[at + 4:at + 8] == b"eXIf":
                found = content[at + 8:at + 8 + length]
            at += 12 + length
    elif content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        at = 12
        while at + 8 <= len(content) and not found:
            length = int.from_bytes(content[at + 4:at + 8], "little")
            if content[at:at + 4] == b"EXIF":
                found = content[at + 8:at + 8 + length]
            at += 8 + length + length % 2
    return found[6:] if found[:5] == b"Exif\0" else found


def orientation_of(path):
    """1 to 8, as EXIF counts: 1 is upright, or not known."""
    with open(path, "rb") as file:
        exif = exif_of(file.read())
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(exif[:4])
    if order is None:
        return 1

    def number(at, size):
        return int.from_bytes(exif[at:at + size], order)
    directory = number(4, 4)
    for entry in range(directory + 2, directory + 2 + 12 * number(directory, 2), 12):
        if entry + 12 <= len(exif) and number(entry, 2) == 0x0112 and number(entry + 2, 2) == 3:
            return number(entry + 8, 2) if 1 <= number(entry + 8, 2) <= 8 else 1
    return 1


def upright(image, orientation):
    """The image as its orientation says: torchvision and Pillow give the pixels as they are stored."""
    if orientation >= 5:
        image = image.transpose(1, 2)
    rows, columns = {2: (False, True), 3: (True, True), 4: (True, False), 6: (False, True), 7: (True, True), 8: (True, False)}.get(orientation, (False, False))
    return image.flip([dimension for dimension, mirrored in ((1, rows), (2, columns)) if mirrored])


def read(path, apply_orientation):
    """As decode, turned upright where asked for."""
    image = decode(path)
    return upright(image, orientation_of(path)) if apply_orientation else image


def decode(path):
    """Red, green and blue of a file, bytes: [3, height, width]; with transparent pixels multiplied by alpha / 255, and with alpha: [4, height, width]."""
    kind = os.path.splitext(path)[1].lower()
    if read_image is not None and kind in BY_TORCHVISION:
        try:
            return multiplied(to_bytes(read_image(path, ImageReadMode.RGB_ALPHA))) if kind == ".png" else read_image(path, ImageReadMode.RGB)
        except RuntimeError:
            pass  # Pillow reads more kinds of files, and explains what is wrong with the others.
    if Image is None:
        raise ValueError(f"'{path}' cannot be read: it is damaged, or it takes Pillow to read it (pip install pillow).")
    try:
        with Image.open(path) as image:
            if image.format in ("HEIF", "AVIF"):
                image = ImageOps.exif_transpose(image)  # rf3d turns these always
            if image.mode.startswith("I"):
                grey = torch.frombuffer(bytearray(image.convert("I").tobytes()), dtype=torch.int32).view(1, image.height, image.width)
                return to_bytes(grey.clamp(0, 65535)).expand(3, -1, -1)
            image = image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
            pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).view(image.height, image.width, len(image.getbands())).permute(2, 0, 1)
            return multiplied(pixels) if len(pixels) == 4 else pixels
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"'{path}' cannot be read: {error}") from None


def to_bytes(image):
    """Values of 16 bits as their upper bytes, as rf3d and Pillow read them."""
    return image if image.dtype == torch.uint8 else (image.to(torch.int32) >> 8).to(torch.uint8)


def multiplied(image):
    """Colours multiplied by alpha / 255, rounded: what is resized then has no colour of transparent pixels in it. Without alpha where nothing is transparent."""
    colours, alpha = image[:3].int(), image[3:].int()
    if (alpha == 255).all():
        return image[:3]
    return torch.cat([(2 * colours * alpha + 255) // 510, alpha]).to(torch.uint8)


def composed(image, background):
    """Red, green and blue over the background, in the rounding of rf3d: min(colour, alpha) + round(background * (255 - alpha) / 255)."""
    if len(image) == 3:
        return image
    colours, alpha = image[:3].int(), image[3:].int()
    return (torch.minimum(colours, alpha) + (2 * background * (255 - alpha) + 255) // 510).to(torch.uint8)


def background_of(recipe):
    """[3, 1, 1]. Without one, colours multiplied by alpha are all that is seen, which is to say black."""
    return torch.tensor(list(bytes.fromhex(recipe.get("background") or "000000")), dtype=torch.int32).view(3, 1, 1)


def fit(image, height, width, resizing, background):
    """The image at the network's size, over the background: filled and cut (IsoCrop), padded with the background (IsoPad), or stretched (Fill)."""
    return composed(resized(image, height, width, resizing, background), background)


def resized(image, height, width, resizing, background):
    _, rows, columns = image.shape
    if (rows, columns) == (height, width):
        return image
    if resizing == "Fill":
        return F.interpolate(image[None].float(), (height, width), mode="nearest-exact")[0].to(torch.uint8)
    scale = (min if resizing == "IsoPad" else max)(height / rows, width / columns)
    size = (max(1, int(rows * scale + 1e-6)), max(1, int(columns * scale + 1e-6)))
    if resizing == "IsoCrop":
        size = (max(height, size[0]), max(width, size[1]))
    image = F.interpolate(image[None].float(), size, mode="bilinear", antialias=True, align_corners=False)[0].round().clamp(0, 255).to(torch.uint8)
    if resizing == "IsoPad":
        # Nothing of an image with alpha, of which the background is seen later.
        target = torch.zeros(4, height, width, dtype=torch.uint8) if len(image) == 4 else background.to(torch.uint8).repeat(1, height, width)
        top, left = (height - size[0]) // 2, (width - size[1]) // 2
        target[:, top:top + size[0], left:left + size[1]] = image
        return target
    return middle(image, height, width)


def middle(images, height, width):
    """The middle of images [..., rows, columns]."""
    top, left = (images.shape[-2] - height) // 2, (images.shape[-1] - width) // 2
    return images[..., top:top + height, left:left + width]


class Images(torch.utils.data.Dataset):
    """Images at the size that they are resized to, of which the network sees a crop."""

    def __init__(self, images, size, recipe):
        self.images, self.size, self.resizing, self.background = images, size, recipe["resizing"], background_of(recipe)
        self.apply_orientation = recipe.get("applyOrientation", True)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, row):
        path, label = self.images[row]
        return fit(read(path, self.apply_orientation), *self.size, self.resizing, self.background).contiguous(), label, row


class Batches:
    """The batches to come, as lists of rows: changed from epoch to epoch, while the loader's processes stay."""

    def __init__(self):
        self.rows = []

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)


def loader_of(images, size, recipe, batches, workers, device):
    return torch.utils.data.DataLoader(
        Images(images, size, recipe), batch_sampler=batches, num_workers=workers, persistent_workers=workers > 0,
        pin_memory=device.type == "cuda")


# ---------------------------------------------------------------------------------------------- augmentation

class Draws:
    """Random figures of one step: they depend on seed, epoch, step and worker alone, so that a resumed training draws the same."""

    def __init__(self, device, *numbers):
        self.device = device
        digest = hashlib.sha256(repr(numbers).encode()).digest()
        self.generator = torch.Generator().manual_seed(int.from_bytes(digest[:8], "little", signed=True))

    def uniform(self, count, low, high):
        return (torch.rand(count, generator=self.generator) * (high - low) + low).to(self.device)

    def ratio(self, count, low, high):
        return self.uniform(count, math.log(low), math.log(high)).exp()

    def integers(self, count, low, high):
        return torch.randint(low, high, (count,), generator=self.generator).to(self.device)

    def sign(self, count):
        return (self.integers(count, 0, 2) * 2 - 1).float()

    def permutation(self, count):
        return torch.randperm(count, generator=self.generator).to(self.device)

    def beta(self, count, alpha):
        gammas = torch._standard_gamma(torch.full((2, count), max(alpha, 0.01), dtype=torch.float64), generator=self.generator)
        return (gammas[0] / gammas.sum(0)).float().to(self.device)


def shown_mirrored(rows, epoch, seed):
    """Each image is seen as it is and mirrored in turns; a hash of row and seed says which comes first (K. Jordan, 2024)."""
    increment, factor = 0x9E3779B97F4A7C15 - 2**64, 0xBF58476D1CE4E5B9 - 2**64
    offset = (seed * factor + 2**63) % 2**64 - 2**63
    mixed = rows * increment + offset
    mixed = (mixed ^ (mixed >> 30)) * factor
    return ((mixed >> 40) & 1) != (epoch & 1)


def crop_and_flip(images, size, rows, epoch, recipe, draws):
    """Crops of height and width 'size' from bytes [n, 3, rows, columns]: their middle, moved by whole pixels, and mirrored."""
    options, n, sides = recipe["augmentation"], len(images), images.shape[2:]
    places = []
    for side, length in zip(sides, size):
        reach = min(int(options["cropPaddingFraction"] * length + 0.5), length - 1) if recipe["randomCrop"] else 0
        places.append(torch.arange(length, device=images.device) + (side - length) // 2 + draws.integers(n, -reach, reach + 1)[:, None])
    if recipe["randomFlip"]:
        alternates = options["alternatingFlip"] and not recipe["balancedSampling"]
        flip = shown_mirrored(rows, epoch, recipe["seed"]) if alternates else draws.uniform(n, 0, 1) < 0.5
        places[1] = torch.where(flip[:, None], places[1].flip(1), places[1])
    y, x = (side - 1 - (side - 1 - place.abs()).abs() for place, side in zip(places, sides))
    moved = images[torch.arange(n, device=images.device)[:, None, None], :, y[:, :, None], x[:, None, :]].permute(0, 3, 1, 2)
    if options["cropPaddingMode"] == "Zero":
        beyond = (y != places[0])[:, None, :, None] | (x != places[1])[:, None, None, :]
        moved = moved.masked_fill(beyond, 0)
    return moved


# Maps say where each pixel comes from: [n, 3, 3], over places from -1 to 1.
def affine(xx, xy, x, yx, yy, y):
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return torch.stack([xx, xy, x, yx, yy, y, zero, zero, one], 1).view(-1, 3, 3)


def rotation(angle, height, width):
    zero = torch.zeros_like(angle)
    return affine(angle.cos(), -angle.sin() * height / width, zero, angle.sin() * width / height, angle.cos(), zero)


def shear(x, y, height, width):
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return affine(one, x * height / width, zero, y * width / height, one, zero)


def shift(x, y):
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return affine(one, zero, 2 * x, zero, one, 2 * y)


def resized_crop(n, scale, draws):
    area, ratio, zero = draws.uniform(n, scale, 1), draws.ratio(n, 3 / 4, 4 / 3), torch.zeros(n, device=draws.device)
    width, height = (area * ratio).sqrt().clamp_max(1), (area / ratio).sqrt().clamp_max(1)
    return affine(width, zero, draws.uniform(n, -1, 1) * (1 - width), zero, height, draws.uniform(n, -1, 1) * (1 - height))


def resample(images, maps):
    grid = F.affine_grid(maps[:, :2], images.shape, align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


# Colours, each image by its own strength.
def each(values):
    return values.view(-1, 1, 1, 1)


def grey(images):
    return (images * torch.tensor([0.299, 0.587, 0.114], device=images.device).view(1, 3, 1, 1)).sum(1, keepdim=True)


def blend(start, images, factors):
    return (start + each(factors) * (images - start)).clamp(0, 255)


def brightness(images, factors):
    return (images * each(factors)).clamp(0, 255)


def contrast(images, factors):
    return blend(grey(images).mean((1, 2, 3), keepdim=True), images, factors)


def saturation(images, factors):
    return blend(grey(images), images, factors)


def hue(images, shares):
    to_yiq = torch.tensor([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]], device=images.device)
    angle, zero = shares * 2 * math.pi, torch.zeros_like(shares)
    turn = torch.stack([zero + 1, zero, zero, zero, angle.cos(), -angle.sin(), zero, angle.sin(), angle.cos()], 1).view(-1, 3, 3)
    return (to_yiq.inverse() @ turn @ to_yiq).bmm(images.flatten(2)).view_as(images).clamp(0, 255)


def sharpness(images, factors):
    if min(images.shape[2:]) < 3:
        return images
    kernel = torch.ones(3, 3, device=images.device)
    kernel[1, 1] = 5
    smooth = images.clone()
    smooth[:, :, 1:-1, 1:-1] = F.conv2d(images, (kernel / 13).expand(3, 1, 3, 3), groups=3)
    return blend(smooth, images, factors)


def autocontrast(images):
    low = images.amin((2, 3), keepdim=True)
    span = images.amax((2, 3), keepdim=True) - low
    return torch.where(span > 0, (images - low) * (255 / span.clamp_min(1e-6)), images).clamp(0, 255)


def equalize(images):
    levels = images.flatten(2).round().clamp(0, 255).long()
    counts = torch.zeros(*levels.shape[:2], 256, dtype=torch.long, device=images.device).scatter_add_(2, levels, torch.ones_like(levels))
    step = (levels.shape[2] - counts.gather(2, levels.amax(2, keepdim=True))).div(255, rounding_mode="floor")
    table = (counts.cumsum(2) - counts + step.div(2, rounding_mode="floor")).div(step.clamp_min(1), rounding_mode="floor").clamp(0, 255)
    return torch.where(step > 0, table.gather(2, levels), levels).float().view_as(images)


RAND_AUGMENT = ("identity", "shear_x", "shear_y", "shift_x", "shift_y", "rotate",
                "brightness", "contrast", "saturation", "sharpness", "posterize", "solarize", "autocontrast", "equalize")


def rand_augment_maps(drawn, strength, height, width):
    maps = None
    for kinds, signs in drawn:
        def by(name, most):
            return signs * (kinds == RAND_AUGMENT.index(name)) * (most * strength)
        own = (shear(by("shear_x", 0.3), by("shear_y", 0.3), height, width)
               .bmm(shift(by("shift_x", 150 / 331), by("shift_y", 150 / 331))).bmm(rotation(by("rotate", math.pi / 6), height, width)))
        maps = own if maps is None else maps.bmm(own)
    return maps


def rand_augment_colours(images, drawn, strength):
    levels = 2.0 ** round(4 * strength)
    operations = {
        "brightness": brightness, "contrast": contrast, "saturation": saturation, "sharpness": sharpness,
        "posterize": lambda x, _: (x / levels).floor() * levels,
        "solarize": lambda x, _: torch.where(x >= 255 * (1 - strength), 255 - x, x) if strength > 0 else x,
        "autocontrast": lambda x, _: autocontrast(x), "equalize": lambda x, _: equalize(x),
    }
    for kinds, signs in drawn:
        for name, operation in operations.items():
            rows = (kinds == RAND_AUGMENT.index(name)).nonzero().flatten()
            if len(rows) > 0:
                images = images.index_copy(0, rows, operation(images[rows], 1 + signs[rows] * 0.9 * strength))
    return images


def colour_and_shape(images, options, draws):
    """[n, 3, height, width], 0 to 255: geometry in one resampling, then colours."""
    n, _, height, width = images.shape
    random = options.get("randAugment")
    drawn = [(draws.integers(n, 0, len(RAND_AUGMENT)), draws.sign(n)) for _ in range(random["operations"])] if random else []
    strength = random["magnitude"] / 30 if random else 0
    maps = []
    if options["resizedCropScale"] < 1:
        maps.append(resized_crop(n, options["resizedCropScale"], draws))
    if options["rotationDegrees"] > 0:
        reach = math.radians(options["rotationDegrees"])
        maps.append(rotation(draws.uniform(n, -reach, reach), height, width))
    if drawn:
        maps.append(rand_augment_maps(drawn, strength, height, width))
    if maps:
        together = maps[0]
        for map in maps[1:]:
            together = together.bmm(map)
        images = resample(images.float(), together)
    if drawn:
        images = rand_augment_colours(images.float(), drawn, strength)
    for name, operation in (("brightness", brightness), ("contrast", contrast), ("saturation", saturation)):
        if options[name] > 0:
            images = operation(images.float(), draws.uniform(n, 1 - options[name], 1 + options[name]))
    if options["hue"] > 0:
        images = hue(images.float(), draws.uniform(n, -options["hue"], options["hue"]))
    return images


def box(top, bottom, left, right, height, width):
    """Which pixels lie inside: [n, 1, height, width]."""
    rows, columns = torch.arange(height, device=top.device), torch.arange(width, device=top.device)
    inside = (rows >= top[:, None]) & (rows < bottom[:, None])
    return (inside[:, :, None] & ((columns >= left[:, None]) & (columns < right[:, None]))[:, None, :])[:, None]


def box_anywhere(box_height, box_width, height, width, draws):
    """Boxes around any pixel; what is outside is cut off."""
    n = len(box_height)
    top = draws.uniform(n, 0, height).floor() - (box_height / 2).floor()
    left = draws.uniform(n, 0, width).floor() - (box_width / 2).floor()
    return box(top, top + box_height, left, left + box_width, height, width)


def erase(images, options, draws):
    """Random erasing and Cutout, on normalised images, where 0 is the mean colour."""
    n, _, height, width = images.shape
    if options["randomErasing"] > 0:
        area, ratio = draws.uniform(n, 0.02, 1 / 3) * height * width, draws.ratio(n, 0.3, 1 / 0.3)
        rows, columns = (area * ratio).sqrt().round().clamp(1, height), (area / ratio).sqrt().round().clamp(1, width)
        top = (draws.uniform(n, 0, 1) * (height + 1 - rows)).floor()
        left = (draws.uniform(n, 0, 1) * (width + 1 - columns)).floor()
        chosen = draws.uniform(n, 0, 1) < options["randomErasing"]
        images = images.masked_fill(box(top, top + rows, left, left + columns, height, width) & chosen.view(-1, 1, 1, 1), 0)
    if options["cutout"] > 0:
        side = torch.full((n,), float(max(1, round(options["cutout"] * min(height, width)))), device=images.device)
        images = images.masked_fill(box_anywhere(side, side, height, width, draws), 0)
    return images


def mix(images, labels, classes, options, draws):
    """MixUp or CutMix: images and targets [n, classes]; labels as they are where neither is asked for."""
    mixup, cutmix = options["mixUpAlpha"], options["cutMixAlpha"]
    if mixup == 0 and cutmix == 0:
        return images, labels
    n, _, height, width = images.shape
    targets = F.one_hot(labels, classes).float()
    use_mixup = cutmix == 0 or (mixup > 0 and draws.uniform(1, 0, 1).item() < 0.5)
    partners, shares = draws.permutation(n), draws.beta(n, mixup if use_mixup else cutmix)
    if use_mixup:
        images = images * each(shares) + images[partners] * each(1 - shares)
    else:
        side = (1 - shares).sqrt()
        mask = box_anywhere((side * height).floor(), (side * width).floor(), height, width, draws)
        images = torch.where(mask, images[partners], images)
        shares = 1 - mask.float().mean((1, 2, 3))
    return images, targets * shares[:, None] + targets[partners] * (1 - shares[:, None])


# ---------------------------------------------------------------------------------------------- learning

class Muon(torch.optim.Optimizer):
    """Muon (K. Jordan et al., 2024) for groups of kind 'matrix', SGD with momentum for the others.

    A kernel is a matrix of outputs by inputs. Its momentum, with singular values brought close to 1 by five steps of a Newton-Schulz
    iteration, is what the weights follow. Matrices with a shorter side above 128 are cut into blocks of up to 128 rows.
    """

    STEP_OF_RATE = 0.3

    def __init__(self, groups, momentum, nesterov, dtype):
        super().__init__(groups, dict(lr=0.0))
        self.momentum, self.nesterov, self.dtype = momentum, nesterov, dtype

    @staticmethod
    def rows_of_block(rows):
        if rows <= 128:
            return rows
        block = next(size for size in range(128, 0, -1) if rows % size == 0)
        return block if block >= 32 else rows

    def orthogonal(self, directions):
        x = torch.stack(directions).flatten(2)
        tall = x.shape[1] > x.shape[2]
        if tall:
            x = x.transpose(1, 2)
        whole = x.shape
        x = x.reshape(-1, self.rows_of_block(x.shape[1]), x.shape[2])
        x = (x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)).to(self.dtype)
        for _ in range(5):
            square = x.bmm(x.transpose(1, 2))
            x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
        x = x.float().reshape(whole)
        return (x.transpose(1, 2) if tall else x).reshape(len(directions), *directions[0].shape)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = {}
            for weight in group["params"]:
                gradient, state = weight.grad, self.state[weight]
                if group["kind"] != "matrix":
                    gradient = gradient + group["decay"] * weight
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(weight)
                momentum = state["momentum"]
                momentum.mul_(self.momentum).add_(gradient)
                direction = gradient + self.momentum * momentum if self.nesterov else momentum
                if group["kind"] == "matrix":
                    shapes.setdefault(tuple(weight.shape), []).append((weight, direction))
                else:
                    weight.sub_(direction, alpha=group["lr"] * group["share"])
            for shape, members in shapes.items():
                outputs, inputs = shape[0], math.prod(shape[1:])
                size = self.STEP_OF_RATE * group["lr"] * math.sqrt(max(1, outputs / inputs))
                for (weight, _), update in zip(members, self.orthogonal([direction for _, direction in members])):
                    # Weights decay as fast as those of the other kind, whose momentum adds up each gradient to 1 / (1 - momentum) of it.
                    weight.mul_(1 - group["lr"] * group["decay"] / (1 - self.momentum)).sub_(update, alpha=size)


def make_optimizer(network, recipe, dtype):
    """Weight decay acts on weights of convolutions and linear layers; on biases and normalisation only if the recipe says so."""
    kind, momentum = known("optimizer", "name", recipe["optimizer"], ("Sgd", "AdamW", "Muon")), recipe["momentum"]
    nesterov = recipe["nesterov"] and momentum > 0
    matrices = {id(kernel.weight) for kernel in network.kernels() if kernel.is_matrix}
    classifier = network.head.classifier.weight
    groups = {}
    for weight in network.parameters():
        decay = recipe["weightDecay"] if weight.dim() > 1 or recipe["decayNormAndBias"] else 0.0
        share = min(1, 256 / classifier.shape[1]) if weight is classifier else 1.0
        group = "matrix" if id(weight) in matrices else "other"
        groups.setdefault((decay, group, share) if kind == "Muon" else (decay, "other", 1.0), []).append(weight)
    if kind == "Muon":
        return Muon([dict(params=weights, decay=decay, kind=group, share=share) for (decay, group, share), weights in groups.items()], momentum, nesterov, dtype)
    parts = [dict(params=weights, weight_decay=decay) for (decay, _, _), weights in groups.items()]
    if kind == "Sgd":
        return torch.optim.SGD(parts, lr=1.0, momentum=momentum, nesterov=nesterov)
    return torch.optim.AdamW(parts, lr=1.0, betas=(momentum, 0.999), eps=1e-8)


def epochs_of(recipe, images):
    """The number of epochs: as the recipe says, else more than usual for a few images."""
    given = recipe.get("epoch")
    return min(max(20, -(-24_000 // images)), 200) if given is None else given


def rate_at(recipe, peak, done, batches):
    """The learning rate of the step after 'done' steps."""
    epochs, schedule, warm_up = recipe["epoch"], recipe["learningRateSchedule"], recipe.get("warmUpEpochs")
    final = recipe.get("finalLearningRateFactor")
    progress = done / (epochs * batches)
    warm = warm_up / epochs if warm_up is not None else 0.2 if schedule == "OneCycle" else 0
    rise = 0.1 + 0.9 * progress / warm if progress < warm else 1
    rest = 1 if progress < warm or warm >= 1 else (1 - progress) / (1 - warm)
    if schedule == "OneCycle":
        fall = max(0.001, rest) if final is None else final + (1 - final) * rest
    elif schedule == "PaperSteps":
        fall = 1 if progress < 150 / 350 else 0.1 if progress < 250 / 350 else 0.01
    elif schedule == "Constant":
        fall = 1
    elif schedule == "Cosine":
        fall = (final or 0) + (1 - (final or 0)) * (1 - math.cos(math.pi * rest)) / 2
    elif schedule == "Steps":
        fall = recipe["learningRateStepFactor"] ** sum(done / batches >= step for step in recipe["learningRateSteps"])
    else:
        raise ValueError(f"recipe.json: the schedule '{schedule}' is not known.")
    return peak * rise * fall


def class_weights(recipe, images):
    text, classes = recipe["classWeights"], recipe["classes"]
    if text == "equal":
        return None
    if text == "auto":
        counts = torch.bincount(torch.tensor([label for _, label in images]), minlength=len(classes)).double()
        present = (counts > 0).sum()
        return torch.where(counts > 0, len(images) / (present * counts.clamp_min(1)), torch.zeros_like(counts)).float()
    weights = [float(weight) for weight in text.split(",")]
    if len(weights) != len(classes):
        raise ValueError(f"recipe.json: classWeights has {len(weights)} weights; there are {len(classes)} classes.")
    return torch.tensor(weights)


def loss_of(logits, targets, weights, smoothing, workers):
    """The loss of this worker's images, so that the mean of all workers' gradients is the gradient of the mean loss of all images."""
    if weights is None or targets.dim() == 2:
        return F.cross_entropy(logits, targets, weights, label_smoothing=smoothing)
    # Divided by the weights of all workers' images, a rare class counts the same on any number of workers.
    total = workers.sum(weights[targets].sum())
    return F.cross_entropy(logits, targets, weights, reduction="sum", label_smoothing=smoothing) * (workers.count / total)


def figures_of(loss, logits, labels):
    """Summed loss, hits and images, without waiting for the device."""
    hits = (logits.argmax(1) == labels).sum().double()
    return torch.stack([loss.double() * len(labels), hits, torch.full_like(hits, len(labels))])


def copy_of(network):
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


# ---------------------------------------------------------------------------------------------- workers

class Workers:
    """This process among those that torchrun started; alone without torchrun."""

    def __init__(self, device):
        self.rank, self.count = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        local = int(os.environ.get("LOCAL_RANK", 0))
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self.device = torch.device(device, local) if device == "cuda" else torch.device(device)
        if self.device.type == "cuda":
            torch.cuda.set_device(self.device)
        self.local_count = int(os.environ.get("LOCAL_WORLD_SIZE", 1))
        self.is_distributed = "RANK" in os.environ
        if self.is_distributed:
            dist.init_process_group("nccl" if self.device.type == "cuda" else "gloo")

    @property
    def is_first(self):
        return self.rank == 0

    def sum(self, tensor):
        if self.is_distributed:
            dist.all_reduce(tensor)
        return tensor

    def share(self, value):
        """The first worker's value."""
        if not self.is_distributed:
            return value
        values = [value]
        dist.broadcast_object_list(values, src=0, device=self.device if self.device.type == "cuda" else None)
        return values[0]

    def same(self, value, what):
        """Ends all workers if they have not the same value."""
        if self.share(value) != value:
            raise ValueError(f"{what} differ between the first worker and worker {self.rank}: all need the same files.")

    def own(self, items):
        return items[self.rank::self.count]

    def end(self):
        if self.is_distributed:
            dist.destroy_process_group()


# ---------------------------------------------------------------------------------------------- training

class Training:
    """One training: everything that changes is in 'state', which the checkpoint holds."""

    def __init__(self, arguments, workers):
        self.workers, self.device, self.output = workers, workers.device, Path(arguments.output)
        self.plan, self.recipe = read_folder(HERE)
        recipe, first = self.recipe, workers.is_first
        self.checkpoint_seconds = arguments.checkpoint_minutes * 60
        unused = {}
        self.train, self.val = load_sets(arguments.data, recipe, unused)
        if first:
            for what, (count, example) in sorted(unused.items()):
                print(f"Not used: {what} ({count}), such as '{example}'.", file=sys.stderr)
        check_decoders(self.train + self.val)
        present = {label for _, label in self.train}
        if len(present) < 2:
            raise ValueError(f"'{arguments.data}' has training images of one class only; a classifier needs at least 2.")
        if first and len(present) < len(recipe["classes"]):
            print(f"warning: no training image is of the class {', '.join(name for label, name in enumerate(recipe['classes']) if label not in present)}.", file=sys.stderr)
        names = [os.path.relpath(path, arguments.data) for path, _ in self.train + self.val]
        files = (HERE / "plan.json").read_bytes() + (HERE / "recipe.json").read_bytes()
        self.fingerprint = hashlib.sha256(files + "\n".join(names).encode("utf-8", "surrogateescape")).hexdigest()
        workers.same(self.fingerprint, "plan, recipe or names of images")

        recipe["epoch"] = epochs_of(recipe, len(self.train))
        self.batch_size, self.rate = self.settle_batch()
        self.own_size = self.batch_size // workers.count
        self.batches = len(self.train) // self.batch_size
        self.precision = self.settle_precision()
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = self.precision != "Float32"

        self.network = Network(self.plan)
        self.network.load_weights(load_tensors(HERE / "init.safetensors"), "init.safetensors")
        if recipe["reparameterization"]:
            self.network.use_branches()
        self.network.to(self.device, memory_format=torch.channels_last)
        self.optimizer = make_optimizer(self.network, recipe, torch.bfloat16 if self.precision == "BFloat16" else torch.float32)
        self.average = copy_of(self.network) if recipe["emaDecay"] > 0 else None
        self.learner = nn.parallel.DistributedDataParallel(
            self.network, device_ids=[self.device.index] if self.device.type == "cuda" else None,
            broadcast_buffers=False, gradient_as_bucket_view=True) if workers.is_distributed else self.network
        weights = class_weights(recipe, self.train)
        self.class_weights = None if weights is None else weights.to(self.device)

        loading = arguments.workers if arguments.workers is not None else min(8, max(1, (os.cpu_count() or 1) // workers.local_count))
        self.size = self.network.input[1:]
        size = pair(recipe["resized"]) if recipe.get("resized") else self.size
        if any(side < seen for side, seen in zip(size, self.size)):
            raise ValueError(f"recipe.json: 'resized' is {size[0]}x{size[1]}, and the network sees {self.size[0]}x{self.size[1]} pixels of it.")
        self.train_batches, self.plain_batches, self.val_batches = Batches(), Batches(), Batches()
        self.train_loader = loader_of(self.train, size, recipe, self.train_batches, loading, self.device)
        self.plain_loader = loader_of(self.train, size, recipe, self.plain_batches, 0 if loading == 0 else max(1, loading // 2), self.device)
        self.val_loader = loader_of(self.val, size, recipe, self.val_batches, loading, self.device)
        self.plain_batches.rows = self.sample_batches(is_balanced=False)
        self.val_batches.rows = self.own_batches(range(len(self.val)))

        self.state = dict(epoch=1, step=0, epochs=[], best_epoch=0, best=None, average_steps=0, elapsed=0.0, sums=[0.0, 0.0, 0.0], epoch_seconds=0.0, stop=None)
        self.resume()
        # Channels are measured on images as they come, batch normalisation on those that an epoch has.
        self.plain_batches.rows = self.sample_batches(recipe["balancedSampling"])

    def settle_batch(self):
        """Images in a step of all workers together, and the highest learning rate, where the recipe leaves them open."""
        count, images, size = self.workers.count, len(self.train), self.recipe.get("batchSize")
        is_open = size is None
        if is_open:
            size = 32 * count
            if self.device.type == "cuda":
                size = max(size, 2 ** int(math.log2(max(1, min(1024, images // 64)))))
        size = min(size, images)
        if is_open or size == images:
            size -= size % count
        if size % count or size < 2 * count:
            raise ValueError(f"recipe.json: a batch of {size} images cannot be shared by {count} workers: it must be a multiple of their number, with at least 2 for each. "
                             "Change batchSize, or the number of workers.")
        rate = self.recipe.get("learningRate")
        if rate is None:
            rate = self.recipe.get("learningRateShare", 1) * 0.05 * (math.sqrt(size / 32) if is_open else 1)
        return size, rate

    def settle_precision(self):
        asked = self.recipe["precision"]
        if asked != "Auto":
            return asked
        if self.device.type != "cuda":
            return "Float32"
        # Not is_bf16_supported, which is also true of GPUs that only emulate it.
        return "BFloat16" if torch.cuda.get_device_capability(self.device)[0] >= 8 else "TensorFloat32"

    def order_of(self, generator, is_balanced):
        """Each training image once, shuffled; balanced, as many draws in which every class that has images is as likely."""
        if not is_balanced:
            return torch.randperm(len(self.train), generator=generator)
        labels = torch.tensor([label for _, label in self.train])
        chances = (1 / torch.bincount(labels).double())[labels]
        return chances.multinomial(len(labels), replacement=True, generator=generator)

    def own_batches(self, rows):
        """This worker's part of rows, in batches."""
        own = self.workers.own(list(rows))
        return [own[first:first + self.own_size] for first in range(0, len(own), self.own_size)]

    def sample_batches(self, is_balanced):
        """This worker's part of the training images that normalisation is measured on."""
        images = len(self.train)
        count = min(images, max(256, min(2048, images // 10)))
        generator = torch.Generator().manual_seed(self.recipe["seed"])
        rows = self.workers.own(self.order_of(generator, is_balanced)[:count].tolist())
        parts = max(1, math.ceil(len(rows) / 256))
        return [part.tolist() for part in torch.tensor(rows).tensor_split(parts) if len(part) > 1]

    # -- checkpoints

    def resume(self):
        path = self.output / "checkpoint.pt"
        saved = None
        if self.workers.is_first and path.exists():
            try:
                saved = torch.load(path, map_location="cpu")
            except Exception as error:
                raise ValueError(f"'{path}' cannot be read: {error}. Delete it to start again.") from None
        saved = self.workers.share(saved)
        if saved is None:
            self.statistics = self.measure_channels()
            return
        if saved["fingerprint"] != self.fingerprint:
            raise ValueError(f"'{path}' is of a training with another plan, recipe or other images. Delete it, or choose another --output.")
        if (saved["batch_size"], saved["precision"]) != (self.batch_size, self.precision):
            raise ValueError(f"'{path}' is of a training with batches of {saved['batch_size']} in {saved['precision']}; now they would be of {self.batch_size} in {self.precision}. "
                             f"Set batchSize and precision in recipe.json before a training that may change its workers, or delete the checkpoint.")
        self.statistics = tuple(saved["statistics"])
        self.network.load_state_dict(saved["network"])
        self.optimizer.load_state_dict(saved["optimizer"])
        if self.average is not None:
            self.average = {name: tensor.to(self.device) for name, tensor in saved["average"].items()}
        self.state = saved["state"]
        if self.workers.is_first:
            print(f"Resuming from '{path}': {len(self.state['epochs'])} epochs complete, {self.state['step']} steps of the next.", file=sys.stderr)

    def save(self):
        if not self.workers.is_first:
            return
        def on_cpu(tensors):
            return None if tensors is None else {name: tensor.cpu() for name, tensor in tensors.items()}
        saved = dict(fingerprint=self.fingerprint, batch_size=self.batch_size, precision=self.precision, statistics=list(self.statistics),
                     network=on_cpu(self.network.state_dict()), optimizer=self.optimizer.state_dict(), average=on_cpu(self.average), state=self.state)
        replace_file(self.output / "checkpoint.pt", lambda file: torch.save(saved, file))

    # -- statistics

    def measure_channels(self):
        """Mean and deviation of red, green and blue over training images, 0 to 255."""
        mean, deviation = self.recipe.get("channelMean"), self.recipe.get("channelStandardDeviation")
        if mean is not None:
            return tuple(255 * torch.tensor(values, dtype=torch.float32) for values in (mean, deviation))
        sums = torch.zeros(2, 3, dtype=torch.float64)
        pixels = 0
        for images, _, _ in self.plain_loader:
            images = images.double()
            sums += torch.stack([images.sum((0, 2, 3)), images.square().sum((0, 2, 3))])
            pixels += images.numel() // 3
        total = self.workers.sum(torch.cat([sums.flatten(), torch.tensor([float(pixels)], dtype=torch.float64)]).to(self.device)).cpu()
        mean, square = total[:3] / total[6], total[3:6] / total[6]
        return mean.float(), (square - mean.square()).clamp_min(1).sqrt().float()

    def shown(self, images):
        """What the network sees of images without random changes: their middle, normalised, on the device."""
        return normalised(middle(images.to(self.device, non_blocking=True), *self.size), self.statistics)

    @torch.no_grad()
    def measure_norms(self):
        """Means and variances of batch normalisation over training images without random changes, with the present weights (Y. Wu, J. Johnson, 2021)."""
        norms = self.network.norms()
        if not norms:
            return
        self.network.eval()
        sums = [torch.zeros(2, len(norm.mean), dtype=torch.float64, device=self.device) for norm in norms]
        counts = torch.zeros(len(norms), dtype=torch.float64, device=self.device)
        sizes = {}

        def count_values(norm, inputs):
            sizes[norm] = inputs[0].numel() // inputs[0].shape[1]
        hooks = [norm.register_forward_pre_hook(count_values) for norm in norms]
        for norm in norms:
            norm.training, norm.momentum = True, 1.0
        for images, _, _ in self.plain_loader:
            self.network(self.shown(images))
            for place, norm in enumerate(norms):
                count = sizes[norm]
                mean, variance = norm.mean.double(), norm.variance.double() * (count - 1) / count
                sums[place] += count * torch.stack([mean, variance + mean.square()])
                counts[place] += count
        self.workers.sum(counts)
        for place, norm in enumerate(norms):
            total, count = self.workers.sum(sums[place]), counts[place]
            mean = total[0] / count
            norm.mean.copy_(mean)
            norm.variance.copy_((total[1] / count - mean.square()).clamp_min(0) * count / (count - 1).clamp_min(1))
            norm.momentum = 0.1
        for hook in hooks:
            hook.remove()
        self.network.eval()

    @torch.no_grad()
    def validate(self):
        if not self.val:
            return {}
        self.network.eval()
        sums = torch.zeros(3, dtype=torch.float64, device=self.device)
        for images, labels, _ in self.val_loader:
            labels = labels.to(self.device, non_blocking=True)
            logits = score(self.network, self.shown(images), self.recipe["testTimeFlip"])
            sums += figures_of(F.cross_entropy(logits, labels, reduction="mean"), logits, labels)
        loss, hits, count = self.workers.sum(sums).tolist()
        return dict(validationLoss=loss / count, validationAccuracy=hits / count)

    @torch.no_grad()
    def validation_outputs(self):
        """Logits of the best weights, and labels, of up to 10,000 validation images of all workers: 'rf3d import' calibrates the probabilities by them."""
        if not self.val or not self.recipe.get("calibrateProbabilities", True):
            return {}
        self.network.load_state_dict(self.state["best"])
        self.network.eval()
        stride = math.ceil(len(self.val) / 10_000)
        rows = range(0, len(self.val), stride)
        logits = torch.zeros(len(rows), len(self.recipe["classes"]), device=self.device)
        self.val_batches.rows = self.own_batches(rows)
        for images, _, places in self.val_loader:
            logits[places.to(self.device) // stride] = score(self.network, self.shown(images), self.recipe["testTimeFlip"])
        self.workers.sum(logits)
        if not logits.isfinite().all():
            return {}
        return {"validation.logits": logits, "validation.labels": torch.tensor([self.val[row][1] for row in rows])}

    # -- epochs

    def rows_of_epoch(self, epoch):
        """The rows of each step that is left in the epoch, for this worker."""
        generator = torch.Generator().manual_seed(self.recipe["seed"] * 1_000_003 + epoch)
        order = self.order_of(generator, self.recipe["balancedSampling"])
        steps = order[:self.batches * self.batch_size].view(self.batches, self.batch_size)
        return steps[self.state["step"]:, self.workers.rank::self.workers.count].tolist()

    def train_epoch(self):
        """Trains the rest of the epoch. Returns its figures, or None where the loss is no longer a number."""
        recipe, state, epoch = self.recipe, self.state, self.state["epoch"]
        options, classes = recipe["augmentation"], len(recipe["classes"])
        self.train_batches.rows = self.rows_of_epoch(epoch)
        sums, start = torch.tensor(state["sums"], dtype=torch.float64, device=self.device), time.time()
        before, saved = state["epoch_seconds"], time.time()
        self.network.train()
        autocast = torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.precision == "BFloat16")
        for images, labels, rows in self.train_loader:
            draws = Draws(self.device, recipe["seed"], epoch, state["step"], self.workers.rank)
            torch.manual_seed(draws.generator.initial_seed())  # of dropout
            images, labels, rows = (tensor.to(self.device, non_blocking=True) for tensor in (images, labels, rows))
            images = colour_and_shape(crop_and_flip(images, self.size, rows, epoch, recipe, draws), options, draws)
            images = erase(normalised(images, self.statistics), options, draws)
            images, targets = mix(images, labels, classes, options, draws)
            images = images.contiguous(memory_format=torch.channels_last)
            if targets.dim() == 2:
                labels = targets.argmax(1)
            with autocast:
                logits = self.learner(images)
            logits = logits.float()
            loss = loss_of(logits, targets, self.class_weights, recipe["labelSmoothing"], self.workers)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            if recipe.get("maxGradientNorm"):
                nn.utils.clip_grad_norm_(self.network.parameters(), recipe["maxGradientNorm"])
            rate = rate_at(recipe, self.rate, (epoch - 1) * self.batches + state["step"], self.batches)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            self.optimizer.step()
            self.add_average()
            sums += self.workers.sum(figures_of(loss.detach(), logits, labels))  # of all workers, as a checkpoint holds them
            state["step"] += 1
            if time.time() - saved > self.checkpoint_seconds and state["step"] < self.batches:
                state["sums"], state["epoch_seconds"], saved = sums.tolist(), before + time.time() - start, time.time()
                self.save()
        loss, hits, count = sums.tolist()
        seconds = before + time.time() - start
        state["elapsed"] += seconds
        if not math.isfinite(loss):
            return None
        return dict(epoch=epoch, epochCount=recipe["epoch"], batchCount=self.batches, loss=loss / count, accuracy=hits / count,
                    learningRate=rate_at(recipe, self.rate, epoch * self.batches - 1, self.batches), imagesPerSecond=count / max(1e-9, seconds))

    @torch.no_grad()
    def add_average(self):
        """The moving average of weights and statistics; at first the plain mean of all steps."""
        if self.average is None:
            return
        self.state["average_steps"] += 1
        steps = self.state["average_steps"]
        share = 1 - min(self.recipe["emaDecay"], (steps - 1) / steps)
        for name, tensor in self.network.state_dict().items():
            self.average[name].lerp_(tensor, share)

    def run(self):
        state, recipe = self.state, self.recipe
        while state["stop"] is None:
            figures = self.train_epoch()
            trained = copy_of(self.network)
            start = time.time()
            if figures is not None:
                if self.average is not None:
                    self.network.load_state_dict(self.average)
                self.measure_norms()
                figures.update(self.validate())
                if not all(math.isfinite(value) for value in figures.values()):
                    figures = None
            if figures is None:
                state["stop"] = "NonFiniteLoss"
                if state["best_epoch"] == 0:
                    raise ValueError("The loss became infinite or not a number in the first epoch. Lower learningRate in recipe.json, for instance to a tenth.")
            else:
                state["elapsed"] += time.time() - start
                figures["elapsedSeconds"] = state["elapsed"]
                self.complete(figures)
            self.network.load_state_dict(trained)
            self.save()
            if figures is not None and self.workers.is_first:
                lines = [json.dumps(each) for each in state["epochs"]]
                print(lines[-1], flush=True)
                replace_file(self.output / "metrics.jsonl", lambda file: file.write(("\n".join(lines) + "\n").encode()))
        outputs = self.validation_outputs()
        if self.workers.is_first:
            self.write_result(outputs)

    def complete(self, figures):
        """Keeps an epoch's figures, and its weights if they are the best so far."""
        state, stopping = self.state, self.recipe.get("earlyStoppingCriteria")
        by_loss = bool(stopping) and stopping["metric"] == "Loss"

        def rank(each):
            values = each.get("validationAccuracy", 0), -each.get("validationLoss", 0)
            return values[::-1] if by_loss else values
        epochs = state["epochs"]
        if not self.val or state["best_epoch"] == 0 or rank(figures) > rank(epochs[state["best_epoch"] - 1]):
            state["best"] = {name: tensor.cpu() for name, tensor in copy_of(self.network).items()}
            state["best_epoch"] = figures["epoch"]
        epochs.append(figures)
        state.update(epoch=figures["epoch"] + 1, step=0, sums=[0.0, 0.0, 0.0], epoch_seconds=0.0)
        if figures["epoch"] == self.recipe["epoch"]:
            state["stop"] = "Completed"
        if stopping and self.val:
            best, idle = None, 0
            for each in epochs:
                value = -each["validationLoss"] if by_loss else each["validationAccuracy"]
                if best is None or (value > best and value - best >= stopping["minDelta"]):
                    best, idle = value, 0
                else:
                    idle += 1
            if idle >= stopping["patience"]:
                state["stop"] = "EarlyStopping"

    @torch.no_grad()
    def write_result(self, outputs):
        """The best weights without identity branches, what they make of a few images, computed in float32 on the CPU, and the outputs for validation images."""
        state, recipe = self.state, self.recipe
        network = Network(self.plan)
        network.load_weights(state["best"], "checkpoint.pt")
        network.eval()
        branched = []
        if recipe["reparameterization"]:
            network.use_branches()
            branched = [kernel for kernel in network.kernels() if kernel.has_branch]
        if branched:
            dataset = self.plain_loader.dataset
            sample = torch.stack([dataset[row][0] for row in range(0, len(dataset), max(1, len(dataset) // 128))][:128])
            for kernel in branched:
                kernel.moments = []
            for images in middle(sample, *self.size).split(32):
                network(normalised(images, self.statistics))
            for kernel in branched:
                kernel.fold()
        images = load_tensors(HERE / "check.safetensors")["images"]
        own = self.val_loader.dataset if self.val else self.plain_loader.dataset
        images = torch.cat([images, torch.stack([middle(own[row][0], *self.size) for row in range(0, len(own), max(1, len(own) // 8))][:8])])
        logits = score(network, normalised(images, self.statistics), recipe["testTimeFlip"])
        history = dict(epochs=state["epochs"], bestEpoch=state["best_epoch"], stopReason=state["stop"], device=f"{self.workers.count} x {self.device.type}",
                       seed=recipe["seed"], trainingImages=len(self.train), validationImages=len(self.val), batchSize=self.batch_size,
                       learningRate=self.rate, precision=self.precision, torch=torch.__version__)
        tensors = network.state_dict()
        tensors.update(outputs)
        tensors.update({"check.images": images, "check.logits": logits, "statistics.mean": self.statistics[0], "statistics.deviation": self.statistics[1]})
        for name in ("plan.json", "recipe.json"):
            if self.output.resolve() != HERE:
                shutil.copyfile(HERE / name, self.output / name)
        hashes = {name: hashlib.sha256((HERE / name).read_bytes()).hexdigest() for name in ("plan.json", "recipe.json")}
        save_tensors(self.output / "trained.safetensors", tensors, {"kind": "rf3d.torchrun.trained", "history": json.dumps(history), **hashes})
        print(f"Wrote '{self.output / 'trained.safetensors'}': epoch {state['best_epoch']} of {len(state['epochs'])}.", file=sys.stderr)


def read_folder(folder):
    """The network of plan.json, and recipe.json."""
    for name in ("plan.json", "recipe.json", "init.safetensors", "check.safetensors"):
        if not (folder / name).exists():
            raise ValueError(f"'{folder}' lacks {name}, which rf3d export wrote beside train.py.")
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    recipe = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    if recipe.get("version") != 1:
        raise ValueError(f"recipe.json has version {recipe.get('version')}, and this train.py reads version 1. Export the folder again.")
    return plan.get("optimized") or plan.get("organized") or plan["original"], {**recipe.pop("training"), **recipe}


@torch.no_grad()
def check(folder):
    """The largest difference of logits between this machine and rf3d, for images and weights that it wrote; relative where logits are above 1."""
    plan, recipe = read_folder(folder)
    network = Network(plan)
    network.load_weights(load_tensors(folder / "init.safetensors"), "init.safetensors")
    network.eval()
    tensors = load_tensors(folder / "check.safetensors")
    logits = score(network, normalised(tensors["images"], (tensors["statistics.mean"], tensors["statistics.deviation"])), recipe["testTimeFlip"])
    expected = tensors["logits"]
    return ((logits - expected).abs().max() / expected.abs().max().clamp_min(1)).item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder of the images")
    parser.add_argument("--output", default=str(HERE), help="folder to write to; on several machines one that all share (default: the folder of this file)")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--workers", type=int, help="processes that decode images, for each worker (default: the cores, shared among the workers, at most 8)")
    parser.add_argument("--checkpoint-minutes", type=float, default=10, help="time between checkpoints within an epoch (default: 10)")
    parser.add_argument("--check", action="store_true", help="only compare logits of the initial weights with those that rf3d wrote")
    arguments = parser.parse_args()
    difference = check(HERE) if arguments.check or int(os.environ.get("RANK", 0)) == 0 else 0
    if not difference <= TOLERANCE:
        raise ValueError(f"Logits of the initial weights differ by {difference:g} from those that rf3d computed: this torch ({torch.__version__}) computes something else.")
    if arguments.check:
        print(json.dumps(dict(difference=difference)))
        return
    if arguments.data is None:
        parser.error("--data is needed: the folder of the images.")
    workers = Workers(arguments.device)
    os.makedirs(arguments.output, exist_ok=True)
    Training(arguments, workers).run()
    workers.end()


if __name__ == "__main__":
    try:
        main()
    except ValueError as error:
        sys.exit(f"train.py: {error}")
