"""The package's own tables, tied to a shop's transactions by `merchant_uid`; they know only their own fields."""
