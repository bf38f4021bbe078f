"""Cards and billing keys: charged at once, again, or by schedule."""
