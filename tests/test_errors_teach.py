"""Wrong inputs, and the whole message for each.

A message says what was required, what Poise got, what to do and where, in a few lines.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import poise
from poise import (
    BackboneConfig,
    BuildError,
    BundleError,
    ConfigError,
    HeadsConfig,
    ModelConfig,
    Skeleton,
    UnknownKeyError,
    WeightsError,
)
from poise.cli import main

MOST_LINES = 12

pytestmark = pytest.mark.usefixtures("keras")


def message_of(error: BaseException, folder: Path) -> str:
    """The message, with ``{tmp}`` for the folder of the test; checks its length."""
    message = str(error)
    assert len(message.splitlines()) <= MOST_LINES
    return message.replace(str(folder), "{tmp}")


# Files.

UNET, HEADS = "model.backbone.unet", "model.heads"
HEAD_KEYS = (
    "centered_instance, centroid, multi_class_bottomup, multi_class_topdown, multi_instance, "
    "single_instance"
)


def unet(**fields: Any) -> str:
    return json.dumps({"backbone": {"unet": fields}})


def head(key: str, **fields: Any) -> str:
    return json.dumps({"heads": {key: fields}})


FILES = {
    '{"backbone": {"unet": {"filters": 16,}}}': (
        "not JSON: * in line 1, column 3* @ model"  # Python 3.13 words it differently
    ),
    '{"backbone": {"unet": {"filters": 16, "filters": 32}}}': (
        f"keys must be unique, got 'filters' twice @ {UNET}.filters"
    ),
    "[]": "must be an object, got a list of 0 @ model",
    '{"backbone": {"unet": {}, "leap": {}}}': (
        "must have only one backbone set, got unet and leap; leave the others null @ model.backbone"
    ),
    '{"backbone": null}': (
        "must be an object with one backbone (leap, unet, hourglass, …), got null @ model.backbone"
    ),
    '{"bakcbone": {}}': (
        "a model has no field 'bakcbone'; did you mean 'backbone'? @ model.bakcbone"
    ),
    '{"heads": {"single_instance": []}}': (
        f"the section of a head must be an object, got a list of 0 @ {HEADS}.single_instance"
    ),
    '{"edition": "2025"}': "must be one of 'sleap-1.4', '2026', got '2025' @ model.edition",
    '{"base_checkpoint": 3}': (
        "must be the path of a model folder or null, got 3 @ model.base_checkpoint"
    ),
    '{"data": {}, "model": {}, "outputs": {}}': (
        "must be the model section alone, got a whole job file; read it with poise.read_sleap "
        "@ model"
    ),
    unet(filter=16): f"UNetConfig has no field 'filter'; did you mean 'filters'? @ {UNET}.filter",
    unet(filters="16"): f"must be an integer, got '16' @ {UNET}.filters",
    unet(filters=16.0): f"must be an integer, got 16.0 @ {UNET}.filters",
    unet(filters=None): f"must be an integer, got null @ {UNET}.filters",
    unet(filters=0): f"must be an integer ≥ 1, got 0 @ {UNET}.filters",
    unet(middle_block="false"): f"must be true or false, got 'false' @ {UNET}.middle_block",
    unet(max_stride=24): (
        f"must be a power of two ≥ 2, got 24; did you mean 16 or 32? @ {UNET}.max_stride"
    ),
    unet(output_stride=32): (
        f"must be at most max_stride, got 32; max_stride is 16 @ {UNET}.output_stride"
    ),
    unet(stem_stride=16): (
        f"must be below max_stride, got 16; max_stride is 16 @ {UNET}.stem_stride"
    ),
    unet(stacks=2, output_stride=2): (
        "must be 1 unless output_stride equals stem_stride (1 without a stem), got 2; "
        f"output_stride is 2, a further stack would begin at stride 1 @ {UNET}.stacks"
    ),
    unet(filters=4, filters_rate=0.1): (
        "must leave at least one channel at every level, got 0.1; no channel at level 1, "
        f"int(4 · 0.1^1) @ {UNET}.filters_rate"
    ),
    head("single_instance", part_names="abc"): (
        f"must be a list, got 'abc' @ {HEADS}.single_instance.part_names"
    ),
    head("single_instance", part_names=["a", "a"]): (
        "must be a non-empty list of different names, or null, got ('a', 'a'); "
        f"'a' appears twice @ {HEADS}.single_instance.part_names"
    ),
    head("multi_instance", pafs={"edges": [["a", "b", "c"]]}): (
        f"must be a list of 2, got a list of 3 @ {HEADS}.multi_instance.pafs.edges[0]"
    ),
    head("centroid", sigma=-1): f"must be a number > 0, got -1.0 @ {HEADS}.centroid.sigma",
    json.dumps(
        {
            "backbone": {
                "unet": {
                    "max_stride": 0,
                    "output_stride": "1",
                    "filters": -1,
                    "filters_rate": None,
                    "middle_block": 1,
                    "up_interpolate": "no",
                    "stacks": 0,
                    "stem_stride": 3,
                    "wings": 1,
                }
            },
            "heads": {"centroid": {"sigma": 0, "output_stride": 3, "loss_weight": -1}},
        }
    ): (
        "12 faults:\n"
        "  UNetConfig has no field 'wings'; fields: filters, filters_rate, max_stride, "
        f"middle_block, output_stride, stacks, stem_stride, up_interpolate @ {UNET}.wings\n"
        f"  must be an integer, got '1' @ {UNET}.output_stride\n"
        f"  must be a number, got null @ {UNET}.filters_rate\n"
        f"  must be true or false, got 1 @ {UNET}.middle_block\n"
        f"  must be true or false, got 'no' @ {UNET}.up_interpolate\n"
        "  must be a power of two ≥ 1, or null, got 3; did you mean 2 or 4? "
        f"@ {UNET}.stem_stride\n"
        f"  must be a power of two ≥ 2, got 0 @ {UNET}.max_stride\n"
        f"  must be an integer ≥ 1, got -1 @ {UNET}.filters\n"
        f"  must be an integer ≥ 1, got 0 @ {UNET}.stacks\n"
        f"  must be a number > 0, got 0.0 @ {HEADS}.centroid.sigma\n"
        "  … and 2 more"
    ),
}


@pytest.mark.parametrize("text", FILES, ids=lambda text: text[:50])
def test_a_wrong_file(text, tmp_path):
    with pytest.raises(ConfigError) as error:
        ModelConfig.from_json(text)

    pattern = re.escape(FILES[text]).replace(r"\*", ".*")
    assert re.fullmatch(pattern, message_of(error.value, tmp_path))


# Python.

PYTHON: dict[str, tuple[Callable[[], Any], type[BaseException], str]] = {
    "filters": (
        lambda: poise.UNetConfig(filters=0),
        ConfigError,
        "must be an integer ≥ 1, got 0 @ filters",
    ),
    "a stride": (
        lambda: poise.UNetConfig(max_stride=24),
        ConfigError,
        "must be a power of two ≥ 2, got 24; did you mean 16 or 32? @ max_stride",
    ),
    "a string for names": (
        lambda: poise.SingleInstanceConfmapsHeadConfig(part_names="abc"),
        ConfigError,
        "must be a non-empty list of different names, or null, got 'abc' @ part_names",
    ),
    "an edge to no part": (
        lambda: poise.MultiInstanceConfig(
            confmaps=poise.MultiInstanceConfmapsHeadConfig(part_names=["head", "tail"]),
            pafs=poise.PartAffinityFieldsHeadConfig(edges=[("head", "tial")]),
        ),
        ConfigError,
        "no part 'tial' in confmaps.part_names; did you mean 'tail'? @ pafs.edges[0]",
    ),
    "an unknown member": (
        lambda: BackboneConfig(unett=poise.UNetConfig()),
        ConfigError,
        "no backbone 'unett'; did you mean 'unet'? @ unett",
    ),
    "a member of another class": (
        lambda: BackboneConfig(unet=poise.CentroidsHeadConfig()),
        ConfigError,
        "must be a UNetConfig, got CentroidsHeadConfig @ unet",
    ),
    "two members": (
        lambda: HeadsConfig(
            centroid=poise.CentroidsHeadConfig(),
            single_instance=poise.SingleInstanceConfmapsHeadConfig(),
        ),
        ConfigError,
        "must have only one head set, got centroid and single_instance; leave the others null",
    ),
    "a backbone for a head": (
        lambda: ModelConfig(heads=poise.UNetConfig()),
        ConfigError,
        "must be a head configuration, got UNetConfig, a backbone configuration @ heads",
    ),
    "a number for a backbone": (
        lambda: ModelConfig(heads=4),
        ConfigError,
        f"must be a head configuration, got int; installed heads: {HEAD_KEYS} @ heads",
    ),
    "a class for its instance": (
        lambda: ModelConfig(backbone=poise.UNetConfig),
        ConfigError,
        "must be a backbone configuration, got the class UNetConfig; did you mean UNetConfig()? "
        "@ backbone",
    ),
    "plain data": (
        lambda: ModelConfig(backbone={"unet": {}}),
        ConfigError,
        "must be a backbone configuration, got a dict; read plain data with "
        "ModelConfig.from_data @ backbone",
    ),
    "an attribute": (
        lambda: BackboneConfig().hourglas,
        AttributeError,
        "BackboneConfig has no backbone 'hourglas'; did you mean 'hourglass'?",
    ),
    "a skeleton": (
        lambda: Skeleton(["head", "tail"], [("head", "tial")]),
        ConfigError,
        "skeleton: no part 'tial'; did you mean 'tail'? @ edges[0]",
    ),
    "a lookup": (
        lambda: poise.backbones["unett"],
        UnknownKeyError,
        "no backbone 'unett'; did you mean 'unet'?",
    ),
    "a lookup without a near name": (
        lambda: poise.heads["wings"],
        UnknownKeyError,
        f"no head 'wings'; installed: {HEAD_KEYS}",
    ),
    "an unknown name": (
        lambda: poise.UNetConfg,
        AttributeError,
        "module 'poise' has no attribute 'UNetConfg'",
    ),
}


@pytest.mark.parametrize("what", PYTHON)
def test_a_wrong_call(what, tmp_path):
    call, kind, message = PYTHON[what]
    with pytest.raises(kind) as error:
        call()

    assert message_of(error.value, tmp_path) == message


# Building.


def small(heads: Any = None, edition: Any = "2026", **fields: Any) -> ModelConfig:
    if heads is None:
        heads = poise.SingleInstanceConfmapsHeadConfig(part_names=["a", "b"], output_stride=2)
    fields = {"max_stride": 8, "filters": 4, **fields}
    return ModelConfig(backbone=poise.UNetConfig(**fields), heads=heads, edition=edition)


def single(**fields: Any) -> Any:
    return poise.SingleInstanceConfmapsHeadConfig(**{"part_names": ["a"], **fields})


def multi(confmaps: int, pafs: int) -> Any:
    return poise.MultiInstanceConfig(
        confmaps=poise.MultiInstanceConfmapsHeadConfig(
            part_names=["a", "b"], output_stride=confmaps
        ),
        pafs=poise.PartAffinityFieldsHeadConfig(edges=[("a", "b")], output_stride=pafs),
    )


def topdown(**vectors: Any) -> Any:
    return poise.MultiClassTopDownConfig(
        confmaps=poise.CenteredInstanceConfmapsHeadConfig(part_names=["a"], output_stride=2),
        class_vectors=poise.ClassVectorsHeadConfig(output_stride=8, **vectors),
    )


AB = Skeleton(["a", "b"])
FIT = (16, 16, 1)

BUILDS: dict[str, tuple[Callable[[], ModelConfig], tuple[Any, ...], str]] = {
    "a size": (
        small,
        ((100, 60, 1),),
        "the image does not fit the backbone:\n"
        "  height must be a multiple of 8, got 100; use 96 or 104, or pass auto_pad=True @ image\n"
        "  width must be a multiple of 8, got 60; use 56 or 64, or pass auto_pad=True @ image",
    ),
    "two sizes": (
        small,
        ((100, 60),),
        "must be (height, width, channels), got (100, 60) @ image",
    ),
    "no channels": (
        small,
        ((96, 64, None),),
        "channels must be a positive integer, got None @ image",
    ),
    "a list for a skeleton": (
        small,
        (FIT, ["a", "b"]),
        "must be a poise.Skeleton(parts, edges), got ['a', 'b'] @ skeleton",
    ),
    "a string for classes": (
        small,
        (FIT, None, "ab"),
        "must be a list of names, got 'ab' @ classes",
    ),
    "nothing set": (
        lambda: ModelConfig(backbone=poise.UNetConfig()),
        (FIT,),
        f"must set one head, got none; installed: {HEAD_KEYS} @ model.heads",
    ),
    "no names": (
        lambda: small(single(part_names=None)),
        (FIT,),
        "no parts are named and no skeleton is given; name them here, or pass skeleton= "
        "@ model.heads.single_instance.part_names",
    ),
    "no names of several outputs": (
        lambda: small(poise.MultiInstanceConfig()),
        (FIT,),
        "no model can be built:\n"
        "  no parts are named and no skeleton is given; name them here, or pass skeleton= "
        "@ model.heads.multi_instance.confmaps.part_names\n"
        "  no edges are named and no skeleton is given; name them here, or pass skeleton= "
        "@ model.heads.multi_instance.pafs.edges",
    ),
    "no edges": (
        lambda: small(poise.MultiInstanceConfig()),
        (FIT, AB),
        "the skeleton has no edges, so the fields would have no channels; name edges here, or "
        "pass a skeleton that has some @ model.heads.multi_instance.pafs.edges",
    ),
    "no classes": (
        lambda: small(topdown()),
        (FIT, AB),
        "no classes are named and none are given; name them here, or pass classes= "
        "@ model.heads.multi_class_topdown.class_vectors.classes",
    ),
    "parts of another animal": (
        small,
        (FIT, Skeleton(["head", "tail"])),
        "no model can be built:\n"
        "  no part 'a' in the skeleton; parts: head, tail "
        "@ model.heads.single_instance.part_names[0]\n"
        "  no part 'b' in the skeleton; parts: head, tail "
        "@ model.heads.single_instance.part_names[1]",
    ),
    "a stride beyond the backbone": (
        lambda: small(single(output_stride=16)),
        (FIT,),
        "stride 16 is coarser than the backbone's 8; raise model.backbone.unet.max_stride, or "
        "lower it @ model.heads.single_instance.output_stride",
    ),
    "fields finer than maps, as SLEAP": (
        lambda: small(multi(4, 2), "sleap-1.4"),
        (FIT,),
        "stride 2 is finer than that of the main output, 4, which SLEAP 1.4 builds the backbone "
        "for; use 4 or more, or edition '2026' @ model.heads.multi_instance.pafs.output_stride",
    ),
    "stacks that do not follow each other": (
        lambda: small(stacks=2),
        (FIT,),
        "the backbone cannot have the stride 2 that its heads need: must be 1 unless "
        "output_stride equals stem_stride (1 without a stem), got 2; output_stride is 2, a "
        "further stack would begin at stride 1 @ model.backbone.unet.stacks",
    ),
    "dense layers on images of any size": (
        lambda: small(topdown(classes=["f", "m"], global_pool=False)),
        ((None, None, 1),),
        "without global_pool the dense layers need the size of the image, which is not fixed; "
        "give a fixed image size, or set global_pool to true "
        "@ model.heads.multi_class_topdown.class_vectors.global_pool",
    ),
}


@pytest.mark.parametrize("what", BUILDS)
def test_a_model_that_cannot_be_built(what, tmp_path):
    config, arguments, message = BUILDS[what]
    with pytest.raises(BuildError) as error:
        poise.build(config(), *arguments)

    assert message_of(error.value, tmp_path) == message


# Weights and model folders.


@pytest.fixture(scope="module")
def model() -> Any:
    return poise.build(small(), FIT)


@pytest.fixture(scope="module")
def folder(model: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of weights and models, good and bad."""
    import h5py

    folder = tmp_path_factory.mktemp("models")
    other = poise.build(small(single(part_names=["a", "b", "c"], output_stride=4)), FIT)
    other.save_weights(folder / "other.weights.h5")
    (folder / "empty.h5").touch()
    (folder / "text.h5").write_text("hello")
    (folder / "pickle.h5").write_bytes(b"\x80\x04abc")
    with h5py.File(folder / "things.h5", "w") as file:
        file["x"] = [1]
    with zipfile.ZipFile(folder / "notes.keras", "w") as archive:
        archive.writestr("a.txt", "a")
    (folder / "nothing").mkdir()
    saved = poise.save(model, folder / "saved")
    for name in ("changed", "later", "half", "typed"):
        shutil.copytree(saved, folder / name)
    (folder / "changed/model.weights.h5").write_bytes(b"x")
    (folder / "half/config.json").unlink()
    provenance = json.loads((saved / "poise.json").read_text(encoding="utf-8"))
    (folder / "later/poise.json").write_text(json.dumps({**provenance, "format": 99}))
    (folder / "typed/poise.json").write_text(json.dumps({**provenance, "auto_pad": "yes"}))
    return folder


WEIGHTS = {
    "nowhere.h5": (
        "{tmp}/nowhere.h5: no such file; weights in that folder: empty.h5, notes.keras, "
        "other.weights.h5, pickle.h5, text.h5, things.h5"
    ),
    "nothing": "{tmp}/nothing: holds no weights file (*.h5, *.hdf5, *.keras)",
    "empty.h5": (
        "{tmp}/empty.h5: must be weights of Keras, got an empty file; give the model's .h5 or "
        ".keras file, or its folder"
    ),
    "text.h5": (
        "{tmp}/text.h5: must be HDF5 or a .keras archive, got another or a truncated file: *"
    ),
    "pickle.h5": (
        "{tmp}/pickle.h5: must be weights of Keras, got a pickle, which can run code and is never "
        "read; give the model's .h5 or .keras file, or its folder"
    ),
    "things.h5": (
        "{tmp}/things.h5: must be HDF5 weights of Keras (with layer_names or layers), got x"
    ),
    "notes.keras": (
        "{tmp}/notes.keras: must be a .keras archive with model.weights.h5 and config.json, or a "
        "zipped model folder with weights (.h5, .hdf5, .keras), got a zip archive with a.txt"
    ),
    "other.weights.h5": (
        "{tmp}/other.weights.h5 (.weights.h5): 22 of the model's 30 weights matched\n"
        "  missing in the file: 6: stack0_dec1_s4_to_s2_trans_conv/kernel, "
        "stack0_dec1_s4_to_s2_trans_conv/bias, stack0_dec1_s4_to_s2_refine_conv0/kernel, "
        "stack0_dec1_s4_to_s2_refine_conv0/bias, stack0_dec1_s4_to_s2_refine_conv1/kernel, "
        "stack0_dec1_s4_to_s2_refine_conv1/bias\n"
        "  wrong shape (file for model): 2: SingleInstanceConfmapsHead/kernel (1, 1, 16, 3) for "
        "(1, 1, 8, 2), SingleInstanceConfmapsHead/bias (3,) for (2,)\n"
        "  nothing was assigned; strict=False assigns the 22 that match"
    ),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_do_not_fit(name, model, folder):
    with pytest.raises(WeightsError) as error:
        poise.load_weights(model, folder / name)

    pattern = re.escape(WEIGHTS[name]).replace(r"\*", ".*")
    assert re.fullmatch(pattern, message_of(error.value, folder))


SAVES: dict[str, tuple[Callable[[Any, Path], Any], str]] = {
    "a model from elsewhere": (
        lambda model, folder: poise.save(bare_keras_model(), folder / "new"),
        "cannot save Sequential 'mine': must come from poise.build, got another model, "
        "or a clone, which has lost its record",
    ),
    "another configuration": (
        lambda model, folder: poise.save(model, folder / "new", small(max_stride=16)),
        "cannot save: config must be the one that the model was built from, got another; leave it "
        "out, or build the model again",
    ),
    "onto a model": (
        lambda model, folder: poise.save(model, folder / "saved"),
        "{tmp}/saved already holds a model; pass overwrite=True to replace it",
    ),
    "onto something else": (
        lambda model, folder: poise.save(model, folder, overwrite=True),
        "{tmp} exists and is not a model folder of Poise; choose another path",
    ),
    "loading from nowhere": (
        lambda model, folder: poise.load(folder / "nowhere"),
        "{tmp}/nowhere: no such folder; poise.save makes model folders",
    ),
    "loading an empty folder": (
        lambda model, folder: poise.load(folder / "nothing"),
        "{tmp}/nothing: must be a model folder with poise.json, config.json, model.weights.h5, "
        "got nothing",
    ),
    "loading half a folder": (
        lambda model, folder: poise.load(folder / "half"),
        "{tmp}/half: must be a model folder with config.json, got model.weights.h5, poise.json",
    ),
    "loading what was changed": (
        lambda model, folder: poise.load(folder / "changed"),
        "{tmp}/changed: model.weights.h5 is not the file that was saved: * bytes then, 1 now; "
        "restore it, or save the model again",
    ),
    "loading a later format": (
        lambda model, folder: poise.load(folder / "later"),
        "{tmp}/later: format must be 1 or 2, got 99; upgrade poise to read it",
    ),
    "loading damaged provenance": (
        lambda model, folder: poise.load(folder / "typed"),
        "{tmp}/typed/poise.json: must be true or false, got 'yes' @ auto_pad",
    ),
}


def bare_keras_model() -> Any:
    import keras

    return keras.Sequential(name="mine")


@pytest.mark.parametrize("what", SAVES)
def test_a_model_folder_that_cannot_be(what, model, folder):
    call, message = SAVES[what]
    with pytest.raises(BundleError) as error:
        call(model, folder)

    pattern = re.escape(message).replace(r"\*", ".*")
    assert re.fullmatch(pattern, message_of(error.value, folder))


# SLEAP's files.

FILE = "{tmp}/training_config.json"

SLEAP = {
    '{"model": }': f"{FILE}: not JSON: Expecting value in line 1, column 11",
    "[1]": f"{FILE}: a training job must be an object, got a list of 1",
    '{"a": 1}': (
        f"{FILE}: must be a training job (with data, model, optimization or outputs) or a model "
        "(with backbone or heads), got the keys a"
    ),
    '{"model": {"output_type": 0}, "trainer": {}}': (
        f"{FILE}: written by SLEAP before 1.0, whose models later versions cannot build; SLEAP "
        "1.0 to 1.4 reads such a file as an empty configuration. Train the model again @ trainer"
    ),
    '{"model": {"backbone": {"unet": {"middle_block": "yes"}}}}': (
        f"{FILE}: must be true or false, got 'yes' @ {UNET}.middle_block"
    ),
    '{"model": {"heads": {"multi_instance": {"pafs": {"edges": [["a"]]}}}}}': (
        f"{FILE}: must be a list of 2, got a list of 1 @ {HEADS}.multi_instance.pafs.edges[0]"
    ),
    json.dumps(
        {
            "data": {
                "labels": {
                    "skeletons": [{"nodes": [{"id": {"py/object": "os.system"}}], "links": []}]
                }
            },
            "model": {},
        }
    ): (
        f"{FILE}: the type must be sleap.skeleton.Node or sleap.skeleton.EdgeType, got "
        '"os.system"; building does not need it: delete data.labels.skeletons from the file to '
        "leave it out, and name the parts yourself if the head does not "
        "@ data.labels.skeletons[0].nodes[0].id.py/object"
    ),
}


@pytest.mark.parametrize("text", SLEAP, ids=lambda text: text[:50])
def test_a_sleap_file_that_cannot_be_read(text, tmp_path):
    (tmp_path / "training_config.json").write_text(text)
    with pytest.raises(ConfigError) as error:
        poise.read_sleap(tmp_path / "training_config.json")

    assert message_of(error.value, tmp_path) == SLEAP[text]


def test_a_sleap_file_that_is_not_there(tmp_path):
    (tmp_path / "profile.json").touch()

    with pytest.raises(ConfigError) as error:
        poise.read_sleap(tmp_path / "nowhere")

    assert message_of(error.value, tmp_path) == (
        "no such file or folder: {tmp}/nowhere; beside it: profile.json"
    )


# The command line.

COMMANDS: dict[tuple[str, ...], tuple[int, str]] = {
    ("lsit",): (
        2,
        "Usage: poise [OPTIONS] COMMAND [ARGS]...\nTry 'poise --help' for help.\n\n"
        "Error: no command 'lsit'; did you mean 'list'?\n",
    ),
    ("show", "unett"): (
        2,
        "poise: no backbone, head, encoder, engine, exporter, suggester or tracker 'unett'; "
        "did you mean 'unet'?\n",
    ),
    ("check", "{tmp}/nowhere.json"): (
        2,
        "poise: {tmp}/nowhere.json: No such file or directory\n",
    ),
    ("build", "{tmp}/saved/config.json", "--image", "100x60"): (
        2,
        "Usage: poise build [OPTIONS] FILE\nTry 'poise build --help' for help.\n\n"
        "Error: Invalid value for '--image': must be height,width,channels as in 512,512,1 "
        "(or any,any,1), got '100x60'\n",
    ),
    ("build", "{tmp}/saved/config.json", "--image", "100,64,1"): (
        1,
        "poise: {tmp}/saved/config.json: 1 fault\n"
        "  height must be a multiple of 8, got 100; use 96 or 104, or pass --auto-pad @ --image\n",
    ),
    ("build", "{tmp}/saved/config.json", "--image", "16,16,1", "--weights", "{tmp}/empty.h5"): (
        2,
        "poise: {tmp}/empty.h5: must be weights of Keras, got an empty file; give the model's .h5 "
        "or .keras file, or its folder\n",
    ),
}


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_command_that_cannot_be_run(arguments, folder, capsys):
    status, message = COMMANDS[arguments]

    with pytest.raises(SystemExit) as ended:
        raise SystemExit(main([argument.replace("{tmp}", str(folder)) for argument in arguments]))

    output = capsys.readouterr()
    assert (ended.value.code, output.out) == (status, "")
    assert output.err.replace(str(folder), "{tmp}") == message
    assert len(output.err.splitlines()) <= MOST_LINES


def test_these_are_many():
    tables = (FILES, PYTHON, BUILDS, WEIGHTS, SAVES, SLEAP, COMMANDS)

    assert sum(map(len, tables)) >= 80
