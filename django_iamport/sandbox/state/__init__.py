"""What the gateway remembers, and its clock; no Django."""
