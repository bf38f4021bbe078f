"""The one writer of the gateway's columns: what the gateway says is posted here, under the order's lock."""
