"""The console: what the gateway knows, and what its operator, a bank or a PG can make happen."""
