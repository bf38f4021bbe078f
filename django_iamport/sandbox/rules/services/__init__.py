"""What the gateway offers beside payments."""
