"""Reads, each scoped to whoever asks, as plain frozen values."""
