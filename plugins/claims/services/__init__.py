"""What changes a claim: in the caller's transaction, under the claim's lock."""
