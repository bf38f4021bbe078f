"""An offline Iamport: REST API, `iamport.js`, payment window, console and webhooks.

It knows nothing of the shop that uses it; a shop knows nothing of it but its addresses.
"""
