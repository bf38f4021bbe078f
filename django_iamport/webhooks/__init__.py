"""What the gateway sends by itself: notices of payments, and its question before it takes the money."""
