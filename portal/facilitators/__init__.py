"""Peer facilitators: who may lead, when they can, who is found for a session, and what they need on the day.

Who leads a session stands in `courses`, and is changed through its front door alone.
"""
