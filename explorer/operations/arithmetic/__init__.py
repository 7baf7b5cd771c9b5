"""The arithmetic of one unit, written out in NumPy from an operation's arrays and its rule."""
