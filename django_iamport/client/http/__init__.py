"""The way to the gateway and back: a call, its answer, the token, the errors."""
