"""The 32 encoders by name. Needs no Keras: a spec imports it when its network is built."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib import import_module

from poise.specs import EncoderSpec, Features, Normalization, OldNames, Tensor
from poise_pretrained import inception_table
from poise_pretrained.residual_table import RESIDUAL
from poise_pretrained.residual_table import old_names as residual_old_names
from poise_pretrained.weights import manifest, published_weights

NORMALIZATIONS = {
    "identity": Normalization(scale=255),
    "tf": Normalization(scale=255, mean=(127.5,) * 3, std=(127.5,) * 3),
    "torch": Normalization(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
    "caffe": Normalization(scale=255, mean=(103.939, 116.779, 123.68), reverse=True),
}
"""How images were normalized when weights were trained, by its customary name.

After ``identity`` the network's first layer is a batch norm.
"""

PAPERS = {
    "vgg": "Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image "
    "Recognition. ICLR 2015. https://arxiv.org/abs/1409.1556",
    "resnet": "He, Zhang, Ren, Sun: Identity Mappings in Deep Residual Networks. ECCV 2016. "
    "https://arxiv.org/abs/1603.05027",
    "resnext": "Xie, Girshick, Dollár, Tu, He: Aggregated Residual Transformations for Deep "
    "Neural Networks. CVPR 2017. https://arxiv.org/abs/1611.05431",
    "se": "Hu, Shen, Albanie, Sun, Wu: Squeeze-and-Excitation Networks. CVPR 2018. "
    "https://arxiv.org/abs/1709.01507",
    "inceptionv3": "Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception "
    "Architecture for Computer Vision. CVPR 2016. https://arxiv.org/abs/1512.00567",
    "inceptionresnetv2": "Szegedy, Ioffe, Vanhoucke, Alemi: Inception-v4, Inception-ResNet and "
    "the Impact of Residual Connections on Learning. AAAI 2017. https://arxiv.org/abs/1602.07261",
    "densenet": "Huang, Liu, van der Maaten, Weinberger: Densely Connected Convolutional "
    "Networks. CVPR 2017. https://arxiv.org/abs/1608.06993",
    "mobilenet": "Howard et al.: MobileNets: Efficient Convolutional Neural Networks for Mobile "
    "Vision Applications. 2017. https://arxiv.org/abs/1704.04861",
    "mobilenetv2": "Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: Inverted Residuals and "
    "Linear Bottlenecks. CVPR 2018. https://arxiv.org/abs/1801.04381",
    "efficientnet": "Tan, Le: EfficientNet: Rethinking Model Scaling for Convolutional Neural "
    "Networks. ICML 2019. https://arxiv.org/abs/1905.11946",
}


def _build(module: str, what: object, image: Tensor) -> Features:
    home = import_module(f"poise_pretrained.{module}")  # Keras is imported only to build
    features: Features = home.build(what, image)
    return features


def _spec(
    name: str,
    title: str,
    *,
    module: str,
    table: object = None,
    paper: str,
    image_layers: tuple[str, ...],
    old_names: Callable[[], OldNames] = dict,
    ends_in_pooling: bool = False,
) -> EncoderSpec:
    build = partial(_build, module, name if table is None else table)
    return EncoderSpec(
        key=name,
        build=build,
        normalization=NORMALIZATIONS[manifest()[name]["preprocessing"]],
        ends_in_pooling=ends_in_pooling,
        old_names=old_names,
        pretrained=partial(published_weights, name, title, build, old_names, image_layers),
        summary=f"{title}, with weights trained on ImageNet",
        paper=PAPERS[paper],
    )


def _residual(name: str) -> EncoderSpec:
    table = RESIDUAL[name]
    squeezed, depth = name.startswith("se"), name.strip("resnxt")
    title = f"{'SE-' if squeezed else ''}{'ResNeXt' if 'resnext' in name else 'ResNet'}-{depth}"
    first = ("bn_data", "conv0") if table.stem == "normalized" else ("conv0",)
    return _spec(
        name,
        "SENet-154" if name == "senet154" else title,
        module="residual",
        table=table,
        paper="se" if squeezed else "resnext" if table.groups > 1 else "resnet",
        image_layers=("conv0_1",) if table.stem == "deep" else first,
        old_names=partial(residual_old_names, table),
    )


def _inception(name: str, title: str) -> EncoderSpec:
    return _spec(
        name,
        title,
        module="inception",
        paper=name,
        image_layers=("stem_0_conv",),
        old_names=partial(inception_table.old_names, name),
    )


def _vgg(depth: int) -> EncoderSpec:
    return _spec(
        f"vgg{depth}",
        f"VGG-{depth}",
        module="applications",
        paper="vgg",
        image_layers=("block1_conv1",),
        ends_in_pooling=True,
    )


def _densenet(depth: int) -> EncoderSpec:
    def old_names() -> OldNames:
        # Keras 3 allows no slashes in names.
        return {"conv1_conv": ("conv1/conv",), "conv1_bn": ("conv1/bn",)}

    return _spec(
        f"densenet{depth}",
        f"DenseNet-{depth}",
        module="applications",
        paper="densenet",
        image_layers=("conv1_conv",),
        old_names=old_names,
    )


def _mobilenet(name: str, title: str, first: str) -> EncoderSpec:
    return _spec(
        name,
        title,
        module="applications",
        paper=name,
        image_layers=(first,),
    )


def _efficientnet(size: int) -> EncoderSpec:
    return _spec(
        f"efficientnetb{size}",
        f"EfficientNet-B{size}",
        module="efficientnet",
        paper="efficientnet",
        image_layers=("stem_conv",),
    )


def encoder_named(name: str) -> EncoderSpec:
    """The encoder with this name, from any plugin.

    Raises:
        UnknownKeyError: no plugin provides it.
        PluginError: its plugin is broken.
    """
    from poise import registry

    installed = registry.default().encoders
    if name not in installed and name in encoders():
        return encoders()[name]  # this plugin was registered as a backbone alone
    return installed[name]


@cache
def encoders() -> dict[str, EncoderSpec]:
    """The encoders by name, in the order of SLEAP's documentation."""
    specs = [
        *map(_vgg, (16, 19)),
        *(_residual(name) for name in RESIDUAL if not name.startswith("se")),
        _inception("inceptionv3", "Inception-v3"),
        _inception("inceptionresnetv2", "Inception-ResNet-v2"),
        *map(_densenet, (121, 169, 201)),
        *(_residual(name) for name in RESIDUAL if name.startswith("se")),
        _mobilenet("mobilenet", "MobileNet", "conv1"),
        _mobilenet("mobilenetv2", "MobileNetV2", "Conv1"),
        *map(_efficientnet, range(8)),
    ]
    return {spec.key: spec for spec in specs}
