"""Words meant to do harm: in every field that is kept, every form, every file that is given out."""
