"""The state machine of a county's year: its acts by noun, its book, and what must hold."""
