"""Write files and folders whole or not at all, whenever the process that writes dies.

Poise writes a draft beside the place, flushes it to the disk, and renames it. What stood there
before is removed last. A reader thus sees the former or the new one, and never a part.

- ``drafts``: the names of drafts, and what is left of processes that died;
- ``whole_files``: one file; ``whole_folders``: a folder;
- ``exchanging``: two folders change places in one step, where the system can do that;
- ``room``: whether the disk has room, before a library writes that would crash without it.
"""
