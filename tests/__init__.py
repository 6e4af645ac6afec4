"""The tests mirror the tree; `interop` holds those on real phones, carriers and browsers."""
