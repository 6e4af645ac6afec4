"""Fuzzing: bytes that nobody thought of, against everything that reads what the network sends.

- `targets`: one function of bytes for each reader, which raises when a promise is broken. One visible tuple.
- `talk`: the target that is a whole user agent: messages over time, answered as RFC 3261 wants.
- `corpus/TARGET/`: the seeds, and every input that once broke something. `seeds` makes the others from the published messages.
- `run`: the coverage-guided search (`make fuzz SECONDS=600`), by atheris on libFuzzer. A find is printed and kept as a file.
- `test_corpus`: the same targets in the unit tests, over the seeds and a fixed number of changes of each.
"""
