"""What only some shops need, each in a folder of its own; who names none loads no code of it and has no table."""
