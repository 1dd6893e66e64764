"""The questions of this plugin. One each, wherever that can be."""
