"""Read trained weights into a model, by layer name, and account for every one of them.

Files are only ever read as arrays and names: no layer, function or object in a file is
brought to life. Keras and h5py are imported when a file is opened, not before.

- ``files``: find the file, tell what it is, open it;
- ``keras2``, ``keras3``: where names and arrays lie in the layouts that Keras writes;
- ``slots``: the places in a model where arrays go;
- ``matching``: where a name in the file meets a layer of the model;
- ``report``: what met what, and what did not;
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
