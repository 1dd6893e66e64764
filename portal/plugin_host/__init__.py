"""The machinery behind the plugin contract: discover, check, mount, guard, deliver, report."""
