"""Expenses and recognition: nobody is out of pocket, and nobody is surprised."""
