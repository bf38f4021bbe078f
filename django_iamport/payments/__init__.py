"""From the attempt to the payment: what a shop's code asks of a transaction, step by step."""
