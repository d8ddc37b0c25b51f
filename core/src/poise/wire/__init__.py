"""From untrusted bytes to strict structures.

- ``text``: JSON and YAML in and out; ``plain``: limits, and what is no plain data;
- ``structure``: plain data as configuration classes, and back;
- ``archives``: zip archives, checked before anything is unpacked;
- ``foreign``: files of other programs, recognized by content;
- ``hdf5_files``: HDF5, also where the file system has no locks.
"""
