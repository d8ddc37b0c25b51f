"""Read trained weights into a model, by layer name, and account for every array.

Poise reads only arrays and names from a file. It creates no layer, function or object that
the file describes. Keras and h5py are imported when a file is opened, not before.

- ``formats``: find the file, identify its format, open it;
- ``keras2``, ``keras3``: the layouts that Keras writes, their names and arrays;
- ``slots``: the variables of a model;
- ``matching``: match names in the file with layers of the model;
- ``load_report``: which weights matched and which did not;
- ``assign``: ``load_weights``, all or nothing.
"""

from poise.weights.assign import load_weights
from poise.weights.formats import find_weights, open_weights
from poise.weights.load_report import LoadReport, Mismatch
from poise.weights.records import Record, WeightsFile

__all__ = [
    "LoadReport",
    "Mismatch",
    "Record",
    "WeightsFile",
    "find_weights",
    "load_weights",
    "open_weights",
]
