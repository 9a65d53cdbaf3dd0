"""Benchmarks against peers: ``python -m benchmarks [names]`` from the root of the checkout.

What makes the ratios worth trusting:

- each contender runs in a process of its own, in the interpreter that has it installed;
- its results are compared with ours before anything is timed;
- all run on one pinned core with one thread, the garbage collector on and left to itself, as in a
  user's loop;
- contenders take turns, in a new random order each round, and a ratio is the median of the
  ratios within the rounds: what slows the machine for a while slows both sides of it;
- the rounds are spread over several fresh processes, so that one lucky memory layout does not
  decide.
"""
