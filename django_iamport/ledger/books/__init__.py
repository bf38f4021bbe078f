"""What came in and went back, day by day; what days that are over came to is kept."""
