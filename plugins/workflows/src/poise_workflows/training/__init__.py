"""``poise train``: from labels to a model, by a run that survives.

- ``named_labels``, ``listed_frames``: what a job says of labels, folders and sets;
- ``packages``, ``package_runs``: SLEAP's training job packages;
- ``sleap_files``, ``naming``, ``unused_outputs``: SLEAP's files and names of runs;
- ``profiles``, ``jobs``: what is trained, and how: a job file, a profile, single values;
- ``requests``: what was asked for, so that the same command goes on and another one is refused;
- ``projects``: labels that are spread over several files;
- ``sets``: the labeled frames of all files, and their split;
- ``starts``: the model whose weights it begins with;
- ``geometries``: the size of what the network sees;
- ``preparing``, ``batches``: from frames to the network's input and its targets;
- ``beginning``: a run that is refused leaves everything as it was;
- ``run_folders``, ``states``: the folder of a run, and all that a run needs to go on;
- ``schedules``, ``keeping``, ``telling``: the callbacks of ``fit``;
- ``networks``: the model, compiled, on one device or several;
- ``workflow``, ``command``: ``train`` in Python and on the command line.
"""
