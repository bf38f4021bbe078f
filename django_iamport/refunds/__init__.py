"""Money that goes back: asked for, carried out, and to which account."""
