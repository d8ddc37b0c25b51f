"""Describe the fields of a configuration, for plugin authors.

- ``domains``: validators that also describe what they accept, for documentation and JSON
  Schema; import all of them from ``poise.fields``;
- ``lists``: the same for lists; import these, too, from ``poise.fields``;
- ``channels``: channel counts that grow with the level;
- ``decoder``: the fields that backbones with a decoder share;
- ``stacks``: a rule for the number of stacks;
- ``descriptions``: the meaning of a field, from the docstring of its class.
"""

from __future__ import annotations

from poise.fields.domains import LARGEST_POWER as LARGEST_POWER
from poise.fields.domains import Domain as Domain
from poise.fields.domains import Rule as Rule
from poise.fields.domains import aliases_of as aliases_of
from poise.fields.domains import at_most as at_most
from poise.fields.domains import below as below
from poise.fields.domains import between as between
from poise.fields.domains import boolean as boolean
from poise.fields.domains import domains_of as domains_of
from poise.fields.domains import instance_of as instance_of
from poise.fields.domains import integer as integer
from poise.fields.domains import inverted_aliases_of as inverted_aliases_of
from poise.fields.domains import is_power_of_two as is_power_of_two
from poise.fields.domains import not_negative as not_negative
from poise.fields.domains import one_of as one_of
from poise.fields.domains import optional as optional
from poise.fields.domains import positive as positive
from poise.fields.domains import power_of_two as power_of_two
from poise.fields.domains import rule as rule
from poise.fields.domains import string as string
from poise.fields.lists import edges as edges
from poise.fields.lists import list_of as list_of
from poise.fields.lists import names as names
from poise.fields.lists import to_edges as to_edges
from poise.fields.lists import to_tuple as to_tuple
from poise.scalars import is_integer as is_integer
from poise.scalars import is_number as is_number
