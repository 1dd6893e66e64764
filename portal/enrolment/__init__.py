"""Places: who has one, who waits for one, and what is promised to whom until when."""
