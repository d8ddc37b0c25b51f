"""The journal of a run: every finished batch, in one file that grows beside the output.

Poise appends records, each with its length and checksum, and needs neither file locks nor shared
memory: the journal may lie on NFS, on SMB or in a cloud drive. A run that was killed goes on
from it; a run that is finished says so in its last record.

``writing.open_journal`` opens the journal of a run, ``reading.read_journal`` only looks at it.
"""
