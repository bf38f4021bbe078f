"""What becomes of a subscription: each change under its lock, and what is asked of the gateway around it."""
