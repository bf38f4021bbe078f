"""What leaves the gateway: webhooks, and answers that were asked to go wrong; no Django."""
