"""Speed and accuracy side by side with other frameworks: ``python -m bench --help``."""
