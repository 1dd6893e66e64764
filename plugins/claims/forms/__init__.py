"""What people are asked about claims."""
