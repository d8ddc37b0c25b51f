"""``poise train``: from labels to a model, by a run that survives.

- ``profiles``, ``jobs``, ``domains``: what is trained, and how: a job file, a profile, single
  values;
- ``options``, ``requests``, ``asked``: what was asked for, so that the same command goes on and
  another one is refused;
- ``named_labels``, ``listed_frames``, ``projects``, ``sets``: the labeled frames of all files, and
  which of them train, validate and test;
- ``geometries``, ``pictures``, ``preparing``, ``orders``, ``batches``: from frames to the network's
  input and its targets;
- ``plans``, ``summaries``, ``differences``: all that is decided before a network is built;
- ``starts``, ``networks``, ``devices``, ``memory``, ``memory_limits``: the model, compiled, on one
  device or several, and the memory that it takes;
- ``run_folders``, ``states``, ``beginning``: the folder of a run, and all that it needs to go on;
- ``schedules``, ``keeping``, ``fitting``, ``ignored_animals``: the callbacks of ``fit``, its call,
  and what the network does not learn;
- ``validation_cases``, ``pages``: what the page of a run shows, and its last writing;
- ``packages``, ``package_runs``, ``sleap_files``, ``naming``, ``unused_outputs``: SLEAP's training
  job packages, and its files and names of runs;
- ``running``, ``results``: begin a run, go on with one, and what became of it;
- ``workflow``, ``command``: ``train`` in Python and on the command line.
"""
