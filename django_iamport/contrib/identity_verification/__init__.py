"""Identity verification (본인인증): who a customer is, as the telephone company says, and that he is an adult."""
