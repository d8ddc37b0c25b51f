from tempfile import TemporaryDirectory

from poise import Fault, hookimpl
from poise_workflows.exporting import ExportError, ExporterSpec, Library

FILE = "model.tflite"
SIGNATURE = "serving_default"


def write(subject, place):
    import keras
    import tensorflow as tf

    faults = [
        Fault(f"must be a number for LiteRT, got any; pass {example}", name)
        for name, shape, example in (
            ("image", subject.image, "--image 192,192"),
            ("batch", (subject.batch,), "--batch 1"),
        )
        if None in shape
    ]
    if faults:
        raise ExportError(faults)
    image = keras.InputSpec(shape=subject.signature, dtype=subject.dtype, name=subject.inputs[0])
    with TemporaryDirectory() as folder:
        subject.model.export(
            folder, format="tf_saved_model", verbose=False, input_signature=[image]
        )
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[SIGNATURE])
        (place / FILE).write_bytes(converter.convert())
    return {"file": FILE}


class Session:
    def __init__(self, place):
        import tensorflow as tf

        self._interpreter = tf.lite.Interpreter(str(place / FILE))
        self._runner = self._interpreter.get_signature_runner(SIGNATURE)
        (self._input,) = self._runner.get_input_details()

    def run(self, images):
        return self._runner(**{self._input: images})


def open_export(place, device):
    if device.startswith("gpu"):
        raise ExportError([Fault("must be auto or cpu for LiteRT", "device")])
    return Session(place)


def run(place, images):
    return open_export(place, "cpu").run(images)


@hookimpl
def poise_exporters():
    spec = ExporterSpec(
        key="litert",
        summary="A file for LiteRT, on phones and single-board computers",
        needs=(Library("tensorflow", "pip install tensorflow"),),
        write=write,
        run=run,
        backends=("tensorflow",),
        runtime=Library("tensorflow", "pip install tensorflow"),
        open=open_export,
    )
    return [spec]
