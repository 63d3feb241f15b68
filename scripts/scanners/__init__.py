"""Scanners that look for weaknesses in templates, code and every file: run by tox, with waivers.toml applied."""
