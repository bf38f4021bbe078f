"""Cash receipts (현금영수증): of transfers and deposits, and of cash that was taken elsewhere."""
