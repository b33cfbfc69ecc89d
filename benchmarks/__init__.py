"""Numbers to hold: what ghostcrawl costs, next to what others cost, in one table with limits.

Seven programs decide: `chain` (the whole task), `dump` (a feed of many records), `git` (reading repositories),
`github` (sweeping a GitHub), `hunt` (old locks, new verdicts), `idle` (a watch with nothing to do) and `scan` (the command, over locks of this machine). What each needs beside
itself is named after it; `generate` with `formats` makes the locks of all, `measure` takes time and memory,
`table` prints. A row that could not be measured stays in the table and says why. Nothing reaches the internet,
but for `python -m benchmarks.peers DIR`, which installs other scanners.
"""
