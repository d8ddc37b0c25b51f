"""Which registry is in force: in a thread, in a task, in a call."""

import asyncio
import contextvars
import json
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import attrs
import numpy as np
import pytest

import poise
from poise import Registry, registry
from poise.config import unwarned
from poise.fields import integer
from poise.testing import registry_of
from poise.testing.standins import DOT, POOLS, DotConfig, PoolsConfig


@attrs.frozen(kw_only=True)
class CoarseConfig(PoolsConfig):
    """Pools with another field, so that neither reads the files of the other."""

    cells: int = attrs.field(default=1, validator=integer(at_least=1))


def decoder(score):
    """A decoder whose score says which registry's head decoded."""

    def decode(config, predictions):
        maps = np.asarray(predictions["dot"])
        points = np.zeros((len(maps), 1, 1, 2))
        return poise.Instances(
            points=points,
            point_scores=np.full(points.shape[:3], score),
            instance_scores=np.full(points.shape[:2], score),
            counts=np.ones(len(maps), int),
            parts=("dot",),
        )

    return decode


def toys(backbone_class, score):
    """A registry with a backbone ``grid`` and a head ``dot`` of its own."""
    grid = attrs.evolve(POOLS, key="grid", config=backbone_class, examples={})
    dot = attrs.evolve(DOT, key="dot", decode=decoder(score), examples={})
    return registry_of(grid, dot)


PLAIN, COARSE = toys(PoolsConfig, 0.25), toys(CoarseConfig, 0.75)


def in_thread(function, *arguments):
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(function, *arguments).result()


def model_file(folder, name, **fields):
    file = folder / f"{name}.json"
    sections = {"grid": {"max_stride": 4, **fields}}, {"dot": {"output_stride": 2}}
    file.write_text(json.dumps(dict(zip(("backbone", "heads"), sections, strict=True))))
    return file


@pytest.mark.usefixtures("keras")
def test_two_threads_with_two_registries_read_build_and_decode_each_with_its_own(tmp_path):
    rounds = 50
    together = threading.Barrier(2, timeout=60)

    def work(plugins, name, fields):
        file = model_file(tmp_path, name, **fields)
        scores, classes = set(), set()
        for _ in range(rounds):
            together.wait()
            config = poise.read(file, registry=plugins).config
            model = poise.build(config, (8, 8, 1), registry=plugins)
            maps = {"dot": np.zeros((1, 4, 4, 1), np.float32)}
            instances = poise.decode(model, maps, input_scaling=1, registry=plugins)
            again = poise.ModelConfig.from_data(config.to_data(), registry=plugins)
            classes |= {type(each.backbone.which_oneof()) for each in (config, again)}
            scores.add(float(instances.instance_scores[0, 0]))
        return scores, classes

    with ThreadPoolExecutor(2) as threads:
        plain = threads.submit(work, PLAIN, "plain", {"output_stride": 1})
        coarse = threads.submit(work, COARSE, "coarse", {"cells": 3})

    assert plain.result() == ({0.25}, {PoolsConfig})
    assert coarse.result() == ({0.75}, {CoarseConfig})
    assert registry.default() is registry.in_force.installed()


def test_a_block_has_its_registry_and_what_runs_beside_it_does_not():
    with registry.using(PLAIN):
        with registry.using(COARSE):
            assert poise.backbones["grid"].config is CoarseConfig
        assert poise.backbones["grid"].config is PoolsConfig
        assert in_thread(registry.default) is registry.in_force.installed()


def test_a_thread_that_runs_in_a_copy_of_the_context_has_its_registry():
    with registry.using(PLAIN):
        assert in_thread(contextvars.copy_context().run, registry.default) is PLAIN


def test_a_task_has_the_registry_of_what_started_it():
    async def both():
        async def of(plugins):
            with registry.using(plugins):
                await asyncio.sleep(0)
                return registry.default(), await asyncio.create_task(default())

        async def default():
            return registry.default()

        return await asyncio.gather(of(PLAIN), of(COARSE))

    assert asyncio.run(both()) == [(PLAIN, PLAIN), (COARSE, COARSE)]


def test_a_thread_has_the_registry_that_was_set_for_the_process():
    registry.reset(PLAIN)
    try:
        assert in_thread(registry.default) is PLAIN
    finally:
        registry.reset()


def test_a_block_keeps_its_registry_while_another_thread_sets_that_of_the_process():
    with registry.using(None):
        before = registry.default()
        in_thread(registry.reset, PLAIN)
        try:
            assert registry.default() is before
        finally:
            registry.reset()


def test_a_schema_is_that_of_the_registry_it_is_asked_of():
    assert "cells" in poise.schema("grid", registry=COARSE)["properties"]
    assert "cells" not in poise.schema("grid", registry=PLAIN)["properties"]


@pytest.mark.usefixtures("keras")
def test_a_reading_builds_with_the_registry_that_it_was_read_with(tmp_path):
    reading = poise.read(model_file(tmp_path, "model", cells=2), registry=COARSE)

    model = reading.build((8, 8, 1))

    assert poise.record_of(model).resolution.backbone.config is CoarseConfig
    with pytest.raises(poise.BuildError, match="no backbone 'grid'"):
        reading.build((8, 8, 1), registry=Registry([]))


def test_text_is_read_with_the_registry_it_is_given():
    text = '{"backbone": {"grid": {"cells": 2}}, "heads": {"dot": {}}}'

    config = poise.ModelConfig.from_json(text, registry=COARSE)

    assert config == poise.ModelConfig.from_yaml(text, registry=COARSE)
    assert config.backbone.grid == CoarseConfig(cells=2)
    assert config.heads.dot == DotConfig()


def test_what_one_thread_does_not_warn_of_another_does():
    data = {"backbone": {"grid": {}}, "heads": {}}

    def warned(silent):
        if silent:
            with unwarned():
                poise.ModelConfig.from_data(data, registry=Registry([]))
        else:
            poise.ModelConfig.from_data(data, registry=Registry([]))

    with warnings.catch_warnings(record=True) as told, unwarned():
        warnings.simplefilter("always")
        in_thread(warned, True)
        assert not told
        in_thread(warned, False)
        assert [each.category for each in told] == [poise.PluginNotInstalledWarning]
