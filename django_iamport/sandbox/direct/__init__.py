"""The REST API beside Django: ordinary requests are answered by the same rules, without the way through it."""
