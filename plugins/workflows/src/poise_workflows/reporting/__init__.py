"""``RUN/report.html``: one page about a training, which asks no network for anything.

- ``epochs``: which epochs have pictures, and which of these are kept;
- ``cases``, ``seeing``, ``measuring``: validation examples, what a network makes of them, and how
  far that is from the truth;
- ``images``, ``recording``, ``records``, ``record_files``: pictures as text, and the files in
  ``RUN/report`` that keep them, so that a run that goes on has those of all epochs;
- ``markup``, ``style``, ``marks``, ``curves``, ``tables``: what a page is made of;
- ``figures``, ``pictures``, ``facts``, ``accounts``, ``page``: its sections, and what they tell;
- ``callback``: draws it after each epoch, and never ends a training.
"""
