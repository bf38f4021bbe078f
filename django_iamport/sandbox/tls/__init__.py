"""HTTPS under the gateway's own names, with a certificate authority of the sandbox's own; no Django."""
