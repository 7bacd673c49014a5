"""User code that the type checkers read and nobody runs."""
