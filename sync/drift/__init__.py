"""Where YAML and CRM drifted apart: how the YAML could be mended, and the watch that finds it."""
