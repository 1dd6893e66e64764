"""What changes places. `seats` is the only way to a seat; the others serve it or stand beside it."""
