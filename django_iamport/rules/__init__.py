"""The rules of money, pure: no models, no settings, no HTTP (docs/reliability.md tells the story behind each)."""
