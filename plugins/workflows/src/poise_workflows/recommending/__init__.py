"""Find a network that fits a budget of memory and of time: what ``poise recommend`` does.

- ``asking``: what may be asked for, and ``amounts``: memory in words and in bytes;
- ``animals``: what the labels say of sizes and distances;
- ``steps``: the values next to a value, by the domain that its field declares;
- ``spaces``: which fields of a job may change;
- ``candidates``: a job with some values changed, and what its network costs;
- ``estimates``: memory and frames a second, before anything is measured;
- ``ranking``: what is better, and what a bound leaves out;
- ``searching``: from a profile to better and better configurations;
- ``trials``: training and prediction in processes of their own, measured;
- ``workflow``: ``recommend`` itself.
"""
