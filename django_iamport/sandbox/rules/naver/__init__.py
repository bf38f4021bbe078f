"""Naver Pay: product orders of its order type, and what its payment type has beside payments."""
