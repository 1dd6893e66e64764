"""What happens to what is kept: shown, given out, reviewed, let go, erased."""
